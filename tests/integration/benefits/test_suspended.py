"""Benefits that are suspended are switched off, with the reason (R7)."""

from __future__ import annotations

from datetime import date

import pytest

from partners.models import BenefitSuspension, Partner
from partners.receipts.benefits import Hindrance, benefit_available
from program.rulebook import Level
from tests.factories import (
    BenefitSuspensionFactory,
    MembershipChangeFactory,
    PartnerFactory,
    TierChangeFactory,
    stand,
)
from tests.factories.tier_life import TierOverrideFactory
from tests.integration.pages import NOON, TODAY, browser_of, main_of, words

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

FROM = date(2026, 11, 1)
UNTIL = date(2026, 11, 10)


@pytest.fixture
def gold() -> Partner:
    partner = PartnerFactory.create()
    TierChangeFactory.create(partner=partner, tier="gold", on=date(2026, 2, 1))
    stand(partner, on=TODAY)
    return partner


def test_a_benefit_is_there_until_it_is_suspended_and_from_its_return(
    gold: Partner,
) -> None:
    BenefitSuspensionFactory.create(
        partner=gold, from_on=FROM, until_on=UNTIL, reason="Two invoices are unpaid."
    )

    assert benefit_available(gold, "deal_registration", on=date(2026, 10, 31))
    assert benefit_available(gold, "deal_registration", on=UNTIL)
    refused = benefit_available(gold, "deal_registration", on=FROM)
    assert not refused
    assert refused.hindrance is Hindrance.SUSPENDED
    assert refused.why == (
        "Suspended since 1 November 2026: Two invoices are unpaid. Put it right and tell "
        "your partner development manager, who restores them."
    )


def test_what_is_only_to_be_applied_for_is_suspended_too(gold: Partner) -> None:
    assert benefit_available(gold, "advisory_council", on=TODAY)
    BenefitSuspensionFactory.create(
        partner=gold, from_on=FROM, cause="own_subscription", reason=""
    )
    refused = benefit_available(gold, "advisory_council", on=TODAY)
    assert not refused
    assert "the own subscription has lapsed. Renew or enlarge it" in refused.why


def test_what_the_level_does_not_have_is_no_matter_of_suspension(gold: Partner) -> None:
    BenefitSuspensionFactory.create(partner=gold, from_on=FROM)
    refused = benefit_available(gold, "matching", on=TODAY)
    assert (refused.hindrance, refused.why) == (
        Hindrance.LEVEL,
        "Your level does not include this benefit.",
    )
    unknown = benefit_available(gold, "free_lunch", on=TODAY)
    assert unknown.hindrance is Hindrance.NOT_NAMED


def test_the_level_is_that_of_the_day(gold: Partner) -> None:
    for on, membership, cause in (
        (gold.joined_on, "provider", "joined"),
        (date(2026, 1, 1), "partner", "staff"),
    ):
        MembershipChangeFactory.create(
            partner=gold, on=on, membership=membership, cause=cause
        )

    def level(day: date) -> Level:
        return benefit_available(gold, "pdm", on=day).level

    assert level(date(2025, 12, 31)) is Level.PROVIDER
    assert level(date(2026, 1, 31)) is Level.NONE
    assert level(date(2026, 2, 1)) is Level.GOLD


def test_a_granted_tier_counts(gold: Partner) -> None:
    TierOverrideFactory.create(partner=gold, tier="diamond", approved=True)
    assert benefit_available(gold, "matching", on=TODAY)


@pytest.mark.parametrize("cause", BenefitSuspension.Cause.values)
def test_the_page_shows_them_switched_off(gold: Partner, cause: str) -> None:
    BenefitSuspensionFactory.create(
        partner=gold, from_on=FROM, cause=cause, reason="Two invoices are unpaid."
    )
    answer = browser_of(gold).get("/benefits/")
    page = main_of(answer)

    assert "You have it" not in page
    assert "You may apply" not in page
    # 31 to have, 2 to apply for, 2 case by case, 2 to buy; the rest begins higher.
    assert page.count("grant-suspended own") == 37
    assert "Suspended since 1 November 2026" in words(answer)
    assert "from Platinum" in page


def test_the_standing_page_says_what_is_switched_off(gold: Partner) -> None:
    BenefitSuspensionFactory.create(partner=gold, from_on=FROM)
    text = words(browser_of(gold).get("/standing/"))
    assert "All benefits of your level are switched off." in text
