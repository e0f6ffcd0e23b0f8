"""The blocks of home: goal, curve, renewals, deals, links, freshness."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from interchange.models import ImportRun
from partners.models import Partner, Snapshot
from portal.rehearsals import rehearse
from program.rulebook import Tier
from tests.factories import (
    DealFactory,
    DealLineFactory,
    PartnerFactory,
    PointsEntryFactory,
    stand,
)
from tests.factories.rulebook import publish_edition
from tests.integration.pages import (
    MICRO,
    NOON,
    PAGE_MARKS,
    TODAY,
    browser_of,
    main_of,
    words,
)
from tests.integration.portal.at_home import certify, gold_partner, section, subscription

pytestmark = PAGE_MARKS


@pytest.fixture
def partner() -> Partner:
    return gold_partner()


# --- The goal -------------------------------------------------------------------------


def test_a_goal_shows_the_bars_to_that_tier(partner: Partner) -> None:
    page = words(browser_of(partner).get("/?goal=diamond"))

    assert "What Diamond takes" in page
    assert "Sourced points 200.00 of 950 points 750.00 points short" in page
    assert "Managed points 90.00 of 550 points" in page
    assert "Threshold table B, which is applied on 15 January 2027." in page
    # The sentence on top goes on about the next tier.
    assert "short of Platinum" in page


def test_the_goal_is_a_plain_form_and_says_which_is_chosen(partner: Partner) -> None:
    page = main_of(browser_of(partner).get("/?goal=elite"))

    chosen = re.findall(r'name="goal" value="(\w+)" class="goal" aria-current', page)
    assert chosen == ["elite"]
    assert page.count('name="goal"') == 4
    assert 'method="get" action="/"' in page


def test_htmx_gets_the_card_alone(partner: Partner) -> None:
    response = browser_of(partner).get(
        "/?goal=diamond", headers={"HX-Request": "true", "HX-Target": "goal"}
    )

    text = response.content.decode()
    assert "What Diamond takes" in words(response)
    assert "<main" not in text
    assert text.strip().startswith("<section")
    assert "HX-Target" in response["Vary"]


def test_the_bars_hold_against_the_table_of_the_evaluation_to_come(
    partner: Partner,
) -> None:
    publish_edition(effective_on=date(2027, 1, 1), changes={"sold = 950": "sold = 960"})

    page = words(browser_of(partner).get("/?goal=diamond"))

    assert "of 960 points" in page


@pytest.mark.parametrize(
    "query",
    ["goal=none", "goal=bronze", "goal=%00", "goal=gold&goal=elite", "needs=1", "x=1"],
)
def test_refuses_what_it_does_not_know(partner: Partner, query: str) -> None:
    assert browser_of(partner).get(f"/?{query}").status_code == 400


# --- The curve ------------------------------------------------------------------------


def test_the_curve_has_checks_today_and_what_is_left(partner: Partner) -> None:
    PointsEntryFactory.create(
        partner=partner, points=40 * MICRO, effective_on=date(2025, 12, 10)
    )  # expires on 10 December 2026
    Snapshot.objects.create(
        partner=partner, on=date(2026, 10, 15), sourced=7 * MICRO, assisted=0, managed=0,
        performing_tier=Tier.NONE, certified=True,
        edition_id=partner.standing.edition_id,
        taken_at=datetime(2026, 10, 15, 6, tzinfo=UTC),
    )  # fmt: skip
    stand(partner, on=TODAY)
    rehearse(on=TODAY, at=NOON)

    response = browser_of(partner).get("/")

    text = section(response, "curve")
    assert "15 Oct 2026 7.00" in text
    assert "23 Nov 2026 430.00" in text
    assert "23 Dec 2026 left, if nothing is added 390.00 40.00 expire" in text
    assert "known=2026-10-15T06:00:00Z" in main_of(response)
    assert main_of(response).count("<polyline") == 2


def test_without_points_there_is_no_curve() -> None:
    partner = PartnerFactory.create()
    stand(partner, on=TODAY)

    assert "<polyline" not in main_of(browser_of(partner).get("/"))


# --- Renewals, deals, links, freshness ------------------------------------------------


def test_renewals_of_the_next_120_days_soonest_first(partner: Partner) -> None:
    subscription(partner, date(2027, 3, 23), client_name="Last")
    subscription(partner, date(2026, 12, 1), client_name="First", currency="EUR")
    subscription(partner, date(2027, 3, 24), client_name="Beyond")
    subscription(PartnerFactory.create(), date(2026, 12, 1), client_name="Elsewhere")

    text = section(browser_of(partner).get("/"), "renewals-heading")

    assert text.index("First") < text.index("Last")
    assert "1 Dec 2026 · renews as it stands €1,000.00" in text
    assert "23 Mar 2027 · can be stopped until 6 Feb 2027" in text
    assert "Beyond" not in text
    assert "Elsewhere" not in text
    assert "2 subscriptions of your clients renew within 120 days" in text


def test_deals_per_stage_and_currency(partner: Partner) -> None:
    won = {"partner": partner, "won": True, "closed_on": date(2026, 11, 1)}
    for currency in ("EUR", "EUR", "USD"):
        DealLineFactory.create(deal=DealFactory.create(**won), currency=currency)
    DealLineFactory.create(deal=DealFactory.create(partner=partner))
    DealLineFactory.create(
        deal=DealFactory.create(partner=partner, won=True, closed_on=date(2026, 1, 10))
    )
    DealLineFactory.create(deal=DealFactory.create())
    visitor = browser_of(partner)

    response = visitor.get("/")

    text = section(response, "deals")
    assert "Registered 1 deal US$1,000.00" in text
    assert "Won in the last 90 days 2 deals €2,000.00" in text
    assert "Won in the last 90 days 1 deal US$1,000.00" in text
    assert "Lost" not in text
    link = re.search(r'href="(/deals/\?stage=won[^"]+)"', main_of(response))
    assert link
    listed = words(visitor.get(link[1].replace("&amp;", "&")))
    assert "Closed since: 25 Aug 2026" in listed
    assert "€2,000.00" in listed
    assert "1 Nov 2026" in listed
    assert "10 Jan 2026" not in listed


def test_what_was_counted_is_kept_for_a_minute(
    partner: Partner, time_machine: Any
) -> None:
    visitor = browser_of(partner)
    visitor.get("/")
    DealLineFactory.create(deal=DealFactory.create(partner=partner))

    time_machine.move_to(NOON + timedelta(seconds=59), tick=False)
    kept = section(visitor.get("/"), "deals")
    time_machine.move_to(NOON + timedelta(seconds=60), tick=False)
    counted = section(visitor.get("/"), "deals")

    assert "No deal is open" in kept
    assert "Registered 1 deal US$1,000.00" in counted
    assert "counted 23 Nov 2026, 12:01 UTC" in counted


def test_other_points_are_counted_at_once(partner: Partner) -> None:
    visitor = browser_of(partner)
    visitor.get("/")
    DealLineFactory.create(deal=DealFactory.create(partner=partner))
    PointsEntryFactory.create(partner=partner, effective_on=date(2026, 11, 20))
    stand(partner, on=TODAY)

    assert "Registered 1 deal" in section(visitor.get("/"), "deals")


def test_what_is_kept_is_the_company_s_own(partner: Partner) -> None:
    DealLineFactory.create(deal=DealFactory.create(partner=partner))
    browser_of(partner).get("/")

    other = browser_of(PartnerFactory.create()).get("/")

    assert "No deal is open" in section(other, "deals")


def test_without_deals_it_says_so(partner: Partner) -> None:
    assert "No deal is open" in section(browser_of(partner).get("/"), "deals")


def test_links_of_the_programme_are_those_of_the_settings(
    partner: Partner, settings: Any
) -> None:
    settings.PROGRAM_LINKS = {"policies": "https://example.com/p", "stray": "https://x"}

    response = browser_of(partner).get("/")

    assert "Programme policies" in section(response, "links")
    assert 'href="https://example.com/p"' in main_of(response)
    assert "https://x" not in main_of(response)


def test_without_links_it_says_whom_to_ask(partner: Partner, settings: Any) -> None:
    settings.PROGRAM_LINKS = {}

    assert "has not said yet" in section(browser_of(partner).get("/"), "links")


def test_says_how_fresh_the_data_is_and_how_much_was_refused(partner: Partner) -> None:
    ImportRun.objects.create(
        started_at=datetime(2026, 11, 22, 5, tzinfo=UTC),
        finished_at=datetime(2026, 11, 22, 6, 10, tzinfo=UTC),
        folder="bundle", exit_code=1, refused_count=3,
        refusals=[{"file": "deals.csv", "value": "somebody else's"}],
    )  # fmt: skip

    page = words(browser_of(partner).get("/"))

    assert "Last transfer of data: 22 Nov 2026, 06:10 UTC" in page
    assert "3 rows of the whole programme were refused" in page
    assert "somebody else" not in page


# --- Cost -----------------------------------------------------------------------------


def statements(visitor: Client) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        visitor.get("/")
    return [query["sql"] for query in captured]


def test_a_large_partner_costs_the_queries_of_a_small_one(partner: Partner) -> None:
    small = browser_of(partner)
    large_partner = PartnerFactory.create(with_pdm=True)
    certify(large_partner)
    for n in range(40):
        DealLineFactory.create(
            deal=DealFactory.create(
                partner=large_partner, won=True, closed_on=date(2026, 11, 1)
            )
        )
        subscription(large_partner, date(2027, 1, 1 + n % 28))
        PointsEntryFactory.create(
            partner=large_partner, effective_on=date(2026, 11, 1 + n % 20)
        )
    stand(large_partner, on=TODAY)
    rehearse(on=TODAY, at=NOON)
    large = browser_of(large_partner)
    for visitor in (small, large):
        visitor.get("/")

    few, many = statements(small), statements(large)

    assert len(many) <= 10
    assert len(many) - len(few) <= 1  # the names of what moved, where something did
