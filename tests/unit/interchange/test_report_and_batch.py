"""Batches and the report they end up in."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, date, datetime

import pytest

from interchange import cells
from interchange.files import Batch, BundleFile, Column, Row
from interchange.report import KEPT_REFUSALS, MAX_SHOWN, Counts, Refusal, Report, shown
from interchange.seen import SeenKeys
from interchange.services import cut, without_repetitions

COLUMNS = (Column("ref", cells.ref, required=True), Column("name", cells.text(20)))


def no_load(batch: Batch) -> None:
    """Never called here."""


def bundle_file(*, key: tuple[str, ...] = ("ref",), batch_size: int = 3) -> BundleFile:
    return BundleFile(
        name="clients.csv", columns=COLUMNS, key=key, load=no_load, batch_size=batch_size
    )


def row(ref: str, line: int = 2) -> Row:
    return Row({"ref": ref, "name": None}, line=line)


def batch(report: Report, *rows: Row) -> Batch:
    return Batch(
        file=bundle_file(),
        rows=rows,
        report=report,
        on=date(2026, 3, 31),
        at=datetime(2026, 3, 31, 12, tzinfo=UTC),
    )


def refusal(line: int) -> Refusal:
    return Refusal(
        file="clients.csv", line=line, column="ref", value="x", reason="No.", advice="Do."
    )


# --- Batches -----------------------------------------------------------------------


def test_refusing_while_iterating_skips_nobody() -> None:
    report = Report()
    these = batch(report, *(row(f"C-{n}", n) for n in range(6)))

    for each in these.rows:
        if each.line % 2:
            these.refuse(each, "ref", "Odd.", "Make it even.")

    assert [each.line for each in these.rows] == [0, 2, 4]


def test_equal_rows_are_refused_one_by_one() -> None:
    report = Report()
    first, second = row("C-1", 2), row("C-1", 3)
    these = batch(report, first, second)

    these.refuse(second, "ref", "No.", "Do.")

    assert [each.line for each in these.rows] == [2]


def test_a_row_refused_for_two_reasons_counts_once() -> None:
    report = Report()
    only = row("C-1")
    these = batch(report, only)

    these.refuse(only, "ref", "No.", "Do.")
    these.refuse(only, "name", "Neither.", "Do.")
    these.settle()

    assert report.counts["clients.csv"].refused == 1
    assert [each.column for each in report.refusals] == ["ref", "name"]


def test_a_batch_that_is_not_settled_leaves_no_trace() -> None:
    report = Report()
    only = row("C-1")
    these = batch(report, only)

    these.count(new=1)
    these.refuse(only, "ref", "No.", "Do.")

    assert report.counts == {}
    assert report.refusal_count == 0


def test_quotes_the_cell_as_it_stands_in_the_file() -> None:
    report = Report()
    only = Row({"ref": "C-1", "name": "Ann"}, cells=[" C-1 "], positions={"ref": 0})
    these = batch(report, only)

    for column in ("ref", "name", ""):
        these.refuse(only, column, "No.", "Do.")
    these.settle()

    assert [each.value for each in report.refusals] == [" C-1 ", "", ""]


# --- Cutting -----------------------------------------------------------------------


def test_cuts_at_the_size() -> None:
    rows = [row(ref) for ref in "abcde"]

    batches = cut(rows, 2)

    found = [[each["ref"] for each in rows] for rows in batches]
    assert found == [["a", "b"], ["c", "d"], ["e"]]


def test_nothing_is_no_batch() -> None:
    assert list(cut([], 3)) == []


def test_the_later_row_of_an_object_is_refused() -> None:
    report = Report()
    rows = [row(ref, line) for line, ref in enumerate("abacb", start=2)]

    good = list(without_repetitions(rows, bundle_file(), report))

    assert [each.line for each in good] == [2, 3, 5]
    assert [(each.line, each.value) for each in report.refusals] == [(4, "a"), (6, "b")]
    assert [each.reason for each in report.refusals] == [
        "Line 2 is about the same object.",
        "Line 3 is about the same object.",
    ]
    assert report.total.refused == 2


def test_a_key_may_have_several_columns() -> None:
    rows = [
        Row({"ref": ref, "name": name}) for ref, name in ("ax", "ay", "bx", "ax", "ay")
    ]

    good = list(without_repetitions(rows, bundle_file(key=("ref", "name")), Report()))

    assert good == rows[:3]


def test_millions_of_keys_take_little_memory() -> None:
    with SeenKeys() as keys:
        tracemalloc.start()
        try:
            found = {keys.first_line(("C", n), n) for n in range(200_000)}
            used, _peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

        assert found == {None}
        assert [keys.first_line(("C", n), 7) for n in (0, 99, 199_999)] == [
            0,
            99,
            199_999,
        ]
    assert used < 100_000


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "clients"},
        {"key": ()},
        {"key": ("nobody",)},
        {"columns": (*COLUMNS, COLUMNS[0])},
        {"batch_size": 0},
    ],
    ids=["no .csv", "no key", "key is no column", "a column twice", "batches of none"],
)
def test_a_file_that_makes_no_sense_cannot_be_declared(wrong: dict[str, object]) -> None:
    right = {"name": "c.csv", "columns": COLUMNS, "key": ("ref",), "load": no_load}

    with pytest.raises(ValueError, match=r"clients|c\.csv"):
        BundleFile(**(right | wrong))  # type: ignore[arg-type]


# --- The report --------------------------------------------------------------------


def test_adds_up() -> None:
    report = Report()

    report.open_file("empty.csv")
    report.add("a.csv", Counts(new=1, refused=1), [refusal(2)])
    report.add("a.csv", Counts(unchanged=2), [])
    report.add("b.csv", Counts(changed=3), [])

    assert list(report.counts) == ["empty.csv", "a.csv", "b.csv"]
    assert report.counts["a.csv"].as_dict() == {
        "new": 1,
        "changed": 0,
        "unchanged": 2,
        "refused": 1,
    }
    assert report.total == Counts(new=1, changed=3, unchanged=2, refused=1)


def test_keeps_the_first_refusals_and_passes_on_all() -> None:
    passed_on: list[Refusal] = []
    report = Report(on_refusal=passed_on.append)

    for line in range(KEPT_REFUSALS + 5):
        report.add("clients.csv", Counts(refused=1), [refusal(line)])

    assert len(report.refusals) == KEPT_REFUSALS
    assert report.refusal_count == len(passed_on) == KEPT_REFUSALS + 5


def test_shows_values_short_and_printable() -> None:
    assert shown("Ann") == "Ann"
    assert shown("a\x1b[2Jb\ud800") == "a\\u001b[2Jb\\ud800"
    assert shown("x" * 500) == "x" * (MAX_SHOWN - 1) + "…"
