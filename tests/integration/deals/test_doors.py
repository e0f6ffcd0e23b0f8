"""How often somebody may write on deals: what both sides hear of is counted."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from pytest_django import Settings

from deals.models import Deal
from partners.models import User
from tests.factories import DealFactory
from tests.integration.pages import (
    PAGE_MARKS,
    account_of,
    signed_in,
)

pytestmark = PAGE_MARKS

DOORS = {
    "comment": "comment",
    "change": "deal_change",
    "requests/demo/ask": "deal_request",
    "files": "upload",
    "proof/ask": "proof_ask",
}
"""Path below the deal → the line of `RATE_LIMITS` that limits it."""


@pytest.fixture
def deal() -> Deal:
    return DealFactory.create()


@pytest.fixture
def seller(deal: Deal) -> User:
    return account_of(deal.partner, role="sales")


@pytest.mark.parametrize(("path", "door"), DOORS.items())
def test_who_writes_too_often_waits(
    deal: Deal, seller: User, settings: Settings, path: str, door: str
) -> None:
    """Also what is refused counts; another account is not kept waiting by it."""
    settings.RATE_LIMITS = {door: "2/h/user"}
    colleague = account_of(deal.partner, role="sales")
    url = f"/deals/{deal.public_id}/{path}/"
    first = signed_in(seller)

    answers = [first.post(url) for _ in range(3)]

    assert [each.status_code for each in answers] == [422, 422, 429]
    assert int(answers[2]["Retry-After"]) > 0
    assert signed_in(colleague).post(url).status_code == 422


@pytest.mark.parametrize("door", DOORS.values())
def test_every_door_has_its_limit(door: str) -> None:
    """A door without a line would be open to everybody without a word."""
    base: Any = importlib.import_module("portal.settings.base")
    assert base.RATE_LIMITS[door].endswith("/user")
