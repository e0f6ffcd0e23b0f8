"""The way to Elite: found, reviewed, invited, answered; and whether it is kept."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from partners import services
from partners.models import (
    Certification,
    EliteReview,
    Notification,
    Partner,
    Standing,
    TierChange,
    User,
)
from partners.services.tiers import elite
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
TODAY = date(2026, 11, 23)
NUMBERS = (2_100, 5_200, 1_700)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def give(partner: Partner, sourced: int, assisted: int, managed: int) -> None:
    for trait, points in (
        ({}, sourced),
        ({"assisted": True}, assisted),
        ({"managed": True}, managed),
    ):
        PointsEntryFactory.create(
            partner=partner, points=points * MICRO, effective_on=date(2026, 8, 1), **trait
        )


def certify(partner: Partner, count: int) -> None:
    """Give the first person of a partner so many certifications of software."""
    person = partner.people.get(left_on=None)
    Certification.objects.bulk_create(
        CertificationFactory.build(person=person, kind=Certification.Kind.SOFTWARE)
        for _one in range(count)
    )


@pytest.fixture
def partner() -> Partner:
    """Return a Diamond partner with a certified owner."""
    partner = PartnerFactory.create(
        with_pdm=True, own_edition="professional", own_monthly_usd_minor=40_000
    )
    TierChangeFactory.create(partner=partner, tier="diamond", on=date(2025, 1, 15))
    CertificationFactory.create(
        person=PersonFactory.create(partner=partner, with_account=True)
    )
    services.open_standings(partner_ids=[partner.pk], on=TODAY)
    services.show_credited_tiers(partner_ids=[partner.pk], on=TODAY)
    return partner


@pytest.fixture
def manager() -> User:
    return UserFactory.create(programme_manager=True)


@pytest.fixture
def owner(partner: Partner) -> User:
    user = partner.people.get().user
    assert user
    return user


def check(day: date) -> None:
    services.run_check_day(on=day, at=at(day))


def findings(review: EliteReview, actor: User | None = None, **changes: object) -> None:
    values = {
        "customer_retention_bps": 9_000,
        "customer_retention_source": "Account plan 2026",
        "revenue_retention_bps": 8_600,
        "revenue_retention_source": "Account plan 2026",
        **changes,
    }
    actor = actor or review.partner.pdm
    assert actor
    elite.record_findings(
        review_id=review.pk,
        actor=actor,
        at=at(TODAY),
        **values,  # type: ignore[arg-type]
    )


def invite(review: EliteReview, manager: User) -> EliteReview:
    return elite.invite_to_elite(
        review_id=review.pk, actor=manager, at=at(TODAY), today=TODAY
    )


def answer(review: EliteReview, owner: User, *, accept: bool = True) -> EliteReview:
    return elite.answer_invitation(
        review_id=review.pk, accept=accept, actor=owner, at=at(TODAY), today=TODAY
    )


@pytest.fixture
def ready(partner: Partner) -> EliteReview:
    """Return the review of a candidate that meets everything."""
    give(partner, *NUMBERS)
    certify(partner, 99)
    check(date(2026, 11, 15))
    review = partner.elite_reviews.get()
    findings(review)
    return review


# --- Found ----------------------------------------------------------------------------


def test_t6_the_numbers_of_elite_make_a_candidate(
    partner: Partner, manager: User
) -> None:
    give(partner, *NUMBERS)

    check(date(2026, 10, 15))
    check(date(2026, 11, 15))

    review = partner.elite_reviews.get()
    assert (review.state, review.opened_on) == ("candidate", date(2026, 10, 15))
    assert review.snapshot == partner.snapshots.get(on=date(2026, 10, 15))
    assert partner.tier_changes.latest("on").tier == "diamond"
    told = Notification.objects.filter(kind="partners.elite_candidate")
    assert {one.user_id for one in told} == {manager.pk, partner.pdm_id}


def test_ninety_percent_is_near_and_then_a_candidate(partner: Partner) -> None:
    give(partner, 1_890, 4_680, 1_530)
    check(date(2026, 10, 15))
    assert partner.elite_reviews.get().state == "near"

    give(partner, 210, 520, 170)
    check(date(2026, 11, 15))

    assert partner.elite_reviews.get().state == "candidate"


def test_who_falls_behind_is_near_no_longer(partner: Partner) -> None:
    give(partner, 1_890, 4_680, 1_530)
    check(date(2026, 10, 15))
    PointsEntryFactory.create(
        partner=partner, managed=True, points=-MICRO, effective_on=date(2026, 11, 1)
    )

    check(date(2026, 11, 15))

    review = partner.elite_reviews.get()
    assert (review.state, review.closed_by_id) == ("closed", None)


def test_elite_partners_and_providers_are_no_candidates(partner: Partner) -> None:
    give(partner, *NUMBERS)
    TierChangeFactory.create(partner=partner, tier="elite", on=date(2026, 9, 1))
    give(PartnerFactory.create(provider=True), *NUMBERS)

    check(date(2026, 11, 15))

    assert not EliteReview.objects.exists()


def test_who_declined_is_left_alone_for_a_period(
    ready: EliteReview, partner: Partner, manager: User, owner: User
) -> None:
    answer(invite(ready, manager), owner, accept=False)

    check(date(2026, 12, 15))
    assert partner.elite_reviews.count() == 1
    check(date(2027, 6, 15))
    assert partner.elite_reviews.count() == 2


# --- Reviewed -------------------------------------------------------------------------


def test_a_manager_begins_a_review(partner: Partner) -> None:
    assert partner.pdm
    review = elite.open_review(
        partner_id=partner.pk, actor=partner.pdm, at=at(TODAY), on=TODAY
    )

    assert (review.state, review.opened_by) == ("candidate", partner.pdm)
    with pytest.raises(elite.EliteError, match="open already"):
        elite.open_review(
            partner_id=partner.pk, actor=partner.pdm, at=at(TODAY), on=TODAY
        )


def test_two_reviews_are_not_open_at_once(partner: Partner) -> None:
    EliteReviewFactory.create(partner=partner)

    with pytest.raises(IntegrityError), transaction.atomic():
        EliteReviewFactory.create(partner=partner)


def test_retention_needs_its_source(ready: EliteReview) -> None:
    with pytest.raises(elite.EliteError, match="source"):
        findings(ready, revenue_retention_source=" ")


# --- Invited --------------------------------------------------------------------------


def test_an_invitation_keeps_the_checklist_and_admits_the_partner(
    ready: EliteReview, partner: Partner, manager: User, owner: User
) -> None:
    review = invite(ready, manager)

    partner.refresh_from_db()
    assert partner.elite_invited_on == TODAY
    assert [
        (line["criterion"], line["value"], line["met"])
        for line in review.checklist["lines"]
    ] == [
        ("points", 9_000 * MICRO, True),
        ("customer_retention", 9_000, True),
        ("revenue_retention", 8_600, True),
        ("certifications", 100, True),
        ("standing", 6, True),
    ]
    told = Notification.objects.get(key=f"elite:{review.pk}")
    assert (told.user, told.urgency, told.path) == (owner, "act", "/tier/")


@pytest.mark.parametrize(
    ("changes", "lacking"),
    [
        ({"customer_retention_bps": 8_499}, "Customer retention"),
        ({"revenue_retention_bps": 8_500}, "Revenue retention"),
        ({"revenue_retention_bps": None}, "Revenue retention"),
    ],
)
def test_what_is_not_met_is_named(
    ready: EliteReview, manager: User, changes: dict[str, Any], lacking: str
) -> None:
    findings(ready, **changes)

    with pytest.raises(elite.EliteError, match=f"Not met yet: {lacking}."):
        invite(ready, manager)


def test_ninety_nine_certifications_are_too_few(
    ready: EliteReview, manager: User, partner: Partner
) -> None:
    Certification.objects.filter(kind=Certification.Kind.SOFTWARE).first().delete()  # type: ignore[union-attr]

    with pytest.raises(elite.EliteError, match="Valid certifications"):
        invite(ready, manager)


def test_the_reviewer_does_not_invite(ready: EliteReview, manager: User) -> None:
    findings(ready, actor=manager)

    with pytest.raises(elite.EliteError, match="does not decide"):
        invite(ready, manager)
    with pytest.raises(IntegrityError), transaction.atomic():
        EliteReviewFactory.create(invited=True, checked_by=manager, invited_by=manager)


def test_nobody_is_invited_before_the_review(partner: Partner, manager: User) -> None:
    review = EliteReviewFactory.create(partner=partner)

    with pytest.raises(elite.EliteError, match="Nobody has entered"):
        invite(review, manager)


# --- Answered -------------------------------------------------------------------------


def test_accepted_elite_is_credited_that_day(
    ready: EliteReview, partner: Partner, manager: User, owner: User
) -> None:
    review = answer(invite(ready, manager), owner)

    change = partner.tier_changes.latest("on", "pk")
    assert (change.on, change.tier, change.cause) == (
        TODAY, "elite", TierChange.Cause.ELITE_ACCEPTED,
    )  # fmt: skip
    assert (review.state, review.change) == ("accepted", change)
    assert Standing.objects.get(partner=partner).credited_tier == "elite"
    with pytest.raises(elite.EliteError, match="past that"):
        answer(review, owner)


def test_declined_the_invitation_ends(
    ready: EliteReview, partner: Partner, manager: User, owner: User
) -> None:
    answer(invite(ready, manager), owner, accept=False)

    partner.refresh_from_db()
    assert partner.elite_invited_on is None
    assert partner.tier_changes.latest("on").tier == "diamond"
    assert Notification.objects.get(kind="partners.elite_invited").done_at == at(TODAY)


def test_a_provider_cannot_accept(
    ready: EliteReview, partner: Partner, manager: User, owner: User
) -> None:
    review = invite(ready, manager)
    Partner.objects.filter(pk=partner.pk).update(membership="provider")

    with pytest.raises(elite.EliteError, match="provider"):
        answer(review, owner)


def test_closed_nobody_is_invited(ready: EliteReview, manager: User) -> None:
    elite.close_review(
        review_id=ready.pk, reason="Not now.", actor=manager, at=at(TODAY), today=TODAY
    )

    with pytest.raises(elite.EliteError, match="past that"):
        invite(ready, manager)


# --- Kept -----------------------------------------------------------------------------


@pytest.fixture
def short(partner: Partner) -> EliteReview:
    """Return the review of an Elite partner with too few certifications."""
    give(partner, *NUMBERS)
    TierChangeFactory.create(partner=partner, tier="elite", on=date(2026, 1, 15))
    services.show_credited_tiers(partner_ids=[partner.pk], on=TODAY)
    check(date(2027, 1, 15))
    check(date(2027, 1, 15))
    return partner.elite_reviews.get()


def test_failing_only_an_extra_criterion_leads_to_a_review_not_down(
    short: EliteReview, partner: Partner
) -> None:
    assert (short.kind, short.state) == ("keeping", "candidate")
    assert partner.evaluations.get().cause == "kept"
    assert Standing.objects.get(partner=partner).credited_tier == "elite"


def test_with_enough_certifications_nothing_is_reviewed(partner: Partner) -> None:
    give(partner, *NUMBERS)
    certify(partner, 99)
    TierChangeFactory.create(partner=partner, tier="elite", on=date(2026, 1, 15))

    check(date(2027, 1, 15))

    assert not EliteReview.objects.exists()


@pytest.mark.parametrize(("keep", "tier"), [(True, "elite"), (False, "diamond")])
def test_the_review_decides(
    short: EliteReview, partner: Partner, manager: User, keep: bool, tier: str
) -> None:
    findings(short)
    services.refresh_standings(on=date(2027, 1, 15))

    review = elite.conclude_review(
        review_id=short.pk, keep=keep, reason="Seen.", actor=manager,
        at=at(date(2027, 1, 20)), today=date(2027, 1, 20),
    )  # fmt: skip

    assert Standing.objects.get(partner=partner).credited_tier == tier
    assert bool(review.change) is not keep
    assert Notification.objects.filter(kind="partners.tier_lowered").exists() is not keep


def test_a_candidate_is_not_concluded_nor_an_elite_invited(
    short: EliteReview, manager: User
) -> None:
    findings(short)

    with pytest.raises(elite.EliteError, match="is Elite"):
        invite(short, manager)
    with pytest.raises(elite.EliteError, match="is Elite"):
        elite.close_review(
            review_id=short.pk, reason="No.", actor=manager, at=at(TODAY), today=TODAY
        )
