"""The receipt of a number: its entries add up to it, and its address never changes."""

import re
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from partners import services
from partners.models import Partner, PointsEntry, Standing
from tests.factories import PartnerFactory, PointsEntryFactory, UserFactory, stand
from tests.integration.pages import (
    MICRO,
    NOON,
    PAGE_MARKS,
    TODAY,
    browser_of,
    count_queries,
    main_of,
    signed_in,
    words,
)

pytestmark = PAGE_MARKS

NUMBERS = {
    "sourced": "sourced",
    "assisted": "assisted",
    "managed": "managed",
    "total": "total",
    "expiring-30": "expiring_30",
    "expiring-60": "expiring_60",
    "expiring-90": "expiring_90",
    "sourced-expiring-evaluation": "sourced_expiring",
}


@pytest.fixture
def partner() -> Partner:
    """Return a partner with entries of every kind around the edges of today."""
    partner = PartnerFactory.create(name="Aurora Lane")
    days = (
        date(2025, 11, 22),  # expired yesterday
        date(2025, 11, 23),  # expires today
        date(2025, 11, 24),
        date(2025, 12, 23),
        date(2025, 12, 24),
        date(2026, 1, 22),
        date(2026, 2, 21),
        date(2026, 2, 22),
        date(2026, 11, 23),  # counts from today
        date(2026, 11, 24),  # counts from tomorrow
    )
    for number, day in enumerate(days, 1):
        PointsEntryFactory.create(
            partner=partner, effective_on=day, points=number * 1_000_001,
            recorded_at=NOON - timedelta(days=1),
        )  # fmt: skip
        PointsEntryFactory.create(
            partner=partner, effective_on=day, points=number * 7, assisted=True,
            recorded_at=NOON - timedelta(days=1),
        )  # fmt: skip
    PointsEntryFactory.create(partner=partner, managed=True, points=-3)
    PointsEntryFactory.create(partner=partner, managed=True, points=44 * MICRO)
    PointsEntryFactory.create_batch(3)
    stand(partner, on=TODAY)
    return partner


@pytest.fixture
def visitor(partner: Partner) -> Client:
    return browser_of(partner)


def address(partner: Partner, number: str, day: date = TODAY) -> str:
    return f"/receipts/{partner.public_id}/{number}/{day}/"


def rows_of(visitor: Client, url: str) -> list[Decimal]:
    """Return the points of all rows, page after page."""
    points: list[Decimal] = []
    page: str | None = url
    while page:
        html = main_of(visitor.get(page))
        body = html.partition("<tbody")[2].partition("</tbody>")[0]
        points += [
            Decimal(text.replace("\N{MINUS SIGN}", "-"))
            for text in re.findall(
                r'class="receipt-link"[^>]*>(\N{MINUS SIGN}?[\d.]+)<', body
            )
        ]
        following = re.search(r'href="(\?[^"]*)" rel="next"', html)
        page = following and url.partition("?")[0] + following[1].replace("&amp;", "&")
    return points


@pytest.mark.parametrize("number", NUMBERS)
def test_the_rows_add_up_to_the_standing(
    visitor: Client, partner: Partner, number: str
) -> None:
    standing = Standing.objects.get(partner=partner)
    expected = Decimal(getattr(standing, NUMBERS[number])) / MICRO
    url = visitor.get(address(partner, number))["Location"]

    rows = rows_of(visitor, url)

    assert expected
    assert sum(rows) == expected
    assert f": {expected.normalize()} " in words(visitor.get(url))


def test_sold_is_sourced_and_assisted(visitor: Client, partner: Partner) -> None:
    standing = Standing.objects.get(partner=partner)

    rows = rows_of(visitor, visitor.get(address(partner, "sold"))["Location"])

    assert sum(rows) == Decimal(standing.sourced + standing.assisted) / MICRO


def test_all_that_goes_before_the_evaluation_is_sourced_and_assisted(
    visitor: Client, partner: Partner
) -> None:
    standing = Standing.objects.get(partner=partner)
    url = visitor.get(address(partner, "expiring-evaluation"))["Location"]

    rows = rows_of(visitor, url)

    assert sum(rows) == Decimal(
        standing.sourced_expiring + standing.assisted_expiring
    ) / MICRO  # fmt: skip
    assert "no longer do on 15 January 2027" in words(visitor.get(url))


def test_without_an_edition_nobody_knows_the_next_evaluation(
    visitor: Client, partner: Partner
) -> None:
    long_ago = address(partner, "expiring-evaluation", date(2001, 1, 1))

    assert visitor.get(long_ago, follow=True).status_code == 404


def test_the_sum_of_a_page_and_of_all_pages_are_told(
    visitor: Client, partner: Partner
) -> None:
    PointsEntryFactory.create_batch(40, partner=partner, points=2 * MICRO)
    url = visitor.get(address(partner, "sourced"))["Location"]

    page = words(visitor.get(f"{url}&sort=points"))
    last = words(visitor.get(f"{url}&sort=points&page=2"))

    assert "The rows of this page add up to 50, all rows to" in page
    assert "The rows of this page add up to" in last


def test_fills_in_the_moment_and_keeps_the_order(
    visitor: Client, partner: Partner
) -> None:
    answer = visitor.get(address(partner, "total"), {"sort": "points"})

    assert answer.status_code == 302
    assert answer["Location"] == (
        f"{address(partner, 'total')}?known=2026-11-23T12:00:00Z&sort=points"
    )
    page = visitor.get(answer["Location"])
    assert f"http://testserver{answer['Location']}" in words(page)
    assert "As known on 23 Nov 2026, 12:00 UTC" in words(page)


@pytest.mark.parametrize("number", ["total", "sourced", "managed", "expiring-90"])
def test_the_address_gives_the_same_page_after_later_entries(
    visitor: Client, partner: Partner, number: str
) -> None:
    url = visitor.get(address(partner, number))["Location"]
    before = main_of(visitor.get(url))

    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        for trait in ({}, {"assisted": True}, {"managed": True}):
            PointsEntryFactory.create(
                partner=partner, effective_on=date(2026, 1, 5), points=9 * MICRO,
                recorded_at=NOON + timedelta(minutes=1), **trait,
            )  # fmt: skip
        services.refresh_standings(on=TODAY)
        after = main_of(visitor.get(url))
        now = main_of(visitor.get(address(partner, number), follow=True))

    assert after == before
    assert now != before


def test_a_day_in_the_past_shows_what_counted_then(
    visitor: Client, partner: Partner
) -> None:
    page = words(
        visitor.get(address(partner, "sourced", date(2025, 11, 23)), follow=True)
    )

    assert "Sourced points: 3.000003 Aurora Lane · 23 November 2025" in page


def test_a_day_before_the_first_edition_has_no_edition(
    visitor: Client, partner: Partner
) -> None:
    page = words(visitor.get(address(partner, "total", date(1999, 1, 1)), follow=True))

    assert "Points in total: 0" in page
    assert "No entry makes this number: it is zero." in page
    assert "Rulebook edition" not in page


def test_names_the_kinds_that_make_it(visitor: Client, partner: Partner) -> None:
    standing = Standing.objects.get(partner=partner)

    page = words(visitor.get(address(partner, "total"), follow=True))

    assert f"Sourced {Decimal(standing.sourced) / MICRO:f}" in page
    assert f"Managed {Decimal(standing.managed) / MICRO:f}" in page
    assert f"Together {Decimal(standing.total) / MICRO:f} points" in page


def test_foreign_and_absent_are_the_same_not_found(visitor: Client) -> None:
    foreign = visitor.get(address(PartnerFactory.create(), "total"))
    absent = visitor.get(f"/receipts/{uuid.uuid4()}/total/{TODAY}/")

    assert foreign.status_code == absent.status_code == 404
    assert words(foreign) == words(absent)


@pytest.mark.parametrize(
    "path",
    [
        "total/2026-02-30/",
        "total/0000-01-01/",
        "total/9999-12-31/",
        "total/1969-12-31/",
        "total/20261123/",
        "grand-total/2026-11-23/",
        "expiring-31/2026-11-23/",
    ],
)
def test_what_is_no_number_or_no_day_is_not_found(
    visitor: Client, partner: Partner, path: str
) -> None:
    assert visitor.get(f"/receipts/{partner.public_id}/{path}").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "known=2026-11-23T12:00:01Z",  # to come
        "known=2026-11-23",
        "known=2026-11-23T12:00:00",
        "known=2026-11-23T12:00:00%2B01:00",
        "known=2026-13-23T12:00:00Z",
        "known=0000-00-00T00:00:00Z",
        "known=%00",
        "known=1e400",
        "known=2026-11-23T12:00:00Z&known=2026-11-22T12:00:00Z",
        "known=2026-11-23T12:00:00Z&page=1000000000",
        "known=2026-11-23T12:00:00Z&sort=partner",
        "known=2026-11-23T12:00:00Z&x=1",
    ],
)
def test_hostile_parameters_are_refused(
    visitor: Client, partner: Partner, query: str
) -> None:
    assert visitor.get(f"{address(partner, 'total')}?{query}").status_code == 400


@pytest.mark.parametrize("first_days", ["1970-01-01", "2199-12-31"])
@pytest.mark.parametrize(
    "number", [name for name in (*NUMBERS, "sold") if "evaluation" not in name]
)
def test_the_ends_of_the_calendar_are_days(
    visitor: Client, partner: Partner, number: str, first_days: str
) -> None:
    url = f"/receipts/{partner.public_id}/{number}/{first_days}/"

    assert visitor.get(url, follow=True).status_code == 200


def test_a_manager_sees_the_numbers_of_the_own_portfolio(partner: Partner) -> None:
    pdm = UserFactory.create(pdm=True)
    mine = PartnerFactory.create(pdm=pdm)
    visitor = signed_in(pdm)

    assert visitor.get(address(mine, "total"), follow=True).status_code == 200
    assert visitor.get(address(partner, "total")).status_code == 404


@pytest.mark.parametrize("entries", [3, 300])
def test_needs_the_same_queries_whatever_the_size(
    visitor: Client, partner: Partner, entries: int
) -> None:
    PointsEntryFactory.create_batch(entries, partner=partner)
    url = visitor.get(address(partner, "total"))["Location"]
    visitor.get(url)

    queries = count_queries(lambda: visitor.get(url))

    # session, account, person; partner, sums, editions, rows, the names; bell
    assert queries == 7


def test_an_entry_recorded_at_the_very_moment_is_known(partner: Partner) -> None:
    visitor = browser_of(partner)
    at = datetime(2026, 11, 20, 10, 0, 0, 123456, tzinfo=UTC)
    PointsEntryFactory.create(partner=partner, managed=True, points=MICRO, recorded_at=at)
    moments = ("2026-11-20T10:00:00.123456Z", "2026-11-20T10:00:00.123455Z")

    counts = [
        len(rows_of(visitor, f"{address(partner, 'managed')}?known={moment}"))
        for moment in moments
    ]

    assert counts[0] == counts[1] + 1
    assert PointsEntry.objects.filter(partner=partner, recorded_at=at).count() == 1


def test_speaks_french(partner: Partner) -> None:
    visitor = browser_of(partner, language="fr")

    page = words(visitor.get(address(partner, "total"), follow=True))

    assert "Total des points" in page
    assert "Adresse permanente" in page
