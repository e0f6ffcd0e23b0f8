"""The database looks at the tables that an import has filled."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from interchange.statistics import gather
from tests.factories import DealFactory


@pytest.mark.django_db
@pytest.mark.postgres
def test_every_table_is_looked_at() -> None:
    DealFactory.create()

    gather(on=date(2026, 11, 26))

    ours = connection.introspection.django_table_names()
    with connection.cursor() as cursor:
        cursor.execute(
            # −1 is a table that was never looked at.
            "SELECT relname, reltuples FROM pg_class WHERE relname = ANY(%s)",
            [ours],
        )
        rows = dict(cursor.fetchall())
    assert rows.keys() == set(ours)
    assert min(rows.values()) >= 0
    assert rows["deals_deal"] == 1
