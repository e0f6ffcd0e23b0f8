"""Figures and days as a person reads them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from babel.numbers import format_decimal
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from program.money import InvalidMoneyError
from ui import formats

TODAY = date(2025, 11, 23)


@pytest.mark.parametrize(
    ("micro", "shown", "exact"),
    [
        (431_738_667, "431.73", "431.738667"),
        (199_999_999, "199.99", "199.999999"),
        (-431_738_667, "−431.73", "−431.738667"),
        (9_999, "0.00", "0.009999"),
        (-9_999, "0.00", "−0.009999"),
        (0, "0.00", "0"),
        (12_000_000, "12.00", "12"),
        (1_234_567_890_000, "1,234,567.89", "1,234,567.89"),
    ],
)
def test_points_are_cut_off_and_told_exactly(micro: int, shown: str, exact: str) -> None:
    with translation.override("en"):
        assert formats.points(micro) == shown
        assert formats.points_exact(micro) == exact


@pytest.mark.parametrize(
    ("minor", "currency", "en", "fr"),
    [
        (123_450, "EUR", "€1,234.50", "1\u202f234,50\xa0€"),
        (-123_450, "EUR", "−€1,234.50", "−1\u202f234,50\xa0€"),
        (5, "USD", "US$0.05", "0,05\xa0$US"),
        (20_838, "JPY", "JP¥20,838", "20\u202f838\xa0JPY"),
        (1_234_567, "KWD", "KWD\xa01,234.567", "1\u202f234,567\xa0KWD"),
        (-7, "CHF", "−CHF\xa00.07", "−0,07\xa0CHF"),
        # CLDR shows no fils of the Iraqi dinar; ISO 4217 has three decimals.
        (1_234, "IQD", "IQD\xa01.234", "1,234\xa0IQD"),
    ],
)
def test_money_has_its_currency_and_all_its_decimals(
    minor: int, currency: str, en: str, fr: str
) -> None:
    with translation.override("en"):
        assert formats.money(minor, currency) == en
    with translation.override("fr"):
        assert formats.money(minor, currency) == fr


def test_money_of_no_currency_is_not_shown() -> None:
    with pytest.raises(InvalidMoneyError):
        formats.money(1, "XXX")


@pytest.mark.parametrize(
    ("bps", "shown"), [(2_000, "20%"), (1_250, "12.5%"), (1, "0.01%"), (0, "0%")]
)
def test_rates_have_no_zeros_at_the_end(bps: int, shown: str) -> None:
    with translation.override("en"):
        assert formats.percent(bps) == shown


@pytest.mark.parametrize("language", ["en", "fr", "de"])
@given(value=st.decimals(-(10**12), 10**12, places=2))
def test_numbers_are_written_as_babel_writes_them(language: str, value: Decimal) -> None:
    with translation.override(language):
        shown = formats.number(value)

    expected = format_decimal(value, "#,##0.00", locale=language)
    if value == 0:
        expected = expected.replace("-0", "0")
    assert shown == expected.replace("-", "\N{MINUS SIGN}")


@pytest.mark.parametrize(
    ("days", "en", "fr"),
    [
        (0, "23 Nov 2025 (today)", "23 nov. 2025 (aujourd’hui)"),
        (1, "24 Nov 2025 (tomorrow)", "24 nov. 2025 (demain)"),
        (-1, "22 Nov 2025 (yesterday)", "22 nov. 2025 (hier)"),
        (8, "1 Dec 2025 (in 8 days)", "1er déc. 2025 (dans 8 jours)"),
        (53, "15 Jan 2026 (in 53 days)", "15 janv. 2026 (dans 53 jours)"),
        (-90, "25 Aug 2025 (90 days ago)", "25 août 2025 (il y a 90 jours)"),
        (91, "22 Feb 2026 (in 3 months)", "22 févr. 2026 (dans 3 mois)"),
        (400, "28 Dec 2026 (in 13 months)", "28 déc. 2026 (dans 13 mois)"),
        (-1_100, "19 Nov 2022 (3 years ago)", "19 nov. 2022 (il y a 3 ans)"),
    ],
)
def test_days_are_absolute_with_their_distance(days: int, en: str, fr: str) -> None:
    value = TODAY + timedelta(days=days)

    with translation.override("en"):
        assert formats.day_relative(value, today=TODAY) == en
    with translation.override("fr"):
        assert formats.day_relative(value, today=TODAY) == fr


def test_moments_are_shown_in_the_active_zone() -> None:
    at = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)

    with translation.override("en"), timezone.override(ZoneInfo("Europe/Paris")):
        assert formats.moment(at) == "1 Jan 2026, 00:30 CET"


def test_the_whole_month_and_the_long_day() -> None:
    with translation.override("fr"):
        assert formats.month(date(2025, 8, 31)) == "août 2025"
        assert formats.month_short(date(2025, 9, 30)) == "sept. 2025"
        assert formats.day_long(date(2025, 8, 1)) == "1er août 2025"
