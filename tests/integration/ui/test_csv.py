"""Downloads that open right and cannot be made to run."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from hypothesis import example, given
from hypothesis import strategies as st

from ui.csv import BATCH, Cell, csv_response, neutralise, points_cell

FORMULA_STARTS = "=+-@\t\r\n\x00\uff1d\uff0b\uff0d\uff20"


def content(
    rows: Sequence[Sequence[Cell]], *, header: Sequence[Cell] = (), language: str = "en"
) -> str:
    with translation.override(language):
        response = csv_response(filename="x.csv", header=header, rows=rows)
    return b"".join(map(bytes, response)).decode()


def parsed(text: str, *, delimiter: str = ",") -> list[list[str]]:
    assert text[0] == "\ufeff"
    return list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=delimiter))


@pytest.mark.parametrize("start", list(FORMULA_STARTS))
@pytest.mark.parametrize("spaces", ["", " ", "\u00a0", "\u3000 "])
def test_neutralises_every_start_of_a_formula(start: str, spaces: str) -> None:
    text = f"{spaces}{start}cmd|'/c calc'!A1"

    assert neutralise(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Acme", "a=b", "'=1", "", " ", "1-2", "Söhne & Co"])
def test_leaves_other_text_alone(text: str) -> None:
    assert neutralise(text) == text


@given(st.text())
@example("=HYPERLINK(1)")
@example(" \uff1d1")
@example('a"\n=1')
@example("\x00=1")
def test_a_cell_comes_back_as_text_that_does_not_run(text: str) -> None:
    (_head, row) = parsed(content([[text, "next"]], header=["a", "b"]))

    assert row[1] == "next"
    assert row[0] in {text, f"'{text}"}
    assert not row[0].lstrip().startswith(tuple(FORMULA_STARTS))
    assert not row[0].startswith(tuple(FORMULA_STARTS))


@given(st.integers(-(10**15), 10**15))
def test_a_number_stays_a_number(micro: int) -> None:
    points = points_cell(micro)
    (row,) = parsed(content([[micro, points]]))[1:]

    assert int(row[0]) == micro
    assert Decimal(row[1]) * 1_000_000 == micro


def test_english_has_commas_and_french_what_a_french_excel_expects() -> None:
    rows: list[list[Cell]] = [["Crème", Decimal("-1234.5"), date(2025, 6, 30), None]]

    english = content(rows, header=["a", "b", "c", "d"])
    french = content(rows, header=["a", "b", "c", "d"], language="fr")

    assert english == "\ufeffa,b,c,d\r\nCrème,-1234.5,2025-06-30,\r\n"
    assert french == "\ufeffa;b;c;d\r\nCrème;-1234,5;2025-06-30;\r\n"


def test_texts_are_written_in_the_language_of_the_request() -> None:
    with translation.override("fr"):
        response = csv_response(filename="x.csv", header=[_("Language")], rows=[])

    # The server reads it after the middleware has put the language back.
    with translation.override("en"):
        lines = b"".join(map(bytes, response)).decode()

    assert lines == "\ufeffLangue\r\n"


def test_moments_keep_their_zone() -> None:
    at = datetime(2025, 6, 30, 12, tzinfo=UTC)

    assert parsed(content([[at]]))[1:] == [["2025-06-30T12:00:00+00:00"]]


def test_what_is_no_number_is_text() -> None:
    assert parsed(content([[True]]))[1:] == [["True"]]


def test_rows_are_read_as_they_are_written() -> None:
    read = 0

    def rows() -> Iterator[list[Cell]]:
        nonlocal read
        for number in range(3 * BATCH):
            read += 1
            yield [number]

    chunks = iter(csv_response(filename="x.csv", header=["n"], rows=rows()))
    next(chunks)
    next(chunks)

    assert read < 2 * BATCH


def test_is_a_download_nobody_keeps() -> None:
    response = csv_response(filename="pöints.csv", header=["n"], rows=[])

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Cache-Control"] == "private, no-store"
    disposition = response["Content-Disposition"]
    assert disposition == "attachment; filename*=utf-8''p%C3%B6ints.csv"
