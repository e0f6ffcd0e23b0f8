"""Whatever stands in an address or a form about lists: an answer, never an error.

Views, columns, files, search, the calendar's addresses, the company's log, theme and
language; on both databases.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from partners.models import Export, Partner, Role, SavedView, User
from tests.factories import (
    AuditEntryFactory,
    DealFactory,
    NotificationFactory,
    PartnerFactory,
    PointsEntryFactory,
    SavedViewFactory,
    UserFactory,
)
from tests.hostile import CHOKING, HOSTILE, arrangements, in_address, postable
from tests.integration.pages import NOON, account_of, signed_in

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.hostile,
    pytest.mark.time_machine(NOON, tick=False),
]

VALUES = [
    *HOSTILE,
    "",
    "-",
    "--points",
    "?",
    "__class__",
    "partner__pdm__password",
    "é" * 101,
    "{}",
    "{0.__class__}",
    "%s%n",
    "null",
    "1e999",
    "2026-02-30",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "\r\nSet-Cookie: a=b",
    "=cmd|' /C calc'!A0",
]
LISTS = ("points", "deals", "clients")
ADDRESSES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("partners:points", "deals:list", "clients:list"),
        ("q", "sort", "page", "per_page", "columns", "stage", "kind", "x"),
    ),
    **{
        f"portal:{name}_{ending}": ("q", "sort", "columns", "per_page", "stage", "kind")
        for name in LISTS
        for ending in ("csv", "xlsx")
    },
    "company:people": ("sort", "page", "per_page", "columns"),
    "company:log": ("kind", "person", "sort", "page", "per_page", "columns"),
    "company:log_csv": ("kind", "person", "sort", "page", "x"),
    "notifications:list": ("show", "kind", "sort", "page"),
    "portal:search": ("q", "x"),
    "portal:views": ("x",),
    "portal:exports": ("x",),
    "portal:calendar": ("x",),
    "portal:diary": ("from", "until", "page", "kind", "since"),
}
FORMS: dict[str, tuple[str, ...]] = {
    "portal:export_ask": ("list", "query", "format", "x"),
    "portal:view_save": ("list", "query", "name", "shared", "x"),
    "portal:view_change": ("view", "name", "shared"),
    "portal:view_delete": ("view",),
    "portal:view_default": ("view", "on"),
    "ui:theme": ("theme", "next"),
    "ui:language": ("language", "next"),
}


@pytest.fixture(autouse=True)
def _no_limits(settings: Any) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "100000/s/user")


@pytest.fixture
def company() -> Partner:
    return PartnerFactory.create()


@pytest.fixture
def owner(company: Partner) -> User:
    user = account_of(company, role=Role.OWNER)
    DealFactory.create(partner=company)
    PointsEntryFactory.create(partner=company)
    AuditEntryFactory.create(partner=company, action="deals.won", actor=user)
    NotificationFactory.create(user=user, partner=company)
    return user


@pytest.fixture
def browsers(owner: User) -> list[Client]:
    """Return an owner's and a manager's browser, who read the lists differently."""
    staff = UserFactory.create(programme_manager=True)
    found = [signed_in(owner), signed_in(staff)]
    for browser in found:
        browser.raise_request_exception = False
    return found


def body(answer: Any) -> bytes:
    """Read an answer to its end: a file breaks while it is sent."""
    if answer.streaming:
        return b"".join(answer.streaming_content)
    content: bytes = answer.content
    return content


def asked(browser: Client, address: str) -> int:
    answer = browser.get(address)
    body(answer)
    return answer.status_code


@pytest.mark.parametrize("value", VALUES, ids=lambda value: ascii(value[:20]))
def test_an_address_of_a_list_answers(browsers: list[Client], value: str) -> None:
    turn = VALUES.index(value)
    owner, manager = browsers
    for name, parameters in ADDRESSES.items():
        for asks in arrangements(parameters, value, turn=turn):
            query = "&".join(f"{each}={in_address(value)}" for each in asks)
            # All at once is said twice, and what programs choke on by the manager, too.
            twice = len(asks) == len(parameters)
            address = f"{reverse(name)}?{query}" + f"&{query}" * twice
            assert asked(owner, address) < 500, address
            if twice and value in CHOKING:
                assert asked(manager, address) < 500, address


@pytest.mark.parametrize("value", VALUES, ids=lambda value: ascii(value[:20]))
def test_a_form_about_lists_answers(
    browsers: list[Client], owner: User, value: str
) -> None:
    view = SavedViewFactory.create(user=owner)
    fine = {
        "list": "deals",
        "query": "stage=won",
        "format": "csv",
        "name": "A view",
        "shared": "1",
        "view": str(view.public_id),
        "on": "1",
    }
    turn = VALUES.index(value)
    for name, fields in FORMS.items():
        for wrong in arrangements(fields, value, turn=turn):
            posted = {key: fine[key] for key in fields if key in fine}
            posted |= dict.fromkeys(wrong, postable(value))
            for browser in browsers if value in CHOKING else [browsers[turn % 3 % 2]]:
                status = browser.post(reverse(name), posted).status_code
                assert status < 500, (name, wrong)


KEPT = ("q", "sort", "columns", "stage", "x")
"""Parameters of a query that a form keeps."""


@pytest.mark.parametrize("value", VALUES, ids=lambda value: ascii(value[:20]))
def test_a_query_within_a_form_answers_and_what_is_kept_opens(
    browsers: list[Client], value: str
) -> None:
    turn = VALUES.index(value)
    askers = cycle(browsers[:: (-1) ** turn])
    for listing in LISTS:
        for asks in arrangements(KEPT, value, turn=turn):
            written = "&".join(f"{each}={in_address(value)}" for each in asks)
            browser = next(askers)
            for name, more in (
                ("portal:view_save", {"name": f"{listing} {asks}"}),
                ("portal:export_ask", {"format": "xlsx"}),
            ):
                posted = {"list": listing, "query": written, **more}
                answer = browser.post(reverse(name), posted)
                assert answer.status_code < 500, (name, written)

    for browser in browsers:
        assert asked(browser, reverse("portal:views")) == 200
        assert asked(browser, reverse("portal:exports")) == 200
    kept = SavedView.objects.select_related("user")
    for view, user_browser in ((v, signed_in(v.user)) for v in kept):
        user_browser.raise_request_exception = False
        page = {"points": "partners:points"}.get(view.page, f"{view.page}:list")
        assert asked(user_browser, f"{reverse(page)}?{view.query}") in {200, 302}
    assert Export.objects.exclude(page__in=LISTS).count() == 0


def paths() -> Iterator[str]:
    for value in VALUES:
        word = in_address(value)
        yield f"/calendar/{word}.ics"
        yield f"/exports/{word}/"
        yield f"/company/log/{word}/"
        yield f"/company/log/{word}.csv"
        yield f"/views/{word}/"


def test_a_path_that_is_none_is_not_found(browsers: list[Client]) -> None:
    visitor = Client(raise_request_exception=False)
    for path in paths():
        for browser in (*browsers, visitor):
            assert browser.get(path).status_code in {301, 302, 400, 404}, path


@pytest.mark.parametrize("cookie", ["theme", "django_language", "sessionid", "csrftoken"])
def test_a_cookie_says_anything(browsers: list[Client], cookie: str) -> None:
    for value in ("", "\\x00", "dark; x", "fr_FR@euro", "9" * 4_000, "../..", "zz", "é"):
        for browser in (*browsers, Client(raise_request_exception=False)):
            kept = browser.cookies.output()
            browser.cookies[cookie] = value
            assert browser.get("/accounts/login/").status_code < 500, (cookie, kept)
            assert browser.get("/deals/").status_code < 500
