"""Every page of a partner, as people of different kinds see it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Response

from tests.e2e.conftest import Visitor

PEOPLE = [
    pytest.param("owner@aurora.example", "light", id="much data"),
    pytest.param("owner@aurora.example", "dark", id="much data, in the dark"),
    pytest.param("owner@atelier.example", "light", id="French, without a tier"),
    pytest.param("owner@nova.example", "dark", id="a provider"),
]
WIDTHS = (1440, 320)
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
VARIABLE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\d|\?.*$")


def one_of_each(visitor: Visitor) -> Iterator[tuple[str, Response | None]]:
    """Open the pages of the navigation, and one of each kind that they lead to.

    Yields each with its answer while it is open; it must still be when that is done.
    """
    found = {path: path for path in visitor.addresses("nav")}
    waiting = list(found)
    while waiting:
        path = waiting.pop(0)
        yield path, visitor.page.goto(f"{visitor.address}{path}")
        for further in visitor.addresses("main"):
            kind = VARIABLE.sub("…", further)
            if kind not in found and not kind.endswith((".csv", ".xlsx", "…")):
                found[kind] = further
                waiting.append(further)


@pytest.mark.parametrize(("email", "theme"), PEOPLE)
def test_can_be_read_by_everybody(
    visitor: Visitor, complaints: list[str], email: str, theme: str
) -> None:
    visitor.page.context.add_cookies(
        [{"name": "theme", "value": theme, "url": visitor.address}]
    )
    visitor.sign_in(email)
    visitor.page.goto(f"{visitor.address}/")
    opened: set[str] = set()
    broken: list[str] = []

    for path, response in one_of_each(visitor):
        opened.add(path)
        if response is None or not response.ok:
            broken.append(f"{path}: {response and response.status}")
        for width in WIDTHS:
            visitor.page.set_viewport_size({"width": width, "height": 800})
            if visitor.width_needed() > width:
                broken.append(f"{path}: wider than {width} pixels")
            broken += visitor.violations()

    assert {"/", "/clients/", *OF_DEALS} <= opened
    assert broken == []
    assert complaints == []


@pytest.mark.parametrize(("email", "listed"), STATES)
def test_deals_and_registrations_can_be_read_in_every_state(
    visitor: Visitor, complaints: list[str], email: str, listed: str
) -> None:
    visitor.sign_in(email)
    visitor.page.goto(f"{visitor.address}{listed}")
    visitor.page.locator("table.ptable tbody a[href]").first.click()
    visitor.page.wait_for_load_state()
    broken: list[str] = []

    for width in WIDTHS:
        visitor.page.set_viewport_size({"width": width, "height": 800})
        if visitor.width_needed() > width:
            broken.append(f"wider than {width} pixels")
        broken += visitor.violations()

    assert broken == []
    assert [each for each in complaints if "axe" not in each] == []
