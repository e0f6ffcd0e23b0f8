"""The morning list: whom a manager can still save, and who waits for an answer."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse

from partners.models import Partner, PartnerTask, StaffRole, TierChange, User
from portal.rehearsals import rehearse
from tests.factories import (
    DealFactory,
    PartnerFactory,
    PointsEntryFactory,
    SnapshotFactory,
    TierChangeFactory,
    UserFactory,
    stand,
)
from tests.integration.admin.conftest import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

TODAY = date(2026, 11, 16)  # 60 days before 15 January 2027
NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)
MICRO = 1_000_000


@pytest.fixture(autouse=True)
def today() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def partner(pdm: User, name: str, *, sourced: int, recent: int, managed: int) -> Partner:
    """Make a Gold partner; `recent` of its sourced points came in the last 90 days."""
    made = PartnerFactory.create(name=name, pdm=pdm)
    TierChangeFactory.create(
        partner=made, on=date(2026, 1, 15), tier="gold", cause=TierChange.Cause.IMPORTED
    )
    for points, begun, kind in (
        (sourced - recent, TODAY - timedelta(days=100), "sourced"),
        (recent, TODAY - timedelta(days=80), "sourced"),
        (managed, TODAY - timedelta(days=100), "managed"),
    ):
        if points:
            PointsEntryFactory.create(
                partner=made, kind=kind, points=points * MICRO, effective_on=begun,
                expires_on=None if kind == "managed" else begun + timedelta(days=365),
            )  # fmt: skip
    stand(made, on=TODAY)
    return made


def names(browser: Browser) -> list[str]:
    page = browser.get("/admin/morning/").content.decode()
    return re.findall(r'/admin/partners/partner/\d+/change/">([^<]+)</a>', page)


@pytest.fixture
def pdm(db: None) -> User:
    return UserFactory.create(pdm=True)


def test_the_least_effort_stands_first(pdm: User, sign_in: SignIn) -> None:
    # Gold takes 110 sourced, 38 managed and 325 in total.
    partner(pdm, "Far", sourced=110, recent=9, managed=38)
    partner(pdm, "Near", sourced=200, recent=90, managed=100)
    partner(pdm, "Safe", sourced=400, recent=0, managed=38)

    page = sign_in(pdm).get("/admin/morning/").content.decode()

    assert names(sign_in(pdm)) == ["Near", "Far"]
    assert "60 days left" in page
    # Near lacks 25 in total, that is 0.41 a day, and earned 1 a day.
    assert "25.00 in total" in page
    assert "0.41" in page
    assert page.count("within reach</span>") == 1


def test_what_expires_before_the_evaluation_does_not_count(
    pdm: User, sign_in: SignIn
) -> None:
    made = partner(pdm, "Soon", sourced=400, recent=0, managed=38)
    PointsEntryFactory.create(
        partner=made, kind="sourced", points=-200 * MICRO,
        effective_on=TODAY - timedelta(days=100),
        expires_on=TODAY + timedelta(days=200),
    )  # fmt: skip
    PointsEntryFactory.create(
        partner=made, kind="sourced", points=200 * MICRO,
        effective_on=TODAY - timedelta(days=100),
        expires_on=date(2027, 1, 15),
    )  # fmt: skip
    stand(made, on=TODAY)

    assert names(sign_in(pdm)) == ["Soon"]


def test_who_is_protected_or_reached_the_tier_at_a_check_cannot_fall(
    pdm: User, sign_in: SignIn
) -> None:
    partner(pdm, "Falls", sourced=200, recent=90, managed=100)
    protected = partner(pdm, "Protected", sourced=200, recent=90, managed=100)
    reached = partner(pdm, "Reached", sourced=200, recent=90, managed=100)
    TierChangeFactory.create(partner=protected, on=date(2026, 9, 14), tier="none")
    TierChangeFactory.create(partner=protected, on=date(2026, 9, 15), tier="gold")
    SnapshotFactory.create(partner=reached, performing_tier="gold")
    stand(protected, on=TODAY)

    rehearse(on=TODAY, at=NOW)

    assert names(sign_in(pdm)) == ["Falls"]


def test_who_waits_for_us_comes_first(pdm: User, sign_in: SignIn) -> None:
    partner(pdm, "At risk", sourced=200, recent=90, managed=100)
    asks = partner(pdm, "Asks", sourced=400, recent=0, managed=38)
    later = partner(pdm, "Later", sourced=400, recent=0, managed=38)
    unproven = partner(pdm, "Unproven", sourced=400, recent=0, managed=38)
    for made, due_on in ((asks, TODAY), (later, TODAY + timedelta(days=1))):
        PartnerTask.objects.create(
            partner=made, title="Call", due_on=due_on, author=pdm, created_at=NOW
        )
    DealFactory.create(
        partner=unproven, won=True, poi_on=None, closed_on=TODAY - timedelta(days=10)
    )

    page = sign_in(pdm).get("/admin/morning/").content.decode()

    assert names(sign_in(pdm)) == ["Asks", "Unproven", "At risk"]
    assert "1 task due<" in page
    assert "1 deal without proof<" in page


def test_a_manager_sees_the_own_portfolio_only(pdm: User, sign_in: SignIn) -> None:
    other = UserFactory.create(pdm=True)
    partner(pdm, "Mine", sourced=200, recent=90, managed=100)
    theirs = partner(other, "Theirs", sourced=200, recent=90, managed=100)
    PartnerTask.objects.create(
        partner=theirs, title="Call", due_on=TODAY, author=other, created_at=NOW
    )
    manager = UserFactory.create(programme_manager=True)

    assert names(sign_in(pdm)) == ["Mine"]
    assert names(sign_in(manager)) == ["Theirs", "Mine"]


def test_reassigning_takes_effect_at_once(pdm: User, sign_in: SignIn) -> None:
    made = partner(pdm, "Moved", sourced=200, recent=90, managed=100)
    browser = sign_in(pdm)
    before = names(browser)

    made.pdm = UserFactory.create(pdm=True)
    made.save(update_fields=["pdm"])

    assert (before, names(browser)) == (["Moved"], [])


def test_says_so_when_nothing_is_to_be_done(pdm: User, sign_in: SignIn) -> None:
    partner(pdm, "Safe", sourced=400, recent=0, managed=38)

    page = sign_in(pdm).get("/admin/morning/").content.decode()

    assert "Nobody is at risk" in page


@pytest.mark.parametrize("role", StaffRole.values)
def test_is_for_those_who_see_standings(role: str, sign_in: SignIn) -> None:
    browser = sign_in(UserFactory.create(is_staff=True, staff_role=role))
    there = role != StaffRole.GROWTH_SPECIALIST

    assert browser.get("/admin/morning/").status_code == (200 if there else 403)
    assert (reverse("portal:morning") in browser.get("/admin/").content.decode()) is there


def test_asks_the_same_questions_however_many_partners(
    pdm: User,
    sign_in: SignIn,
    django_assert_max_num_queries: object,
) -> None:
    for number in range(30):
        partner(pdm, f"P{number}", sourced=200, recent=90, managed=100)
    browser = sign_in(pdm)

    with django_assert_max_num_queries(15):  # type: ignore[operator]
        browser.get("/admin/morning/")
