"""What cells accept, and that nothing else gets through or breaks them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from django.core.validators import validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from interchange import cells
from program.money import CURRENCIES, Money
from program.territories import TERRITORIES


class Role(StrEnum):
    OWNER = "owner"
    READER = "reader"


PARSERS: dict[str, Callable[[str], Any]] = {
    "ref": cells.ref,
    "text": cells.text(200),
    "email": cells.email,
    "domain": cells.domain,
    "day": cells.day,
    "month": cells.month,
    "country": cells.country,
    "currency": cells.currency,
    "choice": cells.choice(Role),
    "flag": cells.flag,
    "integer": cells.integer(0, 10**9),
    "decimal": cells.decimal,
    "amount": cells.amount,
}


@pytest.mark.parametrize(
    ("parser", "cell", "value"),
    [
        ("ref", " D-1 ", "D-1"),
        ("ref", "d-1", "d-1"),
        ("text", "Cafe\u0301", "Café"),
        ("text", "नमस्ते\u200dक", "नमस्ते\u200dक"),
        ("email", "Ana.Costa@Lumen.Example", "ana.costa@lumen.example"),
        ("email", "ana@MÜNCHEN.example", "ana@xn--mnchen-3ya.example"),
        ("email", "ana@www.lumen.example", "ana@www.lumen.example"),
        ("domain", "WWW.Lumen.Example.", "lumen.example"),
        ("domain", "bücher.example", "xn--bcher-kva.example"),
        ("domain", "www.example", "www.example"),
        ("day", " 2024-02-29 ", date(2024, 2, 29)),
        ("day", "1990-01-01", date(1990, 1, 1)),
        ("day", "2100-12-31", date(2100, 12, 31)),
        ("month", "2025-07", date(2025, 7, 1)),
        ("country", "re", "RE"),
        ("currency", "jpy", "JPY"),
        ("choice", "Owner", "owner"),
        ("flag", "1", True),
        ("flag", "0", False),
        ("integer", "0010", 10),
        ("integer", "1000000000", 10**9),
        ("decimal", "-12.3400", Decimal("-12.34")),
        ("decimal", "-0.00", Decimal(0)),
        (
            "decimal",
            "999999999999999999.0123456789",
            Decimal("999999999999999999.0123456789"),
        ),
        ("amount", "0", Decimal(0)),
    ],
)
def test_accepts(parser: str, cell: str, value: object) -> None:
    found = PARSERS[parser](cell)

    assert found == value
    assert type(found) is type(value)


def test_minus_zero_has_no_sign() -> None:
    assert not cells.decimal("-0.0").is_signed()


HOSTILE_NUMBERS = (
    "\uff11\uff12", "1_000", "1e5", "NaN", "Infinity", "-inf", "+5", "0x1F", "1 000",
    "1,5", "1.",
    ".5", "--1", "1.2.3", "²", "٣", "1" * 40, "true", "[]", "1" + "0" * 30,
    "1\x005", "€5",
)  # fmt: skip


@pytest.mark.parametrize("cell", HOSTILE_NUMBERS)
@pytest.mark.parametrize("parser", ["integer", "decimal", "amount"])
def test_refuses_what_is_not_a_plain_number(parser: str, cell: str) -> None:
    with pytest.raises(cells.CellError) as caught:
        PARSERS[parser](cell)

    assert caught.value.reason
    assert caught.value.advice


@pytest.mark.parametrize(
    ("parser", "cell"),
    [
        *(
            ("day", cell)
            for cell in (
                "2025-02-30", "2025-13-01", "2025-00-10", "0000-01-01", "10000-01-01",
                "1989-12-31", "2101-01-01", "\uff12\uff10\uff12\uff15-01-01",
                "2025-1-1", "2025/01/01",
                "01.02.2025", "20250101", "2025-01-01T00:00", "2025-02-29", "yesterday",
            )
        ),
        *(("month", cell) for cell in ("2025-13", "2025-7", "2025-07-01", "0000-01")),
        *(("country", cell) for cell in ("UK", "XX", "FRA", "F", "\uff26\uff32")),
        *(("currency", cell) for cell in ("XAU", "XXX", "US", "$", "USDT", "EUR ¤")),
        *(("choice", cell) for cell in ("boss", "owner,reader", "o\u200bwner")),
        *(("flag", cell) for cell in ("yes", "2", "-1", "\uff11", "true")),
        ("integer", "-1"),
        ("integer", "1000000001"),
        ("integer", "1.0"),
        ("amount", "-0.01"),
        ("decimal", "0.00000000001"),
        ("ref", "x" * 101),
        ("text", "x" * 201),
        *(
            ("text", f"a{char}b")
            for char in (
                "\x00\x07\n\r\t\x1b\x7f\x85\u200b\u202e\u2066\u2028\ufeff\ud800\udfff"
            )
        ),
        ("text", "\U000e0041flag"),
        *(
            ("email", cell)
            for cell in (
                "ana", "ana@", "@lumen.example", "a b@lumen.example", "ana@lumen",
                "ana@@lumen.example", ".ana@lumen.example", "ana..c@lumen.example",
                "ana@lumen.example\nBcc: x@y.example", "x" * 65 + "@lumen.example",
                "añá@lumen.example", "ana@-lumen.example", "ana@127.0.0.1",
                "ana@" + "x" * 250 + ".example",
            )
        ),
        *(
            ("domain", cell)
            for cell in (
                "https://lumen.example", "lumen", "lumen.example/path", "10.0.0.1",
                "-a.example", "a-.example", "a..example", "x" * 64 + ".example",
                "lumen.example:80", "user@lumen.example", "lumen_x.example", "ü" * 254,
                "xn--\u0301.example", "\u3002\u3002.example",
            )
        ),
    ],
)  # fmt: skip
def test_refuses(parser: str, cell: str) -> None:
    with pytest.raises(cells.CellError) as caught:
        PARSERS[parser](cell)

    assert caught.value.reason.endswith(".")
    assert caught.value.advice


def test_tells_which_country_was_meant() -> None:
    with pytest.raises(cells.CellError, match="GB"):
        cells.country("UK")


anything = st.one_of(
    st.text(max_size=400),
    st.text(st.characters(codec=None), max_size=60),  # lone surrogates too
    st.text("0123456789.-+eE_ ", max_size=40),
    st.text("abc@.-é\u0301ßİ。", max_size=80),
    st.sampled_from(HOSTILE_NUMBERS),
)


@pytest.mark.parametrize("parser", PARSERS)
@given(cell=anything)
@example(cell="x" * 1_000_000)
@example(cell="9" * 1_000_000)
@example(cell="é" * 1_000_000)
@example(cell="a." * 100_000)
@example(cell="@" * 100_000)
def test_raises_nothing_but_cell_error(parser: str, cell: str) -> None:
    with suppress(cells.CellError):
        PARSERS[parser](cell)


@given(cell=anything)
def test_text_comes_out_clean(cell: str) -> None:
    try:
        value = cells.text(50)(cell)
    except cells.CellError:
        return

    assert 0 < len(value) <= 50
    assert value == value.strip()
    assert unicodedata.is_normalized("NFC", value)
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in value)
    value.encode()


@given(cell=st.one_of(st.emails(), anything))
def test_addresses_are_what_django_takes_for_one(cell: str) -> None:
    try:
        address = cells.email(cell)
    except cells.CellError:
        return

    validate_email(address)
    assert address == address.lower()
    assert cells.email(address) == address


@given(cell=anything)
def test_domains_stay_as_they_are_the_second_time(cell: str) -> None:
    try:
        name = cells.domain(cell)
    except cells.CellError:
        return

    assert name.isascii()
    assert cells.domain(name) == name


@given(day=st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_every_day_is_read_back(day: date) -> None:
    assert cells.day(day.isoformat()) == day
    assert cells.month(f"{day:%Y-%m}") == day.replace(day=1)


def test_knows_every_code() -> None:
    assert {cells.country(code.lower()) for code in TERRITORIES} == TERRITORIES
    assert {cells.currency(code) for code in CURRENCIES} == CURRENCIES


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.50", "EUR", 1250),
        ("1500", "JPY", 1500),
        ("1.001", "KWD", 1001),
        ("-3", "USD", -300),
    ],
)
def test_minor_units(amount: str, currency: str, minor: int) -> None:
    row = {"mrr": cells.decimal(amount), "currency": currency}

    assert cells.minor(row, "mrr", "currency") == minor


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("0.001", "EUR"), ("0.5", "JPY"), ("99999999999999999", "USD"), ("0.0001", "KWD")],
)
def test_minor_units_are_exact_or_refused(amount: str, currency: str) -> None:
    with pytest.raises(cells.CellError, match=currency):
        cells.minor_of(cells.decimal(amount), currency)


def test_no_amount_is_no_minor_units() -> None:
    assert cells.minor_of(None, "EUR") is None


@given(cell=st.decimals(-(10**9), 10**9, places=2).map(str))
def test_amounts_are_read_exactly(cell: str) -> None:
    value = cells.decimal(cell)

    assert Money.of(value, "EUR") == Money.of(cell, "EUR")
