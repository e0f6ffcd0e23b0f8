"""Telling companies what a check of their tier decided, some time after it (3.4).

A check decides about thousands; telling is put into the outbox in parts of its own, in
the transaction of the decisions, and finds them by the moment at which they were made.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from outbox import services as outbox
from outbox.services import JSON
from partners.models import Evaluation, Role, TierChange, TierChoice
from partners.receipts.addresses import credited_tier_url
from partners.services.notifications import accounts_of, notify, settle_notifications
from program.rulebook import Tier

PARTNERS_AT_ONCE = 100


@transaction.atomic
def queue_tier_news(*, at: datetime, first: int, last: int) -> int:
    """Queue telling what was decided at a moment about partners `first`..`last`.

    Call it in the transaction of the decisions. Returns how many companies are told.
    """
    changes = TierChange.objects.filter(
        partner_id__gte=first, partner_id__lte=last, recorded_at=at
    )
    evaluations = Evaluation.objects.filter(
        partner_id__gte=first, partner_id__lte=last, decided_at=at
    )
    concerned = sorted(
        {
            *changes.values_list("partner_id", flat=True),
            *evaluations.values_list("partner_id", flat=True),
        }
    )
    for start in range(0, len(concerned), PARTNERS_AT_ONCE):
        part: list[JSON] = list(concerned[start : start + PARTNERS_AT_ONCE])
        outbox.put(
            "partners.tell_tiers",
            key=f"tiers:{at.isoformat()}:{part[0]}",
            decided_at=at.isoformat(),
            partners=part,
        )
    return len(concerned)


@transaction.atomic
def tell_tiers(*, decided_at: datetime, partner_ids: Sequence[int], at: datetime) -> None:
    """Tell companies what was decided about them at a moment; each of it once.

    The end of a cure settles what asked for it.
    """
    changes = TierChange.objects.filter(
        partner_id__in=partner_ids,
        recorded_at=decided_at,
        # What evaluations changed is told with them.
        cause__in=(TierChange.Cause.UPGRADED, TierChange.Cause.APPEAL_REJECTED),
    )
    for change in changes.select_related("partner").order_by("partner_id", "on", "pk"):
        before = (
            TierChange.objects.filter(partner_id=change.partner_id, on__lte=change.on)
            .exclude(pk=change.pk)
            .order_by("-on", "-pk")
            .first()
        )
        tell_change(change, before=before.tier if before else TierChoice.NONE, at=at)
    evaluations = Evaluation.objects.filter(
        partner_id__in=partner_ids, decided_at=decided_at
    )
    for each in evaluations.select_related("partner", "ends_cure_of").order_by(
        "partner_id", "on", "pk"
    ):
        if each.ends_cure_of is not None:
            settle_notifications(key=_cure_key(each.ends_cure_of), at=at)
        if each.tier != TierChoice.NONE or each.credited_before != TierChoice.NONE:
            _tell_evaluation(each, at=at)


def tell_change(change: TierChange, *, before: str, at: datetime) -> None:
    """Tell a company of one change of its tier; needs the partner loaded."""
    rises = Tier(change.tier) > Tier(before)
    kind = "partners.tier_raised" if rises else "partners.tier_lowered"
    _tell(change, kind=kind, key=f"tier:{change.public_id}", before=before, at=at)


def _tell_evaluation(evaluation: Evaluation, *, at: datetime) -> None:
    kind, key = "partners.tier_kept", f"evaluation:{evaluation.public_id}"
    if evaluation.tier != evaluation.credited_before:
        rises = Tier(evaluation.tier) > Tier(evaluation.credited_before)
        kind = "partners.tier_raised" if rises else "partners.tier_lowered"
    elif evaluation.cure_until is not None:
        kind, key = "partners.tier_cure_begun", _cure_key(evaluation)
    _tell(evaluation, kind=kind, key=key, before=evaluation.credited_before, at=at)


def _cure_key(evaluation: Evaluation) -> str:
    return f"cure:{evaluation.public_id}"


def _tell(
    decision: TierChange | Evaluation, *, kind: str, key: str, before: str, at: datetime
) -> None:
    partner = decision.partner
    facts: dict[str, JSON] = {
        "company": partner.name,
        "tier": decision.tier,
        "before": before,
        "on": decision.on.isoformat(),
        "cause": decision.cause,
    }
    cure_until = None
    if isinstance(decision, Evaluation):
        cure_until = decision.cure_until
        until = decision.protected_until
        facts["protected_until"] = outbox.iso(until)
    notify(
        kind,
        key=key,
        user_ids=accounts_of(partner_id=partner.pk, roles=tuple(Role)),
        at=at,
        partner_id=partner.pk,
        facts=facts,
        path=credited_tier_url(partner, decision.on),
        due_on=cure_until if kind == "partners.tier_cure_begun" else None,
    )
