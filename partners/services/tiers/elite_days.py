"""Finding whom to review for Elite: at a check by points, at an evaluation who is it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import BigIntegerField, ExpressionWrapper, F

from partners.models import EliteReview, Evaluation, MembershipChoice, Snapshot
from partners.receipts.elite import certifications_on
from partners.selectors import Edition, edition_on
from partners.services import audit
from partners.services.notifications import notify
from partners.services.standings import credited_tiers
from partners.services.tiers.elite import KIND, STATE
from partners.services.tiers.telling import back_office_page, staff_of
from program.calendar import add_months
from program.elite import is_near_elite, reaches_elite
from program.rulebook import Tier
from program.tiers import Totals

ALL_BPS = 10_000


@transaction.atomic
def find_candidates(*, on: date, at: datetime, first: int, last: int) -> int:
    """Open the reviews that the snapshots of a day call for; close what fell behind.

    Points of Elite make a candidate, the edition's share of them one that is near. Who
    declined, or whose review staff closed, is found again after a whole period. Returns
    how many reviews began or went on; repeating it changes none.
    """
    edition = edition_on(on)
    if not edition.rulebook.tiers.elite_requires_invitation:
        return 0
    found = _near(edition, on=on, first=first, last=last)
    ids = [snapshot.partner_id for snapshot in found]
    credited = credited_tiers(partner_ids=ids, on=on)
    open_reviews = {
        review.partner_id: review
        for review in EliteReview.objects.open()
        .select_for_update(of=("self",))
        .filter(partner_id__gte=first, partner_id__lte=last)
    }
    pause = add_months(on, -edition.rulebook.calendar.period_checks)
    resting = set(
        EliteReview.objects.filter(
            partner_id__in=ids, closed_on__gt=pause, closed_by__isnull=False
        ).values_list("partner_id", flat=True)
    )
    count = 0
    for snapshot in found:
        pk = snapshot.partner_id
        tier, _since = credited.get(pk, (Tier.NONE, on))
        if tier is Tier.ELITE or pk in resting:
            continue
        reached = reaches_elite(_totals(snapshot), edition.rulebook)
        state = STATE.CANDIDATE if reached else STATE.NEAR
        review = open_reviews.get(pk)
        if review is None:
            review = EliteReview(partner=snapshot.partner, opened_on=on, opened_at=at)
        elif review.state != STATE.NEAR or state == STATE.NEAR:
            continue
        review.state, review.snapshot = state, snapshot
        _begin(review, at=at)
        count += 1
    for pk, review in open_reviews.items():
        if review.state == STATE.NEAR and pk not in ids and review.opened_on < on:
            _fell_behind(review, on=on, at=at)
    return count


@transaction.atomic
def review_elite(*, on: date, at: datetime, first: int, last: int) -> int:
    """Open a review of each Elite partner that an evaluation day finds short of people.

    Its points were evaluated; the extra criteria lower nobody by themselves (3.12).
    Returns how many reviews were opened; repeating it opens none.
    """
    edition = edition_on(on)
    evaluated = Evaluation.objects.filter(
        partner_id__gte=first, partner_id__lte=last, on=on, tier=Tier.ELITE
    ).select_related("partner")
    elite = {evaluation.partner_id: evaluation.partner for evaluation in evaluated}
    reviewed = set(
        EliteReview.objects.filter(partner_id__in=elite, kind=KIND.KEEPING)
        .filter(opened_on__gte=on)
        .values_list("partner_id", flat=True)
    )
    reviewed |= set(
        EliteReview.objects.open()
        .filter(partner_id__in=elite)
        .values_list("partner_id", flat=True)
    )
    held = certifications_on(on, partner_ids=elite)
    count = 0
    for pk, partner in elite.items():
        enough = held.get(pk, 0) >= edition.rulebook.elite.certifications_min
        if enough or pk in reviewed:
            continue
        review = EliteReview(
            partner=partner,
            kind=KIND.KEEPING,
            state=STATE.CANDIDATE,
            opened_on=on,
            opened_at=at,
        )
        _begin(review, at=at)
        count += 1
    return count


def _near(edition: Edition, *, on: date, first: int, last: int) -> list[Snapshot]:
    """Return the snapshots of a day that are near the points of Elite, or reach them."""
    total = edition.rulebook.table.rows_by(Tier.ELITE).total
    share = edition.rulebook.elite.proximity_bps
    step = edition.rulebook.tiers.rounding_micro
    snapshots = (
        Snapshot.objects.filter(
            partner_id__gte=first,
            partner_id__lte=last,
            on=on,
            partner__membership=MembershipChoice.PARTNER,
        )
        .annotate(
            # Said here: a sum would pass for an integer of 32 bits on PostgreSQL.
            total=ExpressionWrapper(
                F("sourced") + F("assisted") + F("managed"),
                output_field=BigIntegerField(),
            )
        )
        # Few come near the total; the rules look at those.
        .filter(total__gte=total * share // ALL_BPS - step)
        .select_related("partner")
    )
    return [
        snapshot
        for snapshot in snapshots.order_by("partner_id")
        if is_near_elite(_totals(snapshot), edition.rulebook)
    ]


def _totals(snapshot: Snapshot) -> Totals:
    return Totals(
        sourced=snapshot.sourced, assisted=snapshot.assisted, managed=snapshot.managed
    )


def _begin(review: EliteReview, *, at: datetime) -> None:
    review.save()
    audit.record(
        "partners.elite_found",
        actor=None,
        at=at,
        partner_id=review.partner_id,
        of=review,
        changes={"state": (None, review.state)},
    )
    notify(
        "partners.elite_candidate",
        key=f"elite-found:{review.pk}:{review.state}",
        user_ids=staff_of(review.partner),
        at=at,
        partner_id=review.partner_id,
        facts={"partner": review.partner.name, "state": review.state},
        path=back_office_page(review),
    )


def _fell_behind(review: EliteReview, *, on: date, at: datetime) -> None:
    """Close the review of a partner that is not near Elite any more; nobody did."""
    review.state = STATE.CLOSED
    review.closed_at, review.closed_on = at, on
    review.save()
    audit.record(
        "partners.elite_closed",
        actor=None,
        at=at,
        partner_id=review.partner_id,
        of=review,
        changes={"state": (STATE.NEAR, STATE.CLOSED)},
    )
