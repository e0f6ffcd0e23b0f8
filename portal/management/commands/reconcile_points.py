"""`manage.py reconcile_points`: recompute every points entry from its source."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from datetime import date
from itertools import chain
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from portal.reconciliation import Tally, ledger_faults, standing_faults, worked_off

DIFFERENCES: Final = 1
COULD_NOT_RUN: Final = 2


class Command(BaseCommand):
    help = (
        "Recompute every points entry from its deal line or managed client, and every "
        "standing from the ledger; list the differences. Exit code 1 if there are any, "
        "2 if it could not run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--until",
            type=date.fromisoformat,
            metavar="DAY",
            help=(
                "Managed points are owed up to this day; default: the last day the "
                "clock has worked off, or today before the go-live."
            ),
        )

    def handle(self, *args: Any, until: date | None, **options: Any) -> None:
        tally = Tally()
        found = 0
        try:
            until = until or worked_off()
            for fault in chain(
                ledger_faults(owed_until=until, tally=tally), standing_faults()
            ):
                found += 1
                self.stdout.write(fault)
        except Error as error:
            raise CommandError(
                f"The database failed, so nothing is proven: {str(error).strip()}",
                returncode=COULD_NOT_RUN,
            ) from error
        if tally.older_facts:
            self.stdout.write(
                f"{tally.older_facts} entries rest on facts that have changed since, "
                f"and are worth the same."
            )
        self.stdout.write(
            f"{tally.sources} sources and {tally.entries} entries recomputed, managed "
            f"points up to {until}: {found} differences."
        )
        if found:
            sys.exit(DIFFERENCES)
