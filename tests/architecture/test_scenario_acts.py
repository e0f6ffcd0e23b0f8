"""Who may change and remove a scenario: an own, a foreign and an absent one."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from deals.models import Scenario
from tests.architecture.cast import Cast
from tests.architecture.people_matrix import EVERYBODY
from tests.architecture.scenarios_matrix import OBJECT_ACTS
from tests.factories.scenarios import ScenarioFactory

pytestmark = pytest.mark.django_db


def answers_to(cast: Cast, name: str, who: str, *, by_get: bool) -> tuple[int, ...]:
    """Return what somebody is answered about an own, a foreign and an absent scenario.

    Each is made anew: somebody before may have removed it.
    """
    rows = [
        ScenarioFactory.create(partner=partner, is_shared=True).public_id
        for partner in (cast.own, cast.foreign)
    ]
    browser = cast.browser(who)
    ask = browser.get if by_get else browser.post
    return tuple(
        ask(reverse(name, args=[one])).status_code for one in (*rows, uuid.uuid4())
    )


@pytest.mark.parametrize("name", OBJECT_ACTS)
def test_who_sells_changes_the_own_scenarios_alone(cast: Cast, name: str) -> None:
    answers = {who: answers_to(cast, name, who, by_get=False) for who in EVERYBODY}

    assert answers == OBJECT_ACTS[name]
    left = Scenario.objects.filter(removed_at=None)
    assert left.filter(partner=cast.foreign).count() == len(EVERYBODY)


@pytest.mark.parametrize("name", OBJECT_ACTS)
def test_nothing_is_changed_by_get(cast: Cast, name: str) -> None:
    assert answers_to(cast, name, "owner", by_get=True) == (405, 405, 405)
