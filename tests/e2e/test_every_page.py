"""Every page that the navigation leads to, as people of different kinds see it."""

import pytest

from tests.e2e.conftest import Visitor

PEOPLE = [
    pytest.param("owner@aurora.example", "light", id="much data"),
    pytest.param("owner@aurora.example", "dark", id="much data, in the dark"),
    pytest.param("owner@atelier.example", "light", id="French, without a tier"),
    pytest.param("owner@nova.example", "dark", id="a provider"),
]
WIDTHS = (1440, 320)


@pytest.mark.parametrize(("email", "theme"), PEOPLE)
def test_can_be_read_by_everybody(
    visitor: Visitor, complaints: list[str], email: str, theme: str
) -> None:
    visitor.page.context.add_cookies(
        [{"name": "theme", "value": theme, "url": visitor.address}]
    )
    visitor.sign_in(email)
    visitor.page.goto(f"{visitor.address}/")
    paths = visitor.addresses("nav")
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
