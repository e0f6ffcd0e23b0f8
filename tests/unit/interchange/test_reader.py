"""Files of every kind: each is read, or refused with a reason; none is a traceback."""

from __future__ import annotations

import csv
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interchange import cells, lines
from interchange.files import Batch, BundleFile, Column
from interchange.reader import Reader, UnreadableFileError
from interchange.report import Report


def no_load(batch: Batch) -> None:
    """Never called here."""


CLIENTS = BundleFile(
    name="clients.csv",
    columns=(
        Column("ref", cells.ref, required=True),
        Column("name", cells.text(20), required=True),
        Column("since", cells.day),
        Column("seats", cells.integer(0, 100)),
    ),
    key=("ref",),
    load=no_load,
)


def read(
    path: Path, content: bytes | str
) -> tuple[list[tuple[int, dict[str, Any]]], Report]:
    """Return (line, values) of the good rows, and the report."""
    path = path / "clients.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    report = Report()
    rows = [
        (row.line, dict(row)) for row in Reader(path=path, file=CLIENTS, report=report)
    ]
    return rows, report


def refused(report: Report) -> list[tuple[int, str]]:
    return [(refusal.line, refusal.column) for refusal in report.refusals]


GOOD = {"ref": "C-1", "name": "Ann"}
BLANK = {"since": None, "seats": None}


@pytest.mark.parametrize(
    "content",
    [
        "ref,name\nC-1,Ann\n",
        "ref,name\r\nC-1,Ann\r\n",
        "ref,name\nC-1,Ann",
        "\ufeffref,name\nC-1,Ann\n",
        "ref;name\nC-1;Ann\n",
        "name,ref\nAnn,C-1\n",
        " REF , Name \n C-1 , Ann \n",
        '"ref","name"\n"C-1","Ann"\n',
        "ref,name,since,seats\nC-1,Ann,,\n",
        "ref,name,since,seats\nC-1,Ann,  ,\t\n",
        "ref,name\n\n  \nC-1,Ann\n,\n\n",
        "ref,name,\nC-1,Ann,\n",
    ],
    ids=[
        "unix", "windows", "no last line end", "byte order mark", "semicolons",
        "other order", "blanks around", "quotes", "blank cells", "only blanks",
        "blank lines", "a column without a name",
    ],
)  # fmt: skip
def test_reads(tmp_path: Path, content: str) -> None:
    rows, report = read(tmp_path, content)

    assert [BLANK | values for _line, values in rows] == [BLANK | GOOD]
    assert report.refusal_count == 0


def test_tells_a_blank_cell_from_an_absent_column(tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    path.write_text("ref,name,since\nC-1,Ann,\n")

    [row] = Reader(path=path, file=CLIENTS, report=Report())

    assert row == {"ref": "C-1", "name": "Ann", "since": None}
    assert row["seats"] is None
    assert row.given({"since": 1, "places": 2, "name": 3}, places="seats") == {
        "since": 1,
        "name": 3,
    }
    with pytest.raises(KeyError):
        row["saets"]


def test_counts_lines_from_the_header(tmp_path: Path) -> None:
    rows, report = read(tmp_path, "ref,name\n\nC-1,Ann\nC-2,\nC-3,Cid\n")

    assert [line for line, _values in rows] == [3, 5]
    assert refused(report) == [(4, "name")]


def test_ignores_unknown_columns_with_a_warning(tmp_path: Path) -> None:
    rows, report = read(tmp_path, 'ref,notes,name\nC-1,"a ""b""\nc, d",Ann\nC-2,x,Bob\n')

    assert [(line, values["name"]) for line, values in rows] == [(2, "Ann"), (4, "Bob")]
    assert "notes" in report.warnings[0]
    assert "clients.csv" in report.warnings[0]


def test_lists_every_wrong_cell_of_a_row_and_counts_the_row_once(tmp_path: Path) -> None:
    rows, report = read(tmp_path, "ref,name,since,seats\nC-1,,2025-02-30,many\n")

    assert rows == []
    assert refused(report) == [(2, "name"), (2, "since"), (2, "seats")]
    assert report.counts["clients.csv"].refused == 1
    assert report.refusals[1].value == "2025-02-30"


@pytest.mark.parametrize(
    ("bad", "column"),
    [
        pytest.param(b"C-2,B\xe9a", "", id="Latin-1"),
        pytest.param(b"C-2,B\x00b", "name", id="NUL"),
        pytest.param(b"C-2,B\x1b[31m", "name", id="escape sequence"),
        pytest.param(b"C-2,\xed\xa0\x80", "", id="surrogate"),
        pytest.param("C-2,a\u202eb".encode(), "name", id="direction override"),
        pytest.param(b"C-2", "", id="too few cells"),
        pytest.param(b"C-2,Bob,x", "", id="too many cells"),
        pytest.param(b'C-2,"Bob', "", id="open quote"),
        pytest.param(b'C-2,"Bob"by', "", id="text after a quote"),
        pytest.param(b'C-2,"Bo\nb"', "name", id="line break in a cell of ours"),
        pytest.param(b"C-2,a\rb", "name", id="lone carriage return"),
        pytest.param(b"C-2," + b"x" * 21, "name", id="too long a text"),
        pytest.param(b"C-2," + b"x" * 300_000, "", id="an endless line"),
        pytest.param(b'C-2,"' + b"x" * 200_000 + b'"', "", id="beyond the csv limit"),
        pytest.param(b'C-2,"' + b"x" * 300_000 + b'"', "", id="an endless quoted line"),
    ],
)
def test_a_bad_row_never_stops_the_good_ones(
    tmp_path: Path, bad: bytes, column: str
) -> None:
    good = b"C-1,Ann\n"
    rows, report = read(tmp_path, b"ref,name\n" + good + bad + b'\nC-3,Cid\n"C-4","D"\n')

    assert [values["ref"] for _line, values in rows] == ["C-1", "C-3", "C-4"]
    assert (3, column) in refused(report)
    assert all(refusal.reason and refusal.advice for refusal in report.refusals)


def test_quotes_inside_a_cell_are_part_of_it(tmp_path: Path) -> None:
    rows, report = read(tmp_path, 'ref,name\nC-1,Bob "the" B\nC-2,"5"" disk, new"\n')

    assert [values["name"] for _line, values in rows] == ['Bob "the" B', '5" disk, new']
    assert report.refusal_count == 0


def test_an_open_quote_costs_one_row_even_before_quoted_ones(tmp_path: Path) -> None:
    body = "".join(f'"C-{n}","Name {n}"\n' for n in range(5))
    rows, report = read(tmp_path, f'ref,name\nC-9,"open\n{body}')

    assert [values["ref"] for _line, values in rows] == [f"C-{n}" for n in range(5)]
    assert refused(report) == [(2, "")]


def test_gives_up_on_a_quote_after_a_bounded_number_of_lines(tmp_path: Path) -> None:
    count = 5 * lines.MAX_RECORD_LINES
    body = "".join(f"C-{n},Name\n" for n in range(count))
    rows, report = read(tmp_path, f'ref,name\nC-x,"open\n{body}')

    assert len(rows) == count
    assert refused(report) == [(2, "")]


INNER = "\nC-6,Eve\n"
MANY = "\n" * lines.MAX_RECORD_LINES


@pytest.mark.parametrize(
    ("row", "column", "last"),
    [
        pytest.param(f'C-2,"Bob{INNER}end"', "name", 5, id="in a cell of ours"),
        pytest.param(f'C-2,"Bob{INNER}end",x', "", 5, id="too many cells"),
        pytest.param(f'"C-2{INNER}end"', "", 5, id="too few cells"),
        pytest.param(f'5" disk,"Bob{INNER}end"', "name", 5, id="after a lone quote"),
        pytest.param(f'"C"x,"Bob{INNER}end"', "", 5, id="after a broken cell"),
        pytest.param(f'C-2,"5""{INNER}""end"""', "name", 5, id="quotes inside"),
        pytest.param(f'C-2,"{MANY}{INNER}"', "", 105, id="beyond the limit of lines"),
        pytest.param(
            f'C-2,"{INNER}{"x" * 300_000}"', "", 5, id="beyond the limit of a line"
        ),
        pytest.param(
            f'C-2,"{"x" * 300_000}{INNER}"', "", 5, id="behind an endless first line"
        ),
        pytest.param(
            f'C-2,"{INNER}{("x" * 99_999 + chr(10)) * 20}"', "", 25,
            id="beyond the limit of bytes",
        ),
    ],
)  # fmt: skip
def test_what_stands_in_a_quoted_cell_is_never_a_row(
    tmp_path: Path, row: str, column: str, last: int
) -> None:
    rows, report = read(tmp_path, f"ref,name\nC-1,Ann\n{row}\nC-3,Cid\n")

    assert [values["ref"] for _line, values in rows] == ["C-1", "C-3"]
    assert rows[1][0] == last + 1
    assert refused(report) == [(3, column)]
    assert f"line {last}" in report.refusals[0].reason


def test_a_quoted_cell_that_is_not_utf_8_is_no_row_either(tmp_path: Path) -> None:
    rows, report = read(tmp_path, b'ref,name\nC-2,"Bob\nC-6,Eve\n\xff"\nC-3,Cid\n')

    assert [values["ref"] for _line, values in rows] == ["C-3"]
    assert refused(report) == [(2, "")]


def test_an_open_quote_is_looked_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    take = lines.Lines.take

    def counted(source: lines.Lines) -> bytes:
        taken.append(source.line)
        return take(source)

    monkeypatch.setattr(lines.Lines, "take", counted)
    # Whether a quote is open before such a line or not, one is open behind it.
    _rows, report = read(tmp_path, "ref,name\n" + 'C","x\n' * 1_000)

    assert report.total.refused == 1_000
    assert len(taken) < 3_000


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b"\n\nC-1,Ann\n", "empty", id="blank first line"),
        pytest.param(b"\xef\xbb\xbf", "empty", id="only a mark"),
        pytest.param(b"ref\nC-1\n", "name", id="a required column is missing"),
        pytest.param(b"C-1,Ann\n", "ref, name", id="no header"),
        pytest.param(b"ref\tname\nC-1\tAnn\n", "ref, name", id="tabs"),
        pytest.param(b"ref,name,REF\nC-1,Ann,C-2\n", "twice", id="a column twice"),
        pytest.param(b'ref,"name\nC-1,Ann\n', "no header", id="open quote"),
        pytest.param(b"r\xe9f,name\nC-1,Ann\n", "no header", id="not UTF-8"),
        pytest.param("ref,name\nC-1,Ann\n".encode("utf-16"), "UTF-8", id="UTF-16"),
        pytest.param("ref,name\n".encode("utf-16-be"), "UTF-8", id="UTF-16 without mark"),
        pytest.param(b"PK\x03\x04\x00\x00", "UTF-8", id="a spreadsheet"),
        pytest.param(b"," * 2_000 + b"\n", "no header", id="two thousand columns"),
        pytest.param(b"x" * 400_000, "no header", id="an endless first line"),
    ],
)
def test_a_file_without_a_header_is_refused_as_a_whole(
    tmp_path: Path, content: bytes, words: str
) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read(tmp_path, content)

    assert words in caught.value.reason
    assert caught.value.advice


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    reader = Reader(path=tmp_path / "clients.csv", file=CLIENTS, report=Report())

    with pytest.raises(UnreadableFileError, match="No such file"):
        list(reader)


def test_a_header_alone_is_a_file_without_rows(tmp_path: Path) -> None:
    rows, report = read(tmp_path, "ref,name\n")

    assert rows == []
    assert report.refusal_count == 0


def test_tells_how_far_it_is(tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    path.write_text("ref,name\nC-1,Ann\nC-2,Bob\n")
    reader = Reader(path=path, file=CLIENTS, report=Report())

    before = reader.bytes_read
    list(reader)

    assert (before, reader.bytes_read) == (0, path.stat().st_size)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    max_examples=40,
)
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.text('ref,name;"\n\r\0x1é', max_size=200).map(
            lambda text: b"ref,name\n" + text.encode()
        ),
        st.lists(st.binary(max_size=20), max_size=20)
        .map(b"\n".join)
        .map(b"ref,name\n".__add__),
    )
)
def test_bytes_are_rows_or_refusals(tmp_path: Path, content: bytes) -> None:
    try:
        rows, report = read(tmp_path, content)
    except UnreadableFileError:
        return

    assert bool(report.refusals) == bool(report.total.refused)
    numbers = [line for line, _values in rows] + [line for line, _c in refused(report)]
    assert all(2 <= line <= content.count(b"\n") + 1 for line in numbers)
    assert [line for line, _values in rows] == sorted({line for line, _values in rows})


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    max_examples=40,
)
@given(names=st.lists(st.text('C-6,"\n\r', max_size=30), max_size=10))
def test_a_written_row_is_one_row_or_one_refusal(
    tmp_path: Path, names: list[str]
) -> None:
    path = tmp_path / "clients.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["ref", "name"])
        writer.writerows((f"R-{n}", name) for n, name in enumerate(names))

    rows, report = read(tmp_path, path.read_bytes())

    assert len(rows) + report.total.refused == len(names)
    assert all(values["ref"].startswith("R-") for _line, values in rows)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    max_examples=40,
)
@given(
    names=st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1)
        .filter(lambda name: name == name.strip() and len(name) <= 20),
        max_size=20,
    ),
    delimiter=st.sampled_from(",;"),
    end=st.sampled_from(("\n", "\r\n")),
)  # fmt: skip
def test_reads_what_a_csv_writer_writes(
    tmp_path: Path, names: list[str], delimiter: str, end: str
) -> None:
    path = tmp_path / "clients.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=end)
        writer.writerow(["ref", "name"])
        writer.writerows(enumerate(names))

    rows, report = read(tmp_path, path.read_bytes())

    assert report.refusal_count == 0
    assert [values["name"] for _line, values in rows] == [
        unicodedata.normalize("NFC", name) for name in names
    ]
