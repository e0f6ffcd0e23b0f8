"""What tests of pages share: a day, people who are signed in, the words of an answer."""

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Protocol

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from partners.models import Partner, User
from tests.factories import PersonFactory

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
"""The moment of page tests: 53 days before the evaluation of 15 January 2027."""
TODAY = date(2026, 11, 23)
PAGE_MARKS = [
    pytest.mark.django_db,
    pytest.mark.one_database,
    pytest.mark.time_machine(NOON, tick=False),
]
"""The marks of a file that reads pages, at noon."""

MICRO = 1_000_000

_TAG = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"\s+")


def signed_in(user: User) -> Client:
    """Return a browser in which an account is signed in."""
    client = Client()
    client.force_login(user)
    return client


def account_of(partner: Partner, *, language: str = "en", **person: Any) -> User:
    """Return the account of somebody new at a partner company."""
    user = PersonFactory.create(partner=partner, with_account=True, **person).user
    assert user
    user.language = language
    user.save()
    return user


def browser_of(partner: Partner, **person: Any) -> Client:
    """Return a browser in which somebody of a partner company is signed in."""
    return signed_in(account_of(partner, **person))


class Page(Protocol):
    """An answer with a body."""

    @property
    def content(self) -> bytes: ...


def words(response: Page) -> str:
    """Return what a page says, without its tags, in one line and with plain minuses."""
    text = html.unescape(_TAG.sub(" ", response.content.decode()))
    return _SPACE.sub(" ", text).replace("\N{MINUS SIGN}", "-")


def main_of(response: Page) -> str:
    """Return the page's own HTML, without what stands around it on every page."""
    page = response.content.decode()
    return page[page.index("<main") : page.index("</main>")]


def count_queries(act: Callable[[], object]) -> int:
    """Return how many queries an act sends to the database."""
    with CaptureQueriesContext(connection) as queries:
        act()
    return len(queries)
