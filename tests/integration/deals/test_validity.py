"""How long a registration holds: reminders, one extension, expiry (3.10)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from deals import services
from deals.models import Deal, InvalidTransitionError
from partners.models import Notification, User
from tests.factories import DealFactory, PersonFactory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
END = date(2026, 3, 31)
EVERY = {"first": 0, "last": 10**9}


@pytest.fixture
def deal() -> Deal:
    return DealFactory.create(
        registered_on=date(2025, 12, 31), valid_until=END, active_on=date(2026, 2, 20)
    )


@pytest.fixture
def seller(deal: Deal) -> User:
    user = PersonFactory.create(
        partner=deal.partner, role="sales", with_account=True
    ).user
    assert user is not None
    return user


def day_by_day(first: date, last: date) -> None:
    for number in range((last - first).days + 1):
        on = first + timedelta(days=number)
        services.expire_and_remind(on=on, at=AT, **EVERY)


def test_reminds_14_and_3_days_before_and_expires_on_the_day(
    deal: Deal, seller: User
) -> None:
    day_by_day(date(2026, 3, 10), END - timedelta(days=1))
    told = Notification.objects.filter(kind="deals.expiring", user=seller)
    assert [each.facts["left"] for each in told.order_by("pk")] == [14, 3]

    for _again in range(2):
        services.expire_and_remind(on=END, at=AT, **EVERY)

    deal.refresh_from_db()
    assert (deal.stage, deal.closed_on) == ("expired", END)
    assert deal.transitions.count() == 1
    assert Notification.objects.filter(kind="deals.ended").count() == 1


def test_a_clock_that_stood_still_expires_on_the_right_day_and_reminds_once(
    deal: Deal, seller: User
) -> None:
    services.expire_and_remind(on=date(2026, 3, 29), at=AT, **EVERY)
    told = Notification.objects.filter(kind="deals.expiring")
    assert [each.facts["left"] for each in told] == [2]

    services.expire_and_remind(on=date(2026, 5, 1), at=AT, **EVERY)

    deal.refresh_from_db()
    assert deal.closed_on == END


def test_a_deal_of_the_vendors_systems_never_expires_here() -> None:
    deal = DealFactory.create(registered_on=date(2020, 1, 1))
    services.expire_and_remind(on=END, at=AT, **EVERY)
    deal.refresh_from_db()
    assert deal.stage == "registered"


def test_is_extended_once_from_its_end(deal: Deal, seller: User) -> None:
    def extend() -> None:
        services.extend_deal(deal_id=deal.pk, on=date(2026, 3, 1), actor=seller, at=AT)

    extend()

    deal.refresh_from_db()
    assert deal.valid_until == END + timedelta(days=90)
    with pytest.raises(InvalidTransitionError):
        extend()


@pytest.mark.parametrize(
    "changes",
    [
        {"active_on": date(2026, 1, 29)},
        {"active_on": None},
        {"valid_until": date(2026, 3, 1)},
        {"valid_until": None},
        {"stage": "lost", "closed_on": END},
    ],
    ids=["no activity", "none at all", "over", "does not expire", "closed"],
)
def test_is_not_extended(deal: Deal, seller: User, changes: dict[str, object]) -> None:
    Deal.objects.filter(pk=deal.pk).update(**changes)
    with pytest.raises(InvalidTransitionError):
        services.extend_deal(deal_id=deal.pk, on=date(2026, 3, 1), actor=seller, at=AT)


def test_the_partner_gives_a_deal_up(deal: Deal, seller: User) -> None:
    services.withdraw_deal(
        deal_id=deal.pk, on=date(2026, 3, 2), note="No budget.", actor=seller, at=AT
    )

    deal.refresh_from_db()
    assert deal.stage == "withdrawn"
    assert deal.transitions.get().note == "No budget."
    with pytest.raises(InvalidTransitionError):
        services.withdraw_deal(
            deal_id=deal.pk, on=date(2026, 3, 2), note="", actor=seller, at=AT
        )


def test_nothing_is_lost_in_the_future_or_before_it_was_registered(deal: Deal) -> None:
    for on in (date(2026, 3, 2), date(2025, 12, 30)):
        with pytest.raises(services.InvalidDayError):
            services.lose_deal(
                deal_id=deal.pk, closed_on=on, reason="price", note="", actor=None, at=AT
            )
