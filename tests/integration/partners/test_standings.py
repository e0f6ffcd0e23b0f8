"""The statement that turns the ledger into standings, against sums made by hand."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from outbox.models import Job
from partners import services, standing_sql
from partners.models import Partner, PointsEntry, Standing
from partners.selectors import NoEditionError, edition_on
from partners.services import ledger
from program.money import divide_half_up
from program.rulebook import Membership
from program.tiers import Totals, lowest_meeting, performing_tier
from tests.factories import PartnerFactory, PointsEntryFactory, TierChangeFactory

TODAY = date(2026, 3, 1)
MICRO = 1_000_000


def partner_with_standing(**values: object) -> Partner:
    partner = PartnerFactory.create(**values)
    services.open_standings(partner_ids=[partner.pk], on=TODAY)
    return partner


@pytest.mark.django_db
def test_sums_by_kind_and_by_what_expires_when() -> None:
    partner = partner_with_standing()
    for kind, points, expires_on in [
        ("sourced", 1, date(2026, 3, 2)),
        ("sourced", 10, date(2026, 3, 31)),  # 30 days later: no longer counts
        ("assisted", 100, date(2026, 4, 1)),
        ("sourced", 1_000, date(2026, 5, 30)),
        ("sourced", 10_000, date(2026, 5, 31)),  # day 91
        ("sourced", 500_000, date(2026, 3, 1)),  # ended today
    ]:
        PointsEntryFactory.create(
            partner=partner, kind=kind, points=points, expires_on=expires_on,
            effective_on=date(2025, 6, 1),
        )  # fmt: skip
    PointsEntryFactory.create(partner=partner, managed=True, points=7)

    services.refresh_standings(on=TODAY)

    standing = Standing.objects.get(partner=partner)
    assert (standing.sourced, standing.assisted, standing.managed) == (11_011, 100, 7)
    assert (standing.expiring_30, standing.expiring_60, standing.expiring_90) == (
        11, 111, 1_111,
    )  # fmt: skip
    # Until 15 July 2026, the next evaluation.
    assert (standing.sourced_expiring, standing.assisted_expiring) == (11_011, 100)
    assert standing.as_of == TODAY
    assert standing.edition.code == "2025-B"


@pytest.mark.django_db
def test_writes_only_what_differs() -> None:
    first, second = partner_with_standing(), partner_with_standing()
    for partner in (first, second):
        PointsEntryFactory.create(partner=partner)
    assert services.refresh_standings(on=TODAY) == 2

    PointsEntryFactory.create(partner=second, points=1)

    assert services.refresh_standings(on=TODAY) == 1
    assert services.refresh_standings(on=TODAY) == 0


@pytest.mark.django_db
def test_a_range_leaves_the_others_alone() -> None:
    first, second = partner_with_standing(), partner_with_standing()
    for partner in (first, second):
        PointsEntryFactory.create(partner=partner, points=5)

    services.refresh_standings(on=TODAY, first=second.pk, last=second.pk)

    assert Standing.objects.get(partner=first).sourced == 0
    assert Standing.objects.get(partner=second).sourced == 5


@pytest.mark.django_db
def test_sums_beyond_32_bits_and_negative_ones_are_exact() -> None:
    partner = partner_with_standing()
    PointsEntryFactory.create(partner=partner, points=10**15)
    PointsEntryFactory.create(partner=partner, points=10**15 - 1)
    PointsEntryFactory.create(partner=partner, points=-3, managed=True)

    services.refresh_standings(on=TODAY)

    standing = Standing.objects.get(partner=partner)
    assert (standing.sourced, standing.managed) == (2 * 10**15 - 1, -3)


@pytest.mark.django_db
def test_before_the_first_edition_there_is_no_standing() -> None:
    with pytest.raises(NoEditionError):
        services.refresh_standings(on=date(2022, 6, 30))


@pytest.mark.django_db
def test_reads_a_past_day_as_it_was_and_as_it_was_known() -> None:
    partner = partner_with_standing()
    known_at = datetime(2026, 2, 1, tzinfo=UTC)
    PointsEntryFactory.create(partner=partner, points=5, recorded_at=known_at)
    PointsEntryFactory.create(
        partner=partner, points=-2, recorded_at=datetime(2026, 2, 2, tzinfo=UTC)
    )
    TierChangeFactory.create(partner=partner, on=date(2025, 1, 15), tier="gold")
    TierChangeFactory.create(partner=partner, on=date(2026, 2, 1), tier="diamond")
    edition = edition_on(TODAY)

    (now,) = standing_sql.read(on=TODAY, edition=edition)
    (before,) = standing_sql.read(on=TODAY, edition=edition, known_at=known_at)
    (then,) = standing_sql.read(on=date(2026, 1, 31), edition=edition)

    assert (now.sourced, before.sourced) == (3, 5)
    assert (now.credited_tier, then.credited_tier) == ("diamond", "gold")


class TestAgainstTheRules(TestCase):
    """The SQL and `program.tiers` decide the same tier for any totals."""

    @given(
        totals=st.lists(
            st.tuples(
                st.sampled_from(["sourced", "assisted", "managed"]),
                st.integers(-(10**7), 3 * 10**9).filter(bool),
            ),
            max_size=6,
        ),
        near=st.sampled_from([(110, 38, 325), (325, 150, 925), (2_100, 1_700, 9_000)]),
        off_by=st.integers(-5_002, -4_998),
        day=st.sampled_from([date(2025, 7, 15), date(2025, 7, 16), TODAY]),
        admitted=st.booleans(),
    )
    @hypothesis_settings(max_examples=60, deadline=None)
    def test_same_tier(
        self,
        totals: list[tuple[str, int]],
        near: tuple[int, int, int],
        off_by: int,
        day: date,
        admitted: bool,
    ) -> None:
        sold, managed, total = near
        partner = partner_with_standing(
            elite_invited_on=date(2024, 1, 1) if admitted else None
        )
        exact = [
            ("sourced", sold * MICRO + off_by),
            ("managed", managed * MICRO),
            ("assisted", (total - sold - managed) * MICRO),
        ]
        for kind, points in (*totals, *exact):
            PointsEntryFactory.create(
                partner=partner, managed=kind == "managed", points=points,
                effective_on=date(2025, 7, 1),
                **({} if kind == "managed" else {"kind": kind}),
            )  # fmt: skip
        sums = {
            kind: sum(
                PointsEntry.objects.filter(partner=partner, kind=kind).values_list(
                    "points", flat=True
                )
            )
            for kind in ("sourced", "assisted", "managed")
        }

        services.refresh_standings(on=day)

        standing = Standing.objects.get(partner=partner)
        assert {kind: getattr(standing, kind) for kind in sums} == sums
        assert standing.performing_tier == performing_tier(
            totals=Totals(**sums),
            rulebook=edition_on(day).rulebook,
            membership=Membership.PARTNER,
            elite_admitted=admitted,
        )


@pytest.mark.django_db
@pytest.mark.parametrize("minimum", [0, 1, 38 * MICRO, 1_950 * MICRO + 10_000])
def test_the_lowest_meeting_total_is_where_rounding_turns(minimum: int) -> None:
    rulebook = edition_on(TODAY).rulebook
    step = rulebook.tiers.rounding_micro

    lowest = lowest_meeting(minimum, rulebook)

    assert divide_half_up(lowest, step) * step >= minimum
    assert divide_half_up(lowest - 1, step) * step < minimum


@pytest.mark.django_db
def test_the_refresh_of_all_is_queued_once_for_each_range(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    partners = [PartnerFactory.create() for _ in range(3)]
    monkeypatch.setattr(
        ledger, "partner_ranges", lambda: ((p.pk, p.pk) for p in partners)
    )
    due_at = datetime(2026, 3, 1, 10, tzinfo=UTC)

    for _ in range(2):
        services.queue_refresh_of_all(key="import:x", due_at=due_at)

    jobs = Job.objects.filter(kind="partners.refresh_standings", due_at=due_at)
    assert sorted(job.payload["first"] for job in jobs) == [p.pk for p in partners]
