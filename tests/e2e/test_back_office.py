"""A partner development manager works in the back office; the partner sees it at home."""

from collections.abc import Iterator
from decimal import Decimal
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Visitor
from tests.e2e.reading import number, sourced_number
from tests.running import wait_for

MANAGER = "pdm1@portal.example"
MANAGER_NAME = "Camille Laurent"
OWNER = "owner@meridian.example"
WORKER_S = 30

Windows = Iterator[tuple[Visitor, Visitor]]


@pytest.fixture
def manager_and_owner(browser: Browser, address: str) -> Windows:
    """Two people at two browsers."""
    contexts = [browser.new_context(locale="en-GB") for _ in range(2)]
    manager, owner = (Visitor(context.new_page(), address) for context in contexts)
    manager.sign_in(MANAGER)
    owner.sign_in(OWNER)
    yield manager, owner
    for context in contexts:
        context.close()


def sourced_points(visitor: Visitor) -> Decimal:
    """Return the exact sourced points that the partner's home page leads to."""
    visitor.page.goto(f"{visitor.address}/")
    sourced_number(visitor.page).click()
    return number(visitor.page.locator("h1").inner_text())


def test_the_portfolio_and_nothing_else_is_there(
    manager_and_owner: tuple[Visitor, Visitor],
) -> None:
    page = manager_and_owner[0].page
    partners = f"{manager_and_owner[0].address}/admin/partners/partner/"

    page.goto(partners)
    managers = page.locator("#result_list td.field-pdm").all_inner_texts()
    page.goto(f"{partners}?q=P-meridian")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    page.goto(f"{partners}?q=P-lumen")

    assert len(managers) > 1
    assert set(managers) == {MANAGER_NAME}
    expect(page.locator("#result_list tbody tr")).to_have_count(0)


def test_the_morning_list_fits_a_phone_and_can_be_read(
    visitor: Visitor, complaints: list[str]
) -> None:
    visitor.sign_in(MANAGER)
    visitor.page.set_viewport_size({"width": 320, "height": 720})

    visitor.page.goto(f"{visitor.address}/admin/morning/")

    assert visitor.width_needed() <= 320
    assert visitor.violations() == []
    assert complaints == []


@pytest.mark.parametrize("width", [320, 1024, 1200, 1280, 1440])
@pytest.mark.parametrize("path", ["/deals/", "/clients/", "/admin/partners/export/"])
def test_a_wide_list_scrolls_in_its_box(visitor: Visitor, width: int, path: str) -> None:
    visitor.sign_in("manager@portal.example")
    visitor.page.set_viewport_size({"width": width, "height": 800})

    visitor.page.goto(f"{visitor.address}{path}")

    assert visitor.width_needed() <= width


def test_the_page_of_a_partner_keeps_its_rows_in_their_boxes(visitor: Visitor) -> None:
    visitor.sign_in(MANAGER)
    for width in (320, 1280):
        visitor.page.set_viewport_size({"width": width, "height": 800})
        visitor.page.goto(f"{visitor.address}/admin/partners/partner/?q=P-meridian")
        visitor.page.locator("#result_list tbody th a").first.click()
        expect(visitor.page.locator(".inline-group").first).to_be_visible()

        assert visitor.width_needed() <= width


def test_a_field_that_looks_up_has_a_name_open_and_closed(
    visitor: Visitor, complaints: list[str]
) -> None:
    visitor.sign_in(MANAGER)
    page = visitor.page

    page.goto(f"{visitor.address}/admin/partners/partnertask/add/")
    box = page.get_by_role("combobox", name="Partner")
    expect(box).to_have_count(1)
    assert visitor.violations() == []

    box.click()
    field = page.get_by_role("searchbox", name="Partner")
    expect(field).to_be_focused()
    expect(page.get_by_role("option").first).to_be_visible()
    assert visitor.violations() == []
    field.fill("Meridian")
    expect(page.get_by_role("option")).to_have_count(1)
    field.press("Enter")
    expect(box).to_contain_text("Meridian")
    assert visitor.violations() == []
    # axe itself writes styles that the browser refuses.
    assert [
        each for each in complaints if "axe" not in each and "/add/" not in each
    ] == []


def test_a_deal_that_is_won_there_has_its_points_at_home(
    manager_and_owner: tuple[Visitor, Visitor],
) -> None:
    manager, owner = manager_and_owner
    before = sourced_points(owner)

    page = manager.page
    page.goto(f"{manager.address}/admin/deals/deal/?stage__exact=registered&q=D-meridian")
    deal = page.locator("#result_list tbody tr", has_text="Partner sourced").first
    reference = deal.locator(".field-ref").inner_text()
    deal.locator("input.action-select").check()
    page.locator("select[name=action]").select_option("mark_won")
    page.locator(".actions button[type=submit]").click()
    closed_on = page.locator("input[name=closed_on]").input_value()
    page.locator("input[name=poi_on]").fill(closed_on)
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".messagelist")).to_contain_text("Won.")

    wait_for(lambda: sourced_points(owner) > before, seconds=WORKER_S)
    owner.page.goto(f"{owner.address}/points/?q={reference}")
    expect(owner.page.locator(".list-sum")).to_contain_text("entr")
    earned = number(owner.page.locator(".list-sum strong").inner_text())
    assert earned == sourced_points(owner) - before


def test_another_company_and_nowhere_are_the_same_page(
    manager_and_owner: tuple[Visitor, Visitor], visitor: Visitor
) -> None:
    owner = manager_and_owner[1]
    sourced_number(owner.page).click()
    sums = owner.page.url.partition("?")[0]
    owner.page.locator("table.ptable tbody .receipt-link").first.click()
    expect(owner.page.locator("h1")).to_contain_text("sourced points")
    entry = owner.page.url
    page = visitor.page
    visitor.sign_in("owner@aurora.example")
    seen = []

    for theirs in (sums, entry):
        real = theirs.removeprefix(f"{visitor.address}/").split("/")
        place = next(i for i, part in enumerate(real) if len(part) == 36)
        nowhere = [*real[:place], str(uuid4()), *real[place + 1 :]]
        for path in ("/".join(real), "/".join(nowhere)):
            response = page.goto(f"{visitor.address}/{path}")
            assert response is not None
            seen.append((response.status, page.locator("body").inner_text()))

    assert seen[0][0] == 404
    assert "Page not found" in seen[0][1]
    assert len(set(seen)) == 1
