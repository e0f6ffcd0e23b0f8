"""A person comes to the door."""

import pytest
from playwright.sync_api import Page, expect

from portal.demo import PASSWORD
from tests.e2e.conftest import Visitor

OWNER = "owner@aurora.example"


@pytest.mark.parametrize("width", [1440, 320])
def test_the_door_is_for_everybody(
    visitor: Visitor, complaints: list[str], width: int
) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 800})

    visitor.page.goto(f"{visitor.address}/accounts/login/")

    assert visitor.violations() == []
    assert complaints == []
    assert visitor.width_needed() <= width


def test_the_keyboard_alone_opens_it(visitor: Visitor) -> None:
    page = visitor.page
    page.goto(f"{visitor.address}/deals/")
    page.locator("input[name=login]").focus()
    page.keyboard.type(OWNER)
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.locator("input[name=password]").evaluate(
            "e => e === document.activeElement"
        ):
            break
    page.keyboard.type(PASSWORD)

    page.keyboard.press("Enter")

    page.wait_for_url(f"{visitor.address}/deals/")
    expect(page.locator("h1")).to_be_visible()


def test_a_wrong_password_is_said_and_the_address_kept(visitor: Visitor) -> None:
    visitor.knock(OWNER, "wrong")

    expect(visitor.page.get_by_role("alert").first).to_be_visible()
    expect(visitor.page.locator("input[name=login]")).to_have_value(OWNER)


def test_it_opens_without_javascript(browser: object, visitor: Visitor) -> None:
    context = visitor.page.context.browser
    assert context
    plain = context.new_context(java_script_enabled=False)
    page: Page = plain.new_page()

    Visitor(page, visitor.address).knock(OWNER)

    expect(page.locator("h1")).to_be_visible()
    assert "/login/" not in page.url
    plain.close()
