"""Pictures of every page, to look at: `make screenshots`.

A portal with demo data is started in a temporary folder. Pages are found by following
links from the home page, one of each view, as a partner with data, as one almost without,
as one whose registrations wait and one whose money does; deals and registrations in each
of their states; the back office as the programme manager and as finance. Each is taken at
1440 and at 320 pixels, light and dark, in English and in French, into
docs/screenshots/all/; the home page of README.md is written beside it.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Literal
from urllib.parse import urljoin, urlsplit

import django
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Error, Page, ViewportSize, sync_playwright

from scripts.chromium import chromium

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "screenshots"
EVERYTHING = FOLDER / "all"

PEOPLE = {
    "full": "owner@aurora.example",
    "empty": "owner@atelier.example",
    "in-review": "owner@meridian.example",
    "withheld": "owner@zenith.example",
}
STAFF = {"staff": "manager@portal.example", "finance": "finance@portal.example"}
SIZES: dict[str, ViewportSize] = {
    "1440": {"width": 1440, "height": 1000},
    "320": {"width": 320, "height": 720},
}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LANGUAGES = ("en", "fr")
LEAVE_OUT = re.compile(
    r"^/(accounts/(login|logout|signup|password/reset)|static|i18n)|\.(csv|xlsx|ics|pdf)$|/(csv|xlsx|pdf)/$|/export"
)
MOST_PAGES = 90
VARIANTS = {
    "deals-detail-won": "/deals/?stage=won",
    "deals-detail-lost": "/deals/?stage=lost",
    "deals-detail-withdrawn": "/deals/?stage=withdrawn",
    "deals-detail-standing-still": "/deals/?stalled=yes",
    "deals-detail-to-confirm": "/deals/?missing=motion",
    "deals-registration-in-review": "/deals/registrations/?state=submitted",
    "deals-registration-asked": "/deals/registrations/?state=needs_info",
    "deals-registration-refused": "/deals/registrations/?state=refused",
    "commissions-schedule": "/commissions/",
    "commissions-statement": "/commissions/statements/",
    "commissions-dispute": "/commissions/disputes/",
}
"""Pages that look different by state: the first row of a list."""
START_S = 300


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="only English, light, 1440 pixels"
    )
    quick = parser.parse_args().quick
    looks = [*product(LANGUAGES, THEMES, SIZES)]
    if quick:
        looks = looks[:1]
    program = chromium()
    if program is None:
        print("screenshots: there is no Chromium on this machine", file=sys.stderr)
        return 1
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.dev")
    django.setup()
    shutil.rmtree(EVERYTHING, ignore_errors=True)
    EVERYTHING.mkdir(parents=True)
    with running_portal() as (address, password), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"]
        )
        for state, email in (PEOPLE | STAFF).items():
            take_all(Visit(browser, address, looks), state, email, password)
        browser.close()
    print(f"screenshots: {len(list(EVERYTHING.iterdir()))} pictures in {EVERYTHING}")
    return 0


@contextmanager
def running_portal() -> Iterator[tuple[str, str]]:
    """Run a portal with demo data of its own; yield its address and its password."""
    with tempfile.TemporaryDirectory() as var:
        log = Path(var) / "run.log"
        with log.open("w") as output:
            runner = subprocess.Popen(
                [sys.executable, "manage.py", "run", "--demo", "--port", "8700"],
                cwd=ROOT,
                env={**os.environ, "PORTAL_VAR": var, "PYTHONUNBUFFERED": "1"},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            deadline = time.monotonic() + START_S
            while not (found := re.search(r"answers at (\S+)", log.read_text())):
                if runner.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(log.read_text())
                time.sleep(0.5)
            secret = re.search(r"password (\S+)", log.read_text())
            yield found[1], secret[1] if secret else ""
        finally:
            runner.send_signal(signal.SIGINT)
            runner.wait()


Look = tuple[str, Literal["light", "dark"], str]
"""A language, a theme and a width."""


class Visit:
    """One person's tour: a browser window, and the looks to take of each page."""

    def __init__(self, browser: Browser, address: str, looks: list[Look]) -> None:
        self.context = browser.new_context()
        self.page = self.context.new_page()
        self.address = address
        self.looks = looks

    def take(self, name: str, path: str, language: str) -> None:
        url = urljoin(self.address, path)
        for spoken, theme, width in self.looks:
            if spoken != language:
                continue
            self.context.add_cookies(
                [{"name": "theme", "value": theme, "url": self.address}]
            )
            self.page.emulate_media(color_scheme=theme)
            self.page.set_viewport_size(SIZES[width])
            self.page.goto(url)
            self.page.wait_for_load_state("networkidle")  # what htmx fetches for a page
            picture = EVERYTHING / f"{name}-{language}-{theme}-{width}.png"
            self.page.screenshot(path=picture, full_page=True)
            if picture.name == "portal-home-full-en-light-1440.png":
                self.page.screenshot(path=FOLDER / "home.png")


def take_all(visit: Visit, state: str, email: str, password: str) -> None:
    if state == "full":
        visit.take("sign-in", "/accounts/login/", "en")
    sign_in(visit.page, visit.address, email, password)
    found = pages(visit.page, "/admin/" if state in STAFF else "/", visit.address)
    if state not in STAFF:
        found |= variants(visit.page, visit.address)
    for language in dict.fromkeys(language for language, _theme, _size in visit.looks):
        speak(visit.page, visit.address, language)
        for name, path in found.items():
            visit.take(f"{name}-{state}", path, language)
    visit.context.close()


def sign_in(page: Page, address: str, email: str, password: str) -> None:
    page.goto(urljoin(address, "/accounts/login/"))
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/login/" not in url)


def speak(page: Page, address: str, language: str) -> None:
    """Choose the language as a person does, by the portal's own form."""
    page.goto(address)
    token = page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value")
    answer = page.request.post(
        urljoin(address, "/ui/language/"),
        form={"language": language, "csrfmiddlewaretoken": token or ""},
        headers={"Referer": address},
    )
    if not answer.ok:
        raise SystemExit(f"screenshots: {answer.url} answered {answer.status}")


def pages(page: Page, start: str, address: str) -> dict[str, str]:
    """Return one path for each view that links lead to, by the name of its view."""
    found: dict[str, str] = {}
    waiting = [start]
    while waiting and len(found) < MOST_PAGES:
        path = waiting.pop(0)
        name = view_name(path)
        if name is None or name in found:
            continue
        try:
            response = page.goto(urljoin(address, path))
        except Error as error:
            if "Download is starting" in str(error):
                continue  # a file, and no page
            raise
        if response is None or not response.ok:
            continue
        if "text/html" not in response.headers.get("content-type", ""):
            continue
        found[name] = path
        for link in page.locator("a[href]").all():
            target = urlsplit(urljoin(page.url, link.get_attribute("href") or ""))
            same = target.netloc == urlsplit(address).netloc
            inside = target.path.startswith("/admin/") == start.startswith("/admin/")
            if same and inside and not LEAVE_OUT.search(target.path):
                waiting.append(target.path)
    return found


def variants(page: Page, address: str) -> dict[str, str]:
    """Return one path for each of `VARIANTS` that this person has."""
    found: dict[str, str] = {}
    for name, path in VARIANTS.items():
        page.goto(urljoin(address, path))
        row = page.locator("table.ptable tbody a[href]").first
        if row.count():
            found[name] = row.get_attribute("href") or path
    return found


def view_name(path: str) -> str | None:
    try:
        name = resolve(path).view_name
    except Resolver404:
        return None
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


if __name__ == "__main__":
    raise SystemExit(main())
