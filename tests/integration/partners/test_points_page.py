"""The points page: the company's entries, filtered, sorted, summed, downloaded."""

from datetime import date
from urllib.parse import urlencode

import pytest
from django.test import Client

from partners.models import Partner, PointsEntry
from tests.factories import (
    ClientFactory,
    DealFactory,
    DealLineFactory,
    PartnerFactory,
    PointsEntryFactory,
    RelationshipFactory,
    UserFactory,
)
from tests.integration.pages import (
    MICRO,
    PAGE_MARKS,
    browser_of,
    count_queries,
    main_of,
    signed_in,
    words,
)

pytestmark = PAGE_MARKS

PAGE = "/points/"
COUNTING = date(2026, 6, 1)
EXPIRED = date(2025, 6, 1)
SOON = date(2026, 1, 10)
LATER = date(2027, 1, 10)


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create()


@pytest.fixture
def visitor(partner: Partner) -> Client:
    return browser_of(partner)


def entry(partner: Partner, ref: str, **fields: object) -> PointsEntry:
    return PointsEntryFactory.create(partner=partner, source_ref=ref, **fields)


def shown(visitor: Client, **params: str) -> list[str]:
    """Return the references of the rows that a filter leaves, in the order shown."""
    answer = visitor.get(PAGE, params)
    assert answer.status_code == 200
    body = main_of(answer).partition("<tbody")[2].partition("</tbody>")[0]
    rows = body.split("<tr")[1:]
    return [row.partition("/receipts/points/")[2].partition(">")[2].partition("<")[0]
            for row in rows]  # fmt: skip


def test_lists_the_own_entries_newest_first(visitor: Client, partner: Partner) -> None:
    entry(partner, "old", effective_on=date(2026, 2, 1))
    entry(partner, "new", effective_on=date(2026, 3, 1))
    PointsEntryFactory.create(source_ref="of somebody else")

    assert shown(visitor) == ["new", "old"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"kind": "managed"}, ["managed"]),
        ({"reason": "cancelled"}, ["back"]),
        ({"state": "counting"}, ["counting", "back", "managed", "soon"]),
        ({"state": "expiring"}, ["soon"]),
        ({"state": "expired"}, ["expired"]),
        ({"state": "taken_back"}, ["back"]),
        ({"state": "upcoming"}, ["later"]),
        ({"since": "2026-06-02"}, ["later", "counting", "back"]),
        ({"until": "2026-01-10"}, ["soon", "expired"]),
        ({"since": "2026-06-01", "until": "2026-06-01"}, ["managed"]),
        ({"q": "EXPIR"}, ["expired"]),
        ({"q": "expired", "kind": "managed"}, []),
    ],
    ids=str,
)
def test_filters(
    visitor: Client, partner: Partner, params: dict[str, str], expected: list[str]
) -> None:
    entry(partner, "later", effective_on=LATER)
    entry(partner, "counting", effective_on=date(2026, 7, 2))
    entry(
        partner, "back", effective_on=date(2026, 7, 1), points=-MICRO, reason="cancelled"
    )
    entry(partner, "managed", managed=True, effective_on=COUNTING)
    entry(partner, "soon", effective_on=SOON)
    entry(partner, "expired", effective_on=EXPIRED)

    assert shown(visitor, **params) == expected


def test_finds_entries_by_the_name_of_deal_and_client(
    visitor: Client, partner: Partner
) -> None:
    client = ClientFactory.create(name="Nordwind Energie")
    line = DealLineFactory.create(deal__partner=partner, deal__client=client)
    served = RelationshipFactory.create(partner=partner, client=client)
    entry(partner, "deal", source_id=line.pk, effective_on=COUNTING)
    entry(partner, "client", managed=True, source_id=served.pk, effective_on=SOON)
    entry(partner, "other")

    assert shown(visitor, q="nordwind") == [line.deal.name, "Nordwind Energie"]


def test_names_the_source_only_while_it_is_the_companys_own(
    visitor: Client, partner: Partner
) -> None:
    line = DealLineFactory.create(deal__name="Secret deal of another partner")
    entry(partner, "D-7/sales_hub", source_id=line.pk)

    page = words(visitor.get(PAGE))

    assert "D-7/sales_hub" in page
    assert "Secret deal" not in page


def test_sums_the_whole_filtered_set(visitor: Client, partner: Partner) -> None:
    PointsEntryFactory.create_batch(29, partner=partner, points=1_000_001)
    entry(partner, "expired", points=1_000_001, effective_on=EXPIRED)
    entry(partner, "managed", managed=True)

    page = words(visitor.get(PAGE, {"kind": "sourced"}))

    assert "30 entries of together 30.00003 points; 29.000029 count today" in page
    assert "Sum of all rows 30.00" in page
    assert "1–25 of 30" in page


def test_what_counts_today_leads_to_the_receipt_of_the_total(
    visitor: Client, partner: Partner
) -> None:
    entry(partner, "counting", points=1_500_000)
    entry(partner, "expired", points=7 * MICRO, effective_on=EXPIRED)
    link = f'href="/receipts/{partner.public_id}/total/2026-11-23/"'

    page = main_of(visitor.get(PAGE))
    filtered = main_of(visitor.get(PAGE, {"kind": "sourced"}))

    assert f'<a class="receipt-link" {link}>1.5</a> count today' in page
    assert link not in filtered
    total = visitor.get(f"/receipts/{partner.public_id}/total/2026-11-23/", follow=True)
    assert "Points in total: 1.5 " in words(total)


@pytest.mark.parametrize("page", [PAGE, "/deals/", "/clients/"])
def test_lists_say_as_of_when(visitor: Client, page: str) -> None:
    assert "As of 23 November 2026" in words(visitor.get(page))


def test_sorts_and_pages(visitor: Client, partner: Partner) -> None:
    for points in range(1, 31):
        entry(partner, f"{points:02}", points=points * MICRO)

    assert shown(visitor, sort="points")[:3] == ["01", "02", "03"]
    assert shown(visitor, sort="-points", page="2") == ["05", "04", "03", "02", "01"]
    assert len(shown(visitor, per_page="50")) == 30


def test_each_row_leads_to_its_receipt(visitor: Client, partner: Partner) -> None:
    row = entry(partner, "D-1/sales_hub")

    page = main_of(visitor.get(PAGE))

    assert page.count(f'href="/receipts/points/{row.public_id}/"') == 2  # name and number


def test_says_why_it_is_empty(visitor: Client) -> None:
    page = words(visitor.get(PAGE))

    assert "No points yet." in page
    assert "as soon as a deal is won with a valid proof of involvement" in page


def test_says_that_the_filter_left_nothing(visitor: Client, partner: Partner) -> None:
    entry(partner, "D-1/sales_hub")

    assert "Nothing matches the filter." in words(visitor.get(PAGE, {"q": "zzz"}))
    fragment = visitor.get(
        PAGE, {"q": "zzz"}, headers={"HX-Request": "true", "HX-Target": "points-table"}
    )
    announced = fragment.content.decode().partition("hx-swap-oob")[2]
    assert ">Nothing matches the filter.<" in announced


def test_lists_what_waits_for_its_currency(visitor: Client, partner: Partner) -> None:
    deal = DealFactory.create(
        partner=partner, won=True, closed_on=date(2026, 9, 1), name="Delhi roll-out"
    )
    DealLineFactory.create(deal=deal, currency="INR", mrr_minor=1_000_000)

    page = words(visitor.get(PAGE))

    assert "Waiting for their currency" in page
    assert "Delhi roll-out" in page
    assert "since 1 Sept 2026 INR is not on the scale" in page


def test_htmx_gets_the_table_alone(visitor: Client, partner: Partner) -> None:
    entry(partner, "D-1/sales_hub")

    fragment = visitor.get(
        PAGE, headers={"HX-Request": "true", "HX-Target": "points-table"}
    )

    text = fragment.content.decode()
    assert text.lstrip().startswith('<section id="points-table"')
    assert "<h1" not in text
    assert 'hx-swap-oob="innerHTML:#announcement"' in text
    assert "HX-Target" in fragment["Vary"]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"page": str(10**9)}, 400),
        ({"page": "0"}, 400),
        ({"page": "10e2"}, 400),
        ({"page": "\x00"}, 400),
        ({"per_page": "7"}, 400),
        ({"sort": "partner__pdm__password"}, 400),
        ({"sort": "\x00"}, 400),
        ({"unknown": "1"}, 400),
        ({"kind": "stolen"}, 200),
        ({"kind": "\x00"}, 200),
        ({"reason": "' OR 1=1 --"}, 200),
        ({"state": str(10**30)}, 200),
        ({"since": "0000-00-00"}, 200),
        ({"since": "0001-01-01"}, 200),
        ({"until": "99999-12-31"}, 200),
        ({"until": str(10**30)}, 200),
        ({"q": "\x00"}, 200),
        ({"q": "%"}, 200),
        ({"q": "\\"}, 200),
        ({"q": "x" * 5_000}, 200),
        ({"q": "\U0001f600"}, 200),
    ],
    ids=repr,
)
def test_hostile_parameters_get_a_clean_answer(
    visitor: Client, partner: Partner, params: dict[str, str], status: int
) -> None:
    entry(partner, "D-1/sales_hub")

    answer = visitor.get(f"{PAGE}?{urlencode(params)}")

    assert answer.status_code == status


@pytest.mark.parametrize("entries", [3, 300])
def test_needs_the_same_queries_whatever_the_size(
    visitor: Client, partner: Partner, entries: int
) -> None:
    line = DealLineFactory.create(deal__partner=partner)
    served = RelationshipFactory.create(partner=partner)
    entry(partner, "deal", source_id=line.pk, seq=9, effective_on=date(2026, 2, 1))
    entry(partner, "client", managed=True, source_id=served.pk, seq=9)
    PointsEntryFactory.create_batch(entries, partner=partner)
    visitor.get(PAGE)

    page = count_queries(lambda: visitor.get(PAGE))
    fragment = count_queries(
        lambda: visitor.get(
            PAGE, headers={"HX-Request": "true", "HX-Target": "points-table"}
        )
    )

    # session, account, views, sums with whether anything waits, rows, the names;
    # for the page also editions
    assert (page, fragment) == (7, 6)


def test_staff_are_sent_to_the_back_office() -> None:
    visitor = signed_in(UserFactory.create(finance=True))

    for page in (PAGE, "/points/entries.csv"):
        assert visitor.get(page)["Location"] == "/admin/"


def test_an_account_without_a_company_finds_nothing() -> None:
    visitor = signed_in(UserFactory.create())

    assert visitor.get(PAGE).status_code == 404
    assert visitor.get("/points/entries.csv").status_code == 404


def test_speaks_french(partner: Partner) -> None:
    entry(partner, "D-1/sales_hub", points=1_234_500_000)

    page = words(browser_of(partner, language="fr").get(PAGE))

    assert "1 écriture de 1 234,5 points ; 1 234,5 comptent aujourd’hui" in page
    assert "Collaboration partenaire" in page
