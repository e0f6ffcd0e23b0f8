"""A granted tier is not an earned one, but the calendar does not take it away (3.9)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from partners.models import GoldNotice, MembershipChange, Notification, Partner
from tests.factories import TierOverrideFactory
from tests.integration.pages import browser_of, words
from tests.integration.partners.test_standing_days import member, run

pytestmark = pytest.mark.django_db

NOTICED, MOVES = date(2026, 6, 10), date(2026, 7, 10)


def noticed_partner(**grant: object) -> Partner:
    """Return a partner that missed the deadline, and is granted a tier for some days."""
    partner = member(joined_on=date(2024, 6, 10))
    days = {"from_on": date(2026, 6, 1), "until_on": date(2026, 8, 1)}
    TierOverrideFactory.create(partner=partner, **{"approved": True, **days, **grant})
    return partner


def membership(partner: Partner) -> str:
    partner.refresh_from_db()
    return partner.membership


def test_the_deadline_and_the_notice_come_as_without_a_grant() -> None:
    noticed_partner(tier="gold")

    run(date(2026, 5, 11))
    run(NOTICED)

    assert Notification.objects.filter(kind="partners.gold_deadline").count() == 1
    notice = GoldNotice.objects.get()
    assert (notice.noticed_on, notice.moves_on) == (NOTICED, MOVES)


def test_the_move_waits_for_the_end_of_the_grant() -> None:
    partner = noticed_partner(tier="gold")
    run(NOTICED)

    run(MOVES, last=date(2026, 7, 31))

    assert membership(partner) == "partner"
    # What is waited for still asks for an act: Gold.
    assert Notification.objects.get(kind="partners.gold_missed").done_at is None
    run(date(2026, 8, 1))
    assert membership(partner) == "provider"
    change = MembershipChange.objects.get(cause="gold_deadline")
    assert change.on == date(2026, 8, 1)


def test_a_day_made_up_for_late_moves_nobody_earlier() -> None:
    partner = noticed_partner(tier="gold")
    run(NOTICED)

    run(MOVES, today=date(2026, 9, 1))
    assert membership(partner) == "partner"
    run(date(2026, 8, 1), today=date(2026, 9, 1))
    assert membership(partner) == "provider"


@pytest.mark.parametrize(
    "grant",
    [
        pytest.param({"tier": "none"}, id="no tier is granted"),
        pytest.param({"until_on": MOVES}, id="it has ended"),
        pytest.param({"from_on": date(2026, 7, 11)}, id="it begins later"),
        pytest.param({"approved": False, "state": "proposed"}, id="it is proposed only"),
    ],
)
def test_what_grants_nothing_that_day_stops_nothing(grant: dict[str, object]) -> None:
    partner = noticed_partner(**grant)
    run(NOTICED)

    run(MOVES)

    assert membership(partner) == "provider"


@pytest.mark.time_machine(datetime(2026, 7, 20, 12, tzinfo=UTC), tick=False)
def test_the_page_says_that_the_move_waits() -> None:
    partner = noticed_partner(tier="gold")
    run(NOTICED)

    page = words(browser_of(partner).get("/standing/"))

    assert (
        "While the programme grants you a tier, until the day before 1 August 2026, "
        "you stay a partner." in page
    )
