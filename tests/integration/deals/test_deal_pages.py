"""The list of deals and the page of one: what each earns, or why it earns nothing."""

import uuid
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from deals import services
from deals.models import Deal
from partners.models import Partner, PointsEntry
from partners.selectors import published_editions
from tests.factories import (
    DealFactory,
    DealLineFactory,
    PartnerFactory,
    UserFactory,
)
from tests.factories.specialists import growth_account
from tests.integration.pages import (
    PAGE_MARKS,
    TODAY,
    browser_of,
    count_queries,
    main_of,
    signed_in,
    words,
)
from ui import formats

pytestmark = PAGE_MARKS

PAGE = "/deals/"
AT = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create()


@pytest.fixture
def visitor(partner: Partner) -> Client:
    return browser_of(partner)


def won(partner: Partner, *lines: dict[str, Any], **fields: Any) -> Deal:
    """Make a won deal with lines (one of USD 1,000 if none) and post its points."""
    deal = DealFactory.create(
        partner=partner, won=True, **{"closed_on": date(2026, 9, 1), **fields}
    )
    for line in lines or ({},):
        DealLineFactory.create(deal=deal, **line)
    services.settle_deals(
        deal_ids=[deal.pk], at=AT, editions=published_editions(), refresh=False
    )
    return deal


def test_nothing_leads_to_receipts_for_whom_the_ledger_is_hidden() -> None:
    deal = won(PartnerFactory.create())
    entry = PointsEntry.objects.get()
    visitor = signed_in(growth_account(""))

    for address in (PAGE, f"{PAGE}{deal.public_id}/"):
        page = visitor.get(address)
        assert f"US$1,000.00 {formats.points(entry.points)}" in words(page)
        assert "/receipts/" not in main_of(page)


def test_lists_the_own_deals_newest_first(visitor: Client, partner: Partner) -> None:
    DealFactory.create(partner=partner, name="Older", registered_on=date(2026, 1, 1))
    DealFactory.create(partner=partner, name="Newer", registered_on=date(2026, 2, 1))
    DealFactory.create(name="Of somebody else")

    page = words(visitor.get(PAGE))

    assert page.index("Newer") < page.index("Older")
    assert "Of somebody else" not in page


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"q": "nordwind"}, {"Registered"}),
        ({"q": "D-77"}, {"Won"}),
        ({"stage": "lost"}, {"Lost"}),
        ({"motion": "assisted"}, {"Won"}),
        ({"motion": "assisted", "stage": "lost"}, set()),
    ],
    ids=str,
)
def test_filters(
    visitor: Client, partner: Partner, params: dict[str, str], expected: set[str]
) -> None:
    DealFactory.create(partner=partner, name="Deal Registered", client__name="Nordwind")
    DealFactory.create(partner=partner, name="Deal Lost", lost=True)
    DealFactory.create(
        partner=partner, name="Deal Won", won=True, motion="assisted", ref="D-77"
    )

    page = main_of(visitor.get(PAGE, params))

    assert {
        name for name in ("Registered", "Lost", "Won") if f"Deal {name}<" in page
    } == expected


def test_a_won_line_leads_to_the_receipt_of_its_points(
    visitor: Client, partner: Partner
) -> None:
    won(partner)
    entry = PointsEntry.objects.get()

    page = main_of(visitor.get(PAGE))

    assert f'href="/receipts/points/{entry.public_id}/"' in page
    assert ">50.00</a>" in page


def test_a_deal_of_several_lines_leads_to_its_page(
    visitor: Client, partner: Partner
) -> None:
    deal = won(partner, {}, {"product_line": "service_hub"})

    page = main_of(visitor.get(PAGE))

    assert f'href="/deals/{deal.public_id}/#lines"' in page
    assert ">100.00</a>" in page


@pytest.mark.parametrize(
    ("fields", "line", "reason"),
    [
        ({"stage": "registered"}, {}, "not won yet"),
        ({"lost": True}, {}, "lost"),
        ({"won": True, "poi_on": None}, {}, "no proof of involvement"),
        (
            {"won": True, "poi_on": date(2026, 1, 25)},
            {},
            "proof of involvement out of time",
        ),
        ({"won": True}, {"currency": "INR"}, "currency not on the scale: pending"),
        ({"cancelled": True}, {}, "0.00 subscription ended"),
        (
            {"won": True, "closed_on": date(2025, 9, 1)},
            {},
            "0.00 window of sold points over",
        ),
        ({"won": True, "closed_on": date(2019, 9, 1)}, {}, "before the first rulebook"),
        ({"won": True}, {"mrr_minor": 0}, "worth no points"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_says_why_a_deal_earns_nothing(
    visitor: Client,
    partner: Partner,
    fields: dict[str, Any],
    line: dict[str, Any],
    reason: str,
) -> None:
    deal = DealFactory.create(partner=partner, **fields)
    DealLineFactory.create(deal=deal, **line)
    services.settle_deals(
        deal_ids=[deal.pk], at=AT, editions=published_editions(), refresh=False
    )

    assert reason in words(visitor.get(PAGE))
    assert reason in words(visitor.get(f"/deals/{deal.public_id}/"))


def test_a_reason_stands_exactly_where_the_ledger_holds_nothing(
    visitor: Client, partner: Partner
) -> None:
    won(partner, {}, {"product_line": "service_hub", "currency": "INR"})

    page = words(visitor.get(PAGE))

    assert "50.00 currency not on the scale: pending" in page


def test_sums_the_filtered_set_per_currency_and_never_across(
    visitor: Client, partner: Partner
) -> None:
    DealLineFactory.create_batch(
        30, deal__partner=partner, currency="EUR", mrr_minor=1_001
    )
    DealLineFactory.create(deal__partner=partner, currency="JPY", mrr_minor=12_000)
    DealLineFactory.create(deal__partner=partner, deal__lost=True, currency="USD")

    page = words(visitor.get(PAGE, {"stage": "registered"}))

    assert "Sum of all rows €300.30 JP¥12,000" in page
    assert "1–25 of 31" in page


def test_shows_staff_whose_deal_it_is() -> None:
    DealFactory.create(partner__name="Aurora Lane")

    page = words(signed_in(UserFactory.create(auditor=True)).get(PAGE))

    assert "Aurora Lane" in page


def test_a_manager_sees_the_deals_of_the_own_portfolio() -> None:
    pdm = UserFactory.create(pdm=True)
    DealFactory.create(partner__pdm=pdm, name="In the portfolio")
    DealFactory.create(name="Somewhere else")

    page = words(signed_in(pdm).get(PAGE))

    assert "In the portfolio" in page
    assert "Somewhere else" not in page


def test_says_why_it_is_empty(visitor: Client) -> None:
    assert "No deals yet." in words(visitor.get(PAGE))


def test_htmx_gets_the_table_alone(visitor: Client, partner: Partner) -> None:
    DealFactory.create(partner=partner)

    fragment = visitor.get(
        PAGE, headers={"HX-Request": "true", "HX-Target": "deal-table"}
    )
    elsewhere = visitor.get(PAGE, headers={"HX-Request": "true", "HX-Target": "main"})

    assert fragment.content.decode().lstrip().startswith('<section id="deal-table"')
    assert "<h1" in elsewhere.content.decode()
    assert "HX-Target" in fragment["Vary"]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"page": str(10**9)}, 400),
        ({"page": "-1"}, 400),
        ({"per_page": "1000"}, 400),
        ({"sort": "lines__mrr_minor"}, 400),
        ({"sort": "points"}, 400),
        ({"x": "1"}, 400),
        ({"stage": "\x00"}, 200),
        ({"motion": str(10**30)}, 200),
        ({"q": "\x00"}, 200),
        ({"q": "a" * 10_000}, 200),
    ],
    ids=repr,
)
def test_hostile_parameters_get_a_clean_answer(
    visitor: Client, params: dict[str, str], status: int
) -> None:
    assert visitor.get(f"{PAGE}?{urlencode(params)}").status_code == status


@pytest.mark.parametrize("deals", [3, 100])
def test_needs_the_same_queries_whatever_the_size(
    visitor: Client, partner: Partner, deals: int
) -> None:
    for _number in range(deals):
        DealLineFactory.create(deal__partner=partner, deal__won=True)
    visitor.get(PAGE, {"per_page": "100"})

    queries = count_queries(lambda: visitor.get(PAGE, {"per_page": "100"}))

    # session, account, person; sums, editions, count, deals, lines with points; saved
    # views, bell
    assert queries == 8


def test_speaks_french(partner: Partner) -> None:
    won(partner, poi_on=None)

    page = words(browser_of(partner, language="fr").get(PAGE))

    assert "Gagnée" in page
    assert "sans preuve d’implication" in page


# --- One deal -------------------------------------------------------------------------


def test_shows_what_a_deal_rests_on(visitor: Client, partner: Partner) -> None:
    deal = won(partner, name="Wind park", poi_on=date(2026, 8, 1), won_tier="gold")
    edition = published_editions().on(TODAY)
    Deal.objects.filter(pk=deal.pk).update(won_edition_id=edition.id)

    page = words(visitor.get(f"/deals/{deal.public_id}/"))

    assert "Wind park Won" in page
    assert "Proof of involvement 1 August 2026 31 days before the close: in time" in page
    assert "Credited tier Gold" in page
    assert f"Rulebook edition {edition.code}" in page
    assert "Sales Hub Professional US$1,000.00 50.00" in page


def test_shows_downgrades_and_the_end(visitor: Client, partner: Partner) -> None:
    deal = DealFactory.create(partner=partner)
    line = DealLineFactory.create(deal=deal)
    services.win_deal(
        deal_id=deal.pk, closed_on=date(2026, 3, 1), poi_on=date(2026, 3, 1), actor=None,
        at=AT, today=TODAY,
    )  # fmt: skip
    services.downgrade_line(
        line_id=line.pk, mrr_minor=40_000, on=date(2026, 4, 1), actor=None, at=AT
    )
    services.cancel_deal(
        deal_id=deal.pk, on=date(2026, 5, 1), note="not paid", actor=None, at=AT
    )

    page = words(visitor.get(f"/deals/{deal.public_id}/"))

    assert "1 April 2026: Sales Hub was reduced to US$400.00 a month." in page
    assert "Won: 1 Mar 2026" in page
    assert "Subscription ended: 1 May 2026 not paid" in page


def test_foreign_and_absent_are_the_same_not_found(visitor: Client) -> None:
    foreign = visitor.get(f"/deals/{DealFactory.create().public_id}/")
    absent = visitor.get(f"/deals/{uuid.uuid4()}/")

    assert foreign.status_code == absent.status_code == 404
    assert words(foreign) == words(absent)


@pytest.mark.parametrize("lines", [1, 20])
def test_a_deal_needs_the_same_queries_whatever_its_lines(
    visitor: Client, partner: Partner, lines: int
) -> None:
    deal = won(partner, *({"product_line": f"line_{n}"} for n in range(lines)))
    visitor.get(f"/deals/{deal.public_id}/")

    queries = count_queries(lambda: visitor.get(f"/deals/{deal.public_id}/"))

    # session, account; deal, editions; lines, downgrades; level and suspension of the
    # company, its certification; comments and the timeline: three; two of the proof; team
    # and who may join, specialists, motion, requests, files
    assert queries == 20
