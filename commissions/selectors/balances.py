"""What stands between a partner and the programme now: owed, on its way, still open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from commissions.models import FxRate, Payment, Statement
from commissions.selectors.unstated import unstated
from program.money import Money
from program.payout import exchanged
from program.statements import DOLLAR, DOLLAR_E10


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What was accrued and stands in no statement yet; an estimate until it does.

    `by_currency` is exact, in minor units. `total` is that sum at the youngest rates
    known (`rates_on`: currency → their day), None if a currency has none.
    """

    by_currency: Mapping[str, int]
    total: Money | None
    rates_on: Mapping[str, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceNow:
    """A partner's account now, in minor units of `currency`.

    `closing` is that of the last statement (0 without one), `on_its_way` and `arrived`
    are payments that stand in no statement yet; `owed` is what is left, below zero if
    the partner owes.
    """

    last: Statement | None
    currency: str
    closing: int
    on_its_way: int
    arrived: int
    open_quarter: Estimate

    @property
    def owed(self) -> int:
        return self.closing - self.on_its_way - self.arrived


def balance_now(partner_id: int, *, currency: str, on: date) -> BalanceNow:
    """Return a partner's account on a day; `currency` is the one it is paid in."""
    last = Statement.objects.filter(partner=partner_id).order_by("-number").first()
    stated_in = last.currency if last else currency
    states = Payment.State
    unstated_payments = Payment.objects.filter(
        partner=partner_id, statement_line=None, currency=stated_in
    )
    sums = dict(
        unstated_payments.live().values_list("state").annotate(sum=Sum("amount_minor"))
    )
    arrived = sums.get(states.PAID, 0)
    return BalanceNow(
        last=last,
        currency=stated_in,
        closing=last.closing_minor if last else 0,
        on_its_way=sum(sums.values()) - arrived,
        arrived=arrived,
        open_quarter=open_quarter(partner_id, currency=currency, on=on),
    )


def open_quarter(partner_id: int, *, currency: str, on: date) -> Estimate:
    """Return what was accrued up to a day and stands in no statement."""
    rows = unstated(partner_id, on).values_list("currency")
    sums = dict(rows.annotate(sum=Sum("commission_minor")))
    by_currency = {code: sums[code] for code in sorted(sums) if sums[code]}
    return _estimated(by_currency, currency, on)


def _estimated(by_currency: Mapping[str, int], currency: str, on: date) -> Estimate:
    """Return the sum at the youngest month-end rates that are known on a day."""
    rates: dict[str, tuple[int, date]] = {}
    for code in {*by_currency, currency}:
        if found := _youngest(code, on):
            rates[code] = found
    total: Money | None = None
    if set(by_currency) <= set(rates) and (currency in rates or not by_currency):
        minor = sum(
            exchanged(
                Money(amount, code),
                currency,
                rate=rates[code][0],
                into=rates[currency][0],
            ).minor
            for code, amount in by_currency.items()
        )
        total = Money(minor, currency)
    elif set(by_currency) <= {currency}:
        total = Money(by_currency.get(currency, 0), currency)
    return Estimate(
        by_currency=by_currency,
        total=total,
        rates_on={
            code: day
            for code, (_rate, day) in rates.items()
            if code != DOLLAR and code in by_currency
        },
    )


def _youngest(currency: str, on: date) -> tuple[int, date] | None:
    if currency == DOLLAR:
        return DOLLAR_E10, on
    return (
        FxRate.objects.filter(currency=currency, day__lte=on)
        .order_by("-day")
        .values_list("usd_e10", "day")
        .first()
    )
