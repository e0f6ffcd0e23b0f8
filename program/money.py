"""Exact money, and the one rounding function of the portal (rulebook 1.2 and 1.4).

Amounts are integers of the currency's minor unit: cents for the euro, whole yen,
fils for the Kuwaiti dinar. Different currencies never meet in one sum.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

MAX_MINOR: Final = 10**15
"""The largest amount accepted from outside, in minor units, either sign."""

_BPS = 10_000


class InvalidMoneyError(ValueError):
    """The amount is not money: unknown currency, too many decimals, too large."""


class CurrencyMismatchError(TypeError):
    """Two currencies cannot be added, subtracted or compared."""


_NO_DECIMALS = """
    BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF
"""
_TWO_DECIMALS = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN
    BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB
    EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS
    KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN
    MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD
    SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS
    UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DECIMALS = "CLF UYW"

_EXPONENTS = MappingProxyType(
    {
        **dict.fromkeys(_NO_DECIMALS.split(), 0),
        **dict.fromkeys(_TWO_DECIMALS.split(), 2),
        **dict.fromkeys(_THREE_DECIMALS.split(), 3),
        **dict.fromkeys(_FOUR_DECIMALS.split(), 4),
    }
)

CURRENCIES: Final = frozenset(_EXPONENTS)
"""The active ISO 4217 codes that have a minor unit.

No metals, test codes or drawing rights. ANG and BGN, withdrawn in 2025 and 2026, stay:
subscriptions of the years this programme covers were billed in them.
"""


def exponent(currency: str) -> int:
    """Return the number of decimals of the currency: JPY 0, EUR 2, KWD 3.

    Raises InvalidMoneyError for a code that is not in CURRENCIES.
    """
    try:
        return _EXPONENTS[currency]
    except KeyError:
        raise InvalidMoneyError(
            f"{currency!r} is not an ISO 4217 currency code in use"
        ) from None


def divide_half_up(numerator: int, denominator: int) -> int:
    """Return the quotient as a whole number, halves away from zero (rulebook 1.4).

    This is the only rounding in the portal. `denominator` must be positive.
    """
    if denominator <= 0:
        raise ValueError(f"the denominator must be positive, not {denominator}")
    quotient, remainder = divmod(abs(numerator), denominator)
    if 2 * remainder >= denominator:
        quotient += 1
    return quotient if numerator >= 0 else -quotient


def split_evenly(total: int, parts: int) -> tuple[int, ...]:
    """Return `parts` shares that sum exactly to `total` (rulebook 1.4).

    Shares differ by at most 1; the first ones get the remainder. A negative total is the
    mirror image of the positive one, so that a correction takes back what was given.
    """
    if parts < 1:
        raise ValueError(f"a total is split into one part or more, not {parts}")
    share, remainder = divmod(abs(total), parts)
    sign = 1 if total >= 0 else -1
    return tuple(sign * (share + (part < remainder)) for part in range(parts))


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of one currency, e.g. Money(1250, "EUR") is EUR 12.50."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in _EXPONENTS:
            exponent(self.currency)  # raises

    @classmethod
    def of(cls, amount: Decimal | str, currency: str) -> "Money":
        """Return the money for an amount in major units, exactly or not at all.

        Raises InvalidMoneyError for an unknown currency, text that is no plain decimal
        number, NaN and infinities, more decimals than the currency has ("0.001" EUR;
        "1.500" is fine), and amounts beyond MAX_MINOR.
        """
        places = exponent(currency)
        if isinstance(amount, str) and not _PLAIN_NUMBER.fullmatch(amount):
            raise InvalidMoneyError(f"{amount!r} is not a decimal number")
        value = Decimal(amount)
        if not value.is_finite():
            raise InvalidMoneyError(f"{amount} is not an amount")
        if value and value.adjusted() + places > _MAX_ADJUSTED:
            raise InvalidMoneyError(
                f"{amount} {currency} is larger than the portal holds"
            )
        minor = _minor(value, places)
        if minor is None:
            raise InvalidMoneyError(
                f"{amount} {currency} has more than {places} decimals"
            )
        if abs(minor) > MAX_MINOR:
            raise InvalidMoneyError(
                f"{amount} {currency} is larger than the portal holds"
            )
        return cls(minor, currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units with all decimals of the currency."""
        digits = tuple(int(digit) for digit in str(abs(self.minor)))
        return Decimal((int(self.minor < 0), digits, -exponent(self.currency)))

    def share(self, bps: int) -> "Money":
        """Return `bps` basis points of this amount, rounded half up (rulebook 1.4)."""
        return Money(divide_half_up(self.minor * bps, _BPS), self.currency)

    def __add__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatchError(
                f"{self} and {other} are of different currencies and cannot be combined"
            )


_PLAIN_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_MAX_ADJUSTED: Final = len(str(MAX_MINOR)) - 1


def _minor(value: Decimal, places: int) -> int | None:
    """Return the whole minor units of a finite value, or None if it is between two.

    By digits, without arithmetic: no decimal context takes part, and 1E-999999999 is
    refused without ever being written out.
    """
    sign, digits, power = value.as_tuple()
    number = "".join(map(str, digits)).rstrip("0")
    if not number:
        return 0
    shift = int(power) + len(digits) - len(number) + places
    if shift < 0:
        return None
    minor = int(number + "0" * shift)
    return -minor if sign else minor
