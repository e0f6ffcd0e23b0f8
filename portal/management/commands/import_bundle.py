"""`manage.py import_bundle FOLDER [--dry-run] [--report FILE]` (docs/interchange.md)."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _

import clients.imports
import commissions.imports
import deals.imports
import interchange.statistics
import partners.imports
from interchange.models import ImportRun
from interchange.progress import TerminalProgress
from interchange.report import Refusal, Report, shown
from interchange.services import (
    ALL_WELL,
    NOTHING_READ,
    BundleError,
    Finish,
    find_files,
    import_files,
)
from interchange.writer import CsvFile
from outbox.clock import now, program_day
from partners.services import audit
from portal.notices import tell_refused_rows

# Every file names only what stands in files before it.
FILES: Final = (
    *partners.imports.FILES,
    *clients.imports.FILES,
    *deals.imports.FILES,
    *commissions.imports.FILES,
)
FINISH: Final[tuple[Finish, ...]] = (
    interchange.statistics.gather,
    partners.imports.finish,
    commissions.imports.finish,
)

SHOWN_REFUSALS: Final = 20
COLUMNS: Final = ("file", "line", "column", "value", "reason", "advice")


class Command(BaseCommand):
    help = (
        "Import a bundle: a folder of CSV files from CRM, billing and product systems. "
        "Exit code 1 if any row was refused, 2 if nothing could be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument(
            "--dry-run", action="store_true", help="write nothing, report the same"
        )
        parser.add_argument(
            "--report", type=Path, metavar="FILE", help="write every refused row as CSV"
        )

    def handle(
        self,
        *args: Any,
        folder: Path,
        dry_run: bool,
        report: Path | None,
        **options: Any,
    ) -> None:
        try:
            found = find_files(folder=folder, files=FILES)
        except BundleError as error:
            raise CommandError(str(error), returncode=NOTHING_READ) from error
        progress = TerminalProgress(
            stream=sys.stderr,
            total_bytes=sum(each.size for each in found),
            seconds=time.monotonic,
        )
        with self._report(report, folder) as results:
            try:
                code = import_files(
                    found=found,
                    report=results,
                    on=program_day(now()),
                    clock=now,
                    dry_run=dry_run,
                    finish=FINISH,
                    progress=progress,
                    recorded=_record,
                )
            except DatabaseError as error:
                raise CommandError(
                    _("The database failed: %(error)s Import the same folder again.")
                    % {"error": str(error).strip()},
                    returncode=NOTHING_READ,
                ) from error
            finally:
                progress.clear()
        self._print(results, dry_run=dry_run)
        if code != ALL_WELL:
            raise CommandError(
                _("%(count)d rows were refused; %(broken)d files could not be read.")
                % {
                    "count": results.total.refused,
                    "broken": len(results.broken_files),
                },
                returncode=code,
            )

    @contextmanager
    def _report(self, path: Path | None, folder: Path) -> Iterator[Report]:
        """Give a report that writes its refusals to the file, if one is asked for."""
        if path is None:
            yield Report()
            return
        if path.parent.resolve() == folder.resolve():
            raise CommandError(
                _("The report would become part of the bundle: write it elsewhere."),
                returncode=NOTHING_READ,
            )
        try:
            out = CsvFile(path)
        except OSError as error:
            raise CommandError(str(error), returncode=NOTHING_READ) from error
        with out:
            out.row(COLUMNS)
            yield Report(on_refusal=lambda refusal: out.row(_cells(refusal)))

    def _print(self, report: Report, *, dry_run: bool) -> None:
        for warning in report.warnings:
            self.stdout.write(self.style.WARNING(warning))
        for refusal in report.refusals[:SHOWN_REFUSALS]:
            file, line, column, value, reason, advice = _cells(refusal)
            place = f"{file}:{line}" + (f" {column}" if column else "")
            quoted = f" {value!r}" if value else ""
            self.stdout.write(f"{place}:{quoted} {reason} {advice}")
        more = report.refusal_count - SHOWN_REFUSALS
        if more > 0:
            self.stdout.write(_("… and %(more)d more: --report FILE.") % {"more": more})
        head = (_("file"), _("new"), _("changed"), _("unchanged"), _("refused"))
        rows = [
            (name, counts.new, counts.changed, counts.unchanged, counts.refused)
            for name, counts in report.counts.items()
        ]
        self.stdout.write(f"{head[0]:<20}" + "".join(f"{each:>12}" for each in head[1:]))
        for name, *numbers in rows:
            self.stdout.write(f"{name:<20}" + "".join(f"{n:>12,}" for n in numbers))
        if dry_run:
            self.stdout.write(_("Dry run: nothing was written."))


def _record(run: ImportRun) -> None:
    """Tell the audit log and who mends refused rows; here, there is no account."""
    assert run.finished_at
    audit.record(
        "interchange.imported",
        actor=None,
        at=run.finished_at,
        partner_id=None,
        of=run,
        changes={
            name: (None, {what: n for what, n in counts.items() if n})
            for name, counts in run.counts.items()
        },
    )
    tell_refused_rows(run, at=run.finished_at)


def _cells(refusal: Refusal) -> tuple[str, int, str, str, str, str]:
    return (
        refusal.file,
        refusal.line,
        refusal.column,
        shown(refusal.value),
        refusal.reason,
        refusal.advice,
    )
