"""`manage.py reconcile_accruals [--through MONTH]`: are all lines what the rules say?"""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from commissions.management.commands.export_accruals import month
from commissions.selectors.reconciling import Difference, Stray, differences, strays
from commissions.services import last_month_over
from outbox import clock
from program.money import Money


class Command(BaseCommand):
    help = (
        "Recompute every schedule from the facts and every accrual from the receipts, by "
        "the pure rules, and print what differs. Nothing is written. Exit code 1 if "
        "anything differs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--through", type=month, metavar="MONTH", help="the last month that is over"
        )

    def handle(self, *args: Any, through: date | None, **options: Any) -> None:
        through = through or last_month_over(clock.now())
        count = 0
        for stray in strays():
            count += 1
            self.stdout.write(_stray_words(stray))
        for difference in differences(through=through):
            count += 1
            self.stdout.write(_words(difference))
        if count:
            raise CommandError(f"{count} differences.", returncode=1)
        self.stdout.write(f"Reproduced to the cent through {through:%Y-%m}.")


def _stray_words(stray: Stray) -> str:
    what = f"differs in {', '.join(stray.columns)}" if stray.columns else "is missing"
    return f"{stray.deal_ref}, line {stray.line_id}: the schedule {what}"


def _words(difference: Difference) -> str:
    schedule, should = difference.schedule, difference.should
    stored = (
        Money(difference.commission, schedule.currency)
        if difference.commission is not None
        else "no line"
    )
    return (
        f"{schedule.deal_ref}, {schedule.product_line}, {difference.month:%Y-%m}: "
        f"{stored} instead of {should.commission} on {should.base}"
    )
