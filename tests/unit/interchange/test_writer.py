"""CSV files that are whole or absent, and never run in a spreadsheet."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interchange.writer import CsvFile, points_text, safe_cell, write_csv

HEADER = ("ref", "points")


@pytest.mark.parametrize(
    ("micro", "text"),
    [
        (431_738_667, "431.738667"),
        (0, "0.000000"),
        (1, "0.000001"),
        (-1, "-0.000001"),
        (-1_500_000, "-1.500000"),
        (10**15, "1000000000.000000"),
    ],
)
def test_points_have_six_decimals(micro: int, text: str) -> None:
    assert points_text(micro) == text


@given(micro=st.integers(-(10**15), 10**15))
def test_points_are_exact(micro: int) -> None:
    assert Decimal(points_text(micro)) * 1_000_000 == micro


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("P-1", "P-1"),
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1+1", "'  =1+1"),
        ("\t=1", "'\t=1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("-12.50", "-12.50"),
        ("-12.50 EUR", "'-12.50 EUR"),
        (-5, "-5"),
        (Decimal("-0.10"), "-0.10"),
        (Decimal("1E+3"), "1000"),
        (date(2026, 3, 31), "2026-03-31"),
        (True, "1"),
        (None, ""),
        ("", ""),
    ],
)
def test_cells_are_harmless(value: object, cell: str) -> None:
    assert safe_cell(value) == cell


def test_floats_have_no_place_in_a_file() -> None:
    with pytest.raises(TypeError, match="float"):
        safe_cell(0.1)


def test_writes_header_and_rows(tmp_path: Path) -> None:
    out = tmp_path / "points.csv"

    write_csv(out, HEADER, [("P-1", 3), ('a "b", c', None)])

    assert out.read_bytes() == b'ref,points\nP-1,3\n"a ""b"", c",\n'


def test_writes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    write_csv(None, HEADER, iter([("=x", 3)]))

    assert capsys.readouterr().out == "ref,points\n'=x,3\n"


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "points.csv"
    out.write_text("old")

    def rows() -> Iterator[tuple[str, int]]:
        yield "P-1", 3
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        write_csv(out, HEADER, rows())

    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_a_reader_sees_the_old_file_until_the_new_one_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "points.csv"
    out.write_text("old")

    with CsvFile(out) as file:
        file.row(HEADER)
        during = out.read_text()

    assert during == "old"
    assert out.read_text() == "ref,points\n"
    assert list(tmp_path.iterdir()) == [out]


def test_a_place_that_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        CsvFile(tmp_path / "nowhere" / "points.csv")


def test_a_pipe_is_written_directly(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_csv(pipe, HEADER, [("P-1", 3)])

        assert os.read(reader, 100) == b"ref,points\nP-1,3\n"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
