"""`manage.py demo_bundle FOLDER`: write a believable bundle (docs/interchange.md)."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outbox.clock import today as programme_today
from portal.demo_bundle import RECEIPT_MONTHS, Size, write_bundle

CLIENTS_EACH, DEALS_EACH = 8, 36


class Command(BaseCommand):
    help = (
        "Write a bundle of fictitious companies, the same for the same arguments and day."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument("--partners", type=int, default=40, metavar="N")
        parser.add_argument("--clients", type=int, metavar="N", help="8 a partner")
        parser.add_argument("--deals", type=int, metavar="N", help="36 a partner")
        parser.add_argument(
            "--months",
            type=int,
            default=RECEIPT_MONTHS,
            metavar="N",
            help="of receipts, 15 unless said otherwise",
        )
        parser.add_argument("--seed", type=int, default=1, metavar="S")
        parser.add_argument("--today", type=date.fromisoformat, metavar="DAY")

    def handle(
        self,
        *args: Any,
        folder: Path,
        partners: int,
        clients: int | None,
        deals: int | None,
        months: int,
        seed: int,
        today: date | None,
        **options: Any,
    ) -> None:
        try:
            size = Size(
                partners=partners,
                clients=CLIENTS_EACH * partners if clients is None else clients,
                deals=DEALS_EACH * partners if deals is None else deals,
            )
            counts = write_bundle(
                folder=folder,
                size=size,
                seed=seed,
                today=today or programme_today(),
                months=months,
                progress=self._progress(partners),
            )
        except OverflowError as error:
            raise CommandError(
                f"{today} is too late: some days of the bundle lie after it."
            ) from error
        except (ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        for name, count in counts.items():
            self.stdout.write(f"{name + '.csv':<20}{count:>12,}")

    def _progress(self, partners: int) -> Any:
        if not sys.stderr.isatty():
            return None

        def show(number: int) -> None:
            if number % 50 == 0 or number == partners:
                end = "\n" if number == partners else ""
                sys.stderr.write(f"\r{number:,} of {partners:,} companies{end}")
                sys.stderr.flush()

        return show
