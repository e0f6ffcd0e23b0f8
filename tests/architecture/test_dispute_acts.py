"""Who reads a month, contests it and writes about it: own, foreign and absent ones."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from partners.models import Partner
from tests.architecture.cast import Cast
from tests.architecture.money_matrix import HIDDEN, OF_MONEY, of_who_acts
from tests.architecture.people_matrix import EVERYBODY, Thrice
from tests.factories.money import AccrualFactory, DisputeFactory, ScheduleFactory

pytestmark = pytest.mark.django_db

JANUARY = date(2026, 1, 1)
CONTEST = "commissions:contest"


def of_who_contests(status: int) -> dict[str, Thrice]:
    """Return who → answers of what only owners and finance do; staff find no page."""
    return {
        **dict.fromkeys(EVERYBODY, HIDDEN),
        "anonymous": (302, 302, 302),
        **dict.fromkeys(("owner", "finance"), (status, 404, 404)),
        "reader": (403, 404, 404),
    }


WRITING: dict[str, Thrice] = {
    **of_who_contests(422),
    "pdm": (422, 404, 404),
    "finance_staff": (422, 422, 404),
    **dict.fromkeys(("programme_manager", "auditor"), (403, 403, 404)),
}


def month_of(partner: Partner) -> Any:
    schedule = ScheduleFactory.create(line__deal__partner=partner)
    AccrualFactory.create(schedule=schedule)
    return schedule


def of_months(cast: Cast, name: str) -> list[str]:
    ids = [month_of(partner).public_id for partner in (cast.own, cast.foreign)]
    return [reverse(name, args=[one, JANUARY]) for one in (*ids, uuid.uuid4())]


def of_disputes(cast: Cast, name: str) -> list[str]:
    ids = [
        DisputeFactory.create(schedule=month_of(partner)).public_id
        for partner in (cast.own, cast.foreign)
    ]
    return [reverse(name, args=[one]) for one in (*ids, uuid.uuid4())]


def got(cast: Cast, addresses: list[str]) -> dict[str, Thrice]:
    return {
        who: tuple(cast.browser(who).get(one).status_code for one in addresses)  # type: ignore[misc]
        for who in EVERYBODY
    }


def posted(cast: Cast, addresses: list[str]) -> dict[str, Thrice]:
    return {
        who: tuple(cast.browser(who).post(one).status_code for one in addresses)  # type: ignore[misc]
        for who in EVERYBODY
    }


def test_a_month_is_for_who_sees_money(cast: Cast) -> None:
    addresses = of_months(cast, "commissions:month")

    assert got(cast, addresses) == OF_MONEY
    assert cast.browser("owner").post(addresses[0]).status_code == 405


def test_owners_and_finance_contest(cast: Cast) -> None:
    addresses = of_months(cast, CONTEST)

    assert got(cast, addresses) == of_who_contests(200)
    assert posted(cast, addresses) == of_who_contests(422)


def test_both_sides_write(cast: Cast) -> None:
    addresses = of_disputes(cast, "commissions:dispute_message")

    assert posted(cast, addresses) == WRITING
    assert cast.browser("owner").get(addresses[0]).status_code == 405


def test_the_company_takes_it_back(cast: Cast) -> None:
    addresses = of_disputes(cast, "commissions:dispute_withdraw")

    assert posted(cast, addresses) == of_who_contests(302)
    assert cast.browser("owner").get(addresses[0]).status_code == 405


def test_owners_and_finance_compare_spreadsheets(cast: Cast) -> None:
    address = reverse("commissions:reconcile")

    asked = {who: cast.browser(who).get(address).status_code for who in EVERYBODY}
    sent = {who: cast.browser(who).post(address).status_code for who in EVERYBODY}

    assert asked == of_who_acts(200)
    assert sent == of_who_acts(422)
