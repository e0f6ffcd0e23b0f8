"""The home page: a sentence first, then the bars, then the numbers with receipts."""

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client

from partners.models import Partner
from program.rulebook import Tier
from tests.factories import (
    CertificationFactory,
    ClientFactory,
    DealFactory,
    DealLineFactory,
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
    RelationshipFactory,
    SubscriptionFactory,
    TierChangeFactory,
    UserFactory,
    stand,
)
from tests.integration.pages import (
    MICRO,
    PAGE_MARKS,
    TODAY,
    browser_of,
    main_of,
    signed_in,
    words,
)

pytestmark = PAGE_MARKS

LASTING = date(2026, 9, 1)  # counts until 1 September 2027
EXPIRING = date(2026, 1, 10)  # counts until 10 January 2027, before the evaluation


def partner_with(
    *,
    sourced: float = 0,
    assisted: float = 0,
    managed: float = 0,
    expiring: float = 0,
    tier: Tier | None = None,
    credited_on: date = date(2025, 1, 15),
    **fields: Any,
) -> Partner:
    """Return a partner with points; `expiring` are sourced ones that go soon."""
    partner = PartnerFactory.create(**fields)
    if tier:
        TierChangeFactory.create(partner=partner, tier=tier, on=credited_on)
    for points, trait, begins in (
        (sourced, {}, LASTING),
        (assisted, {"assisted": True}, LASTING),
        (managed, {"managed": True}, LASTING),
        (expiring, {}, EXPIRING),
    ):
        if points:
            PointsEntryFactory.create(
                partner=partner,
                points=round(points * MICRO),
                effective_on=begins,
                **trait,
            )
    stand(partner, on=TODAY)
    return partner


def certify(partner: Partner) -> None:
    CertificationFactory.create(person=PersonFactory.create(partner=partner))


def test_begins_with_the_sentence_about_the_next_tier() -> None:
    partner = partner_with(
        sourced=283.8, assisted=600, managed=200, tier=Tier.GOLD,
        credited_on=date(2026, 9, 15),
    )  # fmt: skip

    page = words(browser_of(partner).get("/"))

    assert (
        "You are Gold . 41.20 sourced points short of Platinum; 53 days left until the "
        "evaluation of 15 January 2027."
    ) in page
    assert "since 15 September 2026 protected until 14 March 2027" in page


def test_shows_one_bar_per_minimum_with_its_threshold_and_what_expires() -> None:
    partner = partner_with(
        sourced=300, expiring=10, assisted=600, managed=200, tier=Tier.GOLD
    )

    response = browser_of(partner).get("/")

    page = words(response)
    assert "Sourced points 310.00 of 325 points 15.00 points short" in page
    assert "10.00 expire before 15 January 2027" in page
    assert "Managed points 200.00 of 150 points Met" in page
    assert "Points in total 1,110.00 of 925 points Met" in page
    assert main_of(response).count('class="bar-expiring"') == 4  # two bars, each with key


def test_counts_assisted_points_for_the_sold_minimum_while_table_a_holds() -> None:
    with pytest.MonkeyPatch.context() as patch:
        day = date(2025, 7, 1)
        patch.setattr("outbox.clock.today", lambda: day)
        partner = PartnerFactory.create()
        for kind in ({}, {"assisted": True}):
            PointsEntryFactory.create(
                partner=partner, points=60 * MICRO, effective_on=date(2025, 3, 1), **kind
            )
        stand(partner, on=day)

        page = words(browser_of(partner).get("/"))

    assert "Sold points (sourced and assisted) 120.00 of 113 points Met" in page


def test_says_when_a_reached_tier_is_credited() -> None:
    partner = partner_with(sourced=330, assisted=600, managed=200, tier=Tier.GOLD)
    certify(partner)

    page = words(browser_of(partner).get("/"))

    assert (
        "Your points reach Platinum; it is credited at the check of 15 December 2026."
        in page
    )


def test_says_that_a_reached_tier_waits_for_a_certification() -> None:
    partner = partner_with(sourced=330, assisted=600, managed=200, tier=Tier.GOLD)

    page = words(browser_of(partner).get("/"))

    assert "if somebody holds a valid Solutions Partner Certification by then" in page


def test_says_what_is_short_to_keep_the_tier() -> None:
    partner = partner_with(sourced=300, assisted=600, managed=200, tier=Tier.PLATINUM)

    page = words(browser_of(partner).get("/"))

    assert (
        "Today’s points give Gold: 25.00 sourced points short to keep Platinum." in page
    )


def test_says_what_is_left_on_the_evaluation_day() -> None:
    partner = partner_with(
        sourced=100, expiring=20, assisted=600, managed=200, tier=Tier.GOLD
    )

    page = words(browser_of(partner).get("/"))

    assert (
        "20.00 points expire before the evaluation; without new ones you reach no tier"
    ) in page


def test_shows_an_elite_partner_the_minima_of_elite() -> None:
    partner = partner_with(sourced=2500, assisted=5000, managed=2000, tier=Tier.ELITE)

    page = words(browser_of(partner).get("/"))

    assert "What Elite asks for" in page
    assert "Sourced points 2,500.00 of 2,100 points Met" in page
    assert "short of" not in page


def test_tells_whoever_reaches_elite_that_it_is_by_invitation() -> None:
    partner = partner_with(sourced=2500, assisted=5000, managed=2000, tier=Tier.DIAMOND)

    page = words(browser_of(partner).get("/"))

    assert "Your points reach Elite, which is by invitation" in page


def test_tells_a_provider_that_no_tier_applies() -> None:
    partner = partner_with(sourced=500, managed=500, assisted=500, provider=True)

    response = browser_of(partner).get("/")

    page = words(response)
    assert (
        "Your points are for your information: no tier applies to providers. 3.9" in page
    )
    assert "Credited tier" not in page
    assert 'class="bar"' not in main_of(response)


def test_tells_a_new_partner_why_it_is_empty_and_the_first_act() -> None:
    partner = PartnerFactory.create(with_pdm=True)  # without so much as a standing

    response = browser_of(partner).get("/")

    page = words(response)
    assert "You have no tier yet" in page
    assert "No points yet: this is how they begin" in page
    assert partner.pdm
    assert f"mailto:{partner.pdm.email}" in main_of(response)


def test_names_the_development_manager_with_mail() -> None:
    pdm = UserFactory.create(pdm=True, full_name="Ines Roy", email="ines@example.com")
    partner = partner_with(sourced=1, pdm=pdm)

    response = browser_of(partner).get("/")

    assert "Ines Roy" in words(response)
    assert 'href="mailto:ines@example.com"' in main_of(response)


def test_counts_what_waits_for_its_currency() -> None:
    partner = partner_with(sourced=1)
    won = {"partner": partner, "won": True, "closed_on": date(2026, 9, 1)}
    DealLineFactory.create(deal=DealFactory.create(**won), currency="INR")
    DealLineFactory.create(deal=DealFactory.create(**won, poi_on=None), currency="INR")
    DealLineFactory.create(deal=DealFactory.create(**won), currency="EUR")
    client = ClientFactory.create()
    RelationshipFactory.create(partner=partner, client=client)
    SubscriptionFactory.create(client=client, currency="PLN")

    response = browser_of(partner).get("/")

    assert "2 lines earn nothing yet" in words(response)
    assert 'href="/points/#pending"' in main_of(response)


def test_every_number_leads_to_a_receipt_that_adds_up_to_it() -> None:
    partner = partner_with(
        sourced=300, expiring=12.345678, assisted=600, managed=200, tier=Tier.GOLD
    )
    visitor = browser_of(partner)
    page = main_of(visitor.get("/"))
    numbers = re.findall(
        r'class="receipt-link" href="(/receipts/[^"]+)" title="([^"]+)"', page
    )

    shown = {url: words(visitor.get(url, follow=True)) for url, _exact in numbers}

    assert len(set(numbers)) == 10
    for url, exact in numbers:
        assert f": {exact} " in shown[url]


def test_the_tiers_lead_to_their_receipts() -> None:
    visitor = browser_of(partner_with(sourced=120, managed=300, tier=Tier.GOLD))

    links = re.findall(r'href="(/receipts/[^"]+-tier/[^"]+)"', main_of(visitor.get("/")))

    answers = [visitor.get(link, follow=True).status_code for link in links]
    assert answers == [200] * 4  # two tiers; two bars that say how much is short


def test_what_is_printed_adds_up_to_the_last_digit() -> None:
    partner = partner_with(sourced=56.366667, assisted=0.3333, managed=70.006, tier=None)
    bar = "56.366667 of 110 points 53.63 points short (110 - 56.37)"

    page = words(browser_of(partner).get("/"))

    assert f"Sourced points {bar}" in page
    kinds = "Sourced 56.366667 Assisted 0.3333 Managed 70.006"
    assert f"{kinds} Total 126.705967" in page


def test_what_needs_no_rounding_is_not_explained() -> None:
    page = words(browser_of(partner_with(sourced=56.37)).get("/"))

    assert "56.37 of 110 points 53.63 points short" in page
    assert "(110" not in page


def test_says_what_goes_before_the_evaluation_and_why() -> None:
    partner = partner_with(sourced=5, expiring=10.583333, assisted=600, managed=200)
    PointsEntryFactory.create(
        partner=partner, assisted=True, points=2 * MICRO, effective_on=EXPIRING
    )
    stand(partner, on=TODAY)
    visitor = browser_of(partner)

    page = main_of(visitor.get("/"))

    links = re.findall(r'href="([^"]+expiring-evaluation/[^"]+)"', page)
    receipts = [words(visitor.get(link, follow=True)) for link in links]
    label = "oints that expire before the next evaluation:"
    assert len(receipts) == 2
    assert f"Sourced p{label} 10.583333 " in receipts[0]
    assert f"P{label} 12.583333 " in receipts[1]
    assert "no longer do on 15 January 2027." in receipts[0]


def test_says_since_when_a_lost_tier_is_lost() -> None:
    partner = partner_with(sourced=1, tier=Tier.GOLD)
    TierChangeFactory.create(partner=partner, tier=Tier.NONE, on=date(2026, 1, 15))
    stand(partner, on=TODAY)

    page = words(browser_of(partner).get("/"))

    assert "You have had no tier since 15 January 2026." in page
    assert "no tier yet" not in page


def test_sends_staff_to_the_back_office() -> None:
    response = signed_in(UserFactory.create(auditor=True)).get("/")

    assert (response.status_code, response["Location"]) == (302, "/admin/")


def test_tells_somebody_who_left_that_there_is_no_company() -> None:
    visitor = browser_of(PartnerFactory.create(), left=True)

    page = words(visitor.get("/"))

    assert "Your account belongs to no company of the programme." in page
    assert "The programme manager opens accounts" in page


def test_asks_to_sign_in() -> None:
    response = Client().get("/")

    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/"


def test_speaks_french() -> None:
    partner = partner_with(sourced=283.8, assisted=600, managed=200, tier=Tier.GOLD)

    page = words(browser_of(partner, language="fr").get("/"))

    assert "Vous êtes Gold" in page
    assert "41,20 points issus de collaborations partenaires" in page
    assert "15 janvier 2027" in page
