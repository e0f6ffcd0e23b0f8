"""Payouts: prepared, checked, approved by another, sent to the bank, answered (3.7)."""

from commissions.services.payouts.deciding import approve_run, cancel_run, check_run
from commissions.services.payouts.errors import PayoutError
from commissions.services.payouts.executing import (
    execute_run,
    mark_paid,
    mark_rejected,
    run_file,
)
from commissions.services.payouts.preparing import (
    Owed,
    Wait,
    all_owed,
    owed_now,
    prepare_run,
)
from program.payout import Way

__all__ = [
    "Owed",
    "PayoutError",
    "Wait",
    "Way",
    "all_owed",
    "approve_run",
    "cancel_run",
    "check_run",
    "execute_run",
    "mark_paid",
    "mark_rejected",
    "owed_now",
    "prepare_run",
    "run_file",
]
