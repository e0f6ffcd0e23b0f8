"""What the calendar does about standing: each warning and each move once (3.9)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from partners import services
from partners.models import (
    BenefitSuspension,
    GoldNotice,
    MembershipChange,
    Notification,
    OwnLapse,
    Partner,
    Snapshot,
    UpgradeHeld,
)
from partners.receipts.standing import standing_page
from partners.receipts.tiers import performing_receipt
from partners.selectors import edition_on
from partners.services import standing
from portal import schedule
from tests.factories import (
    CertificationFactory,
    ConditionFindingFactory,
    EscalationFactory,
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
    TierChangeFactory,
    stand,
)
from tests.factories.rulebook import publish_edition

pytestmark = pytest.mark.django_db

MICRO = 1_000_000
DAY = timedelta(days=1)


def member(**values: object) -> Partner:
    """Return a partner with an owner who can be told, and nothing that lapses."""
    facts = {
        "own_edition": "professional",
        "own_monthly_usd_minor": 45_000,
        "joined_on": date(2025, 6, 1),
    }
    partner = PartnerFactory.create(**{**facts, **values})
    PersonFactory.create(partner=partner, with_account=True)
    services.open_standings(partner_ids=[partner.pk], on=date(2026, 1, 1))
    return partner


def run(day: date, *, today: date | None = None, last: date | None = None) -> None:
    """Work off a day, or the days up to `last`, as seen from `today`."""
    while True:
        standing.run_standing_day(
            on=day,
            today=today or day,
            at=datetime(day.year, day.month, day.day, 1, tzinfo=UTC),
            first=0,
            last=2**62,
        )
        day += DAY
        if last is None or day > last:
            return


def told(kind: str) -> int:
    return Notification.objects.filter(kind=f"partners.{kind}").count()


# --- Certifications -------------------------------------------------------------------


def test_the_end_of_the_last_certification_is_announced_three_times() -> None:
    partner = member()
    certification = CertificationFactory.create(
        person=partner.people.get(), expires_on=date(2026, 6, 1)
    )

    run(date(2026, 2, 1), last=date(2026, 6, 30))

    warnings = Notification.objects.filter(kind="partners.certification_ends")
    assert sorted(each.created_at.date() for each in warnings) == [
        date(2026, 3, 3), date(2026, 5, 2), date(2026, 5, 25),
    ]  # fmt: skip
    assert {each.due_on for each in warnings} == {certification.expires_on}


def test_another_certification_that_lasts_longer_spares_the_warning() -> None:
    partner = member()
    person = partner.people.get()
    CertificationFactory.create(person=person, expires_on=date(2026, 6, 1))
    CertificationFactory.create(person=person, earned_on=date(2025, 1, 1))

    run(date(2026, 5, 31))

    assert told("certification_ends") == 0


def test_a_provider_and_somebody_never_certified_are_not_warned() -> None:
    provider = member(membership="provider")
    CertificationFactory.create(person=provider.people.get(), expires_on=date(2026, 6, 1))
    member()

    run(date(2026, 5, 31))

    assert told("certification_ends") == 0


def test_after_forty_days_only_the_tightest_warning_is_said() -> None:
    partner = member()
    CertificationFactory.create(person=partner.people.get(), expires_on=date(2026, 6, 1))
    today = date(2026, 5, 28)

    run(date(2026, 4, 18), last=today, today=today)

    assert told("certification_ends") == 1


# --- Own subscriptions ----------------------------------------------------------------


def test_a_small_subscription_makes_a_provider_after_thirty_days() -> None:
    partner = member(own_edition="starter")

    run(date(2026, 3, 1), last=date(2026, 3, 31))
    lapse = OwnLapse.objects.get()
    assert (lapse.since_on, lapse.cure_until) == (date(2026, 3, 1), date(2026, 3, 31))
    partner.refresh_from_db()
    assert partner.membership == "partner"

    run(date(2026, 4, 1), last=date(2026, 4, 10))

    change = MembershipChange.objects.get(cause="own_subscription")
    assert (change.on, change.membership) == (date(2026, 4, 1), "provider")
    lapse.refresh_from_db()
    assert (lapse.outcome, lapse.ended_on) == ("provider", date(2026, 4, 1))
    assert not BenefitSuspension.objects.exists()
    assert told("own_lapsed") == 1
    assert told("membership_changed") == 1
    assert OwnLapse.objects.count() == 1


@pytest.mark.parametrize("membership", ["partner", "provider"])
def test_an_ended_subscription_suspends_until_there_is_one_again(membership: str) -> None:
    partner = member(membership=membership, own_ends_on=date(2026, 3, 1))

    run(date(2026, 2, 27), last=date(2026, 4, 5))

    suspension = BenefitSuspension.objects.get()
    assert (suspension.cause, suspension.from_on) == (
        "own_subscription",
        date(2026, 4, 1),
    )
    partner.refresh_from_db()
    assert partner.membership == membership

    Partner.objects.update(own_ends_on=date(2027, 3, 1))
    run(date(2026, 4, 6), last=date(2026, 4, 8))

    suspension.refresh_from_db()
    assert suspension.until_on == date(2026, 4, 6)
    assert (told("benefits_suspended"), told("benefits_restored")) == (1, 1)
    assert OwnLapse.objects.count() == 1


def test_a_lapse_that_is_put_right_in_time_has_no_consequence() -> None:
    member(own_ends_on=date(2026, 3, 1))
    run(date(2026, 3, 1), last=date(2026, 3, 20))

    Partner.objects.update(own_ends_on=None)
    run(date(2026, 3, 21), last=date(2026, 4, 10))

    lapse = OwnLapse.objects.get()
    assert (lapse.outcome, lapse.ended_on) == ("cured", date(2026, 3, 21))
    assert told("own_cured") == 1
    assert Notification.objects.get(kind="partners.own_lapsed").done_at
    assert not BenefitSuspension.objects.exists()


def test_what_was_never_recorded_has_no_consequence() -> None:
    member(own_edition="", own_monthly_usd_minor=None)

    run(date(2026, 3, 1), last=date(2026, 5, 1))

    assert not OwnLapse.objects.exists()


def test_after_forty_days_the_thirty_to_cure_are_still_ahead() -> None:
    member(own_ends_on=date(2026, 3, 1))
    today = date(2026, 4, 10)

    run(date(2026, 3, 1), last=today, today=today)
    run(date(2026, 3, 1), last=today, today=today)

    lapse = OwnLapse.objects.get()
    assert (lapse.since_on, lapse.cure_until) == (date(2026, 3, 1), date(2026, 5, 10))
    assert lapse.outcome == "open"
    assert told("own_lapsed") == 1


# --- The deadline for Gold ------------------------------------------------------------


def test_warnings_notice_and_move_each_once() -> None:
    partner = member(joined_on=date(2024, 6, 10))

    run(date(2025, 12, 1), last=date(2026, 7, 9))

    warned = Notification.objects.filter(kind="partners.gold_deadline")
    assert sorted(each.created_at.date() for each in warned) == [
        date(2025, 12, 12), date(2026, 3, 12), date(2026, 5, 11),
    ]  # fmt: skip
    notice = GoldNotice.objects.get()
    assert (notice.deadline_on, notice.noticed_on, notice.moves_on) == (
        date(2026, 6, 10), date(2026, 6, 10), date(2026, 7, 10),
    )  # fmt: skip
    partner.refresh_from_db()
    assert partner.membership == "partner"

    run(date(2026, 7, 10), last=date(2026, 7, 12))

    change = MembershipChange.objects.get(cause="gold_deadline")
    assert (change.on, change.actor) == (date(2026, 7, 10), None)
    assert told("gold_missed") == 1
    assert Notification.objects.get(kind="partners.gold_missed").done_at


def test_a_tier_before_the_notice_ends_keeps_the_partner() -> None:
    partner = member(joined_on=date(2024, 6, 10))
    run(date(2026, 6, 10))
    TierChangeFactory.create(partner=partner, on=date(2026, 6, 15), tier="gold")

    run(date(2026, 6, 16), last=date(2026, 7, 20))

    assert GoldNotice.objects.count() == 1
    partner.refresh_from_db()
    assert partner.membership == "partner"
    # Nothing asks for an act any more, and the page says nothing of a move.
    assert Notification.objects.get(kind="partners.gold_missed").done_at
    rulebook = edition_on(date(2026, 6, 20)).rulebook
    page = standing_page(partner, on=date(2026, 6, 20), rulebook=rulebook)
    assert page.notice is None


def test_whoever_has_a_tier_or_is_a_provider_has_no_deadline() -> None:
    gold = member(joined_on=date(2020, 1, 1))
    TierChangeFactory.create(partner=gold, on=date(2025, 1, 15), tier="elite")
    member(joined_on=date(2020, 1, 1), membership="provider")

    run(date(2026, 6, 10), last=date(2026, 6, 12))

    assert not Notification.objects.filter(kind__startswith="partners.gold").exists()


def test_a_lost_tier_is_to_be_won_back_by_the_next_evaluation() -> None:
    partner = member(joined_on=date(2020, 1, 1))
    TierChangeFactory.create(partner=partner, on=date(2024, 1, 15), tier="gold")
    TierChangeFactory.create(
        partner=partner, on=date(2026, 1, 15), tier="none", cause="downgraded"
    )

    run(date(2026, 7, 14))
    assert not GoldNotice.objects.exists()
    run(date(2026, 7, 15))

    assert GoldNotice.objects.get().deadline_on == date(2026, 7, 15)


def test_the_months_of_a_provider_that_became_a_partner_begin_that_day() -> None:
    partner = member(joined_on=date(2020, 1, 1), membership="provider")
    CertificationFactory.create(person=partner.people.get())
    standing.become_partner(
        partner_id=partner.pk, reason="Asked.", on=date(2026, 3, 1), actor=None,
        at=datetime(2026, 3, 1, tzinfo=UTC),
    )  # fmt: skip

    run(date(2028, 2, 29))
    assert not GoldNotice.objects.exists()
    run(date(2028, 3, 1))

    assert GoldNotice.objects.get().deadline_on == date(2028, 3, 1)


def test_a_portal_that_stood_still_takes_nobodys_notice_away() -> None:
    member(joined_on=date(2024, 6, 10))
    today = date(2026, 7, 20)

    run(date(2026, 6, 10), last=today, today=today)

    assert GoldNotice.objects.get().moves_on == date(2026, 8, 19)
    assert not MembershipChange.objects.filter(cause="gold_deadline").exists()
    assert told("gold_deadline") == 0


def test_an_edition_without_a_deadline_moves_nobody() -> None:
    member(joined_on=date(2020, 6, 10))
    enabled = "gold_deadline_enabled = { value = true"
    publish_edition(
        effective_on=date(2026, 2, 1),
        changes={enabled: enabled.replace("true", "false")},
    )

    run(date(2026, 3, 1), last=date(2026, 3, 3))

    assert not GoldNotice.objects.exists()


def test_days_before_a_later_decision_are_history() -> None:
    partner = member(joined_on=date(2024, 6, 10), own_ends_on=date(2026, 3, 1))
    TierChangeFactory.create(partner=partner, on=date(2026, 8, 15), tier="gold")

    run(date(2026, 6, 10), last=date(2026, 7, 20))

    assert not GoldNotice.objects.exists()
    assert not OwnLapse.objects.exists()


# --- Upgrades -------------------------------------------------------------------------

CHECK = date(2026, 2, 15)


def reaching_gold() -> Partner:
    partner = member()
    CertificationFactory.create(person=partner.people.get())
    PointsEntryFactory.create(partner=partner, points=300 * MICRO)
    PointsEntryFactory.create(partner=partner, managed=True, points=40 * MICRO)
    return partner


def check(day: date) -> None:
    at = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    schedule.run_day(day=day, today=day, at=at, first=0, last=2**62)


def test_a_partner_in_good_standing_rises() -> None:
    partner = reaching_gold()

    check(CHECK)

    assert partner.tier_changes.get().tier == "gold"
    assert not UpgradeHeld.objects.exists()


def test_a_red_condition_holds_the_upgrade_back_until_it_is_green() -> None:
    partner = reaching_gold()
    EscalationFactory.create(partner=partner)
    finding = ConditionFindingFactory.create(partner=partner, condition="conduct")

    check(CHECK)
    check(CHECK)

    assert not partner.tier_changes.exists()
    held = UpgradeHeld.objects.get()
    assert (held.on, held.tier, held.conditions) == (
        CHECK, "gold", ["conduct", "relations"],
    )  # fmt: skip
    assert held.snapshot == Snapshot.objects.get(partner=partner)
    assert told("upgrade_held") == 1

    finding.until_on = date(2026, 3, 1)
    finding.save()
    partner.escalations.update(
        state="dismissed", closed_on=date(2026, 3, 1), outcome="Unfounded."
    )
    check(date(2026, 3, 15))

    assert partner.tier_changes.get().on == date(2026, 3, 15)


# --- Receipts of past days ------------------------------------------------------------


def test_the_past_of_a_provider_is_that_of_a_partner() -> None:
    partner = reaching_gold()
    stand(partner, on=CHECK)
    standing.become_provider(
        partner_id=partner.pk, reason="Asked.", on=date(2026, 3, 1), actor=None,
        at=datetime(2026, 3, 1, tzinfo=UTC),
    )  # fmt: skip
    known_at = datetime(2026, 3, 5, tzinfo=UTC)
    partner.refresh_from_db()

    then = performing_receipt(partner, day=CHECK, known_at=known_at)
    now = performing_receipt(partner, day=date(2026, 3, 1), known_at=known_at)

    assert (then.tier, then.membership, then.problem) == ("gold", "partner", "")
    assert (now.tier, now.membership, now.problem) == ("none", "provider", "")
