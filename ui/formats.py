"""Numbers, money and days as a person of the active language reads them.

The one formatter of the portal: CLDR data through Babel, because Django's own formats
have other group separators and no currencies. Symbols and patterns are looked up once per
language; digits are then put in place by hand, which is exact for integers of any size
and ten times faster than a pattern per cell. A negative number has the minus sign U+2212,
as wide as its digits; files take numbers as values and keep the hyphen.

Units
    points   `int` micro-points, cut off to 0.01: a total never looks higher than it is
    money    `int` minor units and an ISO 4217 code
    rates    `int` basis points
    days     `date` in the programme's time zone; the relative part needs `today`
"""

import copy
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from babel import Locale, lists
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.numbers import NumberPattern
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from program import MICRO
from program.money import exponent

# "en" alone would be American: month before day, and "$" for one dollar of several.
_LOCALES: Final = {"en": "en-GB"}

_POINT_DECIMALS: Final = 2
_NBSP: Final = "\u00a0"
_MINUS: Final = "\N{MINUS SIGN}"
_DAYS_IN_WORDS: Final = 90
_MONTHS_IN_WORDS: Final = 24
_DAYS_A_MONTH: Final = 30.4375
_ISO_DAY: Final = re.compile(r"(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])")


class _Shape(NamedTuple):
    """What stands around and between the digits of a number."""

    before: str
    after: str
    before_negative: str
    after_negative: str
    group: str
    decimal: str

    def write(self, scaled: int, decimals: int) -> str:
        """Return `scaled` / 10**`decimals` with exactly that many decimals."""
        whole, fraction = divmod(abs(scaled), 10**decimals)
        digits = f"{whole:,}".replace(",", self.group)
        if decimals:
            digits = f"{digits}{self.decimal}{fraction:0{decimals}d}"
        if scaled < 0:
            return f"{self.before_negative}{digits}{self.after_negative}"
        return f"{self.before}{digits}{self.after}"


def points(micro: int) -> str:
    """Return points with two decimals, cut off towards zero: 431738667 -> 431.73.

    Towards zero, so that a correction shows the mirror image of what it takes back.
    """
    hundredths = abs(micro) // (MICRO // 10**_POINT_DECIMALS)
    return _number_shape(_language()).write(
        hundredths if micro >= 0 else -hundredths, _POINT_DECIMALS
    )


def points_exact(micro: int) -> str:
    """Return points to the last millionth, without zeros at the end: 431.738667."""
    decimals = 6
    while decimals and micro % 10 == 0:
        micro, decimals = micro // 10, decimals - 1
    return _number_shape(_language()).write(micro, decimals)


def points_six(micro: int) -> str:
    """Return points with all six decimals, for arithmetic: 431.738667, 100.000000."""
    return _number_shape(_language()).write(micro, 6)


def money(minor: int, currency: str) -> str:
    """Return an amount with its currency: (123450, "EUR") -> €1,234.50.

    Decimals follow ISO 4217 (`program.money`), not CLDR, which hides the fils of the
    Iraqi dinar. Raises `InvalidMoneyError` for an unknown code.
    """
    return _money_shape(_language(), currency).write(minor, exponent(currency))


def number(value: int | Decimal) -> str:
    """Return a number with all the decimals it has: 12345 -> 12,345."""
    if isinstance(value, int):
        return _number_shape(_language()).write(value, 0)
    sign, digits, power = value.as_tuple()
    assert isinstance(power, int), "NaN and infinities are not shown"
    scaled = int("".join(map(str, digits))) * 10 ** max(power, 0)
    return _number_shape(_language()).write(-scaled if sign else scaled, max(-power, 0))


def percent(bps: int) -> str:
    """Return basis points as a percentage, with at most two decimals: 1250 -> 12.5%."""
    decimals = 2
    while decimals and bps % 10 == 0:
        bps, decimals = bps // 10, decimals - 1
    return _percent_shape(_language()).write(bps, decimals)


def day(value: date) -> str:
    """Return a day: 15 Jan 2026."""
    return _day(value, "medium", _language())


def days_in(text: str) -> str:
    """Return a text with each ISO day in it as the reader writes days."""
    return _ISO_DAY.sub(_day_found, text)


def _day_found(found: re.Match[str]) -> str:
    try:
        return day(date.fromisoformat(found[0]))
    except ValueError:
        return found[0]


def day_long(value: date) -> str:
    """Return a day with the whole name of its month: 15 January 2026."""
    return _day(value, "long", _language())


def month(value: date) -> str:
    """Return a day's month: January 2026."""
    return _month(value.replace(day=1), "yMMMM", _language())


def month_short(value: date) -> str:
    """Return a day's month where there is little room: Jan 2026."""
    return _month(value.replace(day=1), "yMMM", _language())


def relative(value: date, *, today: date) -> str:
    """Return how far `value` is from `today`: in 53 days, yesterday, 4 months ago.

    Days up to 90, then months up to two years, then years.
    """
    days = (value - today).days
    if days == 0:
        return _("today")
    if days == 1:
        return _("tomorrow")
    if days == -1:
        return _("yesterday")
    if abs(days) <= _DAYS_IN_WORDS:
        unit: Literal["day", "month", "year"] = "day"
    elif abs(days) / _DAYS_A_MONTH < _MONTHS_IN_WORDS:
        unit = "month"
    else:
        unit = "year"
    return format_timedelta(
        timedelta(days=days),
        granularity=unit,
        # Never a larger unit than the one chosen here.
        threshold=10**6 if unit != "year" else 0.85,
        add_direction=True,
        locale=_locale(_language()),
    )


def day_relative(value: date, *, today: date) -> str:
    """Return a day with its distance in brackets: 15 Jan 2026 (in 53 days)."""
    return f"{day(value)} ({relative(value, today=today)})"


def moment(value: datetime) -> str:
    """Return an aware moment in the active time zone: 15 Jan 2026, 14:03 UTC."""
    local = timezone.localtime(value)
    time = format_time(local, "short", locale=_locale(_language()))
    return f"{day(local.date())}, {time} {local.tzname()}"


def listing(parts: Sequence[str]) -> str:
    """Return parts as one enumeration: a, b and c."""
    return lists.format_list(parts, locale=_locale(_language()))


def territory(code: str) -> str:
    """Return a country or territory of ISO 3166-1 by its name, or the code itself."""
    return str(_locale(_language()).territories.get(code, code))


def decimal_text(value: Decimal | int) -> str:
    """Return a plain number for a file: no groups, the language's decimal separator."""
    return f"{value:f}".replace(".", _number_shape(_language()).decimal)


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


@lru_cache
def _locale(language: str) -> Locale:
    return Locale.parse(_LOCALES.get(language, language), sep="-")


@lru_cache(maxsize=4096)
def _day(value: date, length: str, language: str) -> str:
    text = format_date(value, length, locale=_locale(language))
    if value.day == 1 and language == "fr":
        return f"1er{text[1:]}"  # CLDR does not know that French counts the first
    return text


@lru_cache(maxsize=512)
def _month(value: date, skeleton: str, language: str) -> str:
    return format_skeleton(skeleton, value, locale=_locale(language))


@lru_cache
def _number_shape(language: str) -> _Shape:
    locale = _locale(language)
    return _shape(locale.decimal_formats[None], locale)


@lru_cache
def _percent_shape(language: str) -> _Shape:
    locale = _locale(language)
    return _shape(locale.percent_formats[None], locale)


@lru_cache(maxsize=512)
def _money_shape(language: str, currency: str) -> _Shape:
    locale = _locale(language)
    return _shape(locale.currency_formats["standard"], locale, currency=currency)


def _shape(pattern: NumberPattern, locale: Locale, currency: str | None = None) -> _Shape:
    """Read the shape of a pattern from how Babel writes a sample, 1234567 and a half."""
    pattern = copy.copy(pattern)
    pattern.frac_prec = (1, 1)
    pattern.scale = 0
    sample = Decimal("1234567.5")
    positive, negative = (
        re.fullmatch(
            r"(\D*)1(\D*)234(\D*)567(\D+)5(\D*)",
            pattern.apply(value, locale, currency=currency, currency_digits=False),
        )
        for value in (sample, -sample)
    )
    assert positive, "every language here groups by three Latin digits"
    assert negative, "every language here groups by three Latin digits"
    assert positive[2] == positive[3]
    return _Shape(
        before=_spaced(positive[1]),
        after=positive[5],
        # CLDR has a hyphen there, which is narrow and lets a line break after it.
        before_negative=_spaced(negative[1]).replace("-", _MINUS),
        after_negative=negative[5],
        group=positive[2],
        decimal=positive[4],
    )


def _spaced(before: str) -> str:
    """Keep a currency written in letters apart from the digits: CHF 12 (CLDR's rule)."""
    return f"{before}{_NBSP}" if before and before[-1].isalpha() else before
