"""Whatever is typed at the doors and in somebody's own settings: an answer, no error.

People who come in, their second factors, sessions, preferences, and the links of letters.
The back office has its own (`tests/integration/admin/test_hostile.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Any
from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.urls import reverse

from partners.models import (
    CalendarFeed,
    Invitation,
    JoinRequest,
    Notification,
    Partner,
    Person,
    Role,
    User,
)
from partners.services.invitations import Invitee
from partners.services.joining import ask_to_join, question_token
from partners.services.preferences import unsubscribe_token
from tests.factories import NotificationFactory, PartnerFactory, PersonFactory
from tests.factories.people import InvitationFactory, JoinRequestFactory
from tests.hostile import CHOKING, HOSTILE, postable
from tests.integration.pages import NOON, account_of, signed_in

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.hostile,
    pytest.mark.time_machine(NOON, tick=False),
]

PASSWORD = "correct horse battery staple"
NAMES = ("x" * 300, "İ" * 100, "a@" + "İ" * 60 + ".example", "a@b.example\r\nBcc: c@d.e")
VALUES = [*HOSTILE, "", *NAMES, "a@aurora.example", "{}", "[" * 5_000, "null", "1e999"]
SOME = [
    "\x00",
    "a\x00b",
    str(10**30),
    "\u202e\ufeff\U0001f600",
    "\ud800",
    "x" * 300,
    "..",
    "%2e%2e%2f",
]
OUTSIDE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/\t/evil.example/",
    "\t//evil.example/",
    "https:evil.example",
    "http:///evil.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "//evil.example\x00/",
    "/\r\nLocation: https://evil.example/",
    "https://testserver@evil.example/",
    "/" * 5_000 + "evil.example",
    "//[evil.example/",
]

FIELDS: dict[str, tuple[str, ...]] = {
    "account_login": ("login", "password", "remember", "next"),
    "account_logout": ("next",),
    "account_reset_password": ("email", "next"),
    "account_change_password": ("oldpassword", "password1", "password2"),
    "account_reauthenticate": ("password", "next"),
    "mfa_authenticate": ("code", "credential"),
    "mfa_reauthenticate": ("code", "next"),
    "mfa_reauthenticate_webauthn": ("credential", "next"),
    "mfa_login_webauthn": ("credential", "next"),
    "mfa_activate_totp": ("code",),
    "mfa_deactivate_totp": ("x",),
    "mfa_add_webauthn": ("name", "passwordless", "credential"),
    "mfa_generate_recovery_codes": ("x",),
    "usersessions_list": ("x",),
    "company:join": ("email", "first_name", "last_name"),
    "company:invite": ("email", "first_name", "last_name", "role"),
    "portal:settings": ("language", "time_zone"),
    "portal:calendar_make": ("x",),
    "portal:calendar_revoke": ("x",),
    "notifications:preferences": ("deals.won", "partners.join_asked", "x"),
    "notifications:read": ("notification", "everything", "query"),
    "ui:language": ("language", "next"),
    "ui:theme": ("theme", "next"),
}
BEFORE_SIGNING_IN = {
    *("account_login", "account_reset_password", "mfa_login_webauthn", "company:join"),
}
AT_THE_SECOND_FACTOR = {"mfa_authenticate"}
FINE = {
    "email": "new@aurora.example",
    "login": "new@aurora.example",
    "role": "reader",
    "language": "fr",
    "theme": "dark",
    "time_zone": "UTC",
    "everything": "1",
    "name": "a key",
    "password": PASSWORD,
    "oldpassword": PASSWORD,
}


@pytest.fixture
def company() -> Partner:
    return PartnerFactory.create(domain="aurora.example")


@pytest.fixture
def owner(company: Partner) -> User:
    user = account_of(company)
    user.set_password(PASSWORD)
    user.save()
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    return user


@pytest.fixture
def browsers(owner: User) -> list[Client]:
    """Return a visitor, one at the second factor, and one who has just confirmed."""
    halfway, inside = Client(), signed_in(owner)
    halfway.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
    return [Client(), halfway, inside]


def answers(browser: Client, address: str, form: dict[str, Any]) -> int:
    answer = browser.post(address, {name: postable(v) for name, v in form.items()})
    lead_nowhere(answer)
    return answer.status_code


def lead_nowhere(answer: Any) -> None:
    """Check that an answer leads to no other host, however it is read."""
    place = answer.headers.get("Location", "/").replace("\\", "/").strip()
    assert place.startswith(("/", "?", "http://testserver/")), place
    assert not place.startswith("//"), place


def forms(fields: tuple[str, ...], value: str) -> Iterator[dict[str, str]]:
    for name in fields:
        yield {**{each: FINE.get(each, "") for each in fields}, name: value}


@pytest.mark.parametrize("name", FIELDS)
def test_every_form_answers(browsers: list[Client], name: str) -> None:
    address = reverse(name)
    visitor, halfway, inside = browsers
    # Who finds the form there is given every value; the others every other.
    let_in, *others = (
        (halfway, visitor, inside)
        if name in AT_THE_SECOND_FACTOR
        else (visitor, halfway, inside)
        if name in BEFORE_SIGNING_IN
        else (inside, halfway, visitor)
    )
    askers = cycle(others)
    for value in VALUES:
        whole = {**dict.fromkeys(FIELDS[name], value), postable(value) or "x": value}
        for browser in (*others, let_in) if value in CHOKING else (next(askers), let_in):
            assert answers(browser, address, whole) < 500, ascii(value)
    for value in SOME:
        for form in forms(FIELDS[name], value):
            assert answers(browsers[-1], address, form) < 500, ascii(form)


@pytest.mark.parametrize("name", [*FIELDS, "notifications:list", "company:join_sent"])
def test_every_parameter_answers(browsers: list[Client], name: str) -> None:
    address = reverse(name)
    visitor, _halfway, inside = browsers
    askers = cycle([[visitor, inside], [inside, visitor]])
    for value in [*SOME, *OUTSIDE]:
        names = ("next", "show", "kind", "page", postable(value) or "x")
        queries = ({"next": value}, dict.fromkeys(names, value))
        for browser, query in zip(next(askers), queries, strict=True):
            answer = browser.get(
                address,
                {
                    name: text.encode(errors="surrogatepass")
                    for name, text in query.items()
                },
            )
            assert answer.status_code < 500, ascii(value)
            lead_nowhere(answer)


@pytest.mark.parametrize("to", OUTSIDE, ids=lambda value: ascii(value[:20]))
def test_no_form_leads_out_of_the_portal(owner: User, to: str) -> None:
    inside = signed_in(owner)
    for name, form in (
        ("ui:language", {"language": "fr"}),
        ("ui:theme", {"theme": "dark"}),
        ("account_reauthenticate", {"password": PASSWORD}),
        ("account_logout", {}),
    ):
        assert answers(inside, reverse(name), {**form, "next": to}) in {302, 400}
    for address in (reverse("account_login"), f"/accounts/login/?next={quote(to)}"):
        form = {"login": owner.email, "password": PASSWORD, "next": to}
        assert answers(Client(), address, form) in {200, 302}


@pytest.mark.parametrize("value", SOME, ids=lambda value: ascii(value[:20]))
def test_every_link_of_a_letter_answers(browsers: list[Client], value: str) -> None:
    token = quote(value.encode(errors="surrogatepass"), safe="")
    for address in (
        f"/join/{token}/",
        f"/invitations/{token}/",
        f"/notifications/unsubscribe/{token}/",
        f"/notifications/{token}/",
        f"/accounts/password/reset/key/{token}/",
        f"/accounts/password/reset/key/1-{token}/",
        f"/accounts/sessions/{token}/end/",
        f"/accounts/2fa/webauthn/keys/{token}/edit/",
        f"/company/people/{token}/role/",
        f"/calendar/{token}.ics",
    ):
        for browser in browsers:
            for answer in (browser.get(address), browser.post(address, {"x": "y"})):
                assert answer.status_code < 500, address
                lead_nowhere(answer)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: ascii(value[:20]))
def test_true_links_with_a_hostile_form_answer(
    company: Partner, owner: User, value: str
) -> None:
    InvitationFactory.create(partner=company, token="true", invited_by=owner)
    question = ask_to_join(
        invitee=Invitee(email="new@aurora.example"), language="en", at=NOON
    )
    links = (
        ("/invitations/true/", ("password", "again")),
        (f"/join/{question_token(question)}/", ("email", "first_name")),
        (
            f"/notifications/unsubscribe/{unsubscribe_token(user_id=owner.pk, kind='')}/",
            ("List-Unsubscribe",),
        ),
    )
    for address, fields in links:
        for form in forms(fields, value):
            assert answers(Client(), address, form) < 500, address


@pytest.mark.parametrize("value", VALUES, ids=lambda value: ascii(value[:20]))
def test_the_acts_of_an_owner_answer(company: Partner, owner: User, value: str) -> None:
    person = PersonFactory.create(partner=company, role=Role.SALES, with_account=True)
    asked = JoinRequestFactory.create(partner=company)
    told = NotificationFactory.create(user=owner)
    key = Authenticator.objects.create(user=owner, type="webauthn", data={"name": "k"})
    text = postable(value)
    inside = signed_in(owner)

    for address in (
        reverse("company:role", args=[person.public_id]),
        reverse("company:join_request", args=[asked.public_id]),
        reverse("mfa_edit_webauthn", args=[key.pk]),
        reverse("notifications:open", args=[told.public_id]),
    ):
        form = {"role": text, "name": text, "query": text, text or "x": text}
        assert answers(inside, address, form) < 500, address
    assert answers(inside, "/notifications/read/", {"notification": text}) < 500
    assert Person.objects.get(pk=person.pk).role == Role.SALES
    assert JoinRequest.objects.open().exists()
    assert not Invitation.objects.exists()
    assert not CalendarFeed.objects.exists()
    assert Notification.objects.filter(pk=told.pk, read_at=None).exists()


def test_thousands_of_fields_are_refused(owner: User) -> None:
    many = {f"f{number}": "1" for number in range(1_500)}
    inside = signed_in(owner)

    for name in FIELDS:
        assert inside.post(reverse(name), many).status_code in {302, 400, 404, 429}
    query = "&".join(many)
    form = {"everything": "1", "query": query}
    assert answers(inside, "/notifications/read/", form) in {302, 400}


@pytest.mark.parametrize("agent", ["", "\x00", "é" * 300, "x" * 5_000, "\u202e"])
def test_any_browser_signs_in_and_is_listed(owner: User, agent: str) -> None:
    Authenticator.objects.all().delete()
    browser = Client(headers={"user-agent": agent})

    browser.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})

    assert browser.get(reverse("usersessions_list")).status_code == 200
