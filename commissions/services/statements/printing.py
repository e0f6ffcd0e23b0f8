"""A statement as PDF: its account on the first page, then its lines.

Written by position, with the widths of letters looked up once: ten thousand lines are a
matter of half a second. The font is DejaVu Sans, which knows the letters of Europe.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils import translation
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.fonts import TTFFont

from commissions.models import Statement
from commissions.notifications.statements import quarter_words
from commissions.selectors.statement_rows import LineRow, line_rows, missing_words
from commissions.services.statements.words import account_rows, thing_of
from ui import formats

FONT: Final = "DejaVu"
FILES: Final = {"": "vendor/dejavu-sans.ttf", "B": "vendor/dejavu-sans-bold.ttf"}
SIZE: Final = 7.5
LEFT, RIGHT, TOP, BOTTOM = 15.0, 195.0, 20.0, 280.0
"""Edges of what is printed on A4, in mm."""
STEP: Final = 4.6
FIGURE_SPACE: Final = "\u2007"
CUT: Final = 60
"""Letters of a name that fit its column, whatever they are."""


class _Column(NamedTuple):
    """Where a column stands: its left edge, or its right one for numbers, in mm."""

    x: float
    right: bool


COLUMNS: Final = (
    _Column(LEFT, right=False),
    _Column(42.0, right=False),
    _Column(148.0, right=True),
    _Column(168.0, right=True),
    _Column(RIGHT, right=True),
)


class _Pdf(FPDF):
    """A PDF that writes a line of several texts at once, each letter encoded once."""

    def place(self, y: float, texts: Iterable[tuple[float, str]]) -> None:
        """Write texts (left edge in mm, text) on one base line, in the font that is set.

        What `text` writes, in a tenth of its time.
        """
        font = self.current_font
        assert isinstance(font, TTFFont)
        letters = self._letters.setdefault(font.fontkey, {})
        if not self.current_font_is_set_on_page:
            self._out(self._set_font_for_page(font, self.font_size_pt))
        up = (self.h - y) * self.k
        parts = ["BT"]
        for x, text in texts:
            for letter in set(text) - letters.keys():
                letters[letter] = font.encode_text(letter)[1:-4]  # "(…) Tj"
            encoded = "".join([letters[letter] for letter in text])
            parts.append(f"1 0 0 1 {x * self.k:.2f} {up:.2f} Tm ({encoded}) Tj")
        parts.append("ET")
        self._out(" ".join(parts))

    @cached_property
    def _letters(self) -> dict[str, dict[str, str]]:
        return {}


def statement_pdf(statement: Statement, *, language: str) -> bytes:
    """Return a statement as a PDF in a language; the same one has the same content."""
    with translation.override(language):
        paper = _Paper(statement)
        paper.first_page()
        paper.lines()
        return bytes(paper.pdf.output())


class _Paper:
    """One PDF while it is written."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.pdf = _Pdf(format="A4", unit="mm")
        for style, file in FILES.items():
            self.pdf.add_font(FONT, style, _font_file(file))
        self.pdf.set_auto_page_break(auto=False)
        self.pdf.set_creation_date(statement.closed_at)
        self.pdf.set_title(self._title())
        self.pdf.set_creator(settings.PORTAL_NAME)
        self.pdf.set_lang(translation.get_language() or "en")
        self.widths: dict[str, float] = {}
        self.widths_of: dict[str, dict[str, float]] = {}
        self.rates: dict[tuple[int | None, int | None], str] = {}
        self.digits = len(str(statement.line_count))
        self.y = TOP

    def first_page(self) -> None:
        statement = self.statement
        self._page()
        self._say(LEFT, settings.PORTAL_NAME)
        self._say_right(RIGHT, formats.day(statement.closed_on))
        self.y += 10
        self._font("B", 14)
        self._say(LEFT, self._title())
        self.y += 7
        self._font("", 10)
        self._say(LEFT, f"{statement.partner.name} ({statement.partner.ref})")
        self.y += 10
        for label, amount, bold in account_rows(statement):
            self._font("B" if bold else "", 9)
            self._say(LEFT, label)
            self._say_right(110.0, amount)
            self.y += 5.5
        self._font("", 8)
        self.y += 3
        for sentence in self._sentences():
            self._say(LEFT, sentence)
            self.y += 5
        self.y += 5

    def lines(self) -> None:
        self._heading()
        for row in line_rows(self.statement):
            if self.y > BOTTOM:
                self._page()
                self._heading()
            self._row(self._cells(row))
            self.y += STEP

    def _cells(self, row: LineRow) -> Sequence[str]:
        currency = self.statement.currency
        month = f"{row.month:%m/%Y}" if row.month else ""
        return (
            # Digits and this space are of one width, so that months stand in a column.
            f"{row.number}".rjust(self.digits, FIGURE_SPACE) + f"   {month}",
            thing_of(row)[:CUT],
            formats.money(row.source_minor, row.source_currency),
            self._rate(row),
            formats.money(row.minor, currency),
        )

    def _rate(self, row: LineRow) -> str:
        """Return the rate in words; there are as many as months and currencies."""
        rates = (row.rate_e10, row.into_e10)
        words = self.rates.get(rates)
        if words is None:
            rate = row.rate
            words = "" if rate is None else formats.number(rate)
            self.rates[rates] = words
        return words

    def _heading(self) -> None:
        self._font("B", SIZE)
        self._row((_("No., month"), _("For"), _("Amount"), _("Rate"), _("Counts as")))
        self.y += 1.5
        self.pdf.line(LEFT, self.y, RIGHT, self.y)
        self.y += STEP
        self._font("", SIZE)

    def _row(self, cells: Sequence[str]) -> None:
        self.pdf.place(
            self.y,
            [
                (column.x - self._width(text) if column.right else column.x, text)
                for column, text in zip(COLUMNS, cells, strict=True)
                if text
            ],
        )

    def _page(self) -> None:
        self.pdf.add_page()
        number = self.pdf.page_no()
        self.y = 290.0
        self._font("", 6.5)
        self._say(LEFT, self._title())
        self._say(80.0, self.statement.digest[:16])
        self._say_right(RIGHT, _("Page %(number)d") % {"number": number})
        self.y = TOP

    def _title(self) -> str:
        return _("Statement %(number)d, %(quarter)s") % {
            "number": self.statement.number,
            "quarter": quarter_words(self.statement.quarter),
        }

    def _sentences(self) -> list[str]:
        statement = self.statement
        said = [
            _("To be paid about %(day)s.") % {"day": formats.day(statement.pay_on)}
            if statement.payable_minor
            else "",
            _("Missing papers: %(papers)s.")
            % {"papers": formats.listing(missing_words(statement))}
            if statement.missing
            else "",
            _("Lines: %(count)d. Fingerprint: %(digest)s")
            % {"count": statement.line_count, "digest": statement.digest},
            _("Rates are those of each month's last day."),
        ]
        return [sentence for sentence in said if sentence]

    def _font(self, style: str, size: float) -> None:
        self.widths = self.widths_of.setdefault(f"{style}{size}", {})
        self.pdf.set_font(FONT, style, size)

    def _say(self, x: float, text: str) -> None:
        self.pdf.text(x, self.y, text)

    def _say_right(self, x: float, text: str) -> None:
        if text:
            self.pdf.text(x - self._width(text), self.y, text)

    def _width(self, text: str) -> float:
        """Return how wide a text is, in mm, from the widths of its letters."""
        widths = self.widths
        for letter in set(text) - widths.keys():
            widths[letter] = self.pdf.get_string_width(letter)
        return sum([widths[letter] for letter in text])


def _font_file(name: str) -> str:
    found = finders.find(name)
    assert isinstance(found, str), f"{name} is in the repository"
    return found
