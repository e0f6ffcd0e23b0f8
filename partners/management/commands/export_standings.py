"""`manage.py export_standings --on DAY [--out FILE]`: every partner's standing."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from interchange.writer import in_a_sentence, points_text, write_csv
from outbox import clock
from partners import standing_sql
from partners.selectors import NoEditionError, edition_on
from partners.services.exports import record_export

HEADER = (
    "partner_ref", "on", "edition", "sourced_points", "assisted_points", "managed_points",
    "total_points", "performing_tier", "credited_tier",
)  # fmt: skip

LAST_DAY = date.max - timedelta(days=366)
"""What expires, and the next evaluation, must still be in the calendar."""


class Command(BaseCommand):
    help = "Write the standing of every partner on a day as CSV, read from the ledger."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", type=date.fromisoformat, required=True, metavar="DAY")
        parser.add_argument("--out", type=Path, metavar="FILE")

    def handle(self, *args: Any, on: date, out: Path | None, **options: Any) -> None:
        if on > LAST_DAY:
            raise CommandError(f"{on} is too late: a standing looks a year ahead.")
        with in_a_sentence(out):
            try:
                edition = edition_on(on)
            except NoEditionError as error:
                raise CommandError(str(error)) from error
            record_export(
                "partners.standings",
                actor=None,
                at=clock.now(),
                partner_id=None,
                filters={"on": on.isoformat()},
            )
            write_csv(
                out,
                HEADER,
                (
                    (
                        standing.ref,
                        on.isoformat(),
                        edition.code,
                        points_text(standing.sourced),
                        points_text(standing.assisted),
                        points_text(standing.managed),
                        points_text(standing.total),
                        standing.performing_tier,
                        standing.credited_tier,
                    )
                    for standing in standing_sql.read(on=on, edition=edition)
                ),
            )
