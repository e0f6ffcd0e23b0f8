"""The table of every list page."""

import re
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import translation
from pytest_django.fixtures import DjangoAssertNumQueries

from partners.models import Partner
from program.money import Money
from tests.factories.partners import PartnerFactory
from tests.integration.ui.demo import DemoTable, Record, records
from ui.columns import MoneyColumn, PortalColumn, TextColumn
from ui.query import BadQueryError
from ui.tables import PortalTable


class PartnerTable(PortalTable):
    caption = "Partners"

    name = TextColumn("Name", url=lambda partner: f"/{partner.ref}/")
    country = TextColumn("Country")
    pdm = TextColumn("PDM", accessor="pdm__email")

    class Meta:
        order_by = ("country",)


def table(
    rows: list[Record] | None = None, address: str = "", **options: Any
) -> DemoTable:
    request = RequestFactory().get(f"/points/{address}")
    made = DemoTable(records() if rows is None else rows, **options)
    return made.configure(request, known={"q"})


def html(made: PortalTable) -> str:
    with translation.override("en"):
        return str(made.as_html(made.request))


@pytest.fixture(autouse=True)
def _urls(demo_urls: None) -> None:
    """Let the empty table's first act have an address."""


# --- Rows ------------------------------------------------------------------------------


def test_a_page_has_twenty_five_rows_and_says_which() -> None:
    made = table(address="?page=2")

    page = html(made)

    assert page.count('<tr role="row">') == 25 + 1
    assert made.count_text == "26–50 of 214"


def test_cells_are_labelled_and_the_first_heads_its_row() -> None:
    page = html(table(address="?sort=ref"))

    first = page[page.index("<tbody") :]
    assert re.search(
        r'<tr role="row"><th role="rowheader" scope="row" class="" data-label="Deal">'
        r'<a href="/demo/form/\?on=1">D-00001</a></th>',
        first,
    )
    assert (
        '<td role="cell" class="num" data-label="Points"><a class="receipt-link"' in first
    )


def test_every_text_is_escaped() -> None:
    evil = '<script>alert("{}")</script>'
    (record,) = records(1)
    made = table([Record(**{**vars(record), "client": evil, "ref": evil})])

    page = html(made)

    assert "<script>" not in page
    assert page.count("&lt;script&gt;alert(&quot;{}&quot;)&lt;/script&gt;") == 2


def test_braces_in_a_heading_are_no_holes() -> None:
    class Odd(PortalTable):
        tie_breaker = None
        a = TextColumn('{0} "x"')

    made = Odd([{"a": "1"}]).configure(RequestFactory().get("/"))

    assert 'data-label="{0} &quot;x&quot;">1</th>' in html(made)


def test_a_missing_value_is_a_dash_and_no_link() -> None:
    class Links(PortalTable):
        tie_breaker = None
        a = TextColumn("A", accessor="x__y", url=lambda row: "/")

    made = Links([{"x": None}]).configure(RequestFactory().get("/"))

    assert '<span class="missing">–</span></th>' in html(made)


def test_columns_of_other_kinds_still_work() -> None:
    import django_tables2 as tables  # noqa: PLC0415

    class Mixed(PortalTable):
        tie_breaker = None
        a = TextColumn("A")
        b = tables.TemplateColumn("<b>{{ record.b }}</b>")

    made = Mixed([{"a": "x", "b": "<"}]).configure(RequestFactory().get("/"))

    assert "<b>&lt;</b></td>" in html(made)


def test_money_takes_a_money_or_minor_units_and_a_currency() -> None:
    class Sums(PortalTable):
        tie_breaker = None
        a = MoneyColumn("A")
        b = MoneyColumn("B", currency="unit__code")

    row = {"a": Money(1, "EUR"), "b": 250, "unit": {"code": "USD"}}
    page = html(Sums([row]).configure(RequestFactory().get("/")))

    assert ">€0.01<" in page
    assert ">US$2.50<" in page


def test_columns_are_not_shared_between_two_tables() -> None:
    one, other = table(), table()

    assert one.columns["ref"].column is not other.columns["ref"].column
    assert isinstance(one.columns["ref"].column, PortalColumn)


# --- Order -----------------------------------------------------------------------------


def test_heads_say_how_the_rows_are_ordered() -> None:
    page = html(table(address="?sort=-points&page=3"))

    assert page.count("aria-sort=") == 1
    assert re.search(
        r'class="num" aria-sort="descending">\s*<a href="\?sort=points">', page
    )
    assert '<a href="?sort=ref">Deal' in page


def test_a_column_that_cannot_be_ordered_by_has_no_link() -> None:
    page = html(table())

    assert re.search(
        r'<th role="columnheader" scope="col" class="num">\s*MRR\s*</th>', page
    )


@pytest.mark.django_db
def test_equal_rows_keep_one_order_over_the_pages() -> None:
    for number in range(60):
        PartnerFactory.create(name=f"P{number}", country="FR")

    seen: list[str] = []
    for page in (1, 2, 3):
        request = RequestFactory().get("/", {"page": page})
        made = PartnerTable(Partner.objects.all()).configure(request)
        seen += [row.record.name for row in made.page.object_list]

    assert seen == [f"P{number}" for number in range(60)]


@pytest.mark.django_db
def test_a_list_costs_two_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(30):
        PartnerFactory.create(with_pdm=number % 2 == 0)
    partners = Partner.objects.select_related("pdm")

    with django_assert_num_queries(2):
        html(PartnerTable(partners).configure(RequestFactory().get("/?sort=-name")))


# --- Pages -----------------------------------------------------------------------------


def test_links_keep_the_filter_and_forget_the_page_where_it_has_no_meaning() -> None:
    made = table(address="?q=x&page=2&sort=ref")

    assert made.next_url == "?q=x&page=3&sort=ref"
    assert made.previous_url == "?q=x&page=1&sort=ref"
    assert [link.url for link in made.size_links()] == [
        "?q=x&sort=ref&per_page=25",
        "?q=x&sort=ref&per_page=50",
        "?q=x&sort=ref&per_page=100",
    ]


def test_pages_far_away_are_left_out() -> None:
    links = list(table(address="?page=5").page_links())

    assert [link.text for link in links] == ["1", "…", "4", "5", "6", "…", "9"]
    assert [link.text for link in links if link.is_current] == ["5"]


def test_the_ends_have_no_further_page() -> None:
    assert table().previous_url == ""
    assert table(address="?page=9").next_url == ""


def test_a_page_that_is_gone_is_the_last_one() -> None:
    assert table(address="?page=1000").page.number == 9


def test_a_short_list_needs_no_sizes() -> None:
    assert list(table(records(25)).size_links()) == []


@pytest.mark.parametrize(
    "address",
    [
        "?page=0",
        "?page=1e9",
        "?page=9999999999",
        "?page=x",
        "?page=1&page=2",
        "?per_page=10",
        "?per_page=100000",
        "?sort=password",
        "?sort=mrr",
        "?sort=ref__pk",
        "?sort=%00",
        "?nonsense=1",
    ],
)
def test_refuses_what_it_does_not_know(address: str) -> None:
    with pytest.raises(BadQueryError):
        table(address=address)


def test_two_tables_on_a_page_have_names_of_their_own() -> None:
    request = RequestFactory().get("/?a-page=2")

    made = DemoTable(records(), prefix="a-").configure(request, known={"b-page"})

    assert made.page.number == 2
    assert made.next_url == "?a-page=3"


# --- Sums, nothing ---------------------------------------------------------------------


def test_sums_of_the_filtered_set_stand_below() -> None:
    page = html(table(sums={"points": 1_234_567_890, "mrr": Money(5, "EUR")}))

    foot = page[page.index("<tfoot") :]
    assert "Sum of all rows</th>" in foot
    assert 'data-label="Points">1,234.56</td>' in foot
    assert 'data-label="MRR">€0.05</td>' in foot


def test_without_sums_there_is_no_foot() -> None:
    assert "<tfoot" not in html(table())


def test_an_empty_list_says_why_and_what_to_do_first() -> None:
    page = html(table([]))

    assert "<table" not in page
    assert "No points yet" in page
    assert '<a class="btn btn-primary" href="/demo/form/">Fill in the form</a>' in page


def test_a_filter_that_leaves_nothing_can_be_taken_away() -> None:
    page = html(table([], address="?q=zzz", filtered=True))

    assert "Nothing matches the filter." in page
    assert 'href="/points/">Clear the filter</a>' in page


def test_the_list_has_a_name_for_screen_readers() -> None:
    assert '<caption class="visually-hidden">Points</caption>' in html(table())
