"""Who may do what on a shared deal: an own, a foreign and an absent one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from deals.models import Deal
from partners.models import Partner
from tests.architecture.cast import Cast
from tests.architecture.people_matrix import EVERYBODY
from tests.architecture.shared_matrix import ACTS, DONE
from tests.factories import DealFactory, UserFactory
from tests.factories.shared import (
    DealFileFactory,
    DealRequestFactory,
    ProofRequestFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def approved(deal: Deal) -> Any:
    manager = UserFactory.create(programme_manager=True)
    request = DealRequestFactory.create(deal=deal, waiver=True)
    request.state, request.decided_by = "approved", manager
    request.decided_at = request.asked_at
    request.save()
    return request


PARTS: dict[str, Callable[[Deal], Any]] = {
    "deals:file_remove": lambda deal: DealFileFactory.create(deal=deal),
    "deals:proof_withdraw": lambda deal: ProofRequestFactory.create(deal=deal),
    "deals:request_withdraw": lambda deal: DealRequestFactory.create(deal=deal),
    "deals:request_answer": lambda deal: DealRequestFactory.create(deal=deal),
    "deals:request_revoke": approved,
}
"""Acts on a part of a deal: what makes one."""


def arguments(name: str, deal: Deal) -> list[Any]:
    if name == "deals:request_ask":
        return [deal.public_id, "demo"]
    if name in PARTS:
        return [deal.public_id, PARTS[name](deal).public_id]
    return [deal.public_id]


def address(name: str, partner: Partner | None) -> str:
    """Return the address of an act on a new deal of a partner; on none for None."""
    deal = DealFactory.create(
        **({"partner": partner} if partner else {}),
        motion_state="proposed",
        valid_until=date(2027, 1, 1),
    )
    args = arguments(name, deal)
    if partner is None:
        args[0] = uuid.uuid4()
    return reverse(name, args=args)


@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_for_these_people(cast: Cast, name: str) -> None:
    partners = (cast.own, cast.foreign, None)
    untouched = [address(name, partner) for partner in partners]

    answers = {
        who: tuple(
            # Who is refused leaves a deal as it is, for the next to try.
            cast.browser(who)
            .post(address(name, partner) if expected == DONE else at)
            .status_code
            for partner, at, expected in zip(
                partners, untouched, ACTS[name][who], strict=True
            )
        )
        for who in EVERYBODY
    }

    assert answers == ACTS[name]


@pytest.mark.parametrize("name", ACTS)
def test_nothing_is_done_by_get(cast: Cast, name: str) -> None:
    browser = cast.browser("owner")

    answers = {
        browser.get(address(name, partner)).status_code
        for partner in (cast.own, cast.foreign, None)
    }

    assert answers == {405}


@pytest.mark.parametrize("name", PARTS)
def test_a_part_of_another_deal_is_none_of_this_one(cast: Cast, name: str) -> None:
    """By the address of an own deal nobody reaches what lies on another one."""
    own = DealFactory.create(partner=cast.own)
    for partner in (cast.own, cast.foreign):
        other = PARTS[name](DealFactory.create(partner=partner)).public_id
        for who in ("owner", "programme_manager"):
            answer = cast.browser(who).post(reverse(name, args=[own.public_id, other]))
            assert answer.status_code in {403, 404}, (who, answer.status_code)
            assert answer.status_code != DONE
