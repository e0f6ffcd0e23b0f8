"""The nightly rehearsal: what the next evaluation would decide today, and why."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from outbox import clock
from partners import services
from partners.models import Evaluation, Partner, Snapshot
from partners.services.tiers.rehearsal import rehearse_evaluation
from portal import schedule
from portal.models import Outlook
from portal.rehearsals import rehearse
from program.rulebook import Tier
from tests.factories import (
    CertificationFactory,
    EscalationFactory,
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
    TODAY,
    browser_of,
    count_queries,
    main_of,
    signed_in,
    words,
)

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

EVALUATION = date(2027, 1, 15)
LONG_AGO = date(2025, 1, 15)


def partner_with(
    *,
    sourced: float = 0,
    assisted: float = 0,
    managed: float = 0,
    tier: Tier | None = Tier.PLATINUM,
    credited_on: date = LONG_AGO,
    certified: bool = True,
    on: date = TODAY,
    since: date = date(2026, 11, 1),
    **fields: Any,
) -> Partner:
    """Return a partner whose points count since a day; until then it had none."""
    partner = PartnerFactory.create(**fields)
    if certified:
        CertificationFactory.create(person=PersonFactory.create(partner=partner))
    if tier:
        TierChangeFactory.create(partner=partner, tier=tier, on=credited_on)
    kinds: dict[str, float] = {"": sourced, "assisted": assisted, "managed": managed}
    for kind, points in kinds.items():
        trait = {kind: True} if kind else {}
        if points:
            PointsEntryFactory.create(
                partner=partner, points=round(points * MICRO), effective_on=since, **trait
            )
    stand(partner, on=on)
    return partner


def rehearsed(partner: Partner, *, on: date = TODAY) -> Outlook:
    rehearse(on=on, at=NOON)
    return Outlook.objects.get(partner=partner)


def snapshot(partner: Partner, *, on: date, tier: Tier) -> None:
    Snapshot.objects.create(
        partner=partner, on=on, sourced=0, assisted=0, managed=0, performing_tier=tier,
        certified=True, edition_id=partner.standing.edition_id,
        taken_at=datetime(on.year, on.month, on.day, 6, tzinfo=UTC),
    )  # fmt: skip


def test_says_that_a_tier_would_fall_and_because_of_what() -> None:
    partner = partner_with(sourced=298, assisted=600, managed=200)

    outlook = rehearsed(partner)

    assert (outlook.tier, outlook.cause) == ("gold", Evaluation.Cause.DOWNGRADED)
    assert (outlook.as_of, outlook.evaluation_on) == (TODAY, EVALUATION)
    response = browser_of(partner).get("/")
    assert (
        "If today were 15 January 2027: Platinum → Gold. Because sourced points "
        "298.00 < 325; the best check of the period gives Gold."
    ) in words(response)
    assert f'href="/receipts/{partner.public_id}/rehearsal/"' in main_of(response)


def test_a_check_of_the_period_that_reached_the_tier_keeps_it() -> None:
    partner = partner_with(sourced=298, assisted=600, managed=200)
    snapshot(partner, on=date(2026, 9, 15), tier=Tier.PLATINUM)

    outlook = rehearsed(partner)

    assert (outlook.tier, outlook.cause) == ("platinum", Evaluation.Cause.KEPT)
    page = words(browser_of(partner).get("/"))
    assert "If today were 15 January 2027: Platinum stays." in page
    assert "it was reached at the check of 15 September 2026." in page


def test_a_check_before_the_period_keeps_nothing() -> None:
    partner = partner_with(sourced=298, assisted=600, managed=200)
    snapshot(partner, on=date(2026, 7, 15), tier=Tier.PLATINUM)

    assert rehearsed(partner).tier == "gold"


def test_a_check_without_a_snapshot_is_read_from_the_ledger() -> None:
    partner = partner_with(
        sourced=330, assisted=600, managed=200, since=date(2025, 12, 1)
    )  # all of it counts at the checks of August to November, but the sold no longer then

    PointsEntryFactory.create(
        partner=partner, points=-50 * MICRO, effective_on=date(2026, 11, 20),
        expires_on=date(2026, 12, 1),
    )  # fmt: skip
    stand(partner, on=TODAY)
    outlook = rehearsed(partner)

    assert outlook.performing_tier == "gold"
    assert (outlook.tier, outlook.cause) == ("platinum", Evaluation.Cause.KEPT)
    assert ["2026-10-15", "platinum"] in outlook.facts["period"]
    assert not Snapshot.objects.exists()


def test_a_tier_that_is_protected_stays() -> None:
    partner = partner_with(
        sourced=298, assisted=600, managed=200, credited_on=date(2026, 9, 15)
    )

    outlook = rehearsed(partner)

    assert (outlook.tier, outlook.cause) == ("platinum", Evaluation.Cause.PROTECTED)
    assert "protected until 14 March 2027" in words(browser_of(partner).get("/"))


def test_an_expired_certification_is_what_is_said_first() -> None:
    partner = partner_with(sourced=400, assisted=600, managed=200, certified=False)

    assert rehearsed(partner).cause == Evaluation.Cause.CERTIFICATION_EXPIRED
    page = words(browser_of(partner).get("/"))
    assert "it must be renewed by 14 February 2027, or the tier is lost" in page


def test_points_that_reach_more_would_rise() -> None:
    partner = partner_with(sourced=400, assisted=600, managed=200, tier=Tier.GOLD)

    outlook = rehearsed(partner)

    assert (outlook.tier, outlook.cause) == ("platinum", Evaluation.Cause.UPGRADED)
    page = words(browser_of(partner).get("/"))
    assert "If today were 15 January 2027: Gold → Platinum." in page


def test_nobody_rises_who_is_not_in_good_standing() -> None:
    partner = partner_with(sourced=400, assisted=600, managed=200, tier=Tier.GOLD)

    EscalationFactory.create(partner=partner)

    outlook = rehearsed(partner)

    assert (outlook.tier, outlook.cause) == ("gold", Evaluation.Cause.KEPT)
    assert outlook.facts["held"]
    page = words(browser_of(partner).get("/"))
    assert "it would not rise" in page
    assert "15 December 2026 if the company is in good standing by then" in page


def test_a_provider_has_no_tier_and_no_sentence() -> None:
    partner = partner_with(sourced=400, assisted=600, managed=200, provider=True)

    assert rehearsed(partner).tier == "none"
    assert "If today were" not in words(browser_of(partner).get("/"))


def test_on_the_day_it_says_what_the_evaluation_decides() -> None:
    """The same facts on the same day give the same tier for the same cause."""
    since = date(2026, 12, 20)
    cases = [
        partner_with(sourced=298, assisted=600, managed=200, on=EVALUATION, since=since),
        partner_with(sourced=400, assisted=600, managed=200, on=EVALUATION, since=since),
        partner_with(sourced=10, on=EVALUATION, since=since, credited_on=since),
        partner_with(sourced=400, certified=False, on=EVALUATION, since=since),
        partner_with(tier=None, on=EVALUATION),
    ]
    rehearse(on=EVALUATION, at=NOON)

    services.run_check_day(on=EVALUATION, at=NOON)

    for partner in cases:
        outlook = Outlook.objects.get(partner=partner)
        decided = Evaluation.objects.get(partner=partner)
        assert (outlook.tier, outlook.cause) == (decided.tier, decided.cause)


def leaving_soon(on: date) -> Partner:
    """Return a Platinum partner whose sourced points suffice until 10 January."""
    partner = partner_with(sourced=120, assisted=600, managed=200, on=on)
    PointsEntryFactory.create(
        partner=partner, points=300 * MICRO, effective_on=date(2026, 12, 16),
        expires_on=date(2027, 1, 10),
    )  # fmt: skip
    stand(partner, on=on)
    return partner


def test_home_and_the_appeal_say_the_same_of_what_expires_by_then() -> None:
    """In the thirty days before, what is left on the day is said, and may be appealed."""
    day = date(2026, 12, 20)
    moment = datetime(2026, 12, 20, 9, tzinfo=UTC)
    partner = leaving_soon(day)

    with time_machine.travel(moment, tick=False):
        rehearse(on=day, at=moment)
        visitor = browser_of(partner)
        page = words(visitor.get("/"))
        receipt = main_of(visitor.get(f"/receipts/{partner.public_id}/rehearsal/"))
    feared = rehearse_evaluation(
        partner=partner, evaluation_on=EVALUATION, today=day, at=moment
    )

    assert feared
    assert feared.tier == "gold"
    assert Outlook.objects.get().facts["left_alone"] == "gold"
    assert "Platinum stays." in page
    assert "If no points come until then, Gold is what is left on the day." in page
    assert "Your tier is at risk" in page
    assert "what expires before the evaluation" in receipt
    assert f"/receipts/{partner.public_id}/expiring-evaluation/2026-12-20/" in receipt


def test_a_check_to_come_that_still_counts_them_saves_the_tier() -> None:
    """Asked before 15 December, the check of that day will have reached Platinum."""
    day = date(2026, 12, 14)
    partner = partner_with(sourced=100, assisted=600, managed=200, on=day)
    PointsEntryFactory.create(
        partner=partner, points=300 * MICRO, effective_on=date(2026, 11, 20),
        expires_on=date(2027, 1, 10),
    )  # fmt: skip

    feared = rehearse_evaluation(
        partner=partner, evaluation_on=EVALUATION, today=day, at=NOON
    )

    assert feared
    assert feared.tier == "platinum"


def run(day: date, *, today: date) -> None:
    schedule.run_day(day=day, today=today, at=clock.now(), first=0, last=2**40)


def test_the_day_of_the_programme_rehearses_once() -> None:
    partner = partner_with(sourced=298, assisted=600, managed=200)

    run(TODAY, today=TODAY)
    run(TODAY, today=TODAY)

    assert Outlook.objects.get(partner=partner).tier == "gold"


def test_a_day_made_up_for_later_leaves_it_to_the_last_one() -> None:
    partner_with(sourced=298, assisted=600, managed=200)

    run(date(2026, 11, 20), today=TODAY)

    assert not Outlook.objects.exists()


def test_only_the_newest_is_kept() -> None:
    partner = partner_with(sourced=298, assisted=600, managed=200)
    rehearsed(partner)
    PointsEntryFactory.create(
        partner=partner, points=50 * MICRO, effective_on=date(2026, 11, 20)
    )
    stand(partner, on=TODAY)

    assert rehearsed(partner).tier == "platinum"
    assert Outlook.objects.count() == 1


def test_a_standing_of_another_day_is_not_rehearsed() -> None:
    partner_with(sourced=298, on=date(2026, 11, 22))

    assert rehearse(on=TODAY, at=NOON) == 0


def test_the_number_of_partners_does_not_change_the_number_of_queries() -> None:
    for _n in range(3):
        partner_with(sourced=298, assisted=600, managed=200)
    few = count_queries(lambda: rehearse(on=TODAY, at=NOON))
    for _n in range(9):
        partner_with(sourced=298, assisted=600, managed=200)

    assert count_queries(lambda: rehearse(on=TODAY, at=NOON)) == few


# --- The receipt ----------------------------------------------------------------------


def test_the_receipt_shows_facts_arithmetic_and_rules() -> None:
    partner = partner_with(sourced=298, assisted=600, managed=200)
    rehearsed(partner)

    response = browser_of(partner).get(f"/receipts/{partner.public_id}/rehearsal/")

    page = words(response)
    assert "Sourced points 298.000000 < 325.00 not met" in page
    assert "Managed points 200.000000 ≥ 150.00 met" in page
    assert "15 January 2027 with the points of 23 Nov 2026" in page
    assert "A tier falls only at an evaluation" in page
    assert "2025-B" in page


def test_its_checks_lead_to_the_receipts_of_their_days() -> None:
    partner = partner_with(sourced=298, assisted=600, managed=200)
    snapshot(partner, on=date(2026, 9, 15), tier=Tier.NONE)
    rehearsed(partner)
    visitor = browser_of(partner)

    page = main_of(visitor.get(f"/receipts/{partner.public_id}/rehearsal/"))

    assert "performing-tier/2026-09-15/?known=2026-09-15T06:00:00Z" in page
    today = f"/receipts/{partner.public_id}/performing-tier/2026-11-23/"
    assert today in page
    assert visitor.get(f"{today}?known=2026-11-23T12:00:00Z").status_code == 200


def test_before_the_first_night_it_says_so() -> None:
    partner = partner_with(sourced=1)

    page = words(browser_of(partner).get(f"/receipts/{partner.public_id}/rehearsal/"))

    assert "No evaluation has been rehearsed yet." in page


def test_takes_no_parameter() -> None:
    partner = partner_with(sourced=1)

    response = browser_of(partner).get(f"/receipts/{partner.public_id}/rehearsal/?on=1")

    assert response.status_code == 400


# --- The back office ------------------------------------------------------------------


def test_a_manager_sees_who_would_fall_in_the_own_portfolio() -> None:
    pdm = UserFactory.create(pdm=True)
    falling = partner_with(sourced=298, assisted=600, managed=200, pdm=pdm, name="Falls")
    partner_with(sourced=400, assisted=600, managed=200, pdm=pdm, name="Keeps")
    partner_with(sourced=298, assisted=600, managed=200, name="Elsewhere")
    rehearse(on=TODAY, at=NOON)
    visitor = signed_in(pdm)

    page = words(visitor.get("/admin/portal/outlook/?outcome=falls"))
    receipt = visitor.get(f"/receipts/{falling.public_id}/rehearsal/")

    assert "Falls" in page
    assert "Keeps" not in page
    assert "Elsewhere" not in page
    assert receipt.status_code == 200
