"""From what a client paid to what a partner was paid; and back to the receipt."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Visitor
from tests.running import NOT_PASSED_ON, ROOT, Portal, wait_for

OWNER = "owner@aurora.example"
PREPARING = "finance@portal.example"
APPROVING = "finance2@portal.example"
WORKER_S = 60

UNPAID = """
import json
from commissions.models import Schedule
from outbox import clock
from program.calendar import add_months
month = add_months(clock.today().replace(day=1), -1)
unpaid = Schedule.objects.filter(
    partner__ref="P-aurora", refused="", ended="", increase=None, first_month__lte=month
).order_by("-mrr_minor", "pk")
lines = lambda one: one.accruals.filter(month=month)
for one in unpaid:
    if sum(each.commission_minor for each in lines(one)) == 0:
        break
else:
    raise SystemExit("every client of this partner has paid")
# As much as all sales of the product line to this client may earn on.
due = sum(
    each.mrr_minor
    for each in Schedule.objects.filter(
        client=one.client, product_line=one.product_line, refused="",
        first_month__lte=month, last_month__gte=month,
    )
)
print(json.dumps({
    "schedule": str(one.public_id), "client": one.client.name, "ref": one.client.ref,
    "product": one.product_line, "month": f"{month:%Y-%m}", "currency": one.currency,
    "amount": f"{due // 100}.{due % 100:02}",
    "commission": f"{one.mrr_minor * one.rate_bps / 1_000_000:,.2f}",
}))
"""
"""A schedule of the partner whose client has not paid the month before, as JSON."""

CLOSED = """
from datetime import timedelta
from commissions import services
from commissions.models import FxRate
from outbox import clock
from partners.models import Partner
from program.calendar import add_months
from program.payout import closes_on, month_end, quarter_of
partner = Partner.objects.get(ref="P-aurora")
quarter = quarter_of(add_months(clock.today().replace(day=1), -1))
at = clock.start_of(closes_on(quarter)) + timedelta(hours=12)
months = [add_months(quarter, number) for number in range(3)]
for month in months:
    for code in set(FxRate.objects.values_list("currency", flat=True)):
        known = FxRate.objects.filter(currency=code).order_by("-day").first()
        FxRate.objects.get_or_create(
            day=month_end(month), currency=code, defaults={"usd_e10": known.usd_e10}
        )
clients = set(partner.schedules.values_list("client", flat=True))
services.accrue_clients(client_ids=clients, months=months, at=at)
closed = services.close_statement(partner_id=partner.pk, quarter=quarter, at=at)
print(getattr(closed, "public_id", closed))
"""
"""Close the partner's quarter of the month before, on the day on which it is due."""


@pytest.fixture
def people(browser: Browser, address: str) -> Iterator[tuple[Visitor, Visitor, Visitor]]:
    """Return the partner's owner, and two people of finance."""
    contexts = [browser.new_context(locale="en-GB") for _ in range(3)]
    visitors = [Visitor(each.new_page(), address) for each in contexts]
    for visitor, email in zip(visitors, (OWNER, PREPARING, APPROVING), strict=True):
        visitor.sign_in(email)
    yield visitors[0], visitors[1], visitors[2]
    for context in contexts:
        context.close()


def in_the_portal(portal: Portal, program: str) -> str:
    """Run a program beside the running portal; return its last line."""
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", program],
        cwd=ROOT,
        env={
            name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON
        }
        | {
            "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
            "PORTAL_ENV_FILE": os.devnull,
            "PORTAL_VAR": str(portal.var),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def code_of(secret: str, *, before: int = 0) -> str:
    counter = int(time.time()) // 30 - before
    return str(format_hotp_value(hotp_value(secret, counter)))


def set_up_factor(visitor: Visitor) -> str:
    """Set up an app that shows codes; return its secret."""
    page = visitor.page
    page.goto(f"{visitor.address}/accounts/2fa/totp/activate/")
    if page.locator("input[name=password]").count():
        page.locator("input[name=password]").fill("partner-portal-demo")
        page.locator("input[name=password]").press("Enter")
        page.wait_for_load_state()
    secret = str(re.findall(r"<code>([A-Z2-7]+)</code>", page.content())[0])
    page.locator("input[name=code]").fill(code_of(secret, before=1))
    page.locator("input[name=code]").press("Enter")
    page.wait_for_url(lambda url: "activate" not in url)
    return secret


def act(visitor: Visitor, listed: str, action: str, *, secret: str = "") -> Page:
    """Choose an action for the first row of a list, and come to the page it asks on.

    With `secret` the second factor is shown on the way, and the action chosen again.
    """
    page = visitor.page
    for _again in range(2):
        page.goto(f"{visitor.address}{listed}")
        page.locator("#result_list input.action-select").first.check()
        page.locator("select[name=action]").select_option(action)
        page.locator(".actions button[type=submit]").click()
        page.wait_for_load_state()
        if "reauthenticate" not in page.url:
            break
        page.locator("input[name=code]").fill(code_of(secret))
        page.locator("input[name=code]").press("Enter")
        page.wait_for_load_state()
    return page


def confirm(page: Page, said: str) -> None:
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".messagelist")).to_contain_text(said)


def enter_receipt(finance: Visitor, unpaid: dict[str, Any], ref: str) -> None:
    """Enter what the client paid, on the form of the back office."""
    page = finance.page
    page.goto(f"{finance.address}/admin/commissions/receipt/add/")
    page.locator("input[name=ref]").fill(ref)
    page.locator(".field-client .select2-selection").click()
    page.locator(".select2-search__field").fill(unpaid["client"])
    page.locator(".select2-results__option", has_text=unpaid["ref"]).or_(
        page.locator(".select2-results__option", has_text=unpaid["client"])
    ).first.click()
    page.locator("[name=product_line]").select_option(unpaid["product"])
    page.locator("input[name=month]").fill(unpaid["month"])
    page.locator("input[name=amount_minor]").fill(unpaid["amount"])
    page.locator("select[name=currency]").select_option(unpaid["currency"])
    page.locator("input[name=_save]").click()
    expect(page.locator(".messagelist")).to_contain_text("added successfully")


@pytest.mark.long
def test_from_the_receipt_to_the_payment_and_back(
    people: tuple[Visitor, Visitor, Visitor], portal: Portal, tmp_path: Path
) -> None:
    owner, preparing, approving = people
    unpaid = json.loads(in_the_portal(portal, UNPAID))
    month_page = (
        f"{owner.address}/commissions/schedules/{unpaid['schedule']}/{unpaid['month']}/"
    )
    owner.page.goto(month_page)
    expect(owner.page.locator("main")).to_contain_text("Nothing is earned")

    ref = f"JOURNEY-{uuid4().hex[:8]}"
    enter_receipt(preparing, unpaid, ref)

    def accrued() -> bool:
        owner.page.goto(month_page)
        return unpaid["commission"] in owner.page.locator("h1").inner_text()

    wait_for(accrued, seconds=WORKER_S, why=owner.page.content)
    expect(owner.page.locator("main")).to_contain_text(ref)
    assert owner.violations() == []

    statement = in_the_portal(portal, CLOSED)
    owner.page.goto(f"{owner.address}/commissions/statements/{statement}/")
    expect(owner.page.locator("main")).to_contain_text("payable on")

    page = preparing.page
    page.goto(f"{preparing.address}/admin/commissions/payoutrun/add/")
    page.locator("select[name=currency]").select_option("USD:list")
    today = in_the_portal(portal, "from outbox import clock; print(clock.today())")
    page.locator("input[name^=execute_on]").first.fill(today)
    page.locator("input[name=_save]").click()
    expect(page.locator(".messagelist")).to_contain_text("added successfully")
    # Of the runs of today; a later day stands above it. The newest is the first.
    tomorrow = date.fromisoformat(today) + timedelta(days=1)
    mine = (
        f"/admin/commissions/payoutrun/?execute_on__gte={today}"
        f"&execute_on__lt={tomorrow}&q=USD&state__exact="
    )
    confirm(act(preparing, f"{mine}prepared", "check_it"), "Checked")

    secret = set_up_factor(approving)
    confirm(act(approving, f"{mine}checked", "approve", secret=secret), "Approved")
    confirm(act(approving, f"{mine}approved", "execute", secret=secret), "Sent")
    with approving.page.expect_download() as download:
        act(approving, f"{mine}executed", "download", secret=secret)
    file = tmp_path / "payments.csv"
    download.value.save_as(file)
    assert "P-aurora" in file.read_text("utf-8")

    paid = "/admin/commissions/payment/?state__exact=sent&q=P-aurora"
    confirm(act(preparing, paid, "mark_paid"), "Paid")

    owner.page.goto(f"{owner.address}/commissions/statements/{statement}/")
    expect(owner.page.locator("section[aria-labelledby=paid]")).to_contain_text("Paid")
    owner.page.locator("#line-table a", has_text=re.compile(r"\S")).first.click()
    assert owner.violations() == []
    owner.page.goto(month_page)
    expect(owner.page.locator("main")).to_contain_text(ref)
    assert owner.violations() == []


@pytest.mark.long
def test_a_paper_is_filed_and_approved(browser: Browser, address: str) -> None:
    contexts = [browser.new_context(locale="en-GB") for _ in range(2)]
    owner, finance = (Visitor(each.new_page(), address) for each in contexts)
    owner.sign_in("owner@sprout.example")
    finance.sign_in(PREPARING)

    page = owner.page
    page.goto(f"{address}/commissions/papers/")
    row = page.get_by_role("row", name=re.compile("W-8BEN"))
    expect(row).to_contain_text("In progress")
    row.locator("summary").click()
    row.locator("select[name=paper]").select_option("w8ben_e")
    row.locator("input[type=file]").set_input_files(
        {
            "name": "w8ben.pdf",
            "mimeType": "application/pdf",
            "buffer": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
        }
    )
    row.locator("input[name=signed_on]").fill(time.strftime("%Y-%m-01"))
    row.locator("details button[type=submit]").click()
    expect(page.get_by_role("row", name=re.compile("W-8BEN"))).to_contain_text(
        "Waits for approval"
    )
    assert owner.violations() == []

    waiting = "/admin/commissions/payoutdocument/?q=P-sprout"
    confirm(act(finance, waiting, "approve"), "pproved")
    page.reload()
    expect(page.get_by_role("row", name=re.compile("W-8BEN"))).to_contain_text("Approved")
    for context in contexts:
        context.close()


def test_a_contested_month_is_answered(browser: Browser, address: str) -> None:
    contexts = [browser.new_context(locale="en-GB") for _ in range(2)]
    owner, finance = (Visitor(each.new_page(), address) for each in contexts)
    owner.sign_in("owner@lumen.example")
    finance.sign_in(PREPARING)

    page = owner.page
    page.goto(f"{address}/commissions/statements/")
    page.locator("main table tbody a[href]").first.click()
    page.locator("#line-table tbody a[href*='/schedules/']").first.click()
    page.get_by_role("link", name="This is wrong").click()
    page.get_by_label("What is wrong").or_(page.locator("textarea")).first.fill(
        "They pay for twelve seats, not for ten."
    )
    page.get_by_role("button", name="Contest this month").click()
    expect(page.locator("main")).to_contain_text("twelve seats")
    assert owner.violations() == []
    contested = page.url

    mine = "/admin/commissions/dispute/?state__exact=open&q=P-lumen"
    office = act(finance, mine, "refuse")
    office.locator("textarea").first.fill("The invoice of that month is for ten seats.")
    confirm(office, "")

    page.goto(contested)
    expect(page.locator("main")).to_contain_text("The invoice of that month is for ten")
    for context in contexts:
        context.close()
