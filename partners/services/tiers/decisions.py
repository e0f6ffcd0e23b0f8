"""What all decisions about tiers share: storing them with their facts, crediting."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Max, Q, QuerySet

from partners.models import Certification, Evaluation, MembershipChange, TierChange
from partners.receipts.fingerprints import fingerprint_of
from partners.selectors import Edition
from partners.services import audit
from partners.services.standings import credited_tiers, show_credited_tiers
from partners.services.tiers.admissions import end_admissions
from program import tiers as rules
from program.rulebook import Tier


def stored(
    *,
    partner_id: int,
    on: date,
    at: datetime,
    credited: Tier,
    decision: rules.Decision,
    facts: dict[str, Any],
    edition: Edition,
    ends_cure_of: Evaluation | None = None,
) -> Evaluation:
    """Return a decision with its facts, not stored yet."""
    return Evaluation(
        partner_id=partner_id,
        on=on,
        credited_before=credited,
        tier=decision.tier,
        cause=decision.cause,
        best_tier=decision.best or Tier.NONE,
        protected_until=decision.protected_until,
        cure_until=decision.cure_until,
        ends_cure_of=ends_cure_of,
        facts=facts,
        sha256=fingerprint_of(edition=edition.code, partner_id=partner_id, facts=facts),
        edition_id=edition.id,
        decided_at=at,
    )


def carry_out(evaluations: list[Evaluation], *, on: date, at: datetime) -> int:
    """Store decisions and credit what they change; return how many tiers changed."""
    stored = Evaluation.objects.bulk_create(evaluations, batch_size=2_000)
    changes = [
        TierChange(
            partner_id=evaluation.partner_id,
            on=on,
            tier=evaluation.tier,
            cause=(
                TierChange.Cause.CERTIFICATION_LOST
                if evaluation.cause == Evaluation.Cause.CERTIFICATION_LOST
                else TierChange.Cause.DOWNGRADED
            ),
            evaluation=evaluation,
            recorded_at=at,
        )
        for evaluation in stored
        if evaluation.tier != evaluation.credited_before
    ]
    credit(changes)
    return len(changes)


def credit(changes: list[TierChange]) -> None:
    """Store changes of tiers, tell the audit log of each, and show them.

    Who loses Elite was invited to it once: that ends with it. Nobody is named there: a
    tier follows from the rules. What somebody decided that led to it, a review or an
    appeal, has an entry of its own.
    """
    if not changes:
        return
    newest = max(change.on for change in changes)
    partner_ids = [change.partner_id for change in changes]
    before = credited_tiers(partner_ids=partner_ids, on=newest)
    stored = TierChange.objects.bulk_create(changes, batch_size=2_000)
    audit.record_many(
        [
            audit.Act(
                "partners.tier_changed",
                partner_id=change.partner_id,
                of=change,
                changes={
                    "tier": (_tier_before(before, change.partner_id), change.tier),
                    "on": (None, change.on),
                },
                note=change.cause,
            )
            for change in stored
        ],
        actor=None,
        at=max(change.recorded_at for change in changes),
    )
    show_credited_tiers(partner_ids=partner_ids, on=newest)
    end_admissions(
        {
            change.partner_id: change.on
            for change in stored
            if change.tier != Tier.ELITE
            and _tier_before(before, change.partner_id) == Tier.ELITE
        },
        at=max(change.recorded_at for change in changes),
    )


def _tier_before(credited: dict[int, tuple[Tier, date]], partner_id: int) -> str:
    tier, _since = credited.get(partner_id, (Tier.NONE, None))
    return str(tier)


def certified_partners(*, on: date, first: int, last: int) -> set[int]:
    """Return the partners with a valid Solutions Partner Certification on a day (R8)."""
    return set(
        Certification.objects.solutions_partner_on(on)
        .filter(person__partner_id__gte=first, person__partner_id__lte=last)
        .values_list("person__partner_id", flat=True)
    )


def decided_after(*, on: date, first: int, last: int) -> set[int]:
    """Return the partners whose tier was changed or evaluated after a day.

    And those that became partner or provider after it: what they are now, they were not.
    """
    moved = MembershipChange.objects.exclude(cause=MembershipChange.Cause.JOINED)
    later: set[int] = set()
    for decisions in (TierChange.objects.all(), Evaluation.objects.all(), moved):
        later |= set(
            decisions.filter(partner_id__gte=first, partner_id__lte=last, on__gt=on)
            .values("partner_id")
            .annotate(newest=Max("on"))
            .values_list("partner_id", flat=True)
        )
    return later


def changes_since(evaluation: Evaluation) -> QuerySet[TierChange]:
    """Return what was credited after an evaluation, newest first.

    On its own day that is what was not there yet when it was decided: the end of a
    membership, an answer about Elite.
    """
    same_day = Q(
        on=evaluation.on,
        recorded_at__gte=evaluation.decided_at,
        cause__in=(
            TierChange.Cause.MEMBERSHIP_ENDED,
            TierChange.Cause.ELITE_ACCEPTED,
            TierChange.Cause.ELITE_ENDED,
        ),
    )
    return (
        TierChange.objects.filter(partner_id=evaluation.partner_id)
        .filter(same_day | Q(on__gt=evaluation.on))
        .order_by("-on", "-id")
    )
