"""`manage.py ledger_check`: does everything hold that must hold of the money?"""

from __future__ import annotations

import sys
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from commissions.services.invariants import findings
from outbox import clock

BROKEN: Final = 1
COULD_NOT_RUN: Final = 2


class Command(BaseCommand):
    help = (
        "Ask the database for everything about the money that must not be: statements "
        "that do not add up, lines in two of them, payments beyond what is owed. Exit "
        "code 1 if there is any, 2 if it could not run."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        broken = held = 0
        try:
            for finding in findings(on=clock.today()):
                self.stdout.write(str(finding))
                broken += finding.count > 0
                held += not finding.count
        except Error as error:
            raise CommandError(
                f"The database failed, so nothing is proven: {str(error).strip()}",
                returncode=COULD_NOT_RUN,
            ) from error
        self.stdout.write(f"{held} invariants hold, {broken} are broken.")
        if broken:
            sys.exit(BROKEN)
