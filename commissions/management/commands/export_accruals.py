"""`manage.py export_accruals --through MONTH [--out FILE]`: what sales have earned."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from commissions.selectors.accruals import earned_months
from interchange import cells
from interchange.writer import in_a_sentence, write_csv
from outbox import clock
from partners.services.exports import record_export
from program.money import Money

HEADER = (
    "partner_ref", "deal_ref", "product_line", "month", "plan", "base", "currency",
    "rate_bps", "commission",
)  # fmt: skip


def month(text: str) -> date:
    """Return the first day of a month written as 2025-06."""
    try:
        found: date = cells.month(text)
    except cells.CellError:
        raise ArgumentTypeError(f"{text!r} is no month: write 2025-06") from None
    return found


class Command(BaseCommand):
    help = (
        "Write what every line of every deal has earned up to a month as CSV: one row a "
        "month, corrections summed in, months without anything left out."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--through", type=month, required=True, metavar="MONTH")
        parser.add_argument("--out", type=Path, metavar="FILE")

    def handle(self, *args: Any, through: date, out: Path | None, **options: Any) -> None:
        record_export(
            "commissions.accruals",
            actor=None,
            at=clock.now(),
            partner_id=None,
            filters={"through": through.isoformat()},
        )
        with in_a_sentence(out):
            write_csv(out, HEADER, _rows(through))


def _rows(through: date) -> Iterator[Sequence[object]]:
    for each in earned_months(through=through):
        yield (
            each.partner_ref,
            each.deal_ref,
            each.product_line,
            f"{each.month:%Y-%m}",
            each.plan,
            Money(each.base, each.currency).amount,
            each.currency,
            each.rate_bps,
            Money(each.commission, each.currency).amount,
        )
