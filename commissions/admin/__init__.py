"""The back office of commissions: what came in, papers, what is paid, what is lost."""

from commissions.admin.adjustments import AdjustmentAdmin
from commissions.admin.bank import BankAccountAdmin
from commissions.admin.disputes import DisputeAdmin
from commissions.admin.forfeitures import ForfeitureAdmin, ForfeitureWaiverAdmin
from commissions.admin.papers import PaperDemandAdmin, PayoutDocumentAdmin
from commissions.admin.payouts import PaymentAdmin, PayoutRunAdmin
from commissions.admin.receipts import (
    FxRateAdmin,
    ReceiptAdmin,
    TouchlessIncreaseAdmin,
)
from commissions.admin.schedules import ScheduleAdmin
from commissions.admin.statements import StatementAdmin, StatementLineAdmin

__all__ = [
    "AdjustmentAdmin",
    "BankAccountAdmin",
    "DisputeAdmin",
    "ForfeitureAdmin",
    "ForfeitureWaiverAdmin",
    "FxRateAdmin",
    "PaperDemandAdmin",
    "PaymentAdmin",
    "PayoutDocumentAdmin",
    "PayoutRunAdmin",
    "ReceiptAdmin",
    "ScheduleAdmin",
    "StatementAdmin",
    "StatementLineAdmin",
    "TouchlessIncreaseAdmin",
]
