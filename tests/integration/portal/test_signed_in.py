"""Where somebody is signed in: which browser, since when, and how it ends elsewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from partners.models import AuditEntry, User
from tests.factories import PartnerFactory
from tests.integration.pages import (
    NOON,
    PAGE_MARKS,
    account_of,
    main_of,
    words,
)

pytestmark = PAGE_MARKS

PASSWORD = "correct horse battery staple"
PAGE = "/accounts/sessions/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def user() -> User:
    user = account_of(PartnerFactory.create())
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(user: User, user_agent: str) -> Client:
    client = Client(headers={"user-agent": user_agent})
    form = {"login": user.email, "password": PASSWORD}
    assert client.post(reverse("account_login"), form).status_code == 302
    return client


def is_in(browser: Client) -> bool:
    return browser.get("/settings/").status_code == 200


def session_of(browser: Client) -> UserSession:
    session: UserSession = UserSession.objects.get(
        session_key=browser.session.session_key
    )
    return session


def end(browser: Client, session: UserSession) -> int:
    address = reverse("usersessions_end", args=[session.pk])
    return browser.post(address).status_code


def test_each_line_names_a_browser_and_its_system(user: User) -> None:
    here = sign_in(user, FIREFOX)
    sign_in(user, IPHONE)

    page = words(here.get(PAGE))

    assert "Firefox on Linux This browser" in page
    assert "Safari on iPhone" in page
    assert "Mozilla" not in page
    assert page.index("Firefox") < page.index("iPhone")


def test_one_session_ends_and_it_is_written_down(user: User) -> None:
    here, phone, tablet = (sign_in(user, said) for said in (FIREFOX, IPHONE, "Tablet"))

    assert end(here, session_of(phone)) == 302

    assert [is_in(browser) for browser in (here, phone, tablet)] == [True, False, True]
    entry = AuditEntry.objects.get(action="accounts.session_ended")
    assert (entry.actor, entry.partner, entry.note) == (
        *(user, user.partner, "Safari on iPhone"),
    )


def test_all_others_end_and_each_is_written_down(user: User) -> None:
    here, phone, tablet = (sign_in(user, said) for said in (FIREFOX, IPHONE, "Tablet"))

    assert here.post(PAGE).status_code == 302

    assert [is_in(browser) for browser in (here, phone, tablet)] == [True, False, False]
    ended = AuditEntry.objects.filter(action="accounts.session_ended")
    assert set(ended.values_list("note", flat=True)) == {"Safari on iPhone", "Tablet"}


def test_a_foreign_session_is_not_there(user: User) -> None:
    other = account_of(PartnerFactory.create())
    other.set_password(PASSWORD)
    other.save()
    theirs = sign_in(other, IPHONE)

    assert end(sign_in(user, FIREFOX), session_of(theirs)) == 404

    assert is_in(theirs)
    assert not AuditEntry.objects.filter(action="accounts.session_ended").exists()


@pytest.mark.parametrize("number", ["0", "1" * 12, "9" * 30])
def test_an_absent_session_is_not_there(user: User, number: str) -> None:
    browser = sign_in(user, FIREFOX)

    assert browser.post(f"{PAGE}{number}/end/").status_code == 404


def test_the_own_browser_is_led_to_signing_out(user: User) -> None:
    here = sign_in(user, FIREFOX)

    answer = here.post(reverse("usersessions_end", args=[session_of(here).pk]))

    assert answer.headers["Location"] == reverse("account_logout")
    assert is_in(here)


def test_a_link_ends_nothing(user: User) -> None:
    here, phone = sign_in(user, FIREFOX), sign_in(user, IPHONE)

    assert (
        here.get(reverse("usersessions_end", args=[session_of(phone).pk])).status_code
        == 405
    )
    assert is_in(phone)


def test_a_forged_form_ends_nothing(user: User) -> None:
    phone = sign_in(user, IPHONE)
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(user)

    assert end(careful, session_of(phone)) == 403
    assert careful.post(PAGE).status_code == 403
    assert is_in(phone)


def test_last_seen_follows_by_ten_minutes(user: User) -> None:
    here, phone = sign_in(user, FIREFOX), sign_in(user, IPHONE)
    signed_in_at = session_of(phone).last_seen_at

    with time_machine.travel(NOON + timedelta(minutes=9), tick=False):
        phone.get("/settings/")
    assert session_of(phone).last_seen_at == signed_in_at

    later = NOON + timedelta(hours=2)
    with time_machine.travel(later, tick=False):
        phone.get("/settings/")
        assert session_of(phone).last_seen_at == later
        assert "Last seen" in words(here.get(PAGE))


def test_what_a_program_calls_itself_breaks_no_page(user: User) -> None:
    here = sign_in(user, FIREFOX)
    sign_in(user, "<script>alert(1)</script>" + "x" * 500)

    page = main_of(here.get(PAGE))

    assert "<script>alert" not in page
    assert "x" * 100 not in page
