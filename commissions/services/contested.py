"""What a contested month has to do with its correction: it ends with that, or goes on."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from commissions.models import Adjustment, Dispute
from commissions.notifications.disputes import (
    settle_told,
    tell_decided,
    tell_reopened,
)
from outbox import clock
from partners.models import User
from partners.selectors import edition_on
from partners.services import audit
from program.payout_life import DISPUTE_STEPS, DisputeEvent
from program.steps import Actor, step

ANSWER_DAYS: Final = 14
"""Days for an answer where an edition gives none for appeals: as long as one of those."""


def answer_days(on: date) -> int:
    """Return within how many days an answer is promised: as for appeals (3.4.7)."""
    rules = edition_on(on).rulebook
    return rules.tiers.appeal_decide_days or ANSWER_DAYS


def follow_adjustment(adjustment: Adjustment, *, actor: User, at: datetime) -> None:
    """Let a contested month follow what was decided about its correction.

    Approved, the month is corrected. Refused or taken back, it is open again: the clock
    runs anew, and both sides are told. Nothing happens for other adjustments. The caller
    holds the lock of the partner (reliability R7).
    """
    dispute = (
        Dispute.objects.select_for_update(of=("self",))
        .select_related("partner", "schedule")
        .filter(adjustment=adjustment, state=Dispute.State.PROPOSED)
        .first()
    )
    if dispute is None:
        return
    settle_told(dispute, at=at)
    before = dispute.state
    if adjustment.state == Adjustment.State.APPROVED:
        dispute.state = step(DISPUTE_STEPS, before, DisputeEvent.CORRECT, by=Actor.STAFF)
        dispute.decided_at = at
        dispute.save(update_fields=["state", "decided_at"])
        record_dispute("corrected", dispute, before=before, actor=actor, at=at)
        tell_decided(dispute, at=at)
        return
    dispute.state = step(DISPUTE_STEPS, before, DisputeEvent.REOPEN, by=Actor.STAFF)
    # The answer went with the correction that it announced; the audit log keeps it.
    dispute.decided_by, dispute.decided_at, dispute.answer = None, None, ""
    dispute.due_at = at + timedelta(days=answer_days(clock.program_day(at)))
    dispute.late_told_at = None
    dispute.save(
        update_fields=[
            *("state", "decided_by", "decided_at", "answer", "due_at", "late_told_at"),
        ]
    )
    record_dispute("reopened", dispute, before=before, actor=actor, at=at)
    tell_reopened(dispute, at=at)


def record_dispute(
    what: str,
    dispute: Dispute,
    *,
    before: str | None = None,
    note: str = "",
    actor: User | None,
    at: datetime,
) -> None:
    """Tell the audit log what became of a contested month; `before` is its old state."""
    changes = {} if before is None else {"state": (before, dispute.state)}
    audit.record(
        f"commissions.dispute_{what}",
        actor=actor,
        at=at,
        partner_id=dispute.partner_id,
        of=dispute,
        changes=changes,
        note=note,
    )
