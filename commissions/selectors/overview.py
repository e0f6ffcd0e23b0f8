"""What a partner earned, what waits, what was paid, and what the next payment will be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from commissions.models import Adjustment, Payment, Schedule, Statement
from commissions.selectors.balances import BalanceNow, balance_now
from commissions.selectors.months import earned_by_currency
from partners.models import Partner
from partners.selectors import Editions
from program.calendar import add_months
from program.commission import pay_on
from program.money import Money
from program.payout import closes_on, quarter_end, quarter_of
from program.payout_life import PaymentState

UNDER_WAY = (PaymentState.PREPARED, PaymentState.SENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The money of one partner on a day.

    `earned` is by the currency of the schedules, in minor units, corrections included;
    `adjusted` is approved and in no statement yet, in the payout's. The payments are all
    there, the newest first.
    """

    partner: Partner
    on: date
    editions: Editions
    balance: BalanceNow
    earned: Mapping[str, int]
    adjusted: int
    payments: Sequence[Payment]

    @property
    def currency(self) -> str:
        return self.balance.currency

    @property
    def last(self) -> Statement | None:
        """The newest statement."""
        return self.balance.last

    @property
    def earned_sums(self) -> list[Money]:
        return [Money(minor, currency) for currency, minor in self.earned.items()]

    @property
    def waiting_sums(self) -> list[Money]:
        """What stands in no statement yet, by currency."""
        sums = self.balance.open_quarter.by_currency
        return [Money(minor, currency) for currency, minor in sums.items()]

    @property
    def paid(self) -> Money:
        """All that was paid, in the currency of the payout."""
        done = (
            one.amount_minor
            for one in self.payments
            if one.state == PaymentState.PAID and one.currency == self.currency
        )
        return Money(sum(done), self.currency)

    @property
    def payable(self) -> Money:
        """What of the open balance may be paid; the rest waits for papers or more."""
        free = self.last is not None and self.last.payable_minor > 0
        return Money(max(self.balance.owed, 0) if free else 0, self.currency)

    @property
    def withheld(self) -> Money:
        """What of the open balance was held back for papers."""
        held = self.last is not None and self.last.withheld_minor > 0
        return Money(max(self.balance.owed, 0) if held else 0, self.currency)

    # --- The next payment --------------------------------------------------------------

    @property
    def under_way(self) -> Payment | None:
        """The payment that was prepared or sent and has not arrived."""
        return next((one for one in self.payments if one.state in UNDER_WAY), None)

    @property
    def is_estimate(self) -> bool:
        """Whether the next payment is of a quarter that has not closed."""
        return self.under_way is None and self.balance.owed <= 0

    @property
    def next_quarter(self) -> date:
        """The first day of the quarter whose statement closes next."""
        if self.last is not None:
            return add_months(self.last.quarter, 3)
        quarter = quarter_of(self.on)
        before = add_months(quarter, -3)
        return before if closes_on(before) > self.on else quarter

    @property
    def pays_on(self) -> date:
        """The day of the next payment."""
        if self.under_way is not None:
            return self.under_way.run.execute_on
        if self.last is not None and not self.is_estimate:
            return max(self.last.pay_on, self.on)
        end = quarter_end(self.next_quarter)
        rulebook = self.editions.on(max(end, self.editions.first_day)).rulebook
        return pay_on(end, rulebook=rulebook)

    @property
    def next_amount(self) -> Money | None:
        """What the next payment comes to, at least nothing; None if nobody knows yet."""
        if self.under_way is not None:
            return Money(self.under_way.amount_minor, self.under_way.currency)
        if not self.is_estimate:
            return Money(self.balance.owed, self.currency)
        total = self.balance.open_quarter.total
        if total is None:
            return None
        if total.currency != self.currency and self.balance.owed and total.minor:
            # Paid in another currency since: the statement converts what is open.
            return None
        minor = self.balance.owed + total.minor + self.adjusted
        return Money(max(minor, 0), total.currency)

    @property
    def nothing_next(self) -> bool:
        """Whether nothing at all is to be paid next."""
        amount = self.next_amount
        return amount is not None and not amount.minor


def overview_of(partner: Partner, *, on: date, editions: Editions) -> Overview:
    """Return the money of a partner; the same queries however many schedules it has."""
    adjusted = Adjustment.objects.filter(
        partner=partner,
        state=Adjustment.State.APPROVED,
        statement_line=None,
        currency=partner.payout_currency,
    ).aggregate(minor=Sum("amount_minor", default=0))["minor"]
    return Overview(
        partner=partner,
        on=on,
        editions=editions,
        balance=balance_now(partner.pk, currency=partner.payout_currency, on=on),
        earned=earned_by_currency(Schedule.objects.filter(partner=partner), until=on),
        adjusted=adjusted,
        payments=list(
            Payment.objects.filter(partner=partner)
            .select_related("run", "statement")
            .order_by("-pk")
        ),
    )
