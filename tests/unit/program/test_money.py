"""Money and rounding (rulebook 1.2, 1.4)."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from program.money import (
    CURRENCIES,
    MAX_MINOR,
    CurrencyMismatchError,
    InvalidMoneyError,
    Money,
    divide_half_up,
    exponent,
    split_evenly,
)

minors = st.integers(-MAX_MINOR, MAX_MINOR)
currencies = st.sampled_from(sorted(CURRENCIES))


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        pytest.param("12.50", "EUR", 1250, id="N1"),
        pytest.param("12.500", "EUR", 1250, id="N2 a zero says nothing"),
        pytest.param("18000", "JPY", 18_000, id="N4"),
        pytest.param("1.234", "KWD", 1_234, id="N6"),
        pytest.param("-0.05", "EUR", -5, id="N7"),
        pytest.param("+1", "USD", 100, id="a plus sign"),
        pytest.param("000.10", "USD", 10, id="leading zeros"),
        pytest.param("-0.00", "USD", 0, id="minus nothing"),
        pytest.param(Decimal("1E+5"), "USD", 10_000_000, id="a decimal in thousands"),
        pytest.param(Decimal("0E+999999"), "USD", 0, id="nothing, very large"),
        pytest.param("10000000000000.00", "USD", MAX_MINOR, id="the most"),
        pytest.param("-10000000000000", "USD", -MAX_MINOR, id="the least"),
    ],
)
def test_takes_an_amount_exactly(
    amount: Decimal | str, currency: str, minor: int
) -> None:
    assert Money.of(amount, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("amount", "currency", "reason"),
    [
        pytest.param("12.505", "EUR", "more than 2 decimals", id="N3"),
        pytest.param("18000.5", "JPY", "more than 0 decimals", id="N5"),
        pytest.param("1", "XXX", "'XXX' is not an ISO 4217", id="no currency"),
        pytest.param("1", "eur", "'eur' is not an ISO 4217", id="small letters"),
        pytest.param("1e5", "EUR", "not a decimal number", id="scientific"),
        pytest.param("1,000", "EUR", "not a decimal number", id="thousands"),
        pytest.param("1_000", "EUR", "not a decimal number", id="underscore"),
        pytest.param(" 1", "EUR", "not a decimal number", id="blank in front"),
        pytest.param("1\n", "EUR", "not a decimal number", id="line end"),
        pytest.param("1\x00", "EUR", "not a decimal number", id="NUL"),
        pytest.param("", "EUR", "not a decimal number", id="empty"),
        pytest.param(".5", "EUR", "not a decimal number", id="no whole part"),
        pytest.param("١٢", "EUR", "not a decimal number", id="other digits"),
        pytest.param("NaN", "EUR", "not a decimal number", id="NaN in text"),
        pytest.param(Decimal("NaN"), "EUR", "NaN is not an amount", id="NaN"),
        pytest.param(Decimal("-Infinity"), "EUR", "is not an amount", id="infinity"),
        pytest.param("10000000000000.01", "USD", "larger than", id="one too many"),
        pytest.param("1" + "0" * 30, "USD", "larger than", id="10^30"),
        pytest.param(Decimal("1E+999999"), "USD", "larger than", id="beyond memory"),
        pytest.param(Decimal("1E-999999"), "USD", "more than 2 dec", id="tiny"),
    ],
)
def test_refuses_what_is_no_amount(
    amount: Decimal | str, currency: str, reason: str
) -> None:
    with pytest.raises(InvalidMoneyError, match=reason):
        Money.of(amount, currency)


def test_refuses_an_unknown_currency_of_minor_units_too() -> None:
    with pytest.raises(InvalidMoneyError, match="'EURO'"):
        Money(100, "EURO")


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [("JPY", 0), ("EUR", 2), ("KWD", 3), ("CLF", 4), ("XOF", 0), ("BGN", 2)],
)
def test_currencies_have_their_own_decimals(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals
    assert len(str(Money(5, currency).amount).partition(".")[2]) == decimals


def test_knows_currencies_in_use_and_no_metals_or_test_codes() -> None:
    assert {"EUR", "USD", "NOK", "VES", "ZWG", "XCG"} <= CURRENCIES
    assert CURRENCIES.isdisjoint({"XXX", "XTS", "XAU", "XDR", "HRK", "ZWL", "SLL"})
    assert len(CURRENCIES) == 166


@given(minor=minors, currency=currencies)
def test_an_amount_goes_out_and_comes_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)

    assert Money.of(money.amount, currency) == money
    assert Money.of(str(money.amount), currency) == money
    assert str(money) == f"{money.amount} {currency}"


@given(left=minors, right=minors, currency=currencies)
def test_money_adds_like_its_minor_units(left: int, right: int, currency: str) -> None:
    first, second = Money(left, currency), Money(right, currency)

    assert (first + second).minor == left + right
    assert (first - second).minor == left - right
    assert first - first == Money(0, currency)
    assert -first + first == Money(0, currency)


@pytest.mark.parametrize("operator", ["__add__", "__sub__"])
def test_currencies_do_not_mix(operator: str) -> None:
    with pytest.raises(CurrencyMismatchError, match=r"1\.00 EUR and 1 JPY"):
        getattr(Money(100, "EUR"), operator)(Money(1, "JPY"))


@pytest.mark.parametrize(
    ("amount", "bps", "expected"),
    [
        pytest.param("0.03", 2_000, "0.01", id="N13"),
        pytest.param("0.02", 2_000, "0.00", id="N14"),
        pytest.param("0.05", 5_000, "0.03", id="N15 half a cent"),
        pytest.param("-0.03", 2_000, "-0.01", id="N16"),
    ],
)
def test_a_share_is_rounded_to_the_minor_unit(
    amount: str, bps: int, expected: str
) -> None:
    assert Money.of(amount, "EUR").share(bps) == Money.of(expected, "EUR")


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        pytest.param(5, 2, 3, id="N8"),
        pytest.param(-5, 2, -3, id="N9"),
        pytest.param(1, 3, 0, id="N10"),
        pytest.param(2, 3, 1, id="N11"),
        pytest.param(-1, 2, -1, id="N12"),
    ],
)
def test_halves_go_away_from_zero(
    numerator: int, denominator: int, expected: int
) -> None:
    assert divide_half_up(numerator, denominator) == expected


@pytest.mark.parametrize("denominator", [0, -1])
def test_divides_only_by_positive_numbers(denominator: int) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        divide_half_up(1, denominator)


@given(numerator=st.integers(-(10**30), 10**30), denominator=st.integers(1, 10**9))
def test_rounds_as_decimal_does(numerator: int, denominator: int) -> None:
    with localcontext(prec=60):
        quotient = Decimal(numerator) / Decimal(denominator)
        expected = int(quotient.quantize(Decimal(1), rounding=ROUND_HALF_UP))

    assert divide_half_up(numerator, denominator) == expected


@pytest.mark.parametrize(
    ("total", "parts", "expected"),
    [
        pytest.param(100, 3, (34, 33, 33), id="N17"),
        pytest.param(-100, 3, (-34, -33, -33), id="N18"),
        pytest.param(2, 3, (1, 1, 0), id="N19"),
        pytest.param(100, 2, (50, 50), id="N20"),
    ],
)
def test_the_first_parts_get_the_remainder(
    total: int, parts: int, expected: tuple[int, ...]
) -> None:
    assert split_evenly(total, parts) == expected


@given(total=st.integers(-(10**18), 10**18), parts=st.integers(1, 300))
def test_a_split_loses_nothing_and_favours_nobody(total: int, parts: int) -> None:
    shares = split_evenly(total, parts)

    assert len(shares) == parts
    assert sum(shares) == total
    assert max(shares) - min(shares) <= 1
    assert split_evenly(-total, parts) == tuple(-share for share in shares)


def test_nothing_is_split_into_no_parts() -> None:
    with pytest.raises(ValueError, match="not 0"):
        split_evenly(100, 0)
