"""Every page of a partner, as people of different kinds see it."""

import re

import pytest

from tests.e2e.conftest import Visitor

PEOPLE = [
    pytest.param("owner@aurora.example", "light", id="much data"),
    pytest.param("owner@aurora.example", "dark", id="much data, in the dark"),
    pytest.param("owner@atelier.example", "light", id="French, without a tier"),
    pytest.param("owner@nova.example", "dark", id="a provider"),
]
WIDTHS = (1440, 320)
VARIABLE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\d|\?.*$")


def one_of_each(visitor: Visitor) -> list[str]:
    """Return the pages of the navigation, and one of each kind that they lead to."""
    found = {path: path for path in visitor.addresses("nav")}
    waiting = list(found)
    while waiting:
        visitor.page.goto(f"{visitor.address}{waiting.pop(0)}")
        for path in visitor.addresses("main"):
            kind = VARIABLE.sub("…", path)
            if kind not in found and not kind.endswith((".csv", ".xlsx", "…")):
                found[kind] = path
                waiting.append(path)
    return list(found.values())


@pytest.mark.parametrize(("email", "theme"), PEOPLE)
def test_can_be_read_by_everybody(
    visitor: Visitor, complaints: list[str], email: str, theme: str
) -> None:
    visitor.page.context.add_cookies(
        [{"name": "theme", "value": theme, "url": visitor.address}]
    )
    visitor.sign_in(email)
    visitor.page.goto(f"{visitor.address}/")
    paths = one_of_each(visitor)
    broken: list[str] = []

    for path in paths:
        for width in WIDTHS:
            visitor.page.set_viewport_size({"width": width, "height": 800})
            response = visitor.page.goto(f"{visitor.address}{path}")
            if response is None or not response.ok:
                broken.append(f"{path}: {response and response.status}")
            if visitor.width_needed() > width:
                broken.append(f"{path}: wider than {width} pixels")
            broken += visitor.violations()

    assert {"/", "/deals/", "/clients/"} <= set(paths)
    assert broken == []
    assert complaints == []
