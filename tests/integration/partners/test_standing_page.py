"""/standing/: what a company reads about its own standing, and only that."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from partners.models import Partner
from tests.factories import (
    BenefitSuspensionFactory,
    CertificationFactory,
    ConditionFindingFactory,
    EscalationFactory,
    MembershipChangeFactory,
    PartnerFactory,
    PersonFactory,
    TierChangeFactory,
    UserFactory,
)
from tests.integration.pages import NOON, browser_of, count_queries, signed_in, words

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

URL = "/standing/"


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def partner() -> Partner:
    """Return a partner with everything in order."""
    partner = PartnerFactory.create(
        own_edition="professional",
        own_monthly_usd_minor=45_000,
        own_ends_on=date(2027, 3, 1),
        joined_on=date(2025, 6, 1),
    )
    CertificationFactory.create(
        person__partner=partner, person__email="ann@example.com",
        expires_on=date(2027, 2, 1),
    )  # fmt: skip
    return partner


def page(partner: Partner) -> str:
    return words(browser_of(partner).get(URL))


def test_good_standing_says_so_with_its_dates_and_rules(partner: Partner) -> None:
    text = page(partner)

    assert "In good standing" in text
    assert "All six conditions are met" in text
    assert "No current or recent escalation is on record." in text
    assert "1 Mar 2027 (in 3 months)" in text
    assert "from US$400.00 a month. R9, C25" in text
    assert "From 1 February 2027 nobody here is certified" in text
    assert "Reach Gold by 1 June 2027" in text
    assert "Nobody has complained" in text
    assert "as of" in text.lower()
    assert "2025-B" in text


def test_each_red_condition_has_its_reason_its_day_and_what_to_do(
    partner: Partner,
) -> None:
    ConditionFindingFactory.create(partner=partner, reason="Passwords <b>are</b> shared.")
    EscalationFactory.create(partner=partner, reported_on=date(2026, 10, 1))
    partner.people.update(left_on=date(2026, 11, 1))

    text = page(partner)

    assert "Not in good standing" in text
    assert "3 of the six conditions are not met" in text
    assert "Passwords <b>are</b> shared. since 10 January 2026" in text
    assert "An escalation is open. since 1 October 2026" in text
    assert "any more. since 1 November 2026" in text
    assert "who closes the finding" in text
    assert "No valid certification" in text


def test_a_recent_escalation_says_until_when_it_weighs(partner: Partner) -> None:
    EscalationFactory.create(partner=partner, settled=True)
    EscalationFactory.create(
        partner=partner, settled=True, reported_on=date(2025, 1, 1),
        closed_on=date(2025, 11, 23), summary="Too old.",
    )  # fmt: skip

    text = page(partner)

    assert "it weighs until 1 February 2027" in text
    assert "They made peace." in text
    assert "Too old." not in text


def test_marks_stay_on_record(partner: Partner) -> None:
    for year in (2022, 2023):
        EscalationFactory.create(
            partner=partner, state="marked", reported_on=date(year, 1, 1),
            closed_on=date(year, 2, 1), outcome="True.",
        )  # fmt: skip

    text = page(partner)

    assert "2 marks are on record; more than 3 lead to a review" in text
    assert "In good standing" in text


def test_a_suspension_is_said_first(partner: Partner) -> None:
    BenefitSuspensionFactory.create(partner=partner, reason="Nothing was paid.")

    assert "Suspended since 10 January 2026: Nothing was paid. Put it right" in page(
        partner
    )


def test_the_benefits_page_says_so_too(partner: Partner) -> None:
    BenefitSuspensionFactory.create(partner=partner, reason="Nothing was paid.")
    browser = browser_of(partner)

    assert "Suspended since 10 January 2026" in words(
        browser.get(reverse("benefits:list"))
    )


def test_an_own_subscription_that_is_not_enough_says_why(partner: Partner) -> None:
    Partner.objects.update(own_monthly_usd_minor=39_999)

    assert "not met Its monthly price is below the minimum." in page(partner)


def test_a_partner_with_a_tier_has_no_deadline(partner: Partner) -> None:
    TierChangeFactory.create(partner=partner)

    text = page(partner)

    assert "No deadline runs" in text
    assert "Reach Gold by" not in text


def test_a_provider_reads_no_deadline_and_its_history() -> None:
    provider = PartnerFactory.create(provider=True, own_edition="starter")
    MembershipChangeFactory.create(partner=provider)
    MembershipChangeFactory.create(
        partner=provider, on=date(2026, 5, 1), membership="provider", cause="staff",
        reason="They asked.",
    )  # fmt: skip

    text = page(provider)

    assert "Solutions Provider from 1 May 2026" in text
    assert "Decided by the programme: They asked." in text
    assert "The deadline for Gold" not in text
    assert "A provider needs no certification." in text
    assert "on the way to Solutions Partner" in text


def test_nothing_of_another_company_is_read(partner: Partner) -> None:
    other = PartnerFactory.create(name="Zebra")
    EscalationFactory.create(partner=other, summary="Zebra was late.")
    ConditionFindingFactory.create(partner=other, reason="Zebra shares.")
    BenefitSuspensionFactory.create(partner=other, reason="Zebra owes.")
    MembershipChangeFactory.create(partner=other, cause="staff", reason="Zebra asked.")
    CertificationFactory.create(person__partner=other, person__last_name="Zebra")

    text = page(partner)

    assert "Zebra" not in text
    assert "In good standing" in text


def test_staff_are_sent_away_and_strangers_find_nothing() -> None:
    assert signed_in(UserFactory.create(pdm=True)).get(URL).status_code == 302
    left = PersonFactory.create(with_account=True, left=True).user
    assert left
    assert signed_in(left).get(URL).status_code == 404


def test_an_unknown_parameter_is_refused(partner: Partner) -> None:
    assert browser_of(partner).get(URL, {"on": "2026-01-01"}).status_code == 400


@pytest.mark.parametrize("count", [1, 20])
def test_needs_the_same_queries_whatever_there_is(partner: Partner, count: int) -> None:
    for _number in range(count):
        EscalationFactory.create(partner=partner)
        CertificationFactory.create(person=partner.people.get())
        MembershipChangeFactory.create(partner=partner, cause="staff")
    browser = browser_of(partner)
    browser.get(URL)

    assert count_queries(lambda: browser.get(URL)) <= 24
