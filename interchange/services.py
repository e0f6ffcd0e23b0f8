"""Importing a folder: find its files, read them in order, load them batch by batch."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Protocol

from django.db import connection, transaction
from django.utils.translation import gettext as _

from interchange.explain import ROW_ERRORS, explain
from interchange.files import Batch, BundleFile, Row
from interchange.models import ImportRun
from interchange.reader import Reader, UnreadableFileError
from interchange.report import Counts, Refusal, Report, shown
from interchange.seen import SeenKeys
from outbox.services.transient import persistently

ALL_WELL, SOME_REFUSED, NOTHING_READ = 0, 1, 2
"""Exit codes: everything is in; some rows or files were refused; no file was read."""

PUT_OFF_BATCHES = 4
"""How many batches of rows may wait for the others, so that memory stays flat."""


class BundleError(Exception):
    """The folder is no bundle; nothing was read."""


class Finish(Protocol):
    """What an app does once everything is in."""

    def __call__(self, *, on: date) -> None: ...


class Progress(Protocol):
    """Is told after each batch how far the import is; both numbers are of all files."""

    def __call__(self, filename: str, *, bytes_read: int, rows: int) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Found:
    """A file of the bundle and where it is."""

    file: BundleFile
    path: Path
    size: int


def find_files(*, folder: Path, files: Sequence[BundleFile]) -> list[Found]:
    """Return the files of the bundle that the folder has, in the order of `files`.

    Folders, hidden files and a README are left alone. Raises `BundleError` if the folder
    is not there, has a file that no bundle has, or none that one has.
    """
    known = {file.name for file in files}
    try:
        present = {
            path.name: path
            for path in folder.iterdir()
            if not path.name.upper().startswith((".", "README")) and not path.is_dir()
        }
    except OSError as error:
        raise BundleError(
            _("%(folder)s: %(error)s.") % {"folder": folder, "error": error.strerror}
        ) from None
    unknown = sorted(shown(name) for name in present.keys() - known)
    if unknown:
        raise BundleError(
            _("No bundle has a file %(unknown)s. Known are: %(known)s.")
            % {
                "unknown": ", ".join(unknown),
                "known": ", ".join(file.name for file in files),
            }
        )
    if not present:
        raise BundleError(
            _("%(folder)s has no CSV files of a bundle.") % {"folder": folder}
        )
    return [
        Found(file=file, path=present[file.name], size=_size(present[file.name]))
        for file in files
        if file.name in present
    ]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # the reader reports it


def import_files(
    *,
    found: Sequence[Found],
    report: Report,
    on: date,
    clock: Callable[[], datetime],
    dry_run: bool = False,
    finish: Iterable[Finish] = (),
    progress: Progress | None = None,
    actor_id: int | None = None,
    recorded: Callable[[ImportRun], None] | None = None,
) -> int:
    """Import the files and return the exit code; `report` tells what happened.

    Each batch is one transaction. A bad row is refused and never half applied, the good
    ones around it are stored. A dry run is one transaction that is rolled back. `on` is
    the programme's day, `clock` is asked for the moments of beginning and end. `recorded`
    is called with the finished run, in the transaction that stores it.
    """
    at = clock()
    steps = _Import(report=report, on=on, at=at, progress=progress)
    if dry_run:
        with transaction.atomic():
            steps.run(found)
            transaction.set_rollback(True)
        return _exit_code(report, found)
    run = ImportRun.objects.create(
        started_at=at, folder=found[0].path.parent.name[:255], actor_id=actor_id
    )
    steps.run(found)
    for each in finish:
        each(on=on)
    run.finished_at = clock()
    run.exit_code = _exit_code(report, found)
    run.counts = {name: counts.as_dict() for name, counts in report.counts.items()}
    run.refused_count = report.total.refused
    run.refusals = [
        asdict(refusal) | {"value": shown(refusal.value)} for refusal in report.refusals
    ]
    with transaction.atomic():
        run.save()
        if recorded is not None:
            recorded(run)
    return run.exit_code


def _exit_code(report: Report, found: Sequence[Found]) -> int:
    if len(report.broken_files) == len(found):
        return NOTHING_READ
    return SOME_REFUSED if report.refusal_count else ALL_WELL


def without_repetitions(
    rows: Iterable[Row], file: BundleFile, report: Report
) -> Iterator[Row]:
    """Pass on the first row of every object and refuse the others.

    If the later one counted, an unchanged bundle would change the object to and fro with
    every import, and post the difference each time.
    """
    names = file.key
    with SeenKeys() as seen:
        for row in rows:
            key = row[names[0]] if len(names) == 1 else tuple([row[n] for n in names])
            first = seen.first_line(key, row.line)
            if first is None:
                yield row
            else:
                report.add(file.name, Counts(refused=1), [_repeated(row, file, first)])


def _repeated(row: Row, file: BundleFile, first: int) -> Refusal:
    column = file.key[-1]
    return Refusal(
        file=file.name,
        line=row.line,
        column=column,
        value=row.written(column),
        reason=_("Line %(line)d is about the same object.") % {"line": first},
        advice=_("Keep one of the two rows."),
    )


def cut(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Cut rows into batches."""
    source = iter(rows)
    while batch := list(islice(source, size)):
        yield batch


@contextmanager
def collecting_by_hand() -> Iterator[None]:
    """Switch the garbage collector off: the block collects where few objects live.

    Millions of short-lived objects make it search in vain all the time, a fifth of an
    import. What exists already is set aside, so that a collection between two batches
    looks at little.
    """
    automatic = gc.isenabled()
    gc.disable()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        if automatic:
            gc.enable()


@dataclass(kw_only=True)
class _Import:
    """The state of one import. `rows` counts good rows for the progress bar.

    `put_off` are rows of the file being read that wait for the others.
    """

    report: Report
    on: date
    at: datetime
    progress: Progress | None
    rows: int = 0
    bytes_before: int = 0
    put_off: list[Row] = field(default_factory=list)

    def run(self, found: Sequence[Found]) -> None:
        with collecting_by_hand():
            self._read(found)

    def _read(self, found: Sequence[Found]) -> None:
        for each in found:
            self.report.open_file(each.file.name)
            reader = Reader(path=each.path, file=each.file, report=self.report)
            try:
                good = without_repetitions(reader, each.file, self.report)
                for rows in cut(good, each.file.batch_size):
                    self._store(each.file, rows)
                    if len(self.put_off) >= PUT_OFF_BATCHES * each.file.batch_size:
                        self._store_put_off(each.file)
                    gc.collect()
                    self.rows += len(rows)
                    self._tell(each.file.name, reader.bytes_read)
            except UnreadableFileError as error:
                self.report.refuse_file(each.file.name, error.reason, error.advice)
            self._store_put_off(each.file)
            self.bytes_before += each.size
            self._tell(each.file.name, 0)

    def _tell(self, filename: str, bytes_read: int) -> None:
        if self.progress is not None:
            self.progress(
                filename, bytes_read=self.bytes_before + bytes_read, rows=self.rows
            )

    def _store(self, file: BundleFile, rows: list[Row], *, last: bool = False) -> None:
        """Store a batch in one transaction, and put into the report what was stored."""
        for batch in persistently(lambda: self._transaction(file, rows, last=last)):
            batch.settle()
            self.put_off += batch.put_off

    def _store_put_off(self, file: BundleFile) -> None:
        """Store the rows that waited, as long as fewer have to wait each time."""
        before = 0
        while rows := self.put_off:
            self.put_off = []
            self._store(file, rows, last=len(rows) == before)
            before = len(rows)

    def _transaction(
        self, file: BundleFile, rows: list[Row], *, last: bool
    ) -> list[Batch]:
        try:
            with transaction.atomic():
                return [self._load(file, rows, last=last)]
        except ROW_ERRORS:
            with transaction.atomic():
                return self._in_parts(file, rows, last=last)

    def _batch(self, file: BundleFile, rows: list[Row], *, last: bool) -> Batch:
        return Batch(
            file=file, rows=rows, report=self.report, on=self.on, at=self.at, last=last
        )

    def _load(self, file: BundleFile, rows: list[Row], *, last: bool) -> Batch:
        batch = self._batch(file, rows, last=last)
        file.load(batch)
        return batch

    def _in_parts(self, file: BundleFile, rows: list[Row], *, last: bool) -> list[Batch]:
        """Store what can be stored: halve the rows until the bad ones stand alone.

        That is row by row for the bad ones, and a dozen steps instead of thousands for a
        single one among many. Each part is a savepoint, and the order is kept.
        """
        try:
            with transaction.atomic():
                batch = self._load(file, rows, last=last)
                if connection.vendor == "postgresql":
                    # Foreign keys are checked at commit, when it is too late to tell
                    # which row was to blame.
                    connection.check_constraints()
                return [batch]
        except ROW_ERRORS as error:
            if len(rows) == 1:
                reason = explain(error)
                batch = self._batch(file, rows, last=last)
                batch.refuse(rows[0], "", reason.reason, reason.advice)
                return [batch]
        middle = len(rows) // 2
        return [
            *self._in_parts(file, rows[:middle], last=last),
            *self._in_parts(file, rows[middle:], last=last),
        ]
