"""The tables of commissions: what came in, what it earned, what is owed and paid."""

from commissions.models.disputes import Dispute, DisputeMessage
from commissions.models.forfeitures import Forfeiture, ForfeitureWaiver
from commissions.models.marks import AccrualMark
from commissions.models.papers import (
    BankAccount,
    DocumentStep,
    PaperDemand,
    PayoutDocument,
)
from commissions.models.payouts import Payment, PaymentStep, PayoutRun, RunFile
from commissions.models.receipts import MAX_MINOR, FxRate, IsFirstDay, Receipt
from commissions.models.schedules import (
    Accrual,
    Schedule,
    ScheduleStep,
    TouchlessIncrease,
)
from commissions.models.statements import (
    Adjustment,
    Statement,
    StatementLine,
)
from commissions.models.visibility import (
    MONEY_ROLES,
    MONEY_STAFF,
    money_scope,
    sees_money,
)

__all__ = [
    "MAX_MINOR",
    "MONEY_ROLES",
    "MONEY_STAFF",
    "Accrual",
    "AccrualMark",
    "Adjustment",
    "BankAccount",
    "Dispute",
    "DisputeMessage",
    "DocumentStep",
    "Forfeiture",
    "ForfeitureWaiver",
    "FxRate",
    "IsFirstDay",
    "PaperDemand",
    "Payment",
    "PaymentStep",
    "PayoutDocument",
    "PayoutRun",
    "Receipt",
    "RunFile",
    "Schedule",
    "ScheduleStep",
    "Statement",
    "StatementLine",
    "TouchlessIncrease",
    "money_scope",
    "sees_money",
]
