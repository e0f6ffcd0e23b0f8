"""A French partner, one who chooses, a provider, a newcomer: each finds the own page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from scripts import messages
from tests.e2e.conftest import Visitor

NAVIGATION = ("Home", "Tier & points", "Deals", "Benefits & funds")

TEXTS_JS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const inside = walker.currentNode.parentElement.closest("script, style, [lang=en]");
    if (!inside) found.push(walker.currentNode.data.replace(/\\s+/g, " ").trim());
  }
  return found.filter(Boolean);
}"""


@pytest.fixture(scope="module")
def english() -> set[str]:
    """Return the source texts that read differently in French."""
    return {
        message.id
        for message in messages.read("fr")
        if isinstance(message.id, str) and message.id and message.id != message.string
    }


def leftovers(page: Page, english: set[str]) -> Iterator[str]:
    for text in page.evaluate(TEXTS_JS):
        if text in english:
            yield f"{page.url}: {text}"


@pytest.mark.long
def test_a_french_partner_reads_french_everywhere(
    visitor: Visitor, english: set[str]
) -> None:
    page = visitor.page
    visitor.sign_in("owner@atelier.example")
    lead = page.locator(".page-lead")

    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(lead).to_contain_text("Vous n’avez plus de niveau depuis le")
    expect(lead).to_contain_text("pour atteindre Gold")
    expect(page.locator("nav").first).to_contain_text("Niveau et points")
    paths = visitor.addresses("nav") + visitor.addresses("main")
    found: list[str] = []
    for path in paths:
        page.goto(f"{visitor.address}{path}")
        expect(page.locator("html")).to_have_attribute("lang", "fr")
        found += leftovers(page, english)

    assert len(paths) > 8
    assert found == []


def test_language_and_colours_are_kept_from_page_to_page(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in("owner@lumen.example")
    menu = page.locator(".person")

    menu.click()
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    menu.click()
    page.get_by_role("button", name="Sombre").click()
    page.get_by_role("link", name="Transactions", exact=True).click()

    expect(page.locator("h1")).to_have_text("Transactions")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    menu.click()
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    navigation = page.get_by_role("navigation", name="Main")
    for label in NAVIGATION:
        expect(navigation.get_by_role("link", name=label, exact=True)).to_be_visible()
    assert page.url == f"{visitor.address}/deals/"


def test_a_provider_has_points_for_information_and_no_tier(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in("owner@nova.example")

    expect(page.locator(".page-lead")).to_contain_text(
        "Your points are for your information: no tier applies to providers."
    )
    expect(page.get_by_text("Credited tier", exact=True)).to_have_count(0)
    expect(page.locator("#bars")).to_have_count(0)
    expect(page.locator("section[aria-labelledby=kinds] .receipt-link")).to_have_count(4)


def test_a_newcomer_is_told_how_points_begin(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in("owner@sprout.example")

    expect(
        page.get_by_role("heading", name="No points yet: this is how they begin")
    ).to_be_visible()
    page.goto(f"{visitor.address}/deals/")
    expect(page.get_by_text("No deals yet.")).to_be_visible()
