"""Papers that run out: warned of once each, and worth nothing afterwards."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from commissions.services.papers.expiring import warn_of_expiry
from partners.models import Notification, User
from program.payout import Paper
from tests.factories import PartnerFactory, UserFactory
from tests.integration.commissions.filing import approved, filed, owed
from tests.integration.pages import account_of

pytestmark = pytest.mark.django_db

ALL = {"first": 0, "last": 2**62}


@pytest.fixture
def owner() -> User:
    return account_of(PartnerFactory.create(country="DE"), role="owner")


@pytest.fixture
def finance() -> User:
    return UserFactory.create(finance=True)


def warned(owner: User, finance: User, *days: str) -> list[str]:
    """Return of which warnings somebody was told, running the work on these days."""
    for day in days:
        at = datetime.fromisoformat(f"{day}T08:00Z")
        warn_of_expiry(today=at.date(), at=at, **ALL)
    return list(
        Notification.objects.filter(
            user=owner, kind__startswith="commissions.paper_expir"
        )
        .order_by("pk")
        .values_list("key", flat=True)
    )


def test_a_paper_that_runs_out_is_warned_of_once_each(owner: User, finance: User) -> None:
    paper = approved(filed(owner), finance)  # until the end of 2029

    keys = warned(
        owner, finance,
        *("2029-10-02", "2029-10-03", "2029-10-04", "2029-12-02", "2029-12-03"),
        *("2029-12-25", "2029-12-25", "2029-12-31", "2030-01-01", "2030-01-02"),
    )  # fmt: skip

    assert keys == [f"paper-expiring:{paper.pk}:{days}" for days in (90, 30, 7, 0)]


def test_who_was_down_for_months_warns_once(owner: User, finance: User) -> None:
    paper = approved(filed(owner), finance)

    assert warned(owner, finance, "2029-12-20") == [f"paper-expiring:{paper.pk}:30"]


def test_nobody_is_warned_while_the_next_one_waits(owner: User, finance: User) -> None:
    approved(filed(owner), finance)
    filed(owner, Paper.W8BEN, signed_on=date(2026, 11, 20))

    assert warned(owner, finance, "2029-12-25") == []


def test_a_paper_that_has_run_out_meets_no_need(owner: User, finance: User) -> None:
    approved(filed(owner), finance)

    assert owed(owner, on=date(2029, 12, 31)) == ["bank_form"]
    assert owed(owner, on=date(2030, 1, 1)) == ["bank_form", "w8ben"]
