"""Everybody who stands in the permission matrix: made and signed in once for a module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass, field, replace

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from partners.models import Partner, Role, User
from tests.architecture.people_matrix import EVERYBODY, ROLES
from tests.factories import PartnerFactory, PersonFactory, UserFactory
from tests.factories.specialists import growth_account


@dataclass(frozen=True)
class Cast:
    """The people of the table, the company they are about, and another one."""

    people: dict[str, User | None]
    own: Partner
    foreign: Partner
    sessions: dict[str, str]
    """Who → the key of their session; nobody's for a visitor."""
    browsers: dict[str, Client] = field(default_factory=dict)

    def browser(self, who: str) -> Client:
        """Return the browser of a person, signed in, with nothing else in it at first."""
        if who not in self.browsers:
            self.browsers[who] = Client()
            if key := self.sessions.get(who):
                self.browsers[who].cookies[settings.SESSION_COOKIE_NAME] = key
        return self.browsers[who]


def make_cast() -> Cast:
    own, foreign = PartnerFactory.create(with_pdm=True), PartnerFactory.create()
    people: dict[str, User | None] = {
        "anonymous": None,
        "stranger": PersonFactory.create(with_account=True).user,
        "left": PersonFactory.create(partner=own, with_account=True, left=True).user,
        "pdm": own.pdm,
        "pdm_elsewhere": UserFactory.create(pdm=True),
        "programme_manager": UserFactory.create(programme_manager=True),
        "finance_staff": UserFactory.create(finance=True),
        "growth_specialist": growth_account(""),
        "auditor": UserFactory.create(auditor=True),
    }
    for role in ROLES:
        person = PersonFactory.create(partner=own, with_account=True, role=Role(role))
        people[role] = person.user
    assert set(people) == set(EVERYBODY)
    sessions = {who: session_of(user) for who, user in people.items() if user}
    return Cast(people=people, own=own, foreign=foreign, sessions=sessions)


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


@pytest.fixture(scope="module")
def made_cast(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Cast]:
    """Yield a cast around which the module's tests have their transactions.

    What they do is undone after each; the cast goes with the last.
    """
    around = ExitStack()
    with django_db_blocker.unblock():
        around.enter_context(transaction.atomic())
        cast = make_cast()
    yield cast
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.close()


@pytest.fixture
def cast(made_cast: Cast, db: None) -> Cast:
    """Return the cast with browsers and objects of the test's own."""
    return replace(deepcopy(made_cast), browsers={})
