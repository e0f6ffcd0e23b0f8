"""What needs somebody: with its day, its role, its rule and its act."""

from datetime import date
from typing import Any

import pytest

from partners.models import Notification, Partner
from partners.notifications import Words
from portal.rehearsals import rehearse
from tests.factories import (
    DealFactory,
    NotificationFactory,
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
    TierChangeFactory,
    stand,
)
from tests.integration.pages import (
    MICRO,
    NOON,
    PAGE_MARKS,
    TODAY,
    account_of,
    browser_of,
    signed_in,
)
from tests.integration.portal.at_home import certify, gold_partner, section, subscription

pytestmark = PAGE_MARKS

ACT = Notification.Urgency.ACT


@pytest.fixture
def partner() -> Partner:
    return gold_partner()


def needs(partner: Partner, address: str = "/", **person: Any) -> str:
    return section(browser_of(partner, **person).get(address), "needs")


def test_nothing_needs_a_partner_that_is_well(partner: Partner) -> None:
    assert "Nothing needs you today" in needs(partner)


def test_a_tier_at_risk_comes_first_with_its_day_and_its_act(partner: Partner) -> None:
    PointsEntryFactory.create(
        partner=partner,
        points=-120 * MICRO,
        effective_on=date(2026, 9, 2),
        expires_on=date(2027, 9, 1),
    )
    stand(partner, on=TODAY)
    rehearse(on=TODAY, at=NOON)

    text = needs(partner)

    assert text.startswith(" What needs you Mandatory Your tier is at risk")
    assert "Gold → no tier. Because sourced points 80.00 < 110" in text
    assert "by 15 Jan 2027 (in 53 days) for: Owner and Sales 3.4" in text
    assert "See what it rests on" in text


def test_somebody_must_be_certified(partner: Partner) -> None:
    person = PersonFactory.create(partner=partner)
    partner.people.exclude(pk=person.pk).update(left_on=date(2026, 11, 1))

    text = needs(partner)

    assert "Mandatory Nobody holds a valid Solutions Partner Certification" in text
    assert "by 15 Jan 2027" in text


def test_a_certification_that_expires_is_said_in_time() -> None:
    partner = PartnerFactory.create()
    certify(partner, expires_on=date(2026, 12, 31))
    certify(partner, expires_on=date(2026, 12, 1))
    TierChangeFactory.create(partner=partner)
    stand(partner, on=TODAY)

    text = needs(partner)

    assert "Mandatory Your last Solutions Partner Certification expires" in text
    assert "From 31 December 2026 on nobody holds a valid one. by 30 Dec 2026" in text


def test_a_certification_that_somebody_else_holds_longer_needs_nothing(
    partner: Partner,
) -> None:
    certify(partner, expires_on=date(2026, 12, 1))

    assert "Nothing needs you today" in needs(partner)


def test_a_newcomer_without_a_tier_is_recommended_to_certify() -> None:
    partner = PartnerFactory.create()
    stand(partner, on=TODAY)

    assert "Recommended Nobody holds a valid" in needs(partner)


def test_a_provider_needs_no_certification() -> None:
    partner = PartnerFactory.create(provider=True)
    stand(partner, on=TODAY)

    assert "Nothing needs you today" in needs(partner)


def test_won_deals_without_a_proof_have_the_day_of_the_oldest(partner: Partner) -> None:
    won = {"partner": partner, "won": True, "poi_on": None}
    DealFactory.create(**won, closed_on=date(2026, 11, 10))
    DealFactory.create(**won, closed_on=date(2026, 11, 20))
    DealFactory.create(partner=partner, won=True, closed_on=date(2026, 11, 20))
    DealFactory.create(**won, closed_on=date(2026, 11, 8))  # too late for a proof
    DealFactory.create(won=True, poi_on=None, closed_on=date(2026, 11, 12))  # elsewhere

    text = needs(partner)

    assert "Mandatory 2 won deals have no proof of involvement" in text
    assert "by 24 Nov 2026 (tomorrow) for: Sales and Owner" in text


def test_a_renewal_that_can_be_decided_has_the_deadline_of_the_rulebook(
    partner: Partner,
) -> None:
    subscription(partner, date(2027, 2, 1))

    text = needs(partner)

    assert "Recommended 1 renewal can still be decided" in text
    assert "by 18 Dec 2026 (in 25 days) for: Services and Sales 3.17" in text


def test_a_renewal_past_its_deadline_needs_nobody(partner: Partner) -> None:
    subscription(partner, date(2026, 12, 24))

    assert "Nothing needs you today" in needs(partner)


def test_what_a_person_was_told_to_do_stands_there_until_it_is_done(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "portal.home.needs.words_of", lambda _row: Words("Sign it", "It waits.")
    )
    user = account_of(partner)
    row = NotificationFactory.create(
        user=user, partner=partner, urgency=ACT, path="/deals/", due_on=date(2026, 12, 1)
    )
    visitor = signed_in(user)

    before = section(visitor.get("/"), "needs")
    row.done_at = NOON
    row.save()
    after = section(visitor.get("/"), "needs")

    assert "Mandatory Sign it It waits. by 1 Dec 2026 (in 8 days) for: Owner" in before
    assert "Nothing needs you today" in after


def test_the_top_ones_lead_to_all(partner: Partner) -> None:
    partner.people.update(left_on=date(2026, 11, 1))
    DealFactory.create(
        partner=partner, won=True, poi_on=None, closed_on=date(2026, 11, 20)
    )
    subscription(partner, date(2027, 2, 1), currency="PLN")
    PointsEntryFactory.create(
        partner=partner,
        points=-120 * MICRO,
        effective_on=date(2026, 9, 2),
        expires_on=date(2027, 9, 1),
    )
    stand(partner, on=TODAY)
    rehearse(on=TODAY, at=NOON)
    user = account_of(partner)
    NotificationFactory.create(user=user, partner=partner, act=True)
    visitor = signed_in(user)

    some, everything = (
        section(visitor.get(address), "needs") for address in ("/", "/?needs=all")
    )

    assert some.count("Mandatory") + some.count("Recommended") == 4
    assert "and 1 more" in some
    assert everything.count("Mandatory") + everything.count("Recommended") == 5
    assert "more" not in everything
