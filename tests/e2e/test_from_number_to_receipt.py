"""A person asks a number for its reason, and the reason for its arithmetic."""

from decimal import Decimal

from playwright.sync_api import expect

from tests.e2e.conftest import Visitor
from tests.e2e.reading import computed, number, numbers, sourced_number

OWNER = "owner@aurora.example"
MOST_TABS = 40


def test_the_sentence_comes_first_and_says_tier_gap_and_time(visitor: Visitor) -> None:
    visitor.sign_in(OWNER)

    lead = visitor.page.locator(".page-lead")

    expect(lead).to_contain_text("You are Gold.")
    expect(lead).to_contain_text("short of Platinum")
    expect(lead).to_contain_text("until the evaluation of")


def test_the_rows_of_a_receipt_add_up_to_the_number_at_home(
    visitor: Visitor, complaints: list[str]
) -> None:
    page = visitor.page
    visitor.sign_in(OWNER)
    at_home = number(sourced_number(page).inner_text())

    sourced_number(page).click()
    expect(page.locator("h1")).to_contain_text("Sourced points")
    cells = page.locator("table.ptable tbody .receipt-link").all_inner_texts()
    whole = sum(map(number, cells), Decimal(0))

    assert cells
    assert whole == number(page.locator("h1").inner_text())
    assert whole == numbers(page.locator("table.ptable tfoot").inner_text())[-1]
    assert whole == at_home > 0
    assert complaints == []


def test_a_calculator_gets_the_points_of_the_ledger(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in(OWNER)
    sourced_number(page).click()
    row = page.locator("table.ptable tbody .receipt-link").first
    in_the_list = number(row.inner_text())

    row.click()
    expect(page.locator("h1")).to_contain_text("sourced points")
    sums = page.locator(".arithmetic .step-sum").all_inner_texts()
    by_hand, stated = computed(sums[0])

    assert by_hand == stated == in_the_list
    assert number(sums[-1].partition("points")[0]) == in_the_list
    assert "recomputed, agrees" in sums[-1]
    expect(page.locator("main")).to_contain_text("Fingerprint")
    letter = page.get_by_role("link", name="This is wrong").get_attribute("href") or ""
    assert letter.startswith("mailto:")
    assert page.url.rstrip("/").rpartition("/")[2] in letter


def test_the_keyboard_alone_reaches_a_receipt(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in(OWNER)
    page.goto(f"{visitor.address}/")

    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    link = sourced_number(page)
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if link.evaluate("element => element === document.activeElement"):
            break
    outline = link.evaluate("element => getComputedStyle(element).outlineStyle")
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_contain_text("Sourced points")
    assert outline != "none", "one must see where the keyboard is"
