"""`manage.py audit_verify [--partner REF] [--head N:SHA256]` (docs/audit.md)."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from outbox import clock
from partners.models import Partner
from partners.services.audit_check import Tally, audit_faults
from partners.services.audit_seals import Heads

FAULTS: Final = 1
COULD_NOT_RUN: Final = 2


def _heads(text: str) -> Heads:
    if not re.fullmatch(r"\d{1,18}:[0-9a-f]{64}", text):
        raise ArgumentTypeError("a head is a number, a colon and 64 hexadecimal digits")
    number, _, sha256 = text.partition(":")
    return Heads(int(number), sha256)


class Command(BaseCommand):
    help = (
        "Recompute the chains of the audit log and list what was changed, taken out, "
        "slipped in, or waits for its seal for more than an hour. Exit code 1 if there "
        "is any, 2 if it could not run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--partner", metavar="REF", help="the chain of one company alone"
        )
        which.add_argument(
            "--head",
            type=_heads,
            metavar="N:SHA256",
            help="the ends of all chains as the log of some day named them",
        )

    def handle(
        self, *args: Any, partner: str | None, head: Heads | None, **options: Any
    ) -> None:
        tally = Tally()
        found = 0
        try:
            for fault in audit_faults(
                at=clock.now(), chain=_chain(partner), known=head, tally=tally
            ):
                found += 1
                self.stdout.write(fault)
        except Error as error:
            raise CommandError(
                f"The database failed, so nothing is proven: {str(error).strip()}",
                returncode=COULD_NOT_RUN,
            ) from error
        self.stdout.write(
            f"{tally.links} entries in {tally.chains} chains recomputed: {found} faults."
        )
        if found:
            sys.exit(FAULTS)


def _chain(ref: str | None) -> int | None:
    if ref is None:
        return None
    try:
        return Partner.objects.only("pk").get(ref=ref).pk
    except (Partner.DoesNotExist, ValueError) as error:
        raise CommandError(
            f"There is no partner {ref!r}.", returncode=COULD_NOT_RUN
        ) from error
