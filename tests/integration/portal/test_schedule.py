"""The programme's day, worked off by the clock and the outbox."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from outbox import clock
from outbox import services as outbox
from outbox.models import Job, PeriodRun
from partners import services
from partners.imports import finish
from partners.models import Partner, PointsEntry, Snapshot, Standing
from portal import schedule
from tests.factories import (
    CertificationFactory,
    DealLineFactory,
    PartnerFactory,
    PointsEntryFactory,
    RelationshipFactory,
    SubscriptionFactory,
    TierChangeFactory,
)
from tests.factories.rulebook import publish_edition

pytestmark = pytest.mark.django_db

MICRO = 1_000_000
UNITS_WITH_NOK = '[points.units]\nNOK = { value = "1000", rule = "R24" }'


def partner_on(day: date) -> Partner:
    partner = PartnerFactory.create()
    CertificationFactory.create(person__partner=partner)
    services.open_standings(partner_ids=[partner.pk], on=day)
    return partner


def catch_up() -> None:
    """Let the clock tick twice, as two beats would, and work everything off."""
    outbox.tick(at=clock.now())
    outbox.tick(at=clock.now())
    outbox.run_due()


def test_forty_days_without_a_clock_are_made_up_for_once() -> None:
    today = clock.today()
    first = today - timedelta(days=40)
    partner = partner_on(first)
    PointsEntryFactory.create(
        partner=partner, effective_on=first, expires_on=today - timedelta(days=1)
    )
    outbox.go_live(on=first)

    catch_up()
    catch_up()

    days = PeriodRun.objects.filter(job="portal.day")
    assert days.count() == 40
    fifteenths = [
        first + timedelta(days=n)
        for n in range(1, 41)
        if (first + timedelta(days=n)).day == 15
    ]
    # An evaluation day reads the months before the portal from the ledger as well.
    taken = Snapshot.objects.filter(partner=partner, on__gt=first)
    assert sorted(taken.values_list("on", flat=True)) == fifteenths
    standing = Standing.objects.get(partner=partner)
    assert (standing.as_of, standing.sourced) == (today, 0)
    assert not Job.objects.open().exists()
    assert not Job.objects.dead().exists()


def test_the_day_of_the_first_import_is_the_clock_s_first() -> None:
    today = clock.today()
    partner_on(today)

    finish(on=today)
    catch_up()

    runs = PeriodRun.objects.filter(job="portal.day")
    assert list(runs.values_list("period", flat=True)) == [today]


def test_days_are_worked_off_in_order_in_ranges_of_partners(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    today = clock.today()
    first = today - timedelta(days=3)
    partners = [partner_on(first) for _ in range(3)]
    outbox.go_live(on=first)
    monkeypatch.setattr(
        services, "partner_ranges", lambda: ((p.pk, p.pk) for p in partners)
    )
    worked: list[tuple[date, int]] = []
    real = schedule.run_day

    def watched(*, day: date, first: int, **rest: object) -> None:
        worked.append((day, first))
        real(day=day, first=first, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(schedule, "run_day", watched)

    catch_up()

    assert len(worked) == 9
    assert [day for day, _first in worked] == sorted(day for day, _first in worked)


def test_the_snapshot_counts_the_managed_points_of_its_own_day() -> None:
    day = date(2026, 9, 15)
    partner = partner_on(day)
    client = SubscriptionFactory.create(mrr_minor=10_000, from_on=day).client
    RelationshipFactory.create(partner=partner, client=client)

    run(day, partner)
    run(day, partner)

    assert partner.snapshots.get().managed == MICRO
    assert PointsEntry.objects.count() == 1


def test_the_command_settles_the_day_before_it_takes_the_snapshot() -> None:
    day = date(2026, 9, 15)
    partner = partner_on(day)
    client = SubscriptionFactory.create(mrr_minor=10_000, from_on=day).client
    RelationshipFactory.create(partner=partner, client=client)

    call_command("evaluate_tiers", on=day)

    assert partner.snapshots.get().managed == MICRO


def test_the_command_refuses_other_days_even_without_partners() -> None:
    with pytest.raises(CommandError, match="not a check day"):
        call_command("evaluate_tiers", on=date(2026, 1, 14))


def test_points_that_waited_for_a_currency_are_posted_on_its_first_day() -> None:
    day = date(2026, 4, 1)
    partner = partner_on(day)
    line = DealLineFactory.create(
        deal__won=True,
        deal__partner=partner,
        deal__closed_on=date(2026, 3, 1),
        deal__poi_on=date(2026, 3, 1),
        mrr_minor=100_000,
        currency="NOK",
    )
    publish_edition(effective_on=day, changes={"[points.units]": UNITS_WITH_NOK})

    run(day, partner)
    run(day, partner)

    entry = PointsEntry.objects.get(source_id=line.pk)
    assert (entry.effective_on, entry.expires_on) == (day, date(2027, 3, 1))


def test_a_certification_counts_for_the_days_its_holder_worked_there() -> None:
    day = date(2026, 7, 15)
    partner = partner_on(day)
    TierChangeFactory.create(partner=partner, on=date(2025, 7, 15), tier="gold")
    partner.people.update(left_on=date(2026, 8, 1))

    run(day, partner)
    run(date(2026, 8, 15), partner)

    certified = partner.snapshots.order_by("on").values_list("on", "certified")
    assert dict(certified)[day] is True
    assert dict(certified)[date(2026, 8, 15)] is False
    assert partner.evaluations.get().cause != "certification_expired"


def test_an_evaluation_day_evaluates_once_however_often_it_is_run() -> None:
    day = date(2026, 7, 15)
    partner = partner_on(day)
    TierChangeFactory.create(partner=partner, on=date(2025, 7, 15), tier="gold")

    run(day, partner)
    run(day, partner)

    assert partner.evaluations.get().tier == "none"
    assert partner.tier_changes.count() == 2
    assert Standing.objects.get(partner=partner).credited_tier == "none"


def test_an_ordinary_day_takes_no_snapshot_and_moves_the_window() -> None:
    day = date(2026, 9, 16)
    partner = partner_on(day)
    PointsEntryFactory.create(
        partner=partner, effective_on=date(2025, 9, 16), expires_on=day
    )

    run(day, partner)

    assert not Snapshot.objects.exists()
    assert Standing.objects.get(partner=partner).sourced == 0


def run(day: date, partner: Partner) -> None:
    schedule.run_day(
        day=day,
        today=day,
        at=datetime(day.year, day.month, day.day, 1, tzinfo=UTC),
        first=partner.pk,
        last=partner.pk,
    )
