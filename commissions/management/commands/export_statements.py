"""`manage.py export_statements --quarter 2026Q1 [--out FILE]` (docs/interchange.md)."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand
from django.db.models.functions import Collate

from commissions.models import Statement
from interchange.writer import export_collation, in_a_sentence, write_csv
from outbox import clock
from partners.services.exports import record_export
from program.money import Money

HEADER: Final = (
    *("partner_ref", "quarter", "currency", "accrued", "recovered", "withheld"),
    *("forfeited", "payable", "pay_on"),
)
_AMOUNTS: Final = ("accrued", "recovered", "withheld", "forfeited", "payable")


def quarter_named(text: str) -> date:
    """Return the first day of a quarter: "2026Q1" is 1 January 2026."""
    found = re.fullmatch(r"([0-9]{4})Q([1-4])", text)
    if not found or not int(found[1]):
        raise ArgumentTypeError("a quarter is a year, Q and 1 to 4: 2026Q1")
    return date(int(found[1]), 3 * int(found[2]) - 2, 1)


class Command(BaseCommand):
    help = "Write the statements of a quarter as CSV, one row for each partner."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--quarter", type=quarter_named, required=True, metavar="2026Q1"
        )
        parser.add_argument("--out", type=Path, metavar="FILE")

    def handle(self, *args: Any, quarter: date, out: Path | None, **options: Any) -> None:
        name = f"{quarter.year}Q{(quarter.month + 2) // 3}"
        statements = (
            Statement.objects.filter(quarter=quarter)
            .select_related("partner")
            .order_by(Collate("partner__ref", export_collation()))
        )
        with in_a_sentence(out):
            record_export(
                "commissions.statements",
                actor=None,
                at=clock.now(),
                partner_id=None,
                filters={"quarter": name},
            )
            write_csv(
                out,
                HEADER,
                (
                    (
                        one.partner.ref,
                        name,
                        one.currency,
                        *(
                            Money(getattr(one, f"{amount}_minor"), one.currency).amount
                            for amount in _AMOUNTS
                        ),
                        one.pay_on,
                    )
                    for one in statements.iterator(chunk_size=2_000)
                ),
            )
