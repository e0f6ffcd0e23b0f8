"""Every page of a partner, as people of different kinds see it."""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Response

from tests.e2e.conftest import COLOURS, Visitor

WIDTHS = (1440, 320)
SHELL = (".nav-list", ".topbar > *", ".page-foot")
"""The same on every page: read on the first."""
LIKE_SOURCED = {
    f"/receipts/…/{number}/…/"
    for number in (
        *("assisted", "managed", "sold", "total"),
        *("expiring-30", "expiring-60", "expiring-90", "expiring-evaluation"),
        "sourced-expiring-evaluation",
    )
}
"""Receipts that look like that of the sourced points."""
OF_THE_RULEBOOK = {
    f"/rulebook/{page}/" for page in ("2025-A", "2025-B", "compare", "what-changes")
}


class Reader(NamedTuple):
    """Who reads which pages, and how."""

    email: str
    themes: tuple[str, ...] = ("light",)
    """The first is the one the pages come in; of others only the colours are looked at,
    which is all they change."""
    widths: tuple[int, ...] = WIDTHS
    """Every page must fit both; at the last it is read by every rule."""
    but: frozenset[str] = frozenset()
    """What looks alike for the first of them, who reads it."""


PEOPLE = {
    "much data": Reader("owner@aurora.example", themes=("light", "dark")),
    "French, without a tier": Reader(
        "owner@atelier.example", but=frozenset(LIKE_SOURCED)
    ),
    "a provider, in the dark": Reader(
        *("owner@nova.example", ("dark",), WIDTHS[::-1]),
        but=frozenset(LIKE_SOURCED | OF_THE_RULEBOOK),
    ),
}
OF_DEALS = {
    "/deals/",
    "/deals/board/",
    "/deals/check/",
    "/deals/forecast/",
    "/deals/register/",
    "/deals/registrations/",
    "/deals/signals/",
    "/deals/what-if/",
}
OF_MONEY = {
    "/commissions/",
    "/commissions/ahead/",
    "/commissions/bank/",
    "/commissions/disputes/",
    "/commissions/papers/",
    "/commissions/reconcile/",
    "/commissions/statements/",
}
STATES = [
    pytest.param("owner@aurora.example", "/deals/?stage=won", id="won"),
    pytest.param("owner@aurora.example", "/deals/?stage=lost", id="lost"),
    pytest.param("owner@aurora.example", "/deals/?stage=withdrawn", id="withdrawn"),
    pytest.param("owner@aurora.example", "/deals/?missing=motion", id="to confirm"),
    pytest.param("owner@aurora.example", "/deals/?q=Nordlicht", id="contested"),
    pytest.param("owner@aurora.example", "/deals/?q=Castellan", id="with requests"),
    pytest.param(
        "owner@meridian.example", "/deals/registrations/?state=submitted", id="in review"
    ),
    pytest.param(
        "owner@meridian.example", "/deals/registrations/?state=needs_info", id="asked"
    ),
    pytest.param(
        "owner@meridian.example", "/deals/registrations/?state=refused", id="refused"
    ),
]
VARIABLE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d(-\d\d)?(?=/|$)|\?.*$")
FILES = (".csv", ".xlsx", "/pdf/", "/csv/", "/xlsx/", "/papers/…/")


def one_of_each(
    visitor: Visitor, but: Collection[str]
) -> Iterator[tuple[str, Response | None]]:
    """Open the pages of the navigation, and one of each kind that they lead to.

    But none of some kinds. Yields each with its answer while it is open.
    """
    waiting = visitor.addresses("nav")
    found = {*waiting, *but}
    while waiting:
        path = waiting.pop(0)
        response = visitor.page.goto(f"{visitor.address}{path}")
        leads_to = visitor.addresses("main")
        yield path, response
        for further in leads_to:
            kind = VARIABLE.sub("…", further)
            if kind not in found and not kind.endswith((*FILES, "…")):
                found.add(kind)
                waiting.append(further)


@pytest.mark.long
@pytest.mark.parametrize("who", PEOPLE)
def test_can_be_read_by_everybody(
    visitor: Visitor, complaints: list[str], who: str
) -> None:
    email, (theme, *others), widths, but = PEOPLE[who]
    visitor.page.context.add_cookies(
        [{"name": "theme", "value": theme, "url": visitor.address}]
    )
    # A colour that is still on its way to another would be read as one of its own.
    visitor.page.emulate_media(reduced_motion="reduce")
    visitor.sign_in(email)
    visitor.page.goto(f"{visitor.address}/")
    opened: set[str] = set()
    broken: list[str] = []

    for path, response in one_of_each(visitor, but):
        if response is None or not response.ok:
            broken.append(f"{path}: {response and response.status}")
        for width in widths:
            visitor.page.set_viewport_size({"width": width, "height": 800})
            if visitor.width_needed() > width:
                broken.append(f"{path}: wider than {width} pixels")
        visitor.shorten(*(SHELL if opened else ()))
        opened.add(path)
        broken += visitor.violations()
        for other in others:
            visitor.repaint(other)
            broken += visitor.violations(COLOURS)

    assert {"/", "/clients/", *OF_DEALS, *OF_MONEY} <= opened
    kinds = {VARIABLE.sub("…", path) for path in opened}
    assert but or {*LIKE_SOURCED, *OF_THE_RULEBOOK} <= kinds
    assert broken == []
    assert complaints == []


MONEY = [
    pytest.param("owner@aurora.example", "/commissions/disputes/", id="contested"),
    pytest.param("owner@meridian.example", "/commissions/statements/", id="bounced"),
    pytest.param("owner@zenith.example", "/commissions/statements/", id="withheld"),
    pytest.param("owner@zenith.example", "/commissions/", id="cancelled, at risk"),
]


@pytest.mark.parametrize(("email", "listed"), MONEY)
def test_money_can_be_read_in_every_state(
    visitor: Visitor, complaints: list[str], email: str, listed: str
) -> None:
    visitor.sign_in(email)
    broken: list[str] = []
    for further in (listed, None):
        if further is None:
            visitor.page.locator("main table tbody a[href]").first.click()
            visitor.page.wait_for_load_state()
        else:
            visitor.page.goto(f"{visitor.address}{further}")
        for width in WIDTHS:
            visitor.page.set_viewport_size({"width": width, "height": 800})
            if visitor.width_needed() > width:
                broken.append(f"{visitor.page.url}: wider than {width} pixels")
        broken += visitor.violations()

    assert broken == []
    assert [each for each in complaints if "axe" not in each] == []


@pytest.mark.parametrize(("email", "listed"), STATES)
def test_deals_and_registrations_can_be_read_in_every_state(
    visitor: Visitor, complaints: list[str], email: str, listed: str
) -> None:
    visitor.sign_in(email)
    visitor.page.goto(f"{visitor.address}{listed}")
    visitor.page.locator("table.ptable tbody a[href]").first.click()
    visitor.page.wait_for_load_state()
    broken: list[str] = []

    for width in WIDTHS[::-1]:
        visitor.page.set_viewport_size({"width": width, "height": 800})
        if visitor.width_needed() > width:
            broken.append(f"wider than {width} pixels")
    broken += visitor.violations()

    assert broken == []
    assert [each for each in complaints if "axe" not in each] == []
