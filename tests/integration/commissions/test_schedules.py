"""What opens schedules, what ends them, and that the same facts change nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import transaction

import outbox.services as outbox
from commissions.models import Accrual, Schedule, ScheduleStep
from commissions.services import accrue_clients, queue_missed, settle_schedules
from deals import services as deals
from deals.models import Deal, DealLine
from partners.models import MembershipChoice, TierChoice
from partners.services.standing.membership import become_provider
from tests.factories import (
    AccreditationFactory,
    DealFactory,
    DealLineFactory,
    PartnerFactory,
    ReceiptFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
CLOSED = date(2026, 1, 10)


def won(**facts: object) -> DealLine:
    """Return the line of a won deal, USD 1,000 a month unless the facts say otherwise."""
    line = {
        name.removeprefix("line_"): facts.pop(name)
        for name in list(facts)
        if name.startswith("line_")
    }
    return DealLineFactory.create(deal=DealFactory.create(won=True, **facts), **line)


def settled(line: DealLine) -> Schedule:
    settle_schedules(deal_ids=[line.deal_id], at=AT)
    return Schedule.objects.get(line=line)


def paid(schedule: Schedule, month: date, minor: int = 100_000) -> None:
    ReceiptFactory.create(
        client=schedule.client,
        product_line=schedule.product_line,
        month=month,
        amount_minor=minor,
        currency=schedule.currency,
    )


def earned(schedule: Schedule, month: date) -> int:
    lines = Accrual.objects.filter(schedule=schedule, month=month)
    return sum(line.commission_minor for line in lines)


def test_a_partners_sale_runs_for_36_months_a_providers_for_12() -> None:
    """M1, M2: rulebook X1 and X2."""
    of_partner = settled(won())
    assert (of_partner.plan, of_partner.rate_bps, of_partner.months) == (
        "deal", 2_000, 36,
    )  # fmt: skip
    assert of_partner.first_month == date(2026, 1, 1)
    assert of_partner.last_month == date(2028, 12, 1)
    assert of_partner.ended == ""
    of_provider = settled(won(won_membership=MembershipChoice.PROVIDER))
    assert of_provider.last_month == date(2026, 12, 1)


def test_an_upmarket_referral_needs_tier_accreditation_and_amount() -> None:
    """M3, M4: rulebook X3 and X4."""
    facts = {"motion": "assisted", "won_tier": TierChoice.PLATINUM}
    line = won(**facts, line_mrr_minor=300_000)
    assert settled(line).refused == "not_accredited"
    AccreditationFactory.create(partner=line.deal.partner, granted_on=date(2025, 6, 1))
    schedule = settled(line)
    assert (schedule.plan, schedule.months, schedule.refused) == ("upmarket", 12, "")
    assert schedule.facts["accredited"] is True

    less = won(**facts, line_mrr_minor=299_999)
    AccreditationFactory.create(partner=less.deal.partner)
    assert settled(less).refused == "below_minimum"
    low = won(motion="assisted", won_tier=TierChoice.GOLD, line_mrr_minor=300_000)
    assert settled(low).refused == "tier_too_low"


def test_an_accreditation_counts_from_its_day_to_its_end() -> None:
    for granted, expires, refused in (
        (date(2026, 1, 10), date(2026, 1, 11), ""),
        (date(2026, 1, 11), None, "not_accredited"),
        (date(2025, 1, 1), CLOSED, "not_accredited"),
    ):
        line = won(motion="assisted", won_tier=TierChoice.DIAMOND, line_mrr_minor=300_000)
        AccreditationFactory.create(
            partner=line.deal.partner, granted_on=granted, expires_on=expires
        )
        assert settled(line).refused == refused


def test_a_late_proof_opens_what_was_refused() -> None:
    line = won(poi_on=None)
    schedule = settled(line)
    assert (schedule.refused, schedule.never_earns) == ("no_proof", True)
    Deal.objects.filter(pk=line.deal_id).update(poi_on=date(2026, 1, 20))
    schedule = settled(line)
    assert (schedule.plan, schedule.refused) == ("deal", "")
    assert [step.kind for step in schedule.steps.order_by("number")] == [
        ScheduleStep.Kind.REFUSED,
        ScheduleStep.Kind.CHANGED,
    ]


def test_the_same_facts_change_nothing() -> None:
    line = won()
    schedule = settled(line)
    paid(schedule, date(2026, 3, 1))
    before = (
        list(Schedule.objects.values()),
        ScheduleStep.objects.count(),
        Accrual.objects.count(),
    )
    assert settle_schedules(deal_ids=[line.deal_id], at=AT) == 0
    assert before == (
        list(Schedule.objects.values()),
        ScheduleStep.objects.count(),
        Accrual.objects.count(),
    )


def test_a_win_of_the_past_accrues_its_months_at_once() -> None:
    line = won()
    ReceiptFactory.create(client=line.deal.client, month=date(2026, 2, 1))
    schedule = settled(line)
    lines = list(Accrual.objects.filter(schedule=schedule).order_by("month"))
    assert [line.month.month for line in lines] == list(range(1, 11))
    assert [line.commission_minor for line in lines] == [0, 20_000, *[0] * 8]
    assert {line.why for line in lines if not line.base_minor} == {"not_paid"}


def test_a_cancellation_ends_before_its_month_and_takes_back_what_was_later() -> None:
    line = won()
    for month in (2, 3, 4, 5):
        ReceiptFactory.create(client=line.deal.client, month=date(2026, month, 1))
    schedule = settled(line)
    deals.cancel_deal(
        deal_id=line.deal_id, on=date(2026, 4, 15), note="", actor=None, at=AT
    )
    outbox.run_due()
    schedule.refresh_from_db()
    assert (schedule.last_month, schedule.ended) == (date(2026, 3, 1), "cancelled")
    assert [earned(schedule, date(2026, month, 1)) for month in (2, 3, 4, 5)] == [
        20_000, 20_000, 0, 0,
    ]  # fmt: skip
    taken = Accrual.objects.get(schedule=schedule, month=date(2026, 4, 1), number=1)
    assert (taken.commission_minor, taken.why) == (-20_000, "cancelled")
    assert schedule.steps.order_by("-number")[0].kind == ScheduleStep.Kind.ENDED


def test_a_downgrade_holds_from_its_month() -> None:
    line = won()
    for month in (2, 3):
        ReceiptFactory.create(client=line.deal.client, month=date(2026, month, 1))
    schedule = settled(line)
    deals.downgrade_line(
        line_id=line.pk, mrr_minor=40_000, on=date(2026, 3, 31), actor=None, at=AT
    )
    outbox.run_due()
    assert earned(schedule, date(2026, 2, 1)) == 20_000
    assert earned(schedule, date(2026, 3, 1)) == 8_000


def test_an_upgrade_has_a_term_of_its_own_with_the_membership_of_its_day() -> None:
    line = won()
    settled(line)
    become_provider(
        partner_id=line.deal.partner_id, reason="Asked for it", on=date(2026, 5, 3),
        actor=UserFactory.create(programme_manager=True), at=AT,
    )  # fmt: skip
    upgrade = deals.upgrade_line(
        line_id=line.pk, edition="enterprise", mrr_minor=50_000, credits=None,
        on=date(2026, 6, 2), actor=None, at=AT,
    )  # fmt: skip
    outbox.run_due()
    schedule = Schedule.objects.get(line=upgrade)
    assert (schedule.begins_on, schedule.months) == (date(2026, 6, 2), 12)
    assert schedule.facts["membership"] == "provider"
    # What was sold first is filled first.
    paid(schedule, date(2026, 7, 1), 120_000)
    settle_schedules(deal_ids=[line.deal_id], at=AT)
    accrue_clients(client_ids=[line.deal.client_id], at=AT)
    assert earned(Schedule.objects.get(line=line), date(2026, 7, 1)) == 20_000
    assert earned(schedule, date(2026, 7, 1)) == 4_000


@pytest.mark.parametrize(
    ("closed_on", "last_month", "ended"),
    [
        # 20 months after the close: ends at once. 5 months after: with month 12.
        (date(2025, 3, 10), date(2026, 10, 1), "demoted"),
        (date(2026, 6, 10), date(2027, 5, 1), "term_ended"),
    ],
)
def test_m6_a_demotion_leaves_the_providers_term_from_the_sale(
    closed_on: date, last_month: date, ended: str
) -> None:
    line = won(closed_on=closed_on)
    schedule = settled(line)
    become_provider(
        partner_id=line.deal.partner_id, reason="Gold was missed", on=date(2026, 11, 15),
        actor=UserFactory.create(programme_manager=True), at=AT,
    )  # fmt: skip
    outbox.run_due()
    schedule.refresh_from_db()
    assert (schedule.last_month, schedule.ended) == (last_month, ended)
    assert (schedule.months, schedule.facts["demoted_on"]) == (36, "2026-11-15")


def test_a_motion_that_is_corrected_changes_the_plan_and_what_was_earned() -> None:
    line = won()
    ReceiptFactory.create(client=line.deal.client, month=date(2026, 2, 1))
    schedule = settled(line)
    assert earned(schedule, date(2026, 2, 1)) == 20_000
    deals.correct_motion(
        deal_id=line.deal_id, motion="assisted", reason="The vendor sold it",
        actor=UserFactory.create(programme_manager=True), at=AT,
    )  # fmt: skip
    outbox.run_due()
    schedule.refresh_from_db()
    assert (schedule.plan, schedule.refused) == ("", "tier_too_low")
    assert earned(schedule, date(2026, 2, 1)) == 0
    last = Accrual.objects.filter(schedule=schedule, month=date(2026, 2, 1))
    assert last.order_by("-number")[0].why == "tier_too_low"


def test_a_sale_that_was_none_is_ended_and_what_it_earned_taken_back() -> None:
    line = won()
    ReceiptFactory.create(client=line.deal.client, month=date(2026, 2, 1))
    schedule = settled(line)
    Deal.objects.filter(pk=line.deal_id).update(
        stage="registered", closed_on=None, won_edition=None, won_tier="",
        won_membership="", won_territory="", won_growth=None,
    )  # fmt: skip
    assert settle_schedules(deal_ids=[line.deal_id], at=AT) == 1
    schedule.refresh_from_db()
    assert (schedule.never_earns, schedule.ended) == (True, "cancelled")
    assert earned(schedule, date(2026, 2, 1)) == 0


def test_the_win_in_the_portal_opens_it_once() -> None:
    partner = PartnerFactory.create()
    line = DealLineFactory.create(deal__partner=partner)
    deals.win_deal(
        deal_id=line.deal_id, closed_on=date(2026, 10, 5), poi_on=date(2026, 10, 1),
        actor=None, at=AT, today=date(2026, 11, 20),
    )  # fmt: skip
    outbox.run_due()
    outbox.run_due()
    schedule = Schedule.objects.get()
    assert (schedule.line, schedule.partner) == (line, partner)
    assert schedule.facts["tier"] == "none"


def test_a_proof_that_comes_later_is_followed() -> None:
    line = won(poi_on=None, closed_on=date(2026, 11, 15))
    settled(line)
    Deal.objects.filter(pk=line.deal_id).update(poi_on=date(2026, 11, 16))
    with transaction.atomic():
        outbox.put("deals.proof_changed", key="proof:1", deal_id=line.deal_id, proof_id=1)
    outbox.run_due()
    assert Schedule.objects.get(line=line).plan == "deal"


def test_what_no_event_has_opened_is_found_by_the_day() -> None:
    line = won()
    DealLineFactory.create(deal=DealFactory.create())
    queue_missed(key="missed:2026-11-20")
    outbox.run_due()
    assert [one.line_id for one in Schedule.objects.all()] == [line.pk]
