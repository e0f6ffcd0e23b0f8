"""Registering × everybody: forms, acts; of the own, a foreign and an absent object."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from tests.architecture.cast import Cast, make_cast
from tests.architecture.people_matrix import EVERYBODY
from tests.architecture.registrations_matrix import (
    FORMS,
    MAKE,
    OBJECT_ACTS,
    OBJECT_FORMS,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.time_machine("2026-11-23T12:00:00Z", tick=False),
]


@pytest.fixture
def cast(db: None) -> Cast:
    """Return a cast of the test's own, made on its day."""
    return make_cast()


def addresses(name: str, cast: Cast) -> tuple[str, ...]:
    """Return the address of an own, a foreign and an absent object."""
    ids = [MAKE[name](partner) for partner in (cast.own, cast.foreign)]
    return tuple(reverse(name, args=[one]) for one in (*ids, uuid.uuid4()))


def answers(
    cast: Cast, method: str, asked: tuple[str, ...]
) -> dict[str, tuple[int, ...]]:
    return {
        who: tuple(
            getattr(cast.browser(who), method)(address).status_code for address in asked
        )
        for who in EVERYBODY
    }


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_for_these_people(cast: Cast, name: str) -> None:
    asked = (reverse(name),)
    shown, sent = FORMS[name]

    assert answers(cast, "get", asked) == {who: (it,) for who, it in shown.items()}
    assert answers(cast, "post", asked) == {who: (it,) for who, it in sent.items()}


@pytest.mark.parametrize("name", OBJECT_FORMS)
def test_a_draft_is_its_companys(cast: Cast, name: str) -> None:
    asked = addresses(name, cast)
    shown, sent = OBJECT_FORMS[name]

    assert answers(cast, "get", asked) == shown
    # An empty form has no product lines, not even none.
    assert answers(cast, "post", asked) == sent


@pytest.mark.parametrize("name", OBJECT_ACTS)
def test_an_act_is_for_these_people(cast: Cast, name: str) -> None:
    asked = addresses(name, cast)

    assert answers(cast, "post", asked) == OBJECT_ACTS[name]
    assert cast.browser("owner").get(asked[0]).status_code == 405
