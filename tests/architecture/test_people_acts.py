"""People and second factors × everybody: pages, forms, acts; own, foreign, absent."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from partners.models import Invitation, JoinRequest, Person, Role
from tests.architecture.cast import Cast
from tests.architecture.people_matrix import (
    EVERYBODY,
    FORMS,
    OBJECT_ACTS,
    OBJECTS,
    OF_ONESELF,
    PAGES,
    SECRETS,
)
from tests.factories import PersonFactory, UserFactory
from tests.factories.people import InvitationFactory, JoinRequestFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def addresses(name: str, cast: Cast) -> tuple[str, str, str]:
    """Return the address of an own, a foreign and an absent object."""
    if name.startswith("mfa_"):
        keys = [
            Authenticator.objects.create(
                user=user, type="webauthn", data={"name": "k"}
            ).pk
            for user in (cast.people["owner"], UserFactory.create())
        ]
        return tuple(reverse(name, args=[key]) for key in (*keys, 10**9))  # type: ignore[return-value]
    if name == "usersessions_end":
        keys = [
            UserSession.objects.create(
                user=user, session_key=str(uuid.uuid4()), ip="203.0.113.1"
            ).pk
            for user in (cast.people["owner"], UserFactory.create())
        ]
        return tuple(reverse(name, args=[key]) for key in (*keys, 10**9))  # type: ignore[return-value]
    factory: Any = {
        "company:person": PersonFactory,
        "company:role": PersonFactory,
        "company:remove": PersonFactory,
        "company:revoke": InvitationFactory,
        "company:join_request": JoinRequestFactory,
        "company:join_refuse": JoinRequestFactory,
    }[name]
    more = {"role": Role.SALES} if factory is PersonFactory else {}
    ids = [
        factory.create(partner=partner, **more).public_id
        for partner in (cast.own, cast.foreign)
    ]
    return tuple(reverse(name, args=[one]) for one in (*ids, uuid.uuid4()))  # type: ignore[return-value]


@pytest.mark.parametrize("name", [*PAGES, *OF_ONESELF])
def test_a_page_is_for_these_people(cast: Cast, name: str) -> None:
    answers = {who: cast.browser(who).get(reverse(name)).status_code for who in EVERYBODY}

    assert answers == (PAGES | OF_ONESELF)[name]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_takes_no_post(cast: Cast, name: str) -> None:
    answers = {
        cast.browser(who).post(reverse(name)).status_code
        for who in EVERYBODY
        if who != "anonymous"
    }

    assert answers == {405}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_for_these_people(cast: Cast, name: str) -> None:
    path = reverse(name)
    shown = {who: cast.browser(who).get(path).status_code for who in EVERYBODY}
    refused = {who: cast.browser(who).post(path).status_code for who in EVERYBODY}

    assert (shown, refused) == FORMS[name]


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_is_for_these_people(cast: Cast, name: str) -> None:
    paths = addresses(name, cast)

    answers = {
        who: tuple(cast.browser(who).get(path).status_code for path in paths)
        for who in EVERYBODY
    }

    assert answers == OBJECTS[name]


@pytest.mark.parametrize("name", OBJECT_ACTS)
@pytest.mark.parametrize("who", EVERYBODY)
def test_an_act_on_an_object_is_for_these_people(cast: Cast, name: str, who: str) -> None:
    paths = addresses(name, cast)

    answers = tuple(cast.browser(who).post(path).status_code for path in paths)

    assert answers == OBJECT_ACTS[name][who]
    if who != "owner":
        assert not Person.objects.filter(partner=cast.foreign, left_on__isnull=False)
        assert not Invitation.objects.filter(revoked_at__isnull=False)
        assert not JoinRequest.objects.filter(decided_at__isnull=False)


@pytest.mark.parametrize("name", [name for name in OBJECT_ACTS if name not in OBJECTS])
def test_an_act_is_never_done_by_get(cast: Cast, name: str) -> None:
    own, _foreign, _absent = addresses(name, cast)

    assert cast.browser("owner").get(own).status_code == 405


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_secret_that_is_none_opens_nothing(name: str, method: str) -> None:
    client = Client()

    answer = getattr(client, method)(reverse(name, args=["wrong"]))

    assert answer.status_code == 404
    assert "_auth_user_id" not in client.session
