"""From a folder to the database: order, transactions, refusals, dry runs, traces."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError

from clients.models import Client, UsageReading
from interchange import cells
from interchange.files import Batch, BundleFile, Column, Row
from interchange.models import ImportRun
from interchange.report import Report
from interchange.services import (
    ALL_WELL,
    NOTHING_READ,
    SOME_REFUSED,
    find_files,
    import_files,
)
from interchange.upsert import find_ids, upsert

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
HEADER = "ref,name,country\n"


class Loads:
    """A loader of clients that remembers the sizes of its batches."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def __call__(self, batch: Batch) -> None:
        self.sizes.append(len(batch.rows))
        for row in batch.rows:
            if row["name"] == "Nobody":
                batch.refuse(row, "name", "Nobody is no client.", "Leave the row out.")
        wanted: dict[tuple[Any, ...], dict[str, Any]] = {
            (row["ref"],): {
                "name": row["name"],
                "country": row["country"],
                # A seeded fault of the database, not of a cell.
                "segment": "?" * 20 if row["name"] == "Fault" else "small",
            }
            for row in batch.rows
        }
        if any(values["name"] == "Clash" for values in wanted.values()):
            raise IntegrityError("a clash")
        batch.count_upserted(upsert(Client, wanted, key=("ref",)))


@pytest.fixture
def loads() -> Loads:
    return Loads()


def clients_file(load: Callable[[Batch], None], size: int = 100) -> BundleFile:
    return BundleFile(
        name="clients.csv",
        columns=(
            Column("ref", cells.ref, required=True),
            Column("name", cells.text(200), required=True),
            Column("country", cells.country, required=True),
        ),
        key=("ref",),
        load=load,
        batch_size=size,
    )


def load_usage(batch: Batch) -> None:
    clients = find_ids(Client, [row["client_ref"] for row in batch.rows])
    for row in batch.rows:
        if row["client_ref"] not in clients:
            batch.refuse(row, "client_ref", "There is no such client.", "Add it.")
    wanted: dict[tuple[Any, ...], dict[str, Any]] = {
        (clients[row["client_ref"]], "email", batch.on): {
            "activated": True,
            "active_users": row["active_users"],
        }
        for row in batch.rows
    }
    batch.count_upserted(
        upsert(UsageReading, wanted, key=("client_id", "tool", "measured_on"))
    )


USAGE = BundleFile(
    name="usage.csv",
    columns=(
        Column("client_ref", cells.ref, required=True),
        # A parser that lets through what the table refuses.
        Column("active_users", cells.integer(-100, 100)),
    ),
    key=("client_ref",),
    load=load_usage,
)


def run(folder: Path, files: Sequence[BundleFile], **options: Any) -> tuple[int, Report]:
    report = Report()
    moments: Iterator[datetime] = (NOON + timedelta(minutes=n) for n in range(99))
    code = import_files(
        found=find_files(folder=folder, files=files),
        report=report,
        on=TODAY,
        clock=lambda: next(moments),
        **options,
    )
    return code, report


def names() -> dict[str, str]:
    return dict(Client.objects.order_by("ref").values_list("ref", "name"))


def test_stores_counts_and_leaves_a_trace(tmp_path: Path, loads: Loads) -> None:
    (tmp_path / "clients.csv").write_text(HEADER + "a,Ann,FR\nb,Bob,RE\n")

    code, report = run(tmp_path, [clients_file(loads)])

    assert code == ALL_WELL
    assert names() == {"a": "Ann", "b": "Bob"}
    assert report.counts["clients.csv"].new == 2
    trace = ImportRun.objects.get()
    assert (trace.folder, trace.exit_code) == (tmp_path.name, ALL_WELL)
    assert trace.started_at == NOON
    assert trace.finished_at == NOON + timedelta(minutes=1)
    assert trace.counts["clients.csv"]["new"] == 2


def test_a_second_import_changes_nothing(tmp_path: Path, loads: Loads) -> None:
    (tmp_path / "clients.csv").write_text(HEADER + "a,Ann,FR\nb,Bob,RE\n")
    run(tmp_path, [clients_file(loads)])

    _code, report = run(tmp_path, [clients_file(loads)])

    assert report.counts["clients.csv"].as_dict() == {
        "new": 0,
        "changed": 0,
        "unchanged": 2,
        "refused": 0,
    }


def test_the_later_row_of_an_object_is_refused_every_time(
    tmp_path: Path, loads: Loads
) -> None:
    (tmp_path / "clients.csv").write_text(HEADER + "a,Ann,FR\nb,Bob,FR\na,Anna,FR\n")

    code, first = run(tmp_path, [clients_file(loads, 2)])
    _code, second = run(tmp_path, [clients_file(loads, 2)])

    assert code == SOME_REFUSED
    assert names() == {"a": "Ann", "b": "Bob"}
    assert [(each.line, each.column) for each in first.refusals] == [(4, "ref")]
    assert "Line 2" in first.refusals[0].reason
    assert second.counts["clients.csv"].as_dict() == {
        "new": 0,
        "changed": 0,
        "unchanged": 2,
        "refused": 1,
    }


def test_bad_rows_never_stop_the_good_ones(tmp_path: Path, loads: Loads) -> None:
    (tmp_path / "clients.csv").write_text(
        HEADER + "a,Ann,FR\nb,Bob,XX\nc,Nobody,FR\nd,\nClash,Clash,FR\ne,Eve,FR\n"
    )

    code, report = run(tmp_path, [clients_file(loads)])

    assert code == SOME_REFUSED
    assert names() == {"a": "Ann", "e": "Eve"}
    assert sorted((each.line, each.column) for each in report.refusals) == [
        (3, "country"),
        (4, "name"),
        (5, ""),
        (6, ""),
    ]
    assert report.counts["clients.csv"].as_dict() == {
        "new": 2,
        "changed": 0,
        "unchanged": 0,
        "refused": 4,
    }
    trace = ImportRun.objects.get()
    assert (trace.exit_code, trace.refused_count) == (SOME_REFUSED, 4)
    assert trace.refusals[0]["advice"]


def test_what_the_database_refuses_costs_only_that_row(
    tmp_path: Path, loads: Loads
) -> None:
    refs = [f"c{n:03}" for n in range(200)]
    (tmp_path / "clients.csv").write_text(
        HEADER + "".join(f"{ref},Client,FR\n" for ref in refs)
    )
    users = {"c017": -1, "c101": -2, "c102": -3}
    (tmp_path / "usage.csv").write_text(
        "client_ref,active_users\n"
        + "".join(f"{ref},{users.get(ref, 5)}\n" for ref in refs)
    )

    code, report = run(tmp_path, [clients_file(loads, 500), USAGE])

    assert code == SOME_REFUSED
    assert UsageReading.objects.count() == 197
    assert [each.line for each in report.refusals] == [19, 103, 104]
    assert "usage reading counts in range" in report.refusals[0].reason
    assert report.counts["usage.csv"].as_dict() == {
        "new": 197,
        "changed": 0,
        "unchanged": 0,
        "refused": 3,
    }


def test_a_fault_costs_few_calls_among_many_rows(tmp_path: Path, loads: Loads) -> None:
    rows = [f"c{n},{'Clash' if n == 321 else 'Ann'},FR\n" for n in range(1_000)]
    (tmp_path / "clients.csv").write_text(HEADER + "".join(rows))

    _code, report = run(tmp_path, [clients_file(loads, 1_000)])

    assert Client.objects.count() == 999
    assert [each.line for each in report.refusals] == [323]
    assert len(loads.sizes) < 30


def test_files_are_loaded_in_the_order_they_are_declared(
    tmp_path: Path, loads: Loads
) -> None:
    (tmp_path / "usage.csv").write_text("client_ref,active_users\na,5\nz,5\n")
    (tmp_path / "clients.csv").write_text(HEADER + "a,Ann,FR\n")

    code, report = run(tmp_path, [clients_file(loads), USAGE])

    assert code == SOME_REFUSED
    assert list(report.counts) == ["clients.csv", "usage.csv"]
    assert UsageReading.objects.get().client.ref == "a"
    assert [each.value for each in report.refusals] == ["z"]


def test_a_dry_run_reports_the_same_and_writes_nothing(
    tmp_path: Path, loads: Loads
) -> None:
    Client.objects.create(ref="a", name="Ann", country="FR")
    (tmp_path / "clients.csv").write_text(
        HEADER + "a,Anna,FR\nb,Bob,FR\nc,Nobody,FR\nClash,Clash,FR\n"
    )
    finished: list[date] = []

    code, dry = run(
        tmp_path,
        [clients_file(loads)],
        dry_run=True,
        finish=[lambda *, on: finished.append(on)],
    )
    stored = names()
    _code, real = run(tmp_path, [clients_file(loads)])

    assert code == SOME_REFUSED
    assert stored == {"a": "Ann"}
    assert finished == []
    assert dry.counts == real.counts
    assert dry.refusals == real.refusals
    assert ImportRun.objects.count() == 1


def test_finishes_once_everything_is_in(tmp_path: Path, loads: Loads) -> None:
    (tmp_path / "clients.csv").write_text(HEADER + "a,Ann,FR\n")
    seen: list[tuple[date, int]] = []

    run(
        tmp_path,
        [clients_file(loads)],
        finish=[lambda *, on: seen.append((on, Client.objects.count()))],
    )

    assert seen == [(TODAY, 1)]


def test_a_broken_file_does_not_stop_the_others(tmp_path: Path, loads: Loads) -> None:
    (tmp_path / "clients.csv").write_text(HEADER + "a,Ann,FR\n")
    (tmp_path / "usage.csv").write_text("")

    code, report = run(tmp_path, [clients_file(loads), USAGE])

    assert code == SOME_REFUSED
    assert names() == {"a": "Ann"}
    assert report.broken_files == ["usage.csv"]
    assert report.refusals[0].file == "usage.csv"


def test_when_no_file_can_be_read_nothing_was(tmp_path: Path, loads: Loads) -> None:
    (tmp_path / "clients.csv").write_text("")
    (tmp_path / "usage.csv").write_bytes(b"\xff\xfe")

    code, _report = run(tmp_path, [clients_file(loads), USAGE])

    assert code == NOTHING_READ
    assert ImportRun.objects.get().exit_code == NOTHING_READ


def test_a_fault_of_the_portal_is_not_blamed_on_a_row(tmp_path: Path) -> None:
    def load(_batch: Batch) -> None:
        raise ZeroDivisionError

    (tmp_path / "clients.csv").write_text(HEADER + "a,Ann,FR\n")

    with pytest.raises(ZeroDivisionError):
        run(tmp_path, [clients_file(load)])

    trace = ImportRun.objects.get()
    assert (trace.finished_at, trace.exit_code) == (None, None)


def test_a_batch_is_stored_whole_or_not(tmp_path: Path) -> None:
    def load(batch: Batch) -> None:
        for row in batch.rows:
            if row["ref"] == "d":
                raise ZeroDivisionError
            Client.objects.create(ref=row["ref"], name=row["name"], country="FR")

    (tmp_path / "clients.csv").write_text(
        HEADER + "a,Ann,FR\nb,Bob,FR\nc,Cid,FR\nd,Dan,FR\n"
    )

    with pytest.raises(ZeroDivisionError):
        run(tmp_path, [clients_file(load, 2)])

    assert names() == {"a": "Ann", "b": "Bob"}


def test_progress_ends_at_the_size_of_the_bundle(tmp_path: Path, loads: Loads) -> None:
    body = "".join(f"c{n},Ann,FR\n" for n in range(500))
    (tmp_path / "clients.csv").write_text(HEADER + body)
    told: list[tuple[str, int, int]] = []

    def progress(filename: str, *, bytes_read: int, rows: int) -> None:
        told.append((filename, bytes_read, rows))

    run(tmp_path, [clients_file(loads, 100)], progress=progress)

    size = (tmp_path / "clients.csv").stat().st_size
    assert told[-1] == ("clients.csv", size, 500)
    assert [bytes_read for _name, bytes_read, _rows in told] == sorted(
        bytes_read for _name, bytes_read, _rows in told
    )


def test_batches_come_in_order_and_add_up(tmp_path: Path, loads: Loads) -> None:
    seen: list[Row] = []

    def load(batch: Batch) -> None:
        seen.extend(batch.rows)
        loads(batch)

    (tmp_path / "clients.csv").write_text(
        HEADER + "".join(f"c{n},Name {n},FR\n" for n in range(50))
    )

    _code, report = run(tmp_path, [clients_file(load, 4)])

    assert [row["name"] for row in seen] == [f"Name {n}" for n in range(50)]
    assert report.total.new == Client.objects.count() == 50
