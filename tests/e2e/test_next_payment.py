"""Home takes in the next payment once it stands; without scripts a link leads there."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import COLOURS, Visitor

OWNER = "owner@aurora.example"
SELLER = "sales@aurora.example"
BLOCKED = "owner@zenith.example"
NEW = "owner@sprout.example"
AMOUNT = re.compile(r"\d[\d,]*\.\d\d")


def next_payment(page: Page) -> str:
    """Wait for what the server says, and return it."""
    place = page.locator("#next-payment:not([hx-get])")
    expect(place).to_be_visible()
    return place.inner_text()


def test_the_next_payment_comes_to_home_and_leads_to_its_receipt(
    visitor: Visitor, complaints: list[str]
) -> None:
    page = visitor.page
    # A colour that is still on its way to another would be read as one of its own.
    page.emulate_media(reduced_motion="reduce")
    visitor.sign_in(OWNER)

    text = next_payment(page)
    for theme in ("light", "dark"):
        visitor.repaint(theme)
        assert visitor.violations(COLOURS) == []
    assert visitor.violations() == []

    assert AMOUNT.search(text)
    page.locator("#next-payment .receipt-link").click()
    expect(page.locator("h1")).to_have_text(re.compile(r"^Statement \d+$|^What waits"))
    assert complaints == []


@pytest.mark.parametrize("width", [1440, 320])
def test_what_blocks_it_is_counted_and_listed(visitor: Visitor, width: int) -> None:
    page = visitor.page
    page.set_viewport_size({"width": width, "height": 800})
    visitor.sign_in(BLOCKED)

    assert "Held back until the papers are there" in next_payment(page)
    assert visitor.width_needed() <= width
    page.locator("#next-payment").get_by_role("link", name="blocks it").click()

    expect(page.locator("#blockers")).to_have_text("What keeps the payment back")
    expect(page.locator("#blockers")).to_be_in_viewport()


def test_a_company_without_commission_reads_that_nothing_is_due(visitor: Visitor) -> None:
    visitor.sign_in(NEW)

    assert "Nothing is due" in next_payment(visitor.page)


def test_who_sells_sees_no_place_for_it(visitor: Visitor) -> None:
    visitor.sign_in(SELLER)

    expect(visitor.page.locator("h1")).to_be_visible()
    expect(visitor.page.locator("#next-payment")).to_have_count(0)


def test_without_scripts_the_link_leads_there(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    Visitor(page, address).sign_in(OWNER)

    page.get_by_role("link", name="What is paid next, and when").click()

    expect(page.locator("h1")).to_have_text("Commissions")
    expect(page.locator(".next-payment")).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", [1440, 320])
def test_the_curve_says_its_months_and_amounts(visitor: Visitor, width: int) -> None:
    page = visitor.page
    page.set_viewport_size({"width": width, "height": 800})
    visitor.sign_in(BLOCKED)
    page.goto(f"{visitor.address}/commissions/ahead/")

    axes = page.locator(".ahead").first
    expect(axes.locator(".ahead-amounts li")).to_have_count(3)
    expect(axes.locator(".ahead-months li:visible")).to_have_count(
        6 if width > 640 else 3
    )
    assert visitor.width_needed() <= width
    for theme in ("light", "dark"):
        visitor.repaint(theme)
        assert visitor.violations(COLOURS) == []
    assert visitor.violations() == []
