from django.db import migrations

from partners.append_only import ForbidChanges
from partners.state_guard import AllowSteps, FreezeFields
from program.payout_life import (
    ADJUSTMENT_STEPS,
    DISPUTE_STEPS,
    DOCUMENT_STEPS,
    PAYMENT_STEPS,
    RUN_STEPS,
)
from program.steps import Table, pairs


def steps(table: Table) -> list[tuple[str, str]]:
    return sorted(pairs(table))


class Migration(migrations.Migration):
    """Ledgers are only added to, states go their way, amounts that were decided stay."""

    dependencies = [("commissions", "0003_schedules_to_payouts")]

    operations = [
        ForbidChanges("receipt"),
        ForbidChanges("touchlessincrease"),
        ForbidChanges("schedulestep"),
        ForbidChanges("accrual"),
        ForbidChanges("forfeiture"),
        ForbidChanges("forfeiturewaiver"),
        ForbidChanges("statement"),
        ForbidChanges("statementline"),
        ForbidChanges("bankaccount"),
        ForbidChanges("documentstep"),
        ForbidChanges("paperdemand"),
        ForbidChanges("paymentstep"),
        ForbidChanges("disputemessage"),
        AllowSteps("adjustment", "state", steps(ADJUSTMENT_STEPS)),
        AllowSteps("dispute", "state", steps(DISPUTE_STEPS)),
        AllowSteps("payoutdocument", "state", steps(DOCUMENT_STEPS)),
        AllowSteps("payment", "state", steps(PAYMENT_STEPS)),
        AllowSteps("payoutrun", "state", steps(RUN_STEPS)),
        FreezeFields(
            "adjustment", ["partner", "amount_minor", "currency", "reason", "proposed_by"]
        ),
        FreezeFields("dispute", ["partner", "schedule", "month", "evidence", "opened_by"]),
        FreezeFields("payoutdocument", ["partner", "kind", "quarter"]),
        FreezeFields(
            "payment", ["run", "partner", "statement", "amount_minor", "currency", "account"]
        ),
        FreezeFields(
            "payoutrun",
            [
                *("currency", "execute_on", "total_minor", "payment_count"),
                *("prepared_by", "prepared_at"),
            ],
        ),
    ]
