"""Who was admitted to Elite's numbers on a day, as it was known then: for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.test import Client
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from partners import services, standing_sql
from partners.models import (
    EliteAdmission,
    Partner,
    Standing,
    TierChange,
    User,
)
from partners.receipts.tiers import performing_receipt
from partners.selectors import edition_on
from partners.services.people import store_partner
from partners.services.tiers import elite
from partners.services.tiers.admissions import admit, end_admissions
from program.rulebook import Tier
from program.tiers import Totals, performing_tier
from tests.factories import (
    CertificationFactory,
    EliteReviewFactory,
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
    TierChangeFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

MICRO = 1_000_000
NUMBERS = {"sourced": 2_100 * MICRO, "assisted": 5_200 * MICRO, "managed": 1_700 * MICRO}
INVITED = date(2026, 11, 2)
ENDED = date(2026, 11, 20)
ONE_DAY = timedelta(days=1)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def strong_partner(*, until: date | None = None) -> Partner:
    """Return a partner with the points of Elite, until a day, that was not invited."""
    partner = PartnerFactory.create(with_pdm=True)
    CertificationFactory.create(
        person=PersonFactory.create(partner=partner, with_account=True)
    )
    services.open_standings(partner_ids=[partner.pk], on=INVITED)
    for kind, points in NUMBERS.items():
        PointsEntryFactory.create(
            partner=partner,
            points=points,
            effective_on=date(2026, 8, 1),
            managed=kind == "managed",
            assisted=kind == "assisted",
            **({"expires_on": until} if until and kind != "managed" else {}),
        )
    return partner


def performs(partner: Partner, day: date, *, known: date | None = None) -> str:
    """Return the performing tier of a day; the statement and the receipt agree on it."""
    partner = Partner.objects.get(pk=partner.pk)
    known_at = at(known or date(2030, 1, 1))
    (read,) = standing_sql.read(
        on=day, edition=edition_on(day), first=partner.pk, last=partner.pk,
        known_at=known_at,
    )  # fmt: skip
    receipt = performing_receipt(partner, day=day, known_at=known_at)
    assert (receipt.tier, receipt.problem) == (read.performing_tier, "")
    return read.performing_tier


def shown(partner: Partner, day: date) -> str:
    services.refresh_standings(on=day)
    return Standing.objects.get(partner=partner).performing_tier


def test_a_past_day_stays_elite_after_the_invitation_was_declined() -> None:
    partner = strong_partner()
    review = EliteReviewFactory.create(partner=partner, invited=True, invited_on=INVITED)
    admit(partner, INVITED, at=at(INVITED))
    owner = partner.people.get().user
    assert owner
    before = [
        performs(partner, INVITED + n * ONE_DAY, known=INVITED + n * ONE_DAY)
        for n in range(-1, 9)
    ]

    elite.answer_invitation(
        review_id=review.pk, accept=False, actor=owner, at=at(ENDED), today=ENDED
    )

    assert before == ["diamond", *9 * ["elite"]]
    assert before == [
        performs(partner, INVITED + n * ONE_DAY, known=INVITED + n * ONE_DAY)
        for n in range(-1, 9)
    ]
    assert performs(partner, ENDED - ONE_DAY) == "elite"
    assert performs(partner, ENDED) == shown(partner, ENDED) == "diamond"
    # As it was known the day before, the invitation still held.
    assert performs(partner, ENDED, known=ENDED - ONE_DAY) == "elite"


def test_the_receipts_address_keeps_its_answer() -> None:
    partner = strong_partner()
    admit(partner, INVITED, at=at(INVITED))
    client = Client()
    client.force_login(User.objects.get(people__partner=partner))
    address = (
        f"/receipts/{partner.public_id}/performing-tier/{INVITED}/"
        f"?known={INVITED}T12:00:00Z"
    )
    assert b"Performing tier: Elite" in client.get(address).content

    end_admissions({partner.pk: ENDED}, at=at(ENDED))

    assert b"Performing tier: Elite" in client.get(address).content


def test_elite_lost_at_an_evaluation_is_invited_no_more() -> None:
    evaluation = date(2027, 1, 15)
    partner = strong_partner(until=date(2026, 8, 2))
    TierChangeFactory.create(partner=partner, tier="elite", on=date(2026, 1, 20))
    admit(partner, date(2026, 1, 10), at=at(date(2026, 1, 10)))
    services.show_credited_tiers(partner_ids=[partner.pk], on=evaluation)

    services.run_check_day(on=evaluation, at=at(evaluation))

    partner.refresh_from_db()
    assert partner.tier_changes.latest("on", "pk").tier != Tier.ELITE
    assert partner.elite_invited_on is None
    assert [
        (row.on, row.admitted) for row in partner.elite_admissions.order_by("pk")
    ] == [(date(2026, 1, 10), True), (evaluation, False)]


def test_an_elite_invited_anew_since_stays_invited() -> None:
    partner = strong_partner()
    admit(partner, INVITED, at=at(INVITED))

    end_admissions({partner.pk: INVITED - ONE_DAY}, at=at(ENDED))

    partner.refresh_from_db()
    assert partner.elite_invited_on == INVITED
    assert performs(partner, INVITED) == "elite"


@pytest.mark.parametrize(
    ("entered", "elite_days"),
    [
        pytest.param(None, (2, 19), id="taken away today: it held until then"),
        pytest.param(date(2026, 11, 10), (10, 30), id="later: never before"),
        pytest.param(date(2026, 11, 1), (1, 30), id="earlier"),
    ],
)
def test_what_staff_enter_is_history_too(
    entered: date | None, elite_days: tuple[int, int]
) -> None:
    partner = strong_partner()
    admit(partner, INVITED, at=at(INVITED))
    partner.elite_invited_on = entered

    store_partner(
        partner=partner,
        changed=frozenset({"elite_invited_on"}),
        actor=UserFactory.create(programme_manager=True),
        at=at(ENDED),
    )

    first, last = elite_days
    for n in range(1, 31):
        day = date(2026, 11, n)
        expected = "elite" if first <= n <= last else "diamond"
        assert performs(partner, day) == expected, day
        known_before = "elite" if day >= INVITED else "diamond"
        assert performs(partner, day, known=ENDED - ONE_DAY) == known_before
    assert shown(partner, date(2026, 11, 30)) == performs(partner, date(2026, 11, 30))


class TestTheStatementAndTheRule(TestCase):
    """The copy, the history and the pure rule say the same of today whatever happens."""

    @given(
        steps=st.lists(
            st.tuples(
                st.integers(0, 9),
                st.sampled_from(["invite", "end", "enter"]),
                st.integers(-12, 12),
            ),
            max_size=7,
        )
    )
    @hypothesis_settings(max_examples=40, deadline=None)
    def test_same_tier(self, steps: list[tuple[int, str, int]]) -> None:
        partner = strong_partner()
        today = INVITED
        said: list[tuple[date, str]] = []
        for pause, act, offset in steps:
            today += pause * ONE_DAY
            partner.refresh_from_db()
            if act == "invite":
                admit(partner, today, at=at(today))
            elif act == "end":
                end_admissions({partner.pk: today}, at=at(today))
            else:
                partner.elite_invited_on = today + offset * ONE_DAY if offset else None
                store_partner(
                    partner=partner,
                    changed=frozenset({"elite_invited_on"}),
                    actor=None,
                    at=at(today),
                )
            partner.refresh_from_db()
            invited = partner.elite_invited_on
            rule = performing_tier(
                totals=Totals(**NUMBERS),
                rulebook=edition_on(today).rulebook,
                membership=partner.membership,  # type: ignore[arg-type]
                elite_admitted=invited is not None and invited <= today,
            )
            assert shown(partner, today) == performs(partner, today) == rule
            said.append((today, rule))
        last_of_day = dict(said)
        for day, tier in last_of_day.items():
            assert performs(partner, day, known=day) == tier


def test_the_history_is_written_of_what_was_kept() -> None:
    invited = strong_partner()
    EliteReviewFactory.create(partner=invited, invited=True, invited_on=INVITED)
    declined = strong_partner()
    EliteReviewFactory.create(
        partner=declined,
        invited=True,
        invited_on=INVITED,
        state="declined",
        closed_by=UserFactory.create(),
        closed_on=ENDED,
        closed_at=at(ENDED),
    )
    entered = strong_partner()
    lost = strong_partner()
    TierChangeFactory.create(partner=lost, tier="elite", on=INVITED)
    TierChangeFactory.create(
        partner=lost, tier="diamond", on=ENDED, cause=TierChange.Cause.DOWNGRADED
    )
    Partner.objects.filter(pk__in=[invited.pk, entered.pk, lost.pk]).update(
        elite_invited_on=INVITED
    )

    migration = import_module("partners.migrations.0013_tier_history")
    migration.write_history(apps, None)

    def history(partner: Partner) -> list[tuple[date, bool]]:
        rows = EliteAdmission.objects.filter(partner=partner).order_by("on", "pk")
        return list(rows.values_list("on", "admitted"))

    assert history(invited) == history(entered) == [(INVITED, True)]
    assert history(declined) == history(lost) == [(INVITED, True), (ENDED, False)]
    assert Partner.objects.get(pk=lost.pk).elite_invited_on is None
    assert Partner.objects.get(pk=entered.pk).elite_invited_on == INVITED
