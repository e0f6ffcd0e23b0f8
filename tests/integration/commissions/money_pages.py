"""What tests of the pages of commissions share: schedules with months behind them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse

from commissions.models import Dispute, Schedule, Statement
from commissions.services import disputing
from partners.models import Partner
from program.calendar import add_months
from tests.factories.money import (
    AccrualFactory,
    ReceiptFactory,
    ScheduleFactory,
    StatementFactory,
    StatementLineFactory,
)
from tests.integration.pages import NOON, TODAY, account_of

FIRST = date(2026, 1, 1)


def schedule_of(partner: Partner, *, months: int = 0, **line: Any) -> Schedule:
    """Open a schedule of USD 1,000 a month, won on 10 January 2026.

    For the first `months` months the client paid and the commission was accrued.
    """
    schedule: Schedule = ScheduleFactory.create(
        line__deal__partner=partner,
        **{f"line__{name}": each for name, each in line.items()},
    )
    for number in range(months):
        earn(schedule, add_months(FIRST, number))
    return schedule


def earn(schedule: Schedule, month: date, minor: int | None = None) -> None:
    """Have the client pay for a month, all of it or `minor`, and accrue it."""
    came = ReceiptFactory.create(
        client=schedule.client,
        product_line=schedule.product_line,
        month=month,
        amount_minor=schedule.mrr_minor if minor is None else minor,
        currency=schedule.currency,
    )
    AccrualFactory.create(
        schedule=schedule,
        month=month,
        base_minor=came.amount_minor,
        receipts=f"{came.pk}",
    )


def stated(schedule: Schedule, month: date, **statement: Any) -> Statement:
    """Put a month of a schedule into the first statement of its partner."""
    found: Statement = StatementFactory.create(partner=schedule.partner, **statement)
    StatementLineFactory.create(statement=found, schedule=schedule, month=month)
    return found


def contested(schedule: Schedule, **given: Any) -> Dispute:
    """Have an owner contest January 2026, for which they expect USD 300."""
    wanted: dict[str, Any] = {
        "schedule_id": schedule.pk,
        "month": FIRST,
        "expected_minor": 30_000,
        "text": "The client paid more.",
        "actor": account_of(schedule.partner),
        "at": NOON,
        "today": TODAY,
    }
    return disputing.contest(**wanted | given)


def address(name: str, dispute: Dispute) -> str:
    """Return the address of a page or an act about a contested month."""
    return reverse(f"commissions:{name}", args=[dispute.public_id])
