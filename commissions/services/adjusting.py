"""Adjustments by hand: one proposes with a reason, another decides (3.7, Z5)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from commissions.models import MAX_MINOR, Adjustment, StatementLine
from commissions.notifications.approvals import (
    settle_adjustment_told,
    tell_adjustment_waits,
)
from commissions.services.contested import follow_adjustment
from partners.models import Partner, User
from partners.services import audit
from program.payout_life import ADJUSTMENT_STEPS, AdjustmentEvent, is_fresh
from program.steps import Actor, IllegalStepError, step


class AdjustmentError(ValueError):
    """An adjustment that cannot be proposed or decided; the sentence says why."""


@transaction.atomic
def propose_adjustment(
    *,
    partner_id: int,
    amount_minor: int,
    reason: str,
    corrects_id: int | None = None,
    actor: User,
    at: datetime,
) -> Adjustment:
    """Propose an amount, in minor units of the partner's payout currency.

    `corrects_id` is the line of a statement that it corrects. Raises `AdjustmentError`
    for nothing, too much, no reason, and a line of another partner.
    """
    partner = Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
    if not amount_minor or abs(amount_minor) > MAX_MINOR:
        raise AdjustmentError(_("An adjustment is an amount, more or less than nothing."))
    if not reason.strip():
        raise AdjustmentError(_("Say why: the partner reads it."))
    if corrects_id is not None:
        lines = StatementLine.objects.filter(pk=corrects_id, statement__partner=partner)
        if not lines.exists():
            raise AdjustmentError(_("That line is not of this partner."))
    adjustment = Adjustment.objects.create(
        partner=partner,
        amount_minor=amount_minor,
        currency=partner.payout_currency,
        reason=reason.strip(),
        corrects_id=corrects_id,
        proposed_by=actor,
        proposed_at=at,
    )
    _record("proposed", adjustment, before="", actor=actor, at=at)
    tell_adjustment_waits(adjustment, at=at)
    return adjustment


@transaction.atomic
def approve_adjustment(
    *,
    adjustment_id: int,
    factor_at: datetime | None,
    actor: User,
    at: datetime,
    answer: str = "",
) -> Adjustment:
    """Approve a proposal: it stands in the next statement.

    Raises `AdjustmentError` for one's own, without a second factor that was shown a
    moment ago (at `factor_at`), and once it is decided.
    """
    adjustment = _locked(adjustment_id)
    if not is_fresh(factor_at, at=at):
        raise AdjustmentError(_("Show your second factor again, then approve."))
    if adjustment.proposed_by_id == actor.pk:
        raise AdjustmentError(_("You proposed this: another person approves it."))
    return _decide(adjustment, AdjustmentEvent.APPROVE, answer, actor=actor, at=at)


@transaction.atomic
def refuse_adjustment(
    *, adjustment_id: int, answer: str, actor: User, at: datetime
) -> Adjustment:
    """Refuse a proposal, with a reason. Raises `AdjustmentError`."""
    adjustment = _locked(adjustment_id)
    if not answer.strip():
        raise AdjustmentError(_("Say why it is refused."))
    return _decide(adjustment, AdjustmentEvent.REFUSE, answer, actor=actor, at=at)


@transaction.atomic
def withdraw_adjustment(*, adjustment_id: int, actor: User, at: datetime) -> Adjustment:
    """Take the own proposal back. Raises `AdjustmentError`."""
    adjustment = _locked(adjustment_id)
    if adjustment.proposed_by_id != actor.pk:
        raise AdjustmentError(_("Who proposed it takes it back; others refuse it."))
    return _decide(adjustment, AdjustmentEvent.WITHDRAW, "", actor=actor, at=at)


def _locked(adjustment_id: int) -> Adjustment:
    """Return an adjustment, locked after its partner (reliability R7)."""
    partner_id = Adjustment.objects.values_list("partner_id", flat=True).get(
        pk=adjustment_id
    )
    Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
    return Adjustment.objects.select_for_update(of=("self",)).get(pk=adjustment_id)


def _decide(
    adjustment: Adjustment,
    event: AdjustmentEvent,
    answer: str,
    *,
    actor: User,
    at: datetime,
) -> Adjustment:
    before = adjustment.state
    try:
        adjustment.state = step(ADJUSTMENT_STEPS, before, event, by=Actor.STAFF)
    except IllegalStepError as error:
        raise AdjustmentError(_("It is decided already.")) from error
    adjustment.decided_by, adjustment.decided_at = actor, at
    adjustment.answer = answer.strip()[:500]
    adjustment.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    _record(adjustment.state, adjustment, before=before, actor=actor, at=at)
    settle_adjustment_told(adjustment, at=at)
    follow_adjustment(adjustment, actor=actor, at=at)
    return adjustment


def _record(
    what: str, adjustment: Adjustment, *, before: str, actor: User, at: datetime
) -> None:
    audit.record(
        f"commissions.adjustment_{what}",
        actor=actor,
        at=at,
        partner_id=adjustment.partner_id,
        of=adjustment,
        changes={
            "state": (before, adjustment.state),
            "amount_minor": (None, adjustment.amount_minor),
            "currency": (None, adjustment.currency),
        },
        note=adjustment.answer or adjustment.reason,
    )
