"""Who may act on what belongs to money: an own, a foreign and an absent object."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from commissions.models import PayoutDocument
from partners.models import Partner
from tests.architecture.cast import Cast
from tests.architecture.money_matrix import OBJECT_ACTS
from tests.architecture.people_matrix import EVERYBODY
from tests.factories.money import PayoutDocumentFactory

pytestmark = pytest.mark.django_db

MADE: dict[str, Callable[[Partner], Any]] = {
    "commissions:paper_restart": lambda partner: PayoutDocumentFactory.create(
        partner=partner
    ),
}


def answers_to(cast: Cast, name: str, who: str, *, by_get: bool) -> tuple[int, ...]:
    """Return what somebody is answered about an own, a foreign and an absent object.

    They are those of the first who asks: acting twice is answered as acting once.
    """
    rows = [
        PayoutDocument.objects.filter(partner=partner).first() or MADE[name](partner)
        for partner in (cast.own, cast.foreign)
    ]
    browser = cast.browser(who)
    ask = browser.get if by_get else browser.post
    ids = [row.public_id for row in rows]
    return tuple(
        ask(reverse(name, args=[one])).status_code for one in (*ids, uuid.uuid4())
    )


@pytest.mark.parametrize("name", OBJECT_ACTS)
def test_only_who_acts_for_the_company_does(cast: Cast, name: str) -> None:
    answers = {who: answers_to(cast, name, who, by_get=False) for who in EVERYBODY}

    assert answers == OBJECT_ACTS[name]
    foreign = PayoutDocument.objects.get(partner=cast.foreign)
    assert foreign.state == PayoutDocument.State.PENDING


@pytest.mark.parametrize("name", OBJECT_ACTS)
def test_nothing_is_done_by_get(cast: Cast, name: str) -> None:
    assert answers_to(cast, name, "owner", by_get=True) == (405, 405, 405)
