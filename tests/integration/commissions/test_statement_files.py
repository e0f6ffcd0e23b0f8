"""A statement as PDF, CSV and XLSX: complete, in the reader's language, never run."""

from __future__ import annotations

import csv
import io
import re
import zlib
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import openpyxl
import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from commissions.models import Statement
from commissions.services.statements.files import statement_sheet
from commissions.services.statements.printing import statement_pdf
from partners.models import AuditEntry
from tests.factories import PersonFactory
from tests.factories.money import (
    AccrualFactory,
    FxRateFactory,
    ScheduleFactory,
    StatementFactory,
    StatementLineFactory,
)
from ui.sheets import CSV, XLSX, write_sheet

pytestmark = pytest.mark.django_db


@pytest.fixture
def statement() -> Statement:
    """Return a statement with a commission in euro, a correction, and an adjustment."""
    person = PersonFactory.create(with_account=True, partner__name="Łódź & Söhne")
    statement: Statement = StatementFactory.create(partner=person.partner, line_count=3)
    StatementLineFactory.create(
        statement=statement,
        schedule__line__deal__name="=HYPERLINK(1)",
        source_minor=20_000,
        source_currency="EUR",
        rate_e10=10_831_000_001,
        into_e10=10**10,
        rate_on=date(2026, 1, 31),
        minor=21_662,
    )
    StatementLineFactory.create(
        statement=statement, number=2, accrual=1, source_minor=-1_662, minor=-1_662
    )
    StatementLineFactory.create(
        statement=statement,
        number=3,
        of_adjustment=True,
        adjustment__reason="@SUM(1) counted short",
        source_minor=5_000,
    )
    return statement


def written(statement: Statement, file_format: str, language: str) -> bytes:
    file = io.BytesIO()
    rows = write_sheet(
        statement_sheet(statement), file, file_format=file_format, language=language
    )
    assert rows == 3
    return file.getvalue()


def test_csv_has_exact_amounts_and_no_formula(statement: Statement) -> None:
    text = written(statement, CSV, "en").decode("utf-8-sig")

    first, second, third = csv.DictReader(io.StringIO(text))
    assert first["Deal"] == "'=HYPERLINK(1)"
    assert (first["Amount"], first["Currency"]) == ("200.00", "EUR")
    assert first["Rate, US dollars"] == "1.0831000001"
    assert first["Counts as, USD"] == "216.62"
    assert second["Kind"] == "Correction"
    assert second["Counts as, USD"] == "-16.62"
    assert third["Reason"] == "'@SUM(1) counted short"


def test_csv_of_a_french_reader_opens_in_a_french_spreadsheet(
    statement: Statement,
) -> None:
    text = written(statement, CSV, "fr").decode("utf-8-sig")

    assert "200,00;EUR" in text


def test_xlsx_has_numbers_as_numbers_and_texts_as_texts(statement: Statement) -> None:
    book = openpyxl.load_workbook(io.BytesIO(written(statement, XLSX, "en")))

    rows = list(book.active.iter_rows())
    heading = [cell.value for cell in rows[0]]
    first = dict(zip(heading, rows[1], strict=True))
    assert first["Counts as, USD"].value == 216.62
    assert first["Deal"].data_type != "f"
    assert first["Deal"].value == "'=HYPERLINK(1)"
    assert {cell.data_type for row in rows for cell in row}.isdisjoint({"f"})


def texts_of(pdf: bytes) -> int:
    """Return how many texts the pages of a PDF have."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    count = 0
    for stream in streams:
        try:
            count += zlib.decompress(stream).count(b" Tj")
        except zlib.error:
            continue
    return count


@pytest.mark.parametrize("language", ["en", "fr"])
def test_pdf_is_complete_and_the_same_again(statement: Statement, language: str) -> None:
    pdf = statement_pdf(statement, language=language)

    assert pdf.startswith(b"%PDF-")
    assert pdf.count(b"/Type /Page\n") == 1
    # The letters of the names are there, as letters of one font.
    assert b"DejaVuSans" in pdf
    assert texts_of(pdf) > 3 * 3
    assert statement_pdf(statement, language=language) == pdf


def test_pdf_turns_pages(statement: Statement) -> None:
    for number in range(4, 124):
        StatementLineFactory.create(
            statement=statement,
            number=number,
            of_adjustment=True,
            source_minor=1,
        )

    assert statement_pdf(statement, language="en").count(b"/Type /Page\n") == 3


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("pdf", "application/pdf"),
        ("csv", "text/csv; charset=utf-8"),
        (
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ],
)
def test_files_are_downloads_that_nobody_keeps_and_that_are_recorded(
    statement: Statement, name: str, media_type: str
) -> None:
    browser = Client()
    user = statement.partner.people.get().user
    assert user
    browser.force_login(user)

    answer = browser.get(
        reverse(f"commissions:statement_{name}", args=[statement.public_id])
    )

    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert (
        f'filename="statement-1-2026Q1.{name}"' in (answer.headers["Content-Disposition"])
    )
    assert b"".join(answer)
    entry = AuditEntry.objects.get(action="commissions.statement_exported")
    assert entry.changes == {"format": [None, name], "statement": [None, "1"]}


# --- Commands -------------------------------------------------------------------------


def printed(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def test_statements_of_a_quarter_are_exported_sorted_and_exact(
    tmp_path: Path,
) -> None:
    StatementFactory.create(
        partner__ref="b", currency="JPY", accrued_minor=1_234, recovered_minor=34
    )
    StatementFactory.create(partner__ref="B", withheld=True)
    StatementFactory.create(partner__ref="c", quarter=date(2026, 4, 1))
    out = tmp_path / "statements.csv"

    call_command("export_statements", "--quarter=2026Q1", out=out)

    assert out.read_text(encoding="utf-8") == (
        "partner_ref,quarter,currency,accrued,recovered,withheld,forfeited,payable,"
        "pay_on\n"
        "B,2026Q1,USD,200.00,0.00,200.00,0.00,0.00,2026-05-15\n"
        "b,2026Q1,JPY,1234,34,0,0,1234,2026-05-15\n"
    )
    assert AuditEntry.objects.filter(action="commissions.statements_exported").exists()


@pytest.mark.parametrize("quarter", ["2026Q5", "2026", "26Q1", "0000Q1"])
def test_a_quarter_that_is_none_is_refused(quarter: str) -> None:
    with pytest.raises(CommandError, match="2026Q1"):
        call_command("export_statements", f"--quarter={quarter}")


@time_machine.travel(datetime(2026, 4, 20, 9, tzinfo=UTC))
def test_closing_by_hand_says_what_waits_and_closes_the_rest() -> None:
    for currency in ("USD", "EUR"):
        schedule = ScheduleFactory.create(
            line__currency=currency, first_month=date(2026, 1, 1)
        )
        for month in (1, 2, 3):
            AccrualFactory.create(schedule=schedule, month=date(2026, month, 1))
    ref = schedule.partner.ref

    said = printed("close_statements")

    assert said == (
        f"{ref}: missing_rate EUR 2026-01-31\n1 statements closed, 1 partners wait.\n"
    )
    for month, day in ((1, 31), (2, 28), (3, 31)):
        FxRateFactory.create(day=date(2026, month, day))
    assert printed("close_statements") == "1 statements closed, 0 partners wait.\n"
    assert printed("close_statements") == "0 statements closed, 0 partners wait.\n"
