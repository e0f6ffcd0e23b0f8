"""Snapshots, upgrades, evaluations and cures, from the ledger to the credited tier."""

from datetime import UTC, date, datetime

import pytest

from partners import services
from partners.models import Evaluation, Partner, Snapshot, Standing, TierChange
from tests.factories import (
    CertificationFactory,
    PartnerFactory,
    PointsEntryFactory,
    TierChangeFactory,
)
from tests.factories.rulebook import publish_edition

pytestmark = pytest.mark.django_db

MICRO = 1_000_000
# What the table B asks for: sourced minimum, managed, total (R13).
GOLD = (110, 38, 325)
PLATINUM = (325, 150, 925)
DIAMOND = (950, 550, 3_100)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)


def certified_partner(**values: object) -> Partner:
    partner = PartnerFactory.create(**values)
    CertificationFactory.create(person__partner=partner)
    services.open_standings(partner_ids=[partner.pk], on=date(2025, 7, 1))
    return partner


def reaches(
    partner: Partner, minima: tuple[int, int, int], *, first: date, until: date
) -> None:
    """Give a partner exactly the minima of a tier on the days `first <= day < until`."""
    sold, managed, total = minima
    for kind, points in [
        ("sourced", sold),
        ("assisted", total - sold - managed),
    ]:
        PointsEntryFactory.create(
            partner=partner, kind=kind, points=points * MICRO, effective_on=first,
            expires_on=until,
        )  # fmt: skip
    for day, sign in ((first, 1), (until, -1)):
        PointsEntryFactory.create(
            partner=partner, managed=True, points=sign * managed * MICRO, effective_on=day
        )


def check(day: date) -> services.CheckDay:
    return services.run_check_day(on=day, at=at(day))


def test_an_upgrade_is_credited_at_the_snapshot() -> None:
    partner = certified_partner()
    reaches(partner, PLATINUM, first=date(2025, 9, 1), until=date(2026, 9, 1))

    done = check(date(2025, 9, 15))

    change = partner.tier_changes.get()
    assert (change.on, change.tier, change.cause) == (
        date(2025, 9, 15), "platinum", TierChange.Cause.UPGRADED
    )  # fmt: skip
    assert change.snapshot == partner.snapshots.get()
    standing = Standing.objects.get(partner=partner)
    assert (standing.credited_tier, standing.credited_on) == (
        "platinum",
        date(2025, 9, 15),
    )
    assert (done.snapshots, done.upgraded) == (1, 1)


def test_running_a_check_day_again_changes_nothing() -> None:
    partner = certified_partner()
    reaches(partner, GOLD, first=date(2025, 9, 1), until=date(2026, 9, 1))
    check(date(2026, 1, 15))
    before = list(partner.snapshots.order_by("on").values())

    done = check(date(2026, 1, 15))

    assert (done.snapshots, done.upgraded, done.evaluated) == (0, 0, 0)
    assert list(partner.snapshots.order_by("on").values()) == before
    assert partner.tier_changes.count() == partner.evaluations.count() == 1


def test_one_hundredth_of_a_point_short_is_no_upgrade() -> None:
    partner = certified_partner()
    reaches(partner, GOLD, first=date(2025, 9, 1), until=date(2026, 9, 1))
    PointsEntryFactory.create(
        partner=partner, points=-5_001, effective_on=date(2025, 9, 1)
    )  # 109.994999 sourced points round to 109.99

    check(date(2025, 9, 15))

    assert not partner.tier_changes.exists()


def test_rounding_half_up_at_one_hundredth_meets_the_minimum() -> None:
    partner = certified_partner()
    reaches(partner, GOLD, first=date(2025, 9, 1), until=date(2026, 9, 1))
    PointsEntryFactory.create(
        partner=partner, points=-5_000, effective_on=date(2025, 9, 1)
    )  # 109.995 sourced points round to 110.00

    check(date(2025, 9, 15))

    assert partner.tier_changes.get().tier == "gold"


def test_without_a_certification_nothing_rises() -> None:
    partner = PartnerFactory.create()
    reaches(partner, GOLD, first=date(2025, 9, 1), until=date(2026, 9, 1))

    check(date(2025, 9, 15))

    assert partner.snapshots.get().performing_tier == "gold"
    assert not partner.tier_changes.exists()


def test_elite_is_never_credited_by_numbers() -> None:
    partner = certified_partner()
    reaches(
        partner, (2_100, 1_700, 9_000), first=date(2025, 9, 1), until=date(2026, 9, 1)
    )

    check(date(2025, 9, 15))

    assert partner.tier_changes.get().tier == "diamond"


def test_an_invited_partner_performs_as_elite() -> None:
    partner = certified_partner(elite_invited_on=date(2025, 9, 10))
    reaches(
        partner, (2_100, 1_700, 9_000), first=date(2025, 9, 1), until=date(2026, 9, 1)
    )

    check(date(2025, 9, 15))

    assert partner.snapshots.get().performing_tier == "elite"
    assert partner.tier_changes.get().tier == "diamond"


def test_a_provider_has_snapshots_but_no_tier_and_no_evaluation() -> None:
    partner = PartnerFactory.create(provider=True)
    reaches(partner, GOLD, first=date(2025, 8, 1), until=date(2026, 9, 1))

    check(date(2026, 1, 15))

    assert set(partner.snapshots.values_list("performing_tier", flat=True)) == {"none"}
    assert not partner.tier_changes.exists()
    assert not partner.evaluations.exists()


def test_t7_drops_to_the_best_tier_of_the_period() -> None:
    partner = certified_partner()
    TierChangeFactory.create(partner=partner, on=date(2025, 1, 15), tier="diamond")
    reaches(partner, GOLD, first=date(2025, 8, 1), until=date(2025, 9, 1))
    reaches(partner, PLATINUM, first=date(2025, 9, 1), until=date(2025, 10, 1))
    reaches(partner, GOLD, first=date(2025, 10, 1), until=date(2026, 9, 1))

    done = check(date(2026, 1, 15))

    evaluation = partner.evaluations.get()
    assert (evaluation.cause, evaluation.tier) == ("downgraded", "platinum")
    assert [tier for _day, tier in evaluation.facts["period"]] == [
        "gold", "platinum", "gold", "gold", "gold", "gold",
    ]  # fmt: skip
    assert partner.tier_changes.latest("on").tier == "platinum"
    assert done.downgraded == 1


def test_t8_keeps_a_tier_reached_once_in_the_period() -> None:
    partner = certified_partner()
    TierChangeFactory.create(partner=partner, on=date(2025, 1, 15), tier="diamond")
    reaches(partner, DIAMOND, first=date(2025, 8, 1), until=date(2025, 9, 1))
    reaches(partner, GOLD, first=date(2025, 9, 1), until=date(2026, 9, 1))

    check(date(2026, 1, 15))

    assert partner.evaluations.get().cause == "kept"
    assert partner.tier_changes.count() == 1


def test_t9_a_tier_earned_less_than_six_months_ago_is_safe() -> None:
    partner = certified_partner()
    TierChangeFactory.create(partner=partner, on=date(2025, 12, 15), tier="gold")

    check(date(2026, 1, 15))

    evaluation = partner.evaluations.get()
    assert (evaluation.cause, evaluation.tier) == ("protected", "gold")
    assert evaluation.protected_until == date(2026, 6, 14)


def test_months_before_the_portal_are_evidence_and_no_upgrade() -> None:
    partner = certified_partner()
    TierChangeFactory.create(partner=partner, on=date(2025, 1, 15), tier="gold")
    reaches(partner, PLATINUM, first=date(2025, 8, 1), until=date(2025, 9, 1))

    check(date(2026, 1, 15))

    assert partner.snapshots.count() == 6
    assert partner.evaluations.get().best_tier == "platinum"
    assert partner.tier_changes.count() == 1


def test_days_before_the_last_imported_tier_are_left_alone() -> None:
    partner = certified_partner()
    TierChangeFactory.create(partner=partner, on=date(2026, 2, 1), tier="gold")
    reaches(partner, DIAMOND, first=date(2025, 8, 1), until=date(2026, 9, 1))

    done = check(date(2026, 1, 15))

    assert (done.upgraded, done.evaluated) == (0, 0)
    assert partner.tier_changes.count() == 1


@pytest.mark.parametrize(
    ("renewed", "tier", "cause"),
    [(True, "gold", "kept"), (False, "none", "certification_lost")],
    ids=["renewed in time", "not renewed"],
)
def test_an_expired_certification_can_be_cured_for_thirty_days(
    renewed: bool, tier: str, cause: str
) -> None:
    partner = certified_partner()
    TierChangeFactory.create(partner=partner, on=date(2025, 1, 15), tier="gold")
    reaches(partner, GOLD, first=date(2025, 8, 1), until=date(2026, 9, 1))
    partner.people.get().certifications.update(expires_on=date(2026, 1, 10))
    services.show_credited_tiers(partner_ids=[partner.pk], on=date(2026, 1, 15))

    check(date(2026, 1, 15))
    evaluation = partner.evaluations.get()
    assert (evaluation.cause, evaluation.cure_until) == (
        "certification_expired",
        date(2026, 2, 14),
    )
    if renewed:
        CertificationFactory.create(
            person=partner.people.get(), earned_on=date(2026, 2, 14)
        )
    ids = {"first": partner.pk, "last": partner.pk}
    assert services.end_cures(on=date(2026, 2, 14), at=AFTER, **ids) == 0
    services.end_cures(on=date(2026, 2, 15), at=AFTER, **ids)
    services.end_cures(on=date(2026, 2, 16), at=AFTER, **ids)

    ended = Evaluation.objects.get(ends_cure_of=evaluation)
    assert (ended.tier, ended.cause) == (tier, cause)
    assert Standing.objects.get(partner=partner).credited_tier == tier


AFTER = datetime(2026, 2, 16, tzinfo=UTC)


def gold_with_a_lapsed_certification() -> Partner:
    """Return a Gold partner since January 2025 whose certification ended in 2026."""
    partner = certified_partner()
    TierChangeFactory.create(partner=partner, on=date(2025, 1, 15), tier="gold")
    partner.people.get().certifications.update(expires_on=date(2026, 1, 10))
    services.show_credited_tiers(partner_ids=[partner.pk], on=date(2026, 1, 15))
    return partner


def test_the_end_of_a_cure_does_not_undo_what_rises_that_day() -> None:
    partner = gold_with_a_lapsed_certification()
    reaches(partner, DIAMOND, first=date(2026, 2, 2), until=date(2027, 2, 2))
    check(date(2026, 1, 15))
    CertificationFactory.create(person=partner.people.get(), earned_on=date(2026, 2, 1))

    check(date(2026, 2, 15))

    assert list(partner.tier_changes.order_by("id").values_list("on", "tier", "cause"))[
        1:
    ] == [
        (date(2026, 2, 15), "none", "downgraded"),
        (date(2026, 2, 15), "diamond", "upgraded"),
    ]
    assert Standing.objects.get(partner=partner).credited_tier == "diamond"


def test_a_tier_credited_since_outlives_the_end_of_a_cure() -> None:
    partner = gold_with_a_lapsed_certification()
    check(date(2026, 1, 15))
    TierChangeFactory.create(partner=partner, on=date(2026, 2, 3), tier="platinum")

    check(date(2026, 2, 15))

    ended = partner.evaluations.get(ends_cure_of__isnull=False)
    assert (ended.credited_before, ended.tier, ended.cause) == (
        "platinum",
        "platinum",
        "kept",
    )
    assert partner.tier_changes.count() == 2


def test_a_cure_is_judged_by_its_last_day_however_late_it_ends() -> None:
    partner = gold_with_a_lapsed_certification()
    check(date(2026, 1, 15))
    CertificationFactory.create(person=partner.people.get(), earned_on=date(2026, 2, 15))

    services.end_cures(on=date(2026, 5, 1), at=AFTER, first=partner.pk, last=partner.pk)

    ended = partner.evaluations.get(ends_cure_of__isnull=False)
    assert (ended.on, ended.cause) == (date(2026, 2, 15), "certification_lost")
    assert partner.tier_changes.get(tier="none").on == date(2026, 2, 15)


def test_evaluations_made_up_for_end_the_cures_between_them() -> None:
    partner = gold_with_a_lapsed_certification()
    reaches(partner, GOLD, first=date(2024, 8, 1), until=date(2027, 1, 1))
    partner.people.get().certifications.update(
        earned_on=date(2020, 1, 1), expires_on=date(2025, 6, 1)
    )
    for day in (date(2025, 7, 15), date(2026, 1, 15), date(2026, 7, 15)):
        check(day)
        check(day)

    services.end_cures(on=date(2026, 11, 1), at=AFTER, first=partner.pk, last=partner.pk)

    assert list(partner.evaluations.order_by("on").values_list("on", "cause")) == [
        (date(2025, 7, 15), "certification_expired"),
        (date(2025, 8, 15), "certification_lost"),
        (date(2026, 1, 15), "kept"),
        (date(2026, 7, 15), "kept"),
    ]


def test_other_days_are_no_check_days() -> None:
    with pytest.raises(services.NotACheckDayError):
        check(date(2026, 1, 14))

    assert not Snapshot.objects.exists()


def test_a_snapshot_counts_what_its_day_saw() -> None:
    partner = certified_partner()
    PointsEntryFactory.create(
        partner=partner, points=3 * MICRO, effective_on=date(2024, 9, 15)
    )  # until 15 September 2025, excluded
    PointsEntryFactory.create(
        partner=partner, points=5 * MICRO, effective_on=date(2025, 9, 15)
    )

    check(date(2025, 9, 15))

    assert partner.snapshots.get().sourced == 5 * MICRO


@pytest.mark.parametrize(
    ("schedule", "days"),
    [
        pytest.param("monthly_15", [date(2026, 2, 15)], id="monthly"),
        pytest.param("quarterly", [date(2026, 4, 15)], id="quarterly"),
        pytest.param("immediate", [date(2026, 2, 10)], id="immediate"),
    ],
)
def test_upgrades_follow_the_schedule_of_the_edition(
    schedule: str, days: list[date]
) -> None:
    publish_edition(
        effective_on=date(2026, 2, 1),
        changes={'upgrade_schedule = { value = "monthly_15"': schedule_line(schedule)},
    )
    partner = certified_partner()
    reaches(partner, GOLD, first=date(2026, 2, 10), until=date(2027, 2, 10))
    ids = {"first": partner.pk, "last": partner.pk}

    for day in (date(2026, 2, 9), date(2026, 2, 10), date(2026, 2, 11)):
        services.grant_upgrades(on=day, at=at(day), **ids)
    for day in (date(2026, 2, 15), date(2026, 3, 15), date(2026, 4, 15)):
        check(day)

    assert list(partner.tier_changes.values_list("on", flat=True)) == days


def schedule_line(schedule: str) -> str:
    return f'upgrade_schedule = {{ value = "{schedule}"'
