"""The lives of what is paid: runs, payments, papers, disputes, adjustments, as tables.

Two people stand behind every payment: who prepares a run cannot approve it, who proposes
an adjustment cannot approve that (reliability R8, Z5). A paid payment is never undone; a
rejected one makes way for another attempt.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from program.steps import Actor, Table, leads_to

FACTOR_IS_FRESH = timedelta(minutes=10)
"""For how long a second factor that was shown is good for what moves money."""


def is_fresh(shown_at: datetime | None, *, at: datetime) -> bool:
    """Say whether a second factor was shown recently enough, and not in the future."""
    return shown_at is not None and timedelta() <= at - shown_at <= FACTOR_IS_FRESH


class RunState(StrEnum):
    """Where a payout run stands."""

    PREPARED = "prepared"
    CHECKED = "checked"
    APPROVED = "approved"
    EXECUTED = "executed"
    CANCELLED = "cancelled"


class RunEvent(StrEnum):
    """What happens to a payout run."""

    CHECK = "check"
    APPROVE = "approve"
    EXECUTE = "execute"
    CANCEL = "cancel"


RUN_STEPS: Table = {
    (RunState.PREPARED, RunEvent.CHECK): leads_to(RunState.CHECKED, Actor.STAFF),
    (RunState.CHECKED, RunEvent.APPROVE): leads_to(RunState.APPROVED, Actor.STAFF),
    (RunState.APPROVED, RunEvent.EXECUTE): leads_to(RunState.EXECUTED, Actor.STAFF),
    (RunState.PREPARED, RunEvent.CANCEL): leads_to(RunState.CANCELLED, Actor.STAFF),
    (RunState.CHECKED, RunEvent.CANCEL): leads_to(RunState.CANCELLED, Actor.STAFF),
    (RunState.APPROVED, RunEvent.CANCEL): leads_to(RunState.CANCELLED, Actor.STAFF),
}


class PaymentState(StrEnum):
    """Where one payment stands. The first three are alive: they count as paid."""

    PREPARED = "prepared"
    SENT = "sent"
    PAID = "paid"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


LIVE_PAYMENTS = (PaymentState.PREPARED, PaymentState.SENT, PaymentState.PAID)


class PaymentEvent(StrEnum):
    """What happens to a payment."""

    SEND = "send"
    PAY = "pay"
    REJECT = "reject"
    CANCEL = "cancel"


PAYMENT_STEPS: Table = {
    (PaymentState.PREPARED, PaymentEvent.SEND): leads_to(PaymentState.SENT, Actor.STAFF),
    (PaymentState.PREPARED, PaymentEvent.CANCEL): leads_to(
        PaymentState.CANCELLED, Actor.STAFF
    ),
    (PaymentState.SENT, PaymentEvent.PAY): leads_to(PaymentState.PAID, Actor.STAFF),
    (PaymentState.SENT, PaymentEvent.REJECT): leads_to(
        PaymentState.REJECTED, Actor.STAFF
    ),
}


class DocumentState(StrEnum):
    """Where a paper stands (3.8)."""

    IN_PROGRESS = "in_progress"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    REPLACED = "replaced"


class DocumentEvent(StrEnum):
    """What happens to a paper."""

    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    RESTART = "restart"
    REPLACE = "replace"


DOCUMENT_STEPS: Table = {
    (DocumentState.IN_PROGRESS, DocumentEvent.SUBMIT): leads_to(
        DocumentState.PENDING, Actor.PARTNER
    ),
    (DocumentState.PENDING, DocumentEvent.APPROVE): leads_to(
        DocumentState.APPROVED, Actor.STAFF
    ),
    (DocumentState.PENDING, DocumentEvent.REJECT): leads_to(
        DocumentState.REJECTED, Actor.STAFF
    ),
    # A partner may take a paper back and file it anew, as long as nobody approved it.
    (DocumentState.PENDING, DocumentEvent.RESTART): leads_to(
        DocumentState.IN_PROGRESS, Actor.PARTNER
    ),
    (DocumentState.REJECTED, DocumentEvent.RESTART): leads_to(
        DocumentState.IN_PROGRESS, Actor.PARTNER
    ),
    # An approved one holds until its successor is approved, or its bank account changes.
    (DocumentState.APPROVED, DocumentEvent.REPLACE): leads_to(
        DocumentState.REPLACED, Actor.PARTNER, Actor.STAFF
    ),
}


class DisputeState(StrEnum):
    """Where a contested line stands."""

    OPEN = "open"
    PROPOSED = "proposed"
    CORRECTED = "corrected"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


UNDECIDED_DISPUTES = (DisputeState.OPEN, DisputeState.PROPOSED)
"""Somebody waits for an answer: a correction that is only proposed is none."""


class DisputeEvent(StrEnum):
    """What happens to a dispute."""

    PROPOSE = "propose"
    CORRECT = "correct"
    REOPEN = "reopen"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


DISPUTE_STEPS: Table = {
    # It ends with the correction that a second person approves, not with the proposal.
    (DisputeState.OPEN, DisputeEvent.PROPOSE): leads_to(
        DisputeState.PROPOSED, Actor.STAFF
    ),
    (DisputeState.PROPOSED, DisputeEvent.CORRECT): leads_to(
        DisputeState.CORRECTED, Actor.STAFF
    ),
    (DisputeState.PROPOSED, DisputeEvent.REOPEN): leads_to(
        DisputeState.OPEN, Actor.STAFF
    ),
    (DisputeState.OPEN, DisputeEvent.REFUSE): leads_to(DisputeState.REFUSED, Actor.STAFF),
    (DisputeState.OPEN, DisputeEvent.WITHDRAW): leads_to(
        DisputeState.WITHDRAWN, Actor.PARTNER
    ),
}


class AdjustmentState(StrEnum):
    """Where an adjustment by hand stands; only an approved one counts."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class AdjustmentEvent(StrEnum):
    """What happens to an adjustment."""

    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


ADJUSTMENT_STEPS: Table = {
    (AdjustmentState.PROPOSED, AdjustmentEvent.APPROVE): leads_to(
        AdjustmentState.APPROVED, Actor.STAFF
    ),
    (AdjustmentState.PROPOSED, AdjustmentEvent.REFUSE): leads_to(
        AdjustmentState.REFUSED, Actor.STAFF
    ),
    (AdjustmentState.PROPOSED, AdjustmentEvent.WITHDRAW): leads_to(
        AdjustmentState.WITHDRAWN, Actor.STAFF
    ),
}
