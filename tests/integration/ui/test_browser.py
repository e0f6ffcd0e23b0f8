"""The pieces in a browser: accessible, within the policy, pleasant to use."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from tests import migrated
from tests.integration.ui.conftest import make_owner, serving_the_demo
from tests.integration.ui.demo import PASSWORD

pytestmark = [
    pytest.mark.browser,
    # The test database exists even when nothing else asks for it.
    pytest.mark.django_db,
]

AXE = (Path(__file__).parents[2] / "vendor/axe.min.js").read_text(encoding="utf-8")
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESK = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=320, height=640)


@pytest.fixture(autouse=True)
def _django_db_marker() -> None:
    """Put no transaction around a test: the server must see what is written."""


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Run the demo's server on rows that are really committed; no test after sees them.

    The usual `live_server` empties every table, which the ledgers refuse.
    """
    with django_db_blocker.unblock():
        with serving_the_demo():
            make_owner()
            server = LiveServer("127.0.0.1")
            yield server.url
            server.stop()
        migrated.renew(str(connection.settings_dict["NAME"]))


@pytest.fixture
def page(site: str, browser: Browser) -> Iterator[Page]:
    """Open a page in Ada's browser, signed in, that must see nothing refused."""
    context = browser.new_context(
        base_url=site,
        viewport=DESK,
        color_scheme="light",
        locale="en-GB",
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text))
    sign_in(page)
    yield page
    context.close()
    assert [text for text in complaints if "Content Security Policy" in text] == []


def sign_in(page: Page) -> None:
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill("ada@example.com")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    expect(page.locator("h1")).to_have_text("Northwind Digital")


def violations(page: Page) -> list[Any]:
    """Return what axe finds wrong, and whether the page is wider than the screen."""
    page.evaluate(AXE)
    found: list[Any] = page.evaluate(
        """async (tags) => {
          // Of rules that hold, one element is enough for us: nobody reads them.
          const options = {runOnly: tags, resultTypes: ["violations"]};
          const result = await axe.run(document, options);
          return result.violations.map((v) => [v.id, v.nodes.map((n) => n.html)]);
        }""",
        AXE_TAGS,
    )
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        found.append("wider than the screen")
    return found


PAGES = [
    "/demo/?message=1",
    "/demo/list/?kind=sourced&q=o",
    "/demo/list/?empty=1",
    "/demo/form/",
    "/accounts/password/change/",
    "/demo/404/",
]


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_pages_are_accessible(page: Page, size: Any, colours: Any) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=colours)
    found = {}

    for path in PAGES:
        page.goto(path)
        found[path] = violations(page)
    page.goto("/demo/form/")
    page.get_by_role("button", name="Register").click()
    page.locator(".error-summary").wait_for()
    found["a refused form"] = violations(page)

    assert found == {path: [] for path in [*PAGES, "a refused form"]}


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_signing_in_is_accessible(
    site: str, browser: Browser, size: Any, colours: Any
) -> None:
    context = browser.new_context(base_url=site, viewport=size, color_scheme=colours)
    page = context.new_page()
    page.goto("/accounts/login/")
    before = violations(page)
    page.locator("input[name=login]").fill("ada@example.com")
    page.locator("input[name=password]").fill("wrong")
    page.locator("main button[type=submit]").click()
    expect(page.locator(".error-summary")).to_be_focused()

    assert (before, violations(page)) == ([], [])
    context.close()


def test_sorting_and_paging_swap_the_list_and_back_returns(page: Page) -> None:
    page.goto("/demo/list/")
    page.evaluate("window.stayed = true")

    page.get_by_role("link", name="Points", exact=True).click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Points")
    page.get_by_role("link", name="Next page").click()
    expect(page.locator(".ptable-count")).to_have_text("26–50 of 214")

    assert page.evaluate("window.stayed") is True
    assert page.url.endswith("?sort=points&page=2")
    expect(page.locator("#announcement")).to_have_text("26–50 of 214")
    page.go_back()
    expect(page.locator(".ptable-count")).to_have_text("1–25 of 214")
    expect(page.locator("h1")).to_have_text("Points")


def test_filtering_swaps_the_list_and_a_chip_takes_it_back(page: Page) -> None:
    page.goto("/demo/list/")
    page.evaluate("window.stayed = true")

    page.keyboard.press("/")
    page.keyboard.type("acme")
    page.keyboard.press("Enter")
    chip = page.locator(".chip")
    expect(chip).to_contain_text("Client: acme")
    expect(page.locator(".ptable-count")).to_have_text("1–25 of 53")
    chip.click()
    expect(page.locator(".ptable-count")).to_have_text("1–25 of 214")

    assert page.evaluate("window.stayed") is True


def test_a_row_leads_out_of_the_list_to_a_whole_page(page: Page) -> None:
    page.goto("/demo/list/?sort=ref")

    page.locator("tbody tr").first.locator("td").nth(1).click()

    expect(page.locator("h1")).to_have_text("Register a deal")
    assert page.url.endswith("/demo/form/?on=1")
    assert page.locator("main").count() == 1


def test_a_link_in_a_row_wins_over_the_row(page: Page) -> None:
    page.goto("/demo/list/?sort=ref")

    page.locator("tbody tr").first.locator(".receipt-link").click()

    expect(page.locator("h1")).to_have_text("Northwind Digital")


def test_the_navigation_is_a_sheet_on_a_phone(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto("/demo/")
    sheet = page.locator(".sidebar")
    expect(sheet).to_be_hidden()

    page.get_by_role("button", name="Open the navigation").click()
    expect(sheet).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    page.get_by_role("button", name="Open the navigation").click()
    sheet.get_by_role("link", name="Deals").click()

    expect(page.locator("h1")).to_have_text("Register a deal")


def test_language_and_colours_are_chosen_in_the_menu(page: Page) -> None:
    page.goto("/demo/list/?page=2")
    page.locator(".person").click()
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.locator(".ptable-count")).to_have_text("26–50 sur 214")
    page.locator(".person").click()
    page.get_by_role("button", name="Sombre").click()

    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(15, 18, 24)"
    page.locator(".person").click()
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_everything_works_without_javascript(site: str, browser: Browser) -> None:
    context = browser.new_context(
        base_url=site,
        java_script_enabled=False,
        viewport=PHONE,
        locale="en-GB",
    )
    page = context.new_page()
    sign_in(page)

    page.get_by_role("button", name="Open the navigation").click()
    page.locator(".sidebar").get_by_role("link", name="Tier & points").click()
    page.get_by_role("link", name="Next page").click()
    expect(page.locator(".ptable-count")).to_have_text("26–50 of 214")
    page.locator(".person").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.locator(".person").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("h1")).to_have_text("Sign in")
    context.close()


def test_a_form_is_sent_once(page: Page) -> None:
    sent: list[str] = []
    page.goto("/demo/form/")
    page.on(
        "request",
        lambda request: sent.append(request.url) if request.method == "POST" else None,
    )

    page.evaluate(
        """() => {
          const button = document.querySelector("main form button");
          button.click();
          button.click();
        }"""
    )
    page.locator(".error-summary").wait_for()

    assert len(sent) == 1


def test_a_refusal_that_htmx_would_swallow_is_told(page: Page) -> None:
    page.goto("/demo/list/")
    page.route("**/demo/list/?sort=*", lambda route: route.fulfill(status=500))

    page.get_by_role("link", name="Client", exact=True).click()
    toast = page.locator(".toasts")
    expect(toast).to_contain_text("The server refused this.")
    assert violations(page) == []
    toast.get_by_role("button", name="Close").click()

    expect(toast).to_be_empty()


def test_a_lost_connection_is_told(page: Page) -> None:
    page.goto("/demo/list/")
    page.route("**/demo/list/?sort=*", lambda route: route.abort())

    page.get_by_role("link", name="Client", exact=True).click()

    expect(page.locator(".toasts")).to_contain_text("The server did not answer.")


def test_messages_can_be_put_away(page: Page) -> None:
    page.goto("/demo/?message=1")

    page.locator(".notice-success").get_by_role("button", name="Close").click()

    expect(page.locator(".notice-success")).to_have_count(0)
    expect(page.locator(".notice-error")).to_have_count(1)


def test_the_keyboard_reaches_the_content_first(page: Page) -> None:
    page.goto("/demo/")

    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()
