"""/deals/what-if/: what the evaluation decides, and the ways to a tier."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest

from deals.models import Deal
from partners.models import Partner
from tests.factories import (
    ClientFactory,
    DealFactory,
    PartnerFactory,
    PointsEntryFactory,
    RelationshipFactory,
    SubscriptionFactory,
)
from tests.integration.deals.what_ifs import (
    ADDRESS,
    deal,
    four_deals,
    gold_on_the_way,
    key,
    ways,
)
from tests.integration.pages import (
    MICRO,
    PAGE_MARKS,
    browser_of,
    main_of,
    words,
)
from tests.integration.portal.at_home import section

pytestmark = PAGE_MARKS


@pytest.fixture
def partner() -> Partner:
    return gold_on_the_way()


@pytest.fixture
def four(partner: Partner) -> dict[str, Deal]:
    return four_deals(partner)


def test_with_nothing_chosen_it_says_what_happens_anyhow(partner: Partner) -> None:
    text = section(browser_of(partner).get(ADDRESS), "result-heading")

    assert "The evaluation of 15 January 2027 Gold" in text
    assert "If nothing is won until then, 15 January 2027 leaves you with Gold." in text
    assert "What holds Platinum back most: sourced points, 125.00 short of 325." in text


def test_the_shortest_ways_stand_there_and_lead_to_themselves(
    partner: Partner, four: dict[str, Deal]
) -> None:
    browser = browser_of(partner)

    page = browser.get(ADDRESS)

    assert ways(page) == [["Deal A"], ["Deal D", "Deal B"], ["Deal B", "Deal C"]]
    address = re.search(r'href="([^"]*won=[^"]*)"', main_of(page))
    assert address is not None
    chosen = browser.get(html.unescape(address[1]))
    assert "leaves you with Platinum; without these choices it would be Gold." in words(
        chosen
    )
    assert ways(chosen) == []
    assert "Every minimum is met" in words(chosen)


def test_a_tier_reached_by_an_earlier_check_is_credited_there(
    partner: Partner, four: dict[str, Deal]
) -> None:
    page = browser_of(partner).get(ADDRESS, {"won": key(four["A"])})

    assert "Platinum is credited at the check of 15 December 2026." in words(page)


def test_a_deal_won_after_the_evaluation_does_not_count(
    partner: Partner, four: dict[str, Deal]
) -> None:
    page = browser_of(partner).get(
        ADDRESS, {"won": key(four["A"]), f"at-{key(four['A'])}": "2027-01-16"}
    )

    text = words(page)
    assert "leaves you with Gold, as it would without these choices." in text
    assert "1 chosen deal is won after the evaluation and does not count." in text
    assert "after the evaluation" in text


def test_what_a_deal_brings_are_the_points_its_win_would_post(
    partner: Partner, four: dict[str, Deal]
) -> None:
    sums = section(
        browser_of(partner).get(ADDRESS, {"won": key(four["A"])}), "sums-heading"
    )

    assert "Sourced 200.00 0.00 +180.00 0 380.00" in sums
    assert "Assisted 400.00 0.00 0 0 400.00" in sums
    assert "Total 750.00 0.00 +180.00 0 930.00" in sums


def test_in_a_growth_market_it_counts_double(partner: Partner) -> None:
    grown = deal(partner, "Deal G", 90, None, client=ClientFactory.create(country="RE"))

    sums = section(browser_of(partner).get(ADDRESS, {"won": key(grown)}), "sums-heading")

    assert "Sourced 200.00 0.00 +180.00 0 380.00" in sums


def test_points_that_expire_by_then_are_named_and_left_out(partner: Partner) -> None:
    entry = PointsEntryFactory.create(
        partner=partner,
        points=40 * MICRO,
        effective_on=date(2026, 1, 10),
        expires_on=date(2027, 1, 10),
    )

    page = browser_of(partner).get(ADDRESS)

    assert "Sourced 240.00 -40.00 0 0 200.00" in section(page, "sums-heading")
    expiring = section(page, "expiring-heading")
    assert f"{entry.source_ref} 10 Jan 2027 40.00" in expiring
    assert "In total 40.00" in expiring


def test_what_is_not_renewed_takes_its_managed_points(partner: Partner) -> None:
    client = ClientFactory.create(name="Durand SA")
    other = PartnerFactory.create()
    for serving in (partner, other):
        RelationshipFactory.create(
            partner=serving, client=client, kind="managed", from_on=date(2026, 1, 1)
        )
    subscription = SubscriptionFactory.create(
        client=client, renews_on=date(2026, 12, 31), from_on=date(2026, 1, 1)
    )
    browser = browser_of(partner)

    before, after = browser.get(ADDRESS), browser.get(ADDRESS, {"lost": subscription.ref})

    listed = section(before, "what-if-renewals-heading")
    taken = re.search(r"([\d.]+) 31 Dec 2026", listed)
    assert "Durand SA" in listed
    assert taken is not None
    assert float(taken[1]) > 0
    assert f"Managed 150.00 0.00 0 -{taken[1]}" in section(after, "sums-heading")
    assert other.name not in words(before)


def test_no_deal_brings_what_is_missing_of_managed_points(
    partner: Partner, four: dict[str, Deal]
) -> None:
    PointsEntryFactory.create(partner=partner, points=-10 * MICRO, managed=True)

    browser = browser_of(partner)
    page, diamond = browser.get(ADDRESS), browser.get(ADDRESS, {"goal": "diamond"})

    assert "10.00 managed points are missing for Platinum" in words(page)
    assert "These ways bring the rest" in words(page)
    assert ways(page)[0] == ["Deal A"]
    assert "410.00 managed points are missing for Diamond" in words(diamond)
    assert "do not bring the sold points and the total of Diamond" in words(diamond)
    assert ways(diamond) == []


def test_a_partner_without_deals_finds_what_to_do(partner: Partner) -> None:
    text = words(browser_of(partner).get(ADDRESS))

    assert "No open deal" in text
    assert "No other open deal brings points by that day." in text
    assert "No sold points expire by then." in text
    assert "No subscription that your managed points rest on renews by then." in text
    assert "None is kept yet." in text


def test_a_provider_has_nothing_to_evaluate() -> None:
    provider = PartnerFactory.create(membership="provider")

    assert "A provider has no tier" in words(browser_of(provider).get(ADDRESS))


def test_deals_of_others_and_closed_ones_are_not_there(
    partner: Partner, four: dict[str, Deal]
) -> None:
    foreign = deal(PartnerFactory.create(), "Deal X", 180, None)
    won = DealFactory.create(partner=partner, name="Deal W", won=True)
    absent = "0123456789abcdef0123456789abcdef"
    browser = browser_of(partner)

    answers = [
        words(browser.get(ADDRESS, {"won": one}))
        for one in (foreign.public_id.hex, won.public_id.hex, absent)
    ]

    # The same answer for all three, and no word about what they are.
    assert len(set(answers)) == 1
    assert "1 chosen deal is not open any more and was left out." in answers[0]
    assert "Deal X" not in answers[0]
