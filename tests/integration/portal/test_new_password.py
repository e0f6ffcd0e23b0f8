"""A new password ends what the old one opened: sessions, and the calendar address."""

from __future__ import annotations

import re

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from outbox import clock
from partners.models import AuditEntry, CalendarFeed, User
from partners.services.calendar_feeds import make_feed
from partners.services.staff import deactivate_account, reactivate_account
from tests.factories import PartnerFactory, UserFactory
from tests.integration.pages import (
    NOON,
    PAGE_MARKS,
    account_of,
    signed_in,
)

pytestmark = PAGE_MARKS

OLD, NEW = "correct horse battery staple", "another horse, another staple"


@pytest.fixture
def user() -> User:
    user = account_of(PartnerFactory.create())
    user.set_password(OLD)
    user.save()
    return user


@pytest.fixture
def address(user: User) -> str:
    assert user.partner
    return f"/calendar/{make_feed(user=user, partner=user.partner, at=NOON)}.ics"


def status(address: str) -> int:
    return Client().get(address).status_code


def reset(user: User, letters: list[EmailMessage]) -> None:
    visitor = Client()
    visitor.post(reverse("account_reset_password"), {"email": user.email})
    found = re.search(r"/accounts/\S+", str(letters[-1].body))
    assert found
    page = visitor.get(found[0], follow=True)
    form = {"password1": NEW, "password2": NEW}
    assert visitor.post(page.request["PATH_INFO"], form).status_code == 302


def test_a_reset_ends_the_calendar_address(
    user: User, address: str, mailoutbox: list[EmailMessage]
) -> None:
    assert status(address) == 200

    reset(user, mailoutbox)

    assert status(address) == 404
    entry = AuditEntry.objects.get(action="partners.calendar_feed_revoked")
    assert (entry.actor, entry.note) == (user, "new password")


def test_a_change_ends_it_too(user: User, address: str) -> None:
    form = {"oldpassword": OLD, "password1": NEW, "password2": NEW}

    signed_in(user).post(reverse("account_change_password"), form)

    assert status(address) == 404


def test_a_refused_change_ends_nothing(user: User, address: str) -> None:
    form = {"oldpassword": "wrong", "password1": NEW, "password2": NEW}

    signed_in(user).post(reverse("account_change_password"), form)

    assert status(address) == 200


def test_an_account_that_comes_back_does_not_bring_it_along(
    user: User, address: str
) -> None:
    manager = UserFactory.create(programme_manager=True)

    deactivate_account(user_id=user.pk, actor=manager, at=clock.now())
    assert status(address) == 404
    reactivate_account(user_id=user.pk, actor=manager, at=clock.now())

    assert status(address) == 404
    assert not CalendarFeed.objects.open().exists()
    entry = AuditEntry.objects.get(action="partners.calendar_feed_revoked")
    assert entry.actor == manager
