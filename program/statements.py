"""A statement as values: its lines, what they sum up to, and the seal over all of it.

Rulebook 3.7. Who closes a statement and who recomputes it later both use this module, so
that "reproduced to the cent" means the same thing twice. A line has the sign with which
it moves the balance; the seal of a statement covers the seal of the one before.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from program.money import Money
from program.payout import Balance, Movements, balance, exchanged

DOLLAR = "USD"
DOLLAR_E10 = 10**10
"""What a US dollar is worth in 10^-10 US dollars: no rate is asked for it."""

Plain = str | int | bool | None
"""What a sealed value is made of; days and moments as ISO 8601."""


class LineKind(StrEnum):
    """What a line of a statement stands for."""

    ACCRUAL = "accrual"
    FORFEITURE = "forfeiture"
    ADJUSTMENT = "adjustment"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True)
class Rates:
    """What one unit of the source and of the statement's currency is worth on a day.

    Both in 10^-10 US dollars.
    """

    rate: int
    into: int
    on: date


class MissingRateError(LookupError):
    """No rate of a currency is known on a day: the statement waits, nobody guesses."""

    def __init__(self, day: date, currency: str) -> None:
        self.day, self.currency = day, currency
        super().__init__(f"no rate of {currency} on {day}")


class RateBook:
    """The rates of month ends, in 10^-10 US dollars, by day and currency."""

    def __init__(self, rates: Mapping[tuple[date, str], int]) -> None:
        self._rates = rates

    def between(self, source: str, currency: str, day: date) -> Rates | None:
        """Return the rates of a day; None within a currency.

        Raises `MissingRateError`: no other day's rate will do (3.7).
        """
        if source == currency:
            return None
        return Rates(self._of(source, day), self._of(currency, day), day)

    def _of(self, currency: str, day: date) -> int:
        if currency == DOLLAR:
            return DOLLAR_E10
        try:
            return self._rates[day, currency]
        except KeyError:
            raise MissingRateError(day, currency) from None


def converted(source: Money, currency: str, rates: Rates | None) -> int:
    """Return an amount in minor units of a currency, rounded half up once (rulebook 1.4).

    Nothing stays nothing, and an amount in the currency itself is not converted; raises
    `ValueError` where another one comes without rates.
    """
    if source.currency == currency or not source.minor:
        return source.minor
    if rates is None:
        raise ValueError(f"{source} comes without rates into {currency}")
    return exchanged(source, currency, rate=rates.rate, into=rates.into).minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Summed:
    """What the lines of a statement come to: movements, balance, and control totals.

    `controls` has for each source currency the number of its lines and their sum, in
    minor units, as they are before any exchange.
    """

    moved: Movements
    balance: Balance
    lines: int
    controls: Mapping[str, tuple[int, int]]


def sum_up(
    opening: int,
    lines: Iterable[tuple[LineKind, Money, int]],
    *,
    papers_missing: bool,
    minimum: int,
) -> Summed:
    """Return what the lines (kind, source, amount in the statement's currency) come to.

    Any order gives the same. Amounts in minor units.
    """
    sums = dict.fromkeys(LineKind, 0)
    controls: dict[str, tuple[int, int]] = {}
    number = 0
    for kind, source, minor in lines:
        number += 1
        sums[kind] += minor
        count, total = controls.get(source.currency, (0, 0))
        controls[source.currency] = (count + 1, total + source.minor)
    moved = Movements(
        opening=opening,
        accrued=sums[LineKind.ACCRUAL],
        adjusted=sums[LineKind.ADJUSTMENT],
        forfeited=-sums[LineKind.FORFEITURE],
        paid=-sums[LineKind.PAYMENT],
    )
    return Summed(
        moved=moved,
        balance=balance(moved, papers_missing=papers_missing, minimum=minimum),
        lines=number,
        controls={currency: controls[currency] for currency in sorted(controls)},
    )


def seal(
    heading: Mapping[str, object], lines: Iterable[Sequence[Plain]], *, previous: str
) -> str:
    """Return the fingerprint of a statement and, through `previous`, of all before it.

    SHA-256 in hexadecimal, over the JSON of the heading and of each line in their order;
    the lines may be a generator, none is kept.
    """
    digest = hashlib.sha256()
    digest.update(_canonical([previous, heading]))
    for line in lines:
        digest.update(b"\n")
        digest.update(_canonical(line))
    return digest.hexdigest()


def _canonical(value: object) -> bytes:
    return json.dumps(
        value, sort_keys=True, ensure_ascii=True, separators=(",", ":")
    ).encode()
