"""What stands between a partner and the programme now: owed, on its way, still open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Sum

from commissions.models import Forfeiture, FxRate, Statement
from commissions.selectors.owing import Due, due_to, losses_of
from commissions.selectors.unstated import unstated
from program.money import Money
from program.payout import exchanged
from program.statements import DOLLAR, DOLLAR_E10


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What was accrued and stands in no statement yet; an estimate until it does.

    `by_currency` is exact, in minor units; `lost` is what of it is lost for want of
    papers already, and comes to nothing. `gross` and `total`, with and without that, are
    the sums at the youngest rates known (`rates_on`: currency → their day), None if a
    currency has none.
    """

    by_currency: Mapping[str, int]
    lost: Mapping[str, int]
    gross: Money | None
    total: Money | None
    rates_on: Mapping[str, date]

    @property
    def left(self) -> dict[str, int]:
        """What of it is not lost, by currency."""
        left = {
            code: minor - self.lost.get(code, 0)
            for code, minor in self.by_currency.items()
        }
        return {code: minor for code, minor in left.items() if minor}


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceNow:
    """A partner's account now: what is due, and what the next statement adds to it.

    `due` is what a run would propose, None before the first statement; `currency` is that
    of the last statement, or of the payout.
    """

    due: Due | None
    currency: str
    open_quarter: Estimate

    @property
    def last(self) -> Statement | None:
        return self.due.last if self.due else None

    @property
    def carried(self) -> int | None:
        """What the next statement begins with, after payments and what was lost.

        Below zero if the partner owes. None while a rate for what was lost is missing.
        """
        if self.due is None:
            return 0
        if self.due.lost is None:
            return None
        return self.due.last.closing_minor - self.due.live - self.due.lost


def balance_now(partner_id: int, *, currency: str, on: date) -> BalanceNow:
    """Return a partner's account on a day; `currency` is the one it is paid in."""
    losses = losses_of([partner_id])
    due = due_to([partner_id], losses=losses).get(partner_id)
    return BalanceNow(
        due=due,
        currency=due.last.currency if due else currency,
        open_quarter=_open_quarter(partner_id, losses, currency=currency, on=on),
    )


def _open_quarter(
    partner_id: int, losses: Mapping[int, Forfeiture], *, currency: str, on: date
) -> Estimate:
    """Return what was accrued up to a day and stands in no statement."""
    rows = unstated(partner_id, on)
    sums = dict(rows.values_list("currency").annotate(sum=Sum("commission_minor")))
    by_currency = {code: sums[code] for code in sorted(sums) if sums[code]}
    through = {deal_id: each.through_month for deal_id, each in losses.items()}
    lost: dict[str, int] = {}
    if through:
        of_lost = rows.filter(schedule__deal_id__any_of=list(through))
        for deal_id, month, code, minor in of_lost.values_list(
            "schedule__deal_id", "month", "currency", "commission_minor"
        ):
            if month <= through[deal_id]:
                lost[code] = lost.get(code, 0) + minor
    return _estimated(by_currency, lost, currency, on)


def _estimated(
    by_currency: Mapping[str, int], lost: Mapping[str, int], currency: str, on: date
) -> Estimate:
    """Return the sums at the youngest month-end rates that are known on a day."""
    rates: dict[str, tuple[int, date]] = {}
    for code in {*by_currency, *lost, currency}:
        if found := _youngest(code, on):
            rates[code] = found

    def total(sums: Mapping[str, int]) -> Money | None:
        if set(sums) <= {currency}:
            return Money(sums.get(currency, 0), currency)
        if not {*sums, currency} <= set(rates):
            return None
        minor = sum(
            exchanged(
                Money(amount, code),
                currency,
                rate=rates[code][0],
                into=rates[currency][0],
            ).minor
            for code, amount in sums.items()
        )
        return Money(minor, currency)

    estimate = Estimate(
        by_currency=by_currency,
        lost=lost,
        gross=total(by_currency),
        total=None,
        rates_on={
            code: day
            for code, (_rate, day) in rates.items()
            if code != DOLLAR and code in by_currency
        },
    )
    return replace(estimate, total=total(estimate.left))


def _youngest(currency: str, on: date) -> tuple[int, date] | None:
    if currency == DOLLAR:
        return DOLLAR_E10, on
    return (
        FxRate.objects.filter(currency=currency, day__lte=on)
        .order_by("-day")
        .values_list("usd_e10", "day")
        .first()
    )
