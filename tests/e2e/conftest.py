"""A real portal with demo data, started once by each process of pytest, and a browser."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page

from portal.demo import PASSWORD
from tests import demo
from tests.running import Portal

AXE = (Path(__file__).resolve().parents[1] / "vendor/axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
ROWS_READ = 5
"""Rows of a table that are read: the others are like them, and axe takes its time."""
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules for which colours matter."""


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Return a portal with demo data, running."""
    var = tmp_path_factory.mktemp("portal") / "var"
    demo.copy(var)
    portal = Portal(var)
    try:
        portal.wait_until_it_answers()
        yield portal
    finally:
        portal.kill()


@pytest.fixture(scope="session")
def address(portal: Portal) -> str:
    """Return where the portal answers, without a slash at the end."""
    return f"http://127.0.0.1:{portal.wait_until_it_answers()}"


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """Return what the browser complains about: refused inline code, errors in scripts."""
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"{page.url}: {message.text}")

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    return complaints


SIGNED_IN: dict[tuple[str, str], list[Any]] = {}
"""The cookies of who has signed in already, by portal and person."""


class Visitor:
    """A person at a browser."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address

    def sign_in(self, email: str) -> None:
        """Come home, signed in; through the door the first time only.

        A password is slow to check on purpose, and most tests are not about the door.
        """
        who = (self.address, email)
        if who in SIGNED_IN:
            self.page.context.add_cookies(SIGNED_IN[who])
            self.page.goto(f"{self.address}/")
            return
        self.knock(email)
        assert "/accounts/login/" not in self.page.url
        SIGNED_IN[who] = [
            {key: cookie[key] for key in ("name", "value", "domain", "path")}
            for cookie in self.page.context.cookies()
            if cookie["name"] in {"sessionid", "csrftoken"}
        ]

    def knock(self, email: str, password: str = PASSWORD) -> None:
        """Send the form at the door, whatever comes of it."""
        self.page.goto(f"{self.address}/accounts/login/")
        self.page.locator("input[name=login]").fill(email)
        self.page.locator("input[name=password]").fill(password)
        self.page.locator("input[name=password]").press("Enter")
        self.page.wait_for_load_state()

    def repaint(self, theme: str) -> None:
        """Show the page in another theme, as the server would have sent it."""
        self.page.evaluate(
            """name => {
              // A colour on its way to another would be read as one of its own.
              const still = new CSSStyleSheet();
              still.replaceSync("* { transition: none !important }");
              document.adoptedStyleSheets = [still];
              const root = document.documentElement.dataset;
              // The pages of partners read one, the back office the other.
              root.bsTheme = root.theme = name;
            }""",
            theme,
        )

    def violations(self, rules: Sequence[str] = RULES) -> list[str]:
        """Return the accessibility rules that the page breaks, with an element each.

        `rules` are tags or names of axe.
        """
        if not self.page.evaluate("'axe' in window"):
            # The pages to come have it from their start: the browser reads it once.
            self.page.add_init_script(AXE)
            self.page.evaluate(AXE)
        found: list[dict[str, Any]] = self.page.evaluate(
            # Of rules that hold, one element is enough for us: nobody reads them.
            """async rules => (await axe.run(
              document, {runOnly: rules, resultTypes: ["violations"]}
            )).violations""",
            list(rules),
        )
        return [
            f"{self.page.url}: {rule['id']}: {rule['nodes'][0]['html']}" for rule in found
        ]

    def shorten(self, *read_elsewhere: str) -> None:
        """Leave the first rows of each table, and none of what is read on another page.

        Elements are named by selectors. Silent icons go too: nobody is to read them. For
        what only looks at the page from here on.
        """
        self.page.evaluate(
            """([rows, selectors]) => {
              for (const body of document.querySelectorAll("tbody")) {
                [...body.rows].slice(rows).forEach(row => row.remove());
              }
              for (const selector of selectors) {
                document.querySelectorAll(selector).forEach(each => each.remove());
              }
            }""",
            [ROWS_READ, ["svg[aria-hidden=true]", *read_elsewhere]],
        )

    def width_needed(self) -> int:
        """Return how wide the page is; more than the window means scrolling sideways."""
        return int(self.page.evaluate("document.documentElement.scrollWidth"))

    def addresses(self, selector: str) -> list[str]:
        """Return the portal's own addresses that links in an element lead to, once."""
        paths: list[str] = self.page.locator(f"{selector} a[href]").evaluate_all(
            "links => links.map(link => link.getAttribute('href'))"
        )
        inside = [path for path in paths if re.match(r"/(?!/|accounts/|static/)", path)]
        return list(dict.fromkeys(path.partition("#")[0] for path in inside))


@pytest.fixture
def visitor(page: Page, address: str) -> Visitor:
    return Visitor(page, address)
