"""What changes about commissions. Pages, admin, commands and handlers call these."""

from commissions.services.accruing import (
    MonthNotOverError,
    accrue_clients,
    accrue_month,
    client_ranges,
    last_month_over,
)
from commissions.services.adjusting import (
    AdjustmentError,
    approve_adjustment,
    propose_adjustment,
    refuse_adjustment,
    withdraw_adjustment,
)
from commissions.services.catching_up import (
    catch_up,
    queue_end,
    queue_touched,
    settle_imported,
)
from commissions.services.payouts import (
    PayoutError,
    approve_run,
    cancel_run,
    check_run,
    execute_run,
    mark_paid,
    mark_rejected,
    prepare_run,
)
from commissions.services.receipts import (
    IncreaseError,
    ReceiptError,
    Stated,
    enter_receipt,
    record_increase,
    record_receipts,
    take_back_receipt,
    taken_back_by_people,
)
from commissions.services.schedules import (
    queue_missed,
    queue_settling,
    settle_schedules,
)
from commissions.services.statements import (
    Blocked,
    close_due,
    close_statement,
)

__all__ = [
    "AdjustmentError",
    "Blocked",
    "IncreaseError",
    "MonthNotOverError",
    "PayoutError",
    "ReceiptError",
    "Stated",
    "accrue_clients",
    "accrue_month",
    "approve_adjustment",
    "approve_run",
    "cancel_run",
    "catch_up",
    "check_run",
    "client_ranges",
    "close_due",
    "close_statement",
    "enter_receipt",
    "execute_run",
    "last_month_over",
    "mark_paid",
    "mark_rejected",
    "prepare_run",
    "propose_adjustment",
    "queue_end",
    "queue_missed",
    "queue_settling",
    "queue_touched",
    "record_increase",
    "record_receipts",
    "refuse_adjustment",
    "settle_imported",
    "settle_schedules",
    "take_back_receipt",
    "taken_back_by_people",
    "withdraw_adjustment",
]
