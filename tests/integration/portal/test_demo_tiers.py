"""The demo shows one of each thing people decide about tiers."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from partners.models import EliteReview, TierOverride
from portal.demo_tiers import decide_demo_tiers
from tests.factories import PersonFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_it_is_decided_once() -> None:
    for name in ("aurora", "meridian"):
        PersonFactory.create(email=f"owner@{name}.example")
    UserFactory.create(email="pdm1@portal.example", pdm=True)
    UserFactory.create(email="manager@portal.example", programme_manager=True)

    for _time in range(2):
        decide_demo_tiers(today=date(2026, 11, 23), at=AT)

    states = TierOverride.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["approved", "proposed"]
    assert EliteReview.objects.get().customer_retention_bps == 9_120


def test_without_the_demo_people_nothing_is_decided() -> None:
    decide_demo_tiers(today=date(2026, 11, 23), at=AT)

    assert not TierOverride.objects.exists()
