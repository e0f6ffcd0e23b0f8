"""Columns of a `PortalTable`: each turns a record's value into the text of its cell.

A column formats in Python and at once, which makes a page of fifty rows ten times cheaper
than formatting in the template. A column says what a value is, never what it looks like:

    effective_on = DayColumn(_("Date"), url=lambda entry: entry.get_absolute_url())
    client = TextColumn(_("Client"), accessor="deal__client__name")
    points = PointsColumn(_("Points"), receipt=lambda entry: receipt_url(entry))
"""

import copy
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

import django_tables2 as tables
from django.utils.safestring import SafeString

from program.money import Money
from ui import formats
from ui.html import fill, joined
from ui.tones import Tone

Url = Callable[[Any], str | None]

_BREAK = SafeString("<br>")
_LINK = SafeString('<a href="{}">{}</a>')
_STATE = SafeString('<span class="state state-{}">{}</span>')
_RECEIPT = SafeString('<a class="receipt-link" href="{}">{}</a>')
_RECEIPT_TITLED = SafeString('<a class="receipt-link" href="{}" title="{}">{}</a>')

MISSING = SafeString('<span class="missing">–</span>')
"""Stands where a record has no value; an empty cell looks like a fault."""


class PortalColumn(tables.Column):
    """A column that formats its cells itself.

    `accessor` is a path of names joined by two underscores (the column's own name if
    missing); it also orders the rows. `value` computes the value instead; such a column
    is ordered only if `order_by` says by which fields. `url` makes the cell a link: the
    first column's link is also where a click on the row goes. `receipt` makes a number a
    link to its receipt. Both get the record and may return None for no link.
    """

    css = ""

    def __init__(
        self,
        verbose_name: object = None,
        *,
        value: Callable[[Any], Any] | None = None,
        url: Url | None = None,
        receipt: Url | None = None,
        **options: Any,
    ) -> None:
        if value is not None:
            options.setdefault("orderable", "order_by" in options)
        super().__init__(verbose_name, **options)
        self.compute = value
        self.url = url
        self.receipt = receipt

    def text(self, value: Any) -> str:
        """Return what stands in the cell for a value that is not missing."""
        return str(value)

    def title(self, value: Any) -> str:
        """Return what a receipt link says on pointing at it, "" for nothing."""
        return ""

    def raw(self, record: Any) -> Any:
        """Return the record's value, None if it or a link on the way is missing."""
        if self.compute is not None:
            return self.compute(record)
        return follow(record, self.accessor)

    def cell(self, record: Any) -> str:
        """Return the content of the record's cell."""
        value = self.raw(record)
        if value is None or value in ("", {}):
            return MISSING
        text = self.text(value)
        if self.receipt is not None and (url := self.receipt(record)):
            return receipt_link(text, url, title=self.title(value))
        if self.url is not None and (url := self.url(record)):
            return fill(_LINK, url, text)
        return text

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        """Copy the column alone: a table sets its attributes, not what they refer to."""
        return copy.copy(self)


class TextColumn(PortalColumn):
    """Text as it is."""


class NumberColumn(PortalColumn):
    """A count or another plain number."""

    css = "num"

    def text(self, value: int | Decimal) -> str:
        return formats.number(value)


class PointsColumn(PortalColumn):
    """Points from micro-points, cut off to 0.01; the receipt link tells the rest."""

    css = "num"

    def text(self, value: int) -> str:
        return formats.points(value)

    def title(self, value: int) -> str:
        return formats.points_exact(value)


class MoneyColumn(PortalColumn):
    """An amount with its currency: a `Money`, or minor units beside `currency`.

    `currency` is the path to the record's currency code.
    """

    css = "num"

    def __init__(
        self, verbose_name: object = None, *, currency: str | None = None, **options: Any
    ) -> None:
        super().__init__(verbose_name, **options)
        self.currency = currency

    def raw(self, record: Any) -> Money | None:
        value = super().raw(record)
        if value is None or isinstance(value, Money):
            return value
        assert self.currency is not None, "minor units need a currency beside them"
        return Money(value, follow(record, self.currency))

    def text(self, value: Money) -> str:
        return formats.money(value.minor, value.currency)


class AmountsColumn(PortalColumn):
    """Amounts of several currencies, from a mapping of codes to minor units."""

    css = "num"

    def text(self, value: Mapping[str, int]) -> str:
        return amounts(value)


class PercentColumn(PortalColumn):
    """A rate from basis points."""

    css = "num"

    def text(self, value: int) -> str:
        return formats.percent(value)


class DayColumn(PortalColumn):
    """A day of the programme."""

    css = "nowrap"

    def text(self, value: date) -> str:
        return formats.day(value)


class MomentColumn(PortalColumn):
    """A moment, in the person's time zone."""

    css = "nowrap moment"

    def text(self, value: datetime) -> str:
        return formats.moment(value)


class ChoiceColumn(PortalColumn):
    """The label of a choice, as a badge if `tones` has one for the value.

    `choices` is a Choices class, or a mapping of values to labels.
    """

    def __init__(
        self,
        verbose_name: object = None,
        *,
        choices: Any,
        tones: Mapping[Any, Tone] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(verbose_name, **options)
        self.labels = dict(getattr(choices, "choices", choices))
        self.tones = tones or {}

    def text(self, value: Any) -> str:
        label = str(self.labels.get(value, value))
        tone = self.tones.get(value)
        return badge(label, tone) if tone else label


def follow(record: Any, path: str) -> Any:
    """Return what the path leads to (attributes, keys, methods), None if cut off."""
    for name in path.split("__"):
        if record is None:
            return None
        record = record[name] if isinstance(record, Mapping) else getattr(record, name)
        if callable(record):
            record = record()
    return record


def amounts(minor_by_currency: Mapping[str, int]) -> SafeString:
    """Return one amount per currency, one below the other: they never make a sum."""
    return joined(
        (
            formats.money(minor, currency)
            for currency, minor in sorted(minor_by_currency.items())
        ),
        between=_BREAK,
    )


def badge(label: str, tone: Tone) -> SafeString:
    """Return a label in a colour of its own; the word always says the same."""
    return fill(_STATE, tone, label)


def points_in_full(micro: int) -> str:
    """Return points with two decimals, or all they have where two would lose some.

    For a few numbers that a reader adds up; lists cut off (`ui.formats.points`).
    """
    if micro % 10_000:
        return formats.points_exact(micro)
    return formats.points(micro)


def receipt_link(text: str, url: str, *, title: str = "") -> SafeString:
    """Return a number as a link to its receipt; `title` is the exact figure."""
    if title:
        return fill(_RECEIPT_TITLED, url, title, text)
    return fill(_RECEIPT, url, text)
