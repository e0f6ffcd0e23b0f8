"""The list of points is filtered, sorted, paged back and taken away, scripts or not."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Visitor
from tests.e2e.reading import number, numbers, receipts_of_rows

OWNER = "owner@aurora.example"


@pytest.mark.parametrize(
    "scripts",
    [pytest.param(True, id="with JavaScript"), pytest.param(False, id="without it")],
)
def test_what_is_filtered_is_what_is_downloaded(
    browser: Browser, address: str, tmp_path: Path, scripts: bool
) -> None:
    context = browser.new_context(java_script_enabled=scripts, locale="en-GB")
    page = context.new_page()
    Visitor(page, address).sign_in(OWNER)
    page.get_by_role("link", name="Every point and its reason").click()
    expect(page.locator("h1")).to_have_text("Points")
    in_all = numbers(page.locator(".list-sum").inner_text())
    if scripts:
        page.evaluate("window.stayed = true")

    page.locator("form.filter").get_by_label("Kind", exact=True).select_option("managed")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.locator(".chip")).to_contain_text("Managed")
    page.locator("table.ptable thead").get_by_role("link", name="Points").click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Points")

    count, points, _counting = numbers(page.locator(".list-sum").inner_text())
    shown = page.locator("table.ptable tbody .receipt-link").all_inner_texts()
    assert list(map(number, shown)) == sorted(map(number, shown))
    assert 0 < count < in_all[0]
    if scripts:
        assert page.evaluate("window.stayed") is True, "the page was loaded anew"

    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    path = tmp_path / "points.csv"
    download.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    receipts = {row["Receipt"].removeprefix(address) for row in rows}
    assert len(rows) == count
    assert sum(Decimal(row["Points"]) for row in rows) == points
    assert {row["Kind"] for row in rows} == {"Managed"}
    assert receipts_of_rows(page) <= receipts
    assert len(receipts_of_rows(page)) == min(count, 25)

    page.go_back()
    expect(page.locator("th[aria-sort=ascending]")).to_have_count(0)
    expect(page.locator(".chip")).to_contain_text("Managed")
    page.locator(".chip").click()
    expect(page.locator(".chip")).to_have_count(0)
    assert numbers(page.locator(".list-sum").inner_text()) == in_all
    context.close()


def test_a_list_with_all_its_columns_scrolls_in_its_box(
    browser: Browser, address: str
) -> None:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    Visitor(page, address).sign_in(OWNER)
    page.goto(f"{address}/deals/")
    names = page.locator("input[name=columns]").evaluate_all(
        "all => all.map(e => e.value)"
    )

    page.goto(f"{address}/deals/?" + "&".join(f"columns={name}" for name in names))

    assert page.locator(".ptable thead th").count() == len(names) > 7
    box = "document.querySelector('.ptable-box')"
    assert page.evaluate(f"{box}.scrollWidth > {box}.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
