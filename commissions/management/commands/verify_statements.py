"""`manage.py verify_statements [--partner REF]`: are statements what they say?"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from commissions.services.statements.verifying import Tally, statement_faults
from partners.models import Partner

FAULTS: Final = 1
COULD_NOT_RUN: Final = 2


class Command(BaseCommand):
    help = (
        "Recompute every statement from its sources: lines, rates, sums and the chain of "
        "seals. Exit code 1 if one is not reproduced, 2 if it could not run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--partner", metavar="REF", help="those of one partner alone")

    def handle(self, *args: Any, partner: str | None, **options: Any) -> None:
        tally = Tally()
        found = 0
        try:
            for fault in statement_faults(partner_id=_partner(partner), tally=tally):
                found += 1
                self.stdout.write(str(fault))
        except Error as error:
            raise CommandError(
                f"The database failed, so nothing is proven: {str(error).strip()}",
                returncode=COULD_NOT_RUN,
            ) from error
        for day, currency in sorted(tally.rates_corrected):
            self.stdout.write(
                f"The rate of {currency} on {day} was corrected since; statements keep "
                "the one they were closed with."
            )
        counted = f"{tally.statements} statements of {tally.partners} partners"
        if found:
            self.stdout.write(f"{counted}: {found} faults.")
            sys.exit(FAULTS)
        self.stdout.write(f"{counted}, {tally.lines} lines: reproduced to the cent.")


def _partner(ref: str | None) -> int | None:
    if ref is None:
        return None
    try:
        return Partner.objects.only("pk").get(ref=ref).pk
    except (Partner.DoesNotExist, ValueError) as error:
        raise CommandError(
            f"There is no partner {ref!r}.", returncode=COULD_NOT_RUN
        ) from error
