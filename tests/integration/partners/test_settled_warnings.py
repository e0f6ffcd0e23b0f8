"""What the calendar warned of asks for an act only as long as it is so."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from partners import services
from partners.models import Notification
from tests.factories import (
    CertificationFactory,
    EscalationFactory,
    PointsEntryFactory,
    TierChangeFactory,
)
from tests.integration.partners.test_standing_days import MICRO, member, run, told

pytestmark = pytest.mark.django_db


def test_a_warning_asks_for_an_act_until_a_tighter_one_or_a_tier() -> None:
    partner = member(joined_on=date(2024, 6, 10))
    waiting = Notification.objects.filter(kind="partners.gold_deadline", done_at=None)

    run(date(2025, 12, 12), last=date(2026, 3, 12))
    assert [each.key[-2:] for each in waiting] == ["90"]
    TierChangeFactory.create(partner=partner, on=date(2026, 3, 15), tier="gold")
    run(date(2026, 3, 16))

    assert not waiting.all().exists()
    assert told("gold_deadline") == 2


def test_a_warning_of_a_certification_is_settled_by_another_one() -> None:
    partner = member()
    person = partner.people.get()
    CertificationFactory.create(person=person, expires_on=date(2026, 6, 1))
    run(date(2026, 5, 2))
    waiting = Notification.objects.filter(
        kind="partners.certification_ends", done_at=None
    )
    assert waiting.count() == 1

    CertificationFactory.create(person=person, earned_on=date(2026, 5, 3))
    run(date(2026, 5, 4))

    assert not waiting.all().exists()


def test_a_rise_that_was_held_back_asks_for_an_act_until_it_is_credited() -> None:
    partner = member()
    CertificationFactory.create(person=partner.people.get())
    for kind, points in (({}, 110), ({"assisted": True}, 200), ({"managed": True}, 40)):
        PointsEntryFactory.create(
            partner=partner, points=points * MICRO, effective_on=date(2026, 2, 1), **kind
        )
    escalation = EscalationFactory.create(partner=partner)
    waiting = Notification.objects.filter(kind="partners.upgrade_held", done_at=None)
    for month in (3, 4):
        day = date(2026, month, 15)
        services.run_check_day(
            on=day, at=datetime(2026, month, 15, 1, tzinfo=UTC), first=0, last=2**62
        )
    assert [each.key[-7:] for each in waiting] == ["2026-04"]

    escalation.delete()
    services.run_check_day(
        on=date(2026, 5, 15), at=datetime(2026, 5, 15, 1, tzinfo=UTC), first=0, last=2**62
    )

    assert partner.tier_changes.get().tier == "gold"
    assert not waiting.all().exists()
