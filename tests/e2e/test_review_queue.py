"""The review queue by keyboard, and by its buttons where there is no script."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Visitor

MANAGER = "manager@portal.example"
QUEUE = "/admin/deals/registration/"
HEADING = "What else is known about this prospect"


def open_first(visitor: Visitor) -> Page:
    visitor.sign_in(MANAGER)
    page = visitor.page
    page.goto(f"{visitor.address}{QUEUE}")
    page.locator("#result_list tbody th a").first.click()
    expect(page.get_by_role("heading", name=HEADING)).to_be_visible()
    return page


def test_keys_press_what_is_on_the_page(visitor: Visitor, complaints: list[str]) -> None:
    page = open_first(visitor)
    first = page.url
    assert visitor.violations() == []
    complaints.clear()  # axe itself writes styles that the browser refuses

    page.keyboard.press("j")
    expect(page).not_to_have_url(first)
    page.wait_for_load_state()  # a key counts once the page's script is there
    page.keyboard.press("k")
    expect(page).to_have_url(first)

    for key, heading in (
        ("a", "Approve the registrations"),
        ("q", "Ask the partner"),
        ("r", "Refuse the registrations"),
    ):
        page.goto(first)
        page.keyboard.press(key)
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    # On the form a letter is a letter.
    page.get_by_label("In a sentence").press_sequentially("raj")
    expect(page.get_by_label("In a sentence")).to_have_value("raj")
    assert complaints == []


def test_the_keys_can_be_switched_off_and_stay_off(visitor: Visitor) -> None:
    page = open_first(visitor)
    first = page.url
    switch = page.get_by_role("button", name="Keys on")
    expect(switch).to_have_attribute("aria-pressed", "true")

    switch.click()
    page.reload()
    expect(switch).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("r")
    page.keyboard.press("j")
    page.wait_for_timeout(300)

    expect(page).to_have_url(first)


@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_keeps_its_tables_in_their_boxes(visitor: Visitor, width: int) -> None:
    page = open_first(visitor)
    page.set_viewport_size({"width": width, "height": 800})

    assert visitor.width_needed() <= width


def test_without_a_script_there_are_buttons(browser: Browser, address: str) -> None:
    context = browser.new_context(locale="en-GB", java_script_enabled=False)
    visitor = Visitor(context.new_page(), address)
    page = open_first(visitor)

    expect(page.get_by_text("Keys: a approve")).to_be_hidden()
    first = page.url
    page.get_by_role("button", name="Refuse…").click()
    expect(page.get_by_label("Clause of the rulebook")).to_have_value("3.10")

    page.goto(first)
    page.get_by_role("link", name="Next", exact=True).click()
    expect(page).not_to_have_url(first)
    expect(page).to_have_url(re.compile(rf"{QUEUE}\d+/change/"))
    context.close()
