"""After an import PostgreSQL looks at the portal's tables, in one order each time."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from interchange.statistics import gather
from tests.factories import DealFactory


@pytest.mark.django_db
@pytest.mark.postgres
def test_the_tables_of_the_portal_are_looked_at_and_no_others() -> None:
    DealFactory.create()
    ours = connection.introspection.django_table_names()

    with CaptureQueriesContext(connection) as queries:
        gather(on=date(2026, 11, 26))

    (asked,) = (each["sql"] for each in queries if each["sql"].startswith("ANALYZE"))
    # Each table stays locked to the end: another order is a deadlock of two imports.
    assert asked == "ANALYZE " + ", ".join(f'"{name}"' for name in sorted(ours))
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'deals_deal'")
        assert cursor.fetchone() == (1,)
