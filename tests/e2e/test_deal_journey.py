"""A deal from the check to its points, and one that two partners want."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Visitor
from tests.e2e.reading import number, sourced_number
from tests.running import Portal, wait_for

SELLER = "owner@lumen.example"
MANAGER = "manager@portal.example"
WORKER_S = 30
SECRET = re.compile(r"/proof/([0-9a-f]{64})/")


@pytest.fixture
def people(browser: Browser, address: str) -> Iterator[tuple[Visitor, Visitor, Page]]:
    """Return a seller, a programme manager, and a client without an account."""
    contexts = [browser.new_context(locale="en-GB") for _ in range(3)]
    seller, manager = (Visitor(each.new_page(), address) for each in contexts[:2])
    seller.sign_in(SELLER)
    manager.sign_in(MANAGER)
    yield seller, manager, contexts[2].new_page()
    for context in contexts:
        context.close()


def register(seller: Visitor, company: str, domain: str) -> Page:
    """Check a prospect, register it from the answer, and submit it."""
    page = seller.page
    page.goto(f"{seller.address}/deals/check/")
    page.get_by_label("Domain or company").fill(domain)
    page.get_by_role("button", name="Check").click()
    page.locator("#answer").get_by_role("link", name="Register a deal").click()
    expect(page.get_by_label("Domains")).to_have_value(domain)
    page.get_by_label("Company").fill(company)
    page.get_by_label("Country or territory").select_option("DE")
    page.get_by_role("button", name="Continue").click()

    page.get_by_label("Segment").select_option("mid_market")
    page.get_by_label("Contact: first name").fill("Kim")
    page.get_by_label("Contact: last name").fill("Berg")
    page.get_by_label("Contact: e-mail").fill(f"kim@{domain}")
    closes = (datetime.now(UTC) + timedelta(days=20)).date()
    page.get_by_label("Expected close").fill(closes.isoformat())
    page.get_by_label("The contact agreed").check()
    line = page.get_by_role("group", name="Line 1")
    line.get_by_label("Product").select_option("sales_hub")
    line.get_by_label("Edition").select_option("professional")
    line.get_by_label("Net MRR").fill("900")
    line.get_by_label("Currency").select_option("USD")
    page.get_by_role("button", name="Submit").click()
    return page


def secret_of(portal: Portal, email: str) -> str:
    """Return the secret of the link that was sent to somebody, once it was sent."""
    found: list[str] = []

    def arrived() -> bool:
        for letter in sorted((portal.var / "mail").glob("*.log")):
            text = letter.read_text("utf-8").replace("=\n", "")
            if f"To: {email}" in text and (secret := SECRET.search(text)):
                found.append(secret[1])
        return bool(found)

    wait_for(arrived, seconds=WORKER_S)
    return found[0]


def sourced_points(visitor: Visitor) -> Decimal:
    """Return the exact sourced points that the partner's home page leads to."""
    visitor.page.goto(f"{visitor.address}/")
    sourced_number(visitor.page).click()
    return number(visitor.page.locator("h1").inner_text())


@pytest.mark.long
def test_from_the_check_to_the_points(
    people: tuple[Visitor, Visitor, Page], portal: Portal, complaints: list[str]
) -> None:
    seller, manager, client = people
    before = sourced_points(seller)
    domain = f"journey-{uuid4().hex[:8]}.example"

    page = register(seller, f"Journey {domain[8:16]}", domain)
    expect(page.locator(".messages, .notice").first).to_contain_text("Accepted")
    assert seller.violations() == []
    page.get_by_role("link", name="Go to the deal").click()
    reference = page.locator("#validity a[href*='/registrations/']").first.inner_text()
    page.get_by_role("button", name="Confirm: Partner sourced").click()
    expect(page.locator("#motion")).to_contain_text("Confirmed by the partner")

    proof = page.locator("#proof")
    proof.get_by_text("Ask the client by link").click()
    proof.get_by_label("Name").fill("Kim Berg")
    proof.get_by_label("E-mail").fill(f"kim@{domain}")
    proof.get_by_role("button", name="Send the link").click()
    expect(page.locator("#proof")).to_contain_text("A link is with Kim Berg")
    client.goto(f"{seller.address}/proof/{secret_of(portal, f'kim@{domain}')}/")
    assert Visitor(client, seller.address).violations() == []
    client.get_by_label("Yes, it is involved").check()
    client.get_by_label("Your name").fill("Kim Berg")
    client.get_by_role("button", name="Send the answer").click()
    expect(client.locator("h1")).to_have_text("Thank you")
    page.reload()
    expect(page.locator("#proof")).to_contain_text("proof given")

    office = manager.page
    office.goto(f"{manager.address}/admin/deals/deal/?q={reference}")
    office.locator("#result_list input.action-select").check()
    office.locator("select[name=action]").select_option("mark_won")
    office.locator(".actions button[type=submit]").click()
    office.get_by_role("button", name="Confirm").click()
    expect(office.locator(".messagelist")).to_contain_text("Won.")

    wait_for(lambda: sourced_points(seller) > before, seconds=WORKER_S)
    seller.page.goto(f"{seller.address}/points/?q={reference}")
    earned = number(seller.page.locator(".list-sum strong").inner_text())
    assert earned == sourced_points(seller) - before


def test_what_two_want_is_decided_by_keyboard(
    people: tuple[Visitor, Visitor, Page],
) -> None:
    seller, manager, _client = people

    page = register(seller, "Harbour and Hill", "harbour-hill.example")
    expect(page.locator("main")).to_contain_text("An open deal protects this prospect.")
    expect(page.locator("main")).to_contain_text("47 hours left")
    registration = page.url

    office = manager.page
    office.goto(f"{manager.address}/admin/deals/registration/?q=Harbour+and+Hill")
    office.locator("#result_list tbody th a").first.click()
    known = "What else is known about this prospect"
    expect(office.get_by_role("heading", name=known)).to_be_visible()
    office.wait_for_load_state()
    office.keyboard.press("r")
    office.get_by_label("Reason").select_option("pursued")
    office.get_by_label("In a sentence").fill("Another company works with them.")
    office.get_by_role("button", name="Confirm").press("Enter")
    expect(office.locator(".messagelist")).to_be_visible()

    page.goto(registration)
    refusal = page.locator("section[aria-labelledby=refusal-heading]")
    expect(refusal).to_contain_text("Another company works with them.")
    expect(refusal).to_contain_text("3.10")
    expect(page.get_by_role("button", name="Make the appeal")).to_be_visible()
    assert seller.violations() == []
