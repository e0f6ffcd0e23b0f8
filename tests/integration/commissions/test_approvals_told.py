"""Whoever may approve is told that something waits, until it is decided."""

from __future__ import annotations

import pytest

from commissions.models import Adjustment
from commissions.services import (
    approve_adjustment,
    propose_adjustment,
    refuse_adjustment,
    withdraw_adjustment,
)
from commissions.services.payouts import cancel_run, check_run
from partners.models import Notification, User
from partners.notifications import words_of
from tests.factories import PartnerFactory, UserFactory
from tests.integration.commissions.test_paying import (
    AT,
    TODAY,
    approved,
    owed_to,
    prepared,
)
from tests.integration.pages import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]


@pytest.fixture
def one() -> User:
    return UserFactory.create(finance=True)


@pytest.fixture
def other() -> User:
    return UserFactory.create(finance=True)


def waiting(user: User) -> list[str]:
    """Return the titles of what this person is asked to do, oldest first."""
    rows = Notification.objects.filter(user=user, done_at=None).order_by("pk")
    return [words_of(row).title for row in rows]


def proposed(by: User) -> Adjustment:
    return propose_adjustment(
        partner_id=PartnerFactory.create(name="Aurora").pk,
        amount_minor=-12_345,
        reason="Paid twice in March.",
        actor=by,
        at=NOON,
    )


def test_the_others_are_told_of_an_adjustment(one: User, other: User) -> None:
    sales = UserFactory.create(pdm=True)

    adjustment = proposed(one)

    assert waiting(one) == waiting(sales) == []
    [title] = waiting(other)
    assert "Aurora" in title
    assert "−US$123.45" in title
    [told] = Notification.objects.filter(user=other)
    assert told.path.endswith(f"/commissions/adjustment/{adjustment.pk}/change/")


@pytest.mark.parametrize("how", ["approved", "refused", "withdrawn"])
def test_once_it_is_decided_nobody_is_asked(how: str, one: User, other: User) -> None:
    adjustment = proposed(one)

    match how:
        case "approved":
            approve_adjustment(
                adjustment_id=adjustment.pk, factor_at=NOON, actor=other, at=NOON
            )
        case "refused":
            refuse_adjustment(
                adjustment_id=adjustment.pk, answer="No.", actor=other, at=NOON
            )
        case _:
            withdraw_adjustment(adjustment_id=adjustment.pk, actor=one, at=NOON)

    assert waiting(other) == []


def test_the_others_are_told_of_a_run_that_is_checked(one: User, other: User) -> None:
    def asked() -> list[int]:
        rows = Notification.objects.filter(kind="commissions.run_waits", done_at=None)
        return list(rows.values_list("user_id", flat=True))

    owed_to()
    first = prepared(one)
    assert asked() == []
    check_run(run_id=first.pk, actor=one, at=AT, today=TODAY)
    assert other.pk in asked()
    assert one.pk not in asked()
    cancel_run(run_id=first.pk, reason="Another day.", actor=one, at=AT)
    assert asked() == []

    approved(prepared(one), one, other)
    assert asked() == []
    told = Notification.objects.filter(kind="commissions.run_waits", user=other)
    assert told.count() == 2
