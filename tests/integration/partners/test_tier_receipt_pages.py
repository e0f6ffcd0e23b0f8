"""The receipts of the performing and of the credited tier."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from partners import services
from partners.models import Evaluation, Partner, TierChange
from program.rulebook import Tier
from tests.factories import (
    CertificationFactory,
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
    TierChangeFactory,
    UserFactory,
    stand,
)
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

BEGINS = date(2026, 3, 1)


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(name="Aurora Lane")


@pytest.fixture
def visitor(partner: Partner) -> Client:
    return browser_of(partner)


def give(partner: Partner, sourced: int, assisted: int, managed: int) -> None:
    """Post micro-points of each kind, known since March."""
    for points, trait in (
        (sourced, {}),
        (assisted, {"assisted": True}),
        (managed, {"managed": True}),
    ):
        if points:
            PointsEntryFactory.create(
                partner=partner, points=points, effective_on=BEGINS, **trait
            )


def performing(visitor: Client, partner: Partner, day: date = TODAY) -> str:
    return words(
        visitor.get(f"/receipts/{partner.public_id}/performing-tier/{day}/", follow=True)
    )


def credited(visitor: Client, partner: Partner, day: date = TODAY) -> str:
    return words(
        visitor.get(f"/receipts/{partner.public_id}/credited-tier/{day}/", follow=True)
    )


# --- Performing -----------------------------------------------------------------------


def test_shows_each_comparison_with_the_rounded_sum(
    visitor: Client, partner: Partner
) -> None:
    give(partner, 109_995_000, 150_000_000, 65_004_999)

    page = performing(visitor, partner)

    assert "Performing tier: Gold" in page
    assert "Sourced points 109.995000 → 110.00 ≥ 110.00 met" in page
    assert "Managed points 65.004999 → 65.00 ≥ 38.00 met" in page
    assert "Points in total 324.999999 → 325.00 ≥ 325.00 met" in page
    assert "Sourced points 109.995000 → 110.00 < 325.00 not met" in page
    assert "Gold R13 met" in page
    assert "Platinum R13 not met" in page
    assert "The highest tier met in full: Gold ." in page


def test_names_the_rules_and_the_edition(visitor: Client, partner: Partner) -> None:
    page = performing(visitor, partner)

    assert "R15, C5 The sold minimum of table B counts these points: sourced." in page
    assert "R13, C26, 3.5 All three minima must be met" in page
    assert "3.23 A sum is rounded to 0.01 points, halves upwards" in page
    assert "Rulebook edition 2025-B" in page
    assert "No tier is met in full: no tier ." in page


def test_uses_the_table_of_the_day(visitor: Client, partner: Partner) -> None:
    for trait in ({}, {"assisted": True}):
        PointsEntryFactory.create(
            partner=partner, points=60 * MICRO, effective_on=date(2025, 7, 1), **trait
        )
    PointsEntryFactory.create(
        partner=partner, points=200 * MICRO, effective_on=date(2025, 7, 1), managed=True
    )

    last_of_a = performing(visitor, partner, date(2025, 7, 15))
    first_of_b = performing(visitor, partner, date(2025, 7, 16))

    assert "Performing tier: Gold" in last_of_a
    assert "Sold points (sourced and assisted) 120.000000" in last_of_a
    assert "R14" in last_of_a
    assert "Performing tier: No tier" in first_of_b
    assert "Sourced points 60.000000 → 60.00 < 110.00 not met" in first_of_b


def test_elite_without_an_invitation_is_diamond(
    visitor: Client, partner: Partner
) -> None:
    give(partner, 2_100 * MICRO, 5_200 * MICRO, 1_700 * MICRO)

    page = performing(visitor, partner)

    assert "Performing tier: Diamond" in page
    assert (
        "The numbers alone reach Elite; without an invitation they give Diamond ." in page
    )
    assert "R115, R116 Elite is by invitation" in page


@pytest.mark.parametrize("way", ["invited", "credited"])
def test_elite_with_an_invitation_is_elite(way: str) -> None:
    if way == "invited":
        partner = PartnerFactory.create(elite_invited_on=TODAY)
    else:
        partner = TierChangeFactory.create(tier=Tier.ELITE).partner
    give(partner, 2_100 * MICRO, 5_200 * MICRO, 1_700 * MICRO)

    assert "Performing tier: Elite" in performing(browser_of(partner), partner)


def test_a_provider_has_no_tier_whatever_its_points() -> None:
    partner = PartnerFactory.create(provider=True)
    give(partner, 500 * MICRO, 0, 500 * MICRO)

    page = performing(browser_of(partner), partner)

    assert "Performing tier: No tier" in page
    assert "The numbers alone reach Platinum; a provider has no tier." in page
    assert "3.9 A provider’s points are for information; no tier applies." in page


def test_the_sums_lead_to_their_receipts_as_known_then(
    visitor: Client, partner: Partner
) -> None:
    give(partner, 12_345_678, 0, 0)

    answer = visitor.get(
        f"/receipts/{partner.public_id}/performing-tier/{TODAY}/"
        "?known=2026-11-23T12:00:00Z"
    )

    link = f"/receipts/{partner.public_id}/sourced/{TODAY}/?known=2026-11-23T12:00:00Z"
    assert f'href="{link}">12.345678<' in main_of(answer)
    assert "Sourced points: 12.345678" in words(visitor.get(link))


def test_the_performing_address_is_permanent(visitor: Client, partner: Partner) -> None:
    give(partner, 110 * MICRO, 200 * MICRO, 40 * MICRO)
    url = visitor.get(f"/receipts/{partner.public_id}/performing-tier/{TODAY}/")[
        "Location"
    ]
    before = main_of(visitor.get(url))

    with time_machine.travel(NOON + timedelta(days=40), tick=False):
        PointsEntryFactory.create(
            partner=partner, points=5_000 * MICRO, effective_on=BEGINS,
            recorded_at=NOON + timedelta(days=1),
        )  # fmt: skip
        TierChangeFactory.create(
            partner=partner, tier=Tier.ELITE, on=BEGINS,
            recorded_at=NOON + timedelta(days=1),
        )  # fmt: skip
        later = browser_of(partner)

        assert main_of(later.get(url)) == before


def test_a_day_before_the_first_edition_has_no_tier(
    visitor: Client, partner: Partner
) -> None:
    for kind in ("performing-tier", "credited-tier"):
        url = f"/receipts/{partner.public_id}/{kind}/1999-01-01/"
        assert visitor.get(url, follow=True).status_code == 404


# --- Credited -------------------------------------------------------------------------


def test_an_imported_tier_says_so(visitor: Client, partner: Partner) -> None:
    TierChangeFactory.create(partner=partner, tier=Tier.PLATINUM, on=date(2026, 9, 15))

    page = credited(visitor, partner)

    assert "Credited tier: Platinum" in page
    assert "Credited since 15 September 2026: Recorded before the portal." in page
    assert "Protected until 14 March 2027." in page
    assert "No evaluation yet" in page


def test_a_partner_without_a_tier_says_so(visitor: Client, partner: Partner) -> None:
    page = credited(visitor, partner)

    assert "Credited tier: No tier" in page
    assert "No tier was credited to this partner up to this day." in page


def test_an_earned_tier_shows_the_check_that_earned_it(
    visitor: Client, partner: Partner
) -> None:
    CertificationFactory.create(person=PersonFactory.create(partner=partner))
    give(partner, 330 * MICRO, 400 * MICRO, 200 * MICRO)
    stand(partner, on=TODAY)
    at = datetime(2026, 8, 15, 1, tzinfo=UTC)
    services.run_check_day(on=date(2026, 8, 15), at=at)

    answer = visitor.get(
        f"/receipts/{partner.public_id}/credited-tier/{TODAY}/", follow=True
    )

    page = words(answer)
    assert "Credited since 15 August 2026: Earned at a monthly snapshot." in page
    assert "The check of 15 August 2026 that earned it Sourced points 330.000000" in page
    assert "What they give Platinum Solutions Partner Certification valid" in page
    link = (
        f"/receipts/{partner.public_id}/performing-tier/2026-08-15/"
        "?known=2026-08-15T01:00:00Z"
    )
    assert f'href="{link}"' in main_of(answer)
    assert "Performing tier: Platinum" in words(visitor.get(link))


def evaluated(partner: Partner, *, credited_as: Tier) -> Evaluation:
    """Evaluate a partner on 15 July 2026 and return the decision."""
    TierChangeFactory.create(partner=partner, tier=credited_as, on=date(2025, 7, 15))
    stand(partner, on=TODAY)
    services.run_check_day(on=date(2026, 7, 15), at=datetime(2026, 7, 15, 1, tzinfo=UTC))
    return Evaluation.objects.get(partner=partner)


def test_an_evaluation_shows_six_checks_and_its_decision(
    visitor: Client, partner: Partner
) -> None:
    CertificationFactory.create(person=PersonFactory.create(partner=partner))
    give(partner, 330 * MICRO, 400 * MICRO, 200 * MICRO)
    evaluation = evaluated(partner, credited_as=Tier.DIAMOND)

    answer = visitor.get(
        f"/receipts/{partner.public_id}/credited-tier/{TODAY}/", follow=True
    )

    page = words(answer)
    assert "Credited tier: Platinum" in page
    assert "The last evaluation, 15 July 2026" in page
    assert "Diamond before, Platinum after: Downgraded to the best tier" in page
    assert "15 February 2026 No tier no 15 March 2026 Platinum no" in page
    assert "15 July 2026 Platinum no" in page
    assert main_of(answer).count("performing-tier/2026-0") == 6
    assert "Best tier of the period Platinum" in page
    assert "Protected on that day no" in page
    assert f"{evaluation.sha256} computed again, agrees" in page


def test_a_kept_tier_shows_its_evaluation_too(visitor: Client, partner: Partner) -> None:
    CertificationFactory.create(person=PersonFactory.create(partner=partner))
    give(partner, 330 * MICRO, 400 * MICRO, 200 * MICRO)
    evaluated(partner, credited_as=Tier.PLATINUM)

    page = credited(visitor, partner)

    assert "Platinum before, Platinum after: Kept." in page
    assert "15 March 2026 Platinum yes" in page


def test_an_expired_certification_shows_its_cure(
    visitor: Client, partner: Partner
) -> None:
    evaluated(partner, credited_as=Tier.GOLD)

    page = credited(visitor, partner)

    assert "Kept while the certification can be renewed" in page
    assert (
        "Solutions Partner Certification not valid to be renewed by 14 August 2026"
        in page
    )


def test_facts_that_were_changed_behind_the_portal_are_told(
    visitor: Client, partner: Partner
) -> None:
    evaluation = evaluated(partner, credited_as=Tier.GOLD)
    forged = Evaluation(
        partner=partner, on=date(2026, 10, 15), credited_before=Tier.GOLD,
        tier=Tier.GOLD, cause="kept", best_tier=Tier.GOLD,
        facts={**evaluation.facts, "certified": True}, sha256=evaluation.sha256,
        edition_id=evaluation.edition_id, decided_at=evaluation.decided_at,
    )  # fmt: skip
    forged.save()

    page = credited(visitor, partner)

    assert "does not agree: the stored facts are not those of the decision" in page


def test_the_credited_address_is_permanent(visitor: Client, partner: Partner) -> None:
    TierChangeFactory.create(partner=partner, tier=Tier.GOLD, on=date(2026, 2, 15))
    url = visitor.get(f"/receipts/{partner.public_id}/credited-tier/{TODAY}/")["Location"]
    before = main_of(visitor.get(url))

    with time_machine.travel(NOON + timedelta(hours=2), tick=False):
        TierChange.objects.create(
            partner=partner, tier=Tier.ELITE, on=date(2026, 3, 1), cause="imported",
            recorded_at=NOON + timedelta(hours=1),
        )  # fmt: skip

        assert main_of(visitor.get(url)) == before
        assert "Credited tier: Elite" in credited(visitor, partner)


# --- Both -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["performing-tier", "credited-tier"])
def test_foreign_and_absent_are_the_same_not_found(visitor: Client, kind: str) -> None:
    other = PartnerFactory.create()

    foreign = visitor.get(f"/receipts/{other.public_id}/{kind}/{TODAY}/")
    absent = visitor.get(f"/receipts/{uuid.uuid4()}/{kind}/{TODAY}/")

    assert foreign.status_code == absent.status_code == 404
    assert words(foreign) == words(absent)


@pytest.mark.parametrize("kind", ["performing-tier", "credited-tier"])
def test_hostile_parameters_are_refused(
    visitor: Client, partner: Partner, kind: str
) -> None:
    url = f"/receipts/{partner.public_id}/{kind}/{TODAY}/"

    for query in ("known=x", "known=2199-01-01T00:00:00Z", "page=2", "x=%00"):
        assert visitor.get(f"{url}?{query}").status_code == 400


@pytest.mark.parametrize("kind", ["performing-tier", "credited-tier"])
def test_a_manager_sees_the_own_portfolio(partner: Partner, kind: str) -> None:
    pdm = UserFactory.create(pdm=True)
    mine = PartnerFactory.create(pdm=pdm)
    manager = signed_in(pdm)

    answers = [
        manager.get(f"/receipts/{one.public_id}/{kind}/{TODAY}/", follow=True)
        for one in (mine, partner)
    ]

    assert [answer.status_code for answer in answers] == [200, 404]


@pytest.mark.parametrize("changes", [3, 60])
def test_needs_the_same_queries_whatever_the_history(
    visitor: Client, partner: Partner, changes: int
) -> None:
    for number in range(changes):
        TierChangeFactory.create(
            partner=partner, on=date(2024, 1, 15) + timedelta(days=number)
        )
        PointsEntryFactory.create(partner=partner)
    counts = []
    for kind in ("performing-tier", "credited-tier"):
        url = f"/receipts/{partner.public_id}/{kind}/{TODAY}/?known=2026-11-23T12:00:00Z"
        visitor.get(url)
        counts.append(count_queries(lambda url=url: visitor.get(url)))  # type: ignore[misc]

    # session, account, person; partner, editions, and the sums with the membership and
    # the invitation, or changes, evaluation, what was held back and what is granted
    assert counts == [7, 8]


def test_speaks_french(partner: Partner) -> None:
    TierChangeFactory.create(partner=partner, tier=Tier.GOLD, on=date(2026, 2, 15))
    visitor = browser_of(partner, language="fr")

    assert "Performance actuelle : Sans niveau" in performing(visitor, partner)
    assert "Niveau acquis : Gold" in credited(visitor, partner)
