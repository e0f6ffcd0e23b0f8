"""`manage.py export_points --on DAY [--out FILE]`: the ledger entries behind a day."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models.functions import Collate

from interchange.writer import export_collation, in_a_sentence, points_text, write_csv
from outbox import clock
from partners.models import PointsEntry
from partners.services.exports import record_export

HEADER = (
    "partner_ref", "source_ref", "kind", "points", "effective_on", "expires_on",
    "edition",
)  # fmt: skip


class Command(BaseCommand):
    help = (
        "Write the points entries that count on a day as CSV. Corrections are rows of "
        "their own, so that the rows of a partner and kind add up to its standing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", type=date.fromisoformat, required=True, metavar="DAY")
        parser.add_argument("--out", type=Path, metavar="FILE")

    def handle(self, *args: Any, on: date, out: Path | None, **options: Any) -> None:
        record_export(
            "partners.points",
            actor=None,
            at=clock.now(),
            partner_id=None,
            filters={"on": on.isoformat()},
        )
        with in_a_sentence(out):
            write_csv(out, HEADER, _rows(on))


def _rows(on: date) -> Iterator[Sequence[object]]:
    collation = export_collation()
    rows = (
        PointsEntry.objects.counting_on(on)
        .order_by(
            Collate("partner__ref", collation), Collate("source_ref", collation),
            # Rows that are the same in all of these are the same in the file.
            "kind", "effective_on", "seq", "points", "edition__effective_on",
        )
        .values_list(
            "partner__ref", "source_ref", "kind", "points", "effective_on",
            "expires_on", "edition__code",
        )
    )  # fmt: skip
    for ref, source, kind, points, begins, ends, edition in rows.iterator(
        chunk_size=5_000
    ):
        yield ref, source, kind, points_text(points), begins, ends or "", edition
