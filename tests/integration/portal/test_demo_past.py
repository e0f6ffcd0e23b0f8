"""The demo looks like a portal that has run for a year."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from partners.models import Snapshot
from portal.demo_past import look_back
from portal.models import Outlook
from tests.factories import PartnerFactory, PointsEntryFactory, stand

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

TODAY = date(2026, 11, 26)
AT = datetime(2026, 11, 26, 8, tzinfo=UTC)


def test_twelve_checks_and_a_rehearsal_twice_the_same() -> None:
    partner = PartnerFactory.create(joined_on=date(2022, 2, 10))
    PointsEntryFactory.create(
        partner=partner, kind="managed", points=5_000_000,
        effective_on=date(2026, 3, 1), expires_on=None,
    )  # fmt: skip
    stand(partner, on=TODAY)

    look_back(today=TODAY, at=AT)
    look_back(today=TODAY, at=AT)

    taken = dict(Snapshot.objects.order_by("on").values_list("on", "managed"))
    assert len(taken) == 12
    assert taken[date(2026, 2, 15)] == 0
    assert taken[date(2026, 3, 15)] == 5_000_000
    assert Outlook.objects.get(partner=partner).as_of == TODAY
