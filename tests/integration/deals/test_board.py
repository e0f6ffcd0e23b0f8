"""The board, the forecast, and what the list of deals says of the open ones."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from deals.models import Deal, DealActivity
from partners.models import Partner
from tests.factories import DealFactory, DealLineFactory, PartnerFactory, PersonFactory
from tests.integration.pages import (
    PAGE_MARKS,
    TODAY,
    browser_of,
    count_queries,
    main_of,
    words,
)

pytestmark = PAGE_MARKS

BOARD, FORECAST = "/deals/board/", "/deals/forecast/"


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create()


@pytest.fixture
def seller(partner: Partner) -> Client:
    return browser_of(partner, role="sales")


def open_deal(partner: Partner, name: str, **facts: Any) -> Deal:
    line = {key: facts.pop(key) for key in ("mrr_minor", "currency") if key in facts}
    deal = DealFactory.create(partner=partner, name=name, **facts)
    DealLineFactory.create(deal=deal, **line)
    return deal


def columns_of(answer: Any) -> dict[str, str]:
    """Return stage → the text of its column."""
    parts = main_of(answer).split('data-stage="')[1:]
    return {part[: part.index('"')]: part for part in parts}


def test_each_column_has_its_deals_and_their_sums_by_currency(
    seller: Client, partner: Partner
) -> None:
    open_deal(partner, "Alpha")
    open_deal(partner, "Beta", currency="EUR", mrr_minor=50_000)
    open_deal(partner, "Gamma", pipeline="contract")
    DealFactory.create(partner=partner, name="Over", lost=True, pipeline="contract")
    open_deal(PartnerFactory.create(), "Of somebody else", mrr_minor=777_700)

    answer = seller.get(BOARD)

    columns = columns_of(answer)
    assert "Alpha" in columns["discovery"]
    assert "€500.00" in columns["discovery"]
    assert "US$1,000.00" in columns["discovery"]
    assert "Gamma" in columns["contract"]
    for name in ("Over", "Of somebody else", "7,777"):
        assert name not in answer.content.decode()


def test_the_soonest_come_first_and_those_without_a_day_last(
    seller: Client, partner: Partner
) -> None:
    for number in range(13):
        open_deal(partner, f"Undated {number:02}")
    for number in range(11):
        day = date(2027, 1, 1) + timedelta(days=number)
        open_deal(partner, f"Dated {number:02}", expected_close_on=day)

    pages = [words(seller.get(BOARD, {"page": str(page)})) for page in (1, 2, 3)]

    assert pages[0].index("Dated 00") < pages[0].index("Dated 09")
    assert "Dated 10" not in pages[0]
    assert pages[1].index("Dated 10") < pages[1].index("Undated 00")
    assert "Undated 08" in pages[1]
    assert "Undated 09" not in pages[1]
    assert "Undated 12" in pages[2]
    assert words(seller.get(BOARD, {"page": "99"})) == pages[2]


def test_a_deal_is_moved_without_javascript(seller: Client, partner: Partner) -> None:
    deal = open_deal(partner, "Alpha")

    answer = seller.post(
        f"/deals/{deal.public_id}/move/?motion=sourced", {"pipeline": "qualified"}
    )

    assert answer.headers["Location"] == f"{BOARD}?motion=sourced"
    assert "Alpha" in columns_of(seller.get(BOARD))["qualified"]
    assert DealActivity.objects.get().kind == "moved"
    assert seller.post(f"/deals/{deal.public_id}/move/?x=1").status_code == 400


@pytest.mark.parametrize("address", [BOARD, FORECAST])
def test_the_same_queries_for_one_deal_and_for_many(
    seller: Client, partner: Partner, address: str
) -> None:
    def fill(number: int) -> None:
        for n in range(number):
            for stage in Deal.Pipeline.values:
                day = date(2027, 1, 1) if n % 2 else None
                open_deal(partner, f"{stage} {n}", pipeline=stage, expected_close_on=day)

    fill(2)
    seller.get(address)
    few = count_queries(lambda: seller.get(address))
    fill(12)

    assert count_queries(lambda: seller.get(address)) == few
    assert few <= 20


def test_who_reads_moves_nothing(partner: Partner) -> None:
    open_deal(partner, "Alpha")
    assert "Move" not in words(browser_of(partner, role="reader").get(BOARD))


def test_months_have_their_sums_whole_and_weighted(
    seller: Client, partner: Partner
) -> None:
    open_deal(partner, "Alpha", expected_close_on=date(2026, 12, 5), pipeline="deciding")
    open_deal(partner, "Late", expected_close_on=date(2026, 10, 1))
    open_deal(partner, "Undated", currency="EUR")

    text = words(seller.get(FORECAST))

    assert "December 2026 1 US$1,000.00 US$650.00" in text
    assert "November 2026 1 overdue 1 US$1,000.00 US$100.00" in text
    assert "no day expected 1 €1,000.00 €100.00" in text
    assert "What may close by month, in USD" in text
    assert "in EUR" not in text
    assert "No open deals." in words(seller.get(FORECAST, {"q": "nothing"}))


@pytest.mark.parametrize("address", [BOARD, FORECAST])
@pytest.mark.parametrize(
    "query", ["x=1", "page=0", "page=1e9", "q=%00", "expected_until=1", "stalled=%FF"]
)
def test_no_parameter_is_an_error(seller: Client, address: str, query: str) -> None:
    assert seller.get(f"{address}?{query}").status_code in {200, 400}


def test_the_fragment_is_the_board_alone(seller: Client, partner: Partner) -> None:
    open_deal(partner, "Alpha")
    for address, target in ((BOARD, "board"), (FORECAST, "forecast")):
        answer = seller.get(address, headers={"HX-Request": "true", "HX-Target": target})
        assert b"<html" not in answer.content
        assert f'id="{target}"' in answer.content.decode()


# --- The list -------------------------------------------------------------------------


def test_the_list_and_its_file_say_how_far_a_deal_is(
    seller: Client, partner: Partner
) -> None:
    owner = PersonFactory.create(partner=partner, first_name="Ada", last_name="Byron")
    open_deal(
        partner, "Alpha", pipeline="presented", owner=owner,
        expected_close_on=date(2027, 1, 1), registered_on=date(2026, 1, 1),
        active_on=TODAY - timedelta(days=21),
    )  # fmt: skip
    open_deal(partner, "Beta", registered_on=TODAY)

    text = words(seller.get("/deals/", {"stalled": "yes"}))
    assert "Registered Presented standing still" in text
    assert "Ada Byron" not in text
    boxes = main_of(seller.get("/deals/"))
    assert 'name="columns" value="owner">' in boxes
    assert 'name="columns" value="stage" checked>' in boxes
    assert "Beta" not in text
    columns = ["name", "pipeline", "expected_close_on", "owner"]
    text = words(seller.get("/deals/", {"columns": columns}))
    assert "Alpha Presented 1 Jan 2027 Ada Byron" in text

    answer: Any = seller.get("/deals/deals.csv?pipeline=presented")
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(body))
    assert (row["Pipeline stage"], row["Standing still"]) == ("Presented", "yes")
    assert row["Deal owner"] == "Ada Byron"


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"pipeline": "contract"}, {"Alpha"}),
        ({"owner": "byr"}, {"Beta"}),
        ({"expected_until": "2026-12-31"}, {"Alpha"}),
        ({"stage": "withdrawn"}, {"Gamma"}),
        ({"stalled": "yes"}, {"Beta"}),
    ],
    ids=str,
)
def test_new_filters(
    seller: Client, partner: Partner, params: dict[str, str], expected: set[str]
) -> None:
    owner = PersonFactory.create(partner=partner, last_name="Byron")
    open_deal(
        partner, "Alpha", pipeline="contract", expected_close_on=date(2026, 12, 31),
        active_on=TODAY,
    )  # fmt: skip
    open_deal(partner, "Beta", owner=owner)
    DealFactory.create(
        partner=partner, name="Gamma", stage="withdrawn", closed_on=TODAY,
        pipeline="contract",
    )  # fmt: skip

    page = main_of(seller.get("/deals/", params))

    found = {name for name in ("Alpha", "Beta", "Gamma") if f"{name}<" in page}
    assert found == expected


@pytest.mark.parametrize("page", ["/deals/", BOARD, FORECAST])
def test_the_sums_of_very_many_deals_are_added_up_when_asked_for(
    page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = PartnerFactory.create()
    for _number in range(3):
        DealLineFactory.create(deal=DealFactory.create(partner=partner))
    browser = browser_of(partner)
    assert "3,000.00" in words(browser.get(page))

    monkeypatch.setattr("deals.listings.SUMS_AT_ONCE", 2)
    without = browser.get(page)
    assert "3,000.00" not in words(without)
    link = without.context["sums_url"]
    assert link == f"{page}?sums=1"
    asked = browser.get(link)
    assert "3,000.00" in words(asked)
    assert asked.context["sums_url"] == ""
    assert browser.get(f"{page}?sums=2").status_code == 400
