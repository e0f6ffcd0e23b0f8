"""What a partner earned, what waits, what was paid, and what the next payment will be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum
from django.utils.translation import gettext as _

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
from ui import formats

UNDER_WAY = (PaymentState.PREPARED, PaymentState.SENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The money of one partner on a day.

    `adjusted` is approved and in no statement yet, in minor units of the payout's
    currency. The payments are all there, the newest first.
    """

    partner: Partner
    on: date
    editions: Editions
    balance: BalanceNow
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
        """What was earned, by the currency of the schedules, corrections included.

        Asked where it is shown: it adds up every line of the partner, and the next
        payment, which home takes in, does without.
        """
        schedules = Schedule.objects.filter(partner=self.partner)
        earned = earned_by_currency(schedules, until=self.on)
        return [Money(minor, currency) for currency, minor in earned.items()]

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
        return Money(self._due if free else 0, self.currency)

    @property
    def withheld(self) -> Money:
        """What of the open balance was held back for papers."""
        held = self.last is not None and self.last.withheld_minor > 0
        return Money(self._due if held else 0, self.currency)

    @property
    def _due(self) -> int:
        """What a run would propose now, the same number."""
        return self.balance.due.minor if self.balance.due else 0

    # --- The next payment --------------------------------------------------------------

    @property
    def under_way(self) -> Payment | None:
        """The payment that was prepared or sent and has not arrived."""
        return next((one for one in self.payments if one.state in UNDER_WAY), None)

    @property
    def sent(self) -> bool:
        """Whether the payment under way is with the bank, and not just prepared."""
        paying = self.under_way
        return paying is not None and paying.state == PaymentState.SENT

    @property
    def is_estimate(self) -> bool:
        """Whether the next payment is of a quarter that has not closed."""
        return self.under_way is None and not self._due

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
            return Money(self._due, self.currency)
        total, carried = self.balance.open_quarter.total, self.balance.carried
        if total is None or carried is None:
            return None
        if total.currency != self.currency and carried:
            # Paid in another currency since: the statement converts what is open.
            grows = total.minor or self.adjusted
            return None if grows else Money(max(carried, 0), self.currency)
        return Money(max(carried + total.minor + self.adjusted, 0), total.currency)

    @property
    def next_sums(self) -> list[Money]:
        """What the next statement adds, by currency, where it cannot be one sum."""
        left = self.balance.open_quarter.left
        return [Money(minor, currency) for currency, minor in left.items()]

    @property
    def next_rows(self) -> list[tuple[str, Money]]:
        """How the next payment comes about: its parts in words, with their signs.

        They add up to it. Empty where it is one part, on its way, or not known.
        """
        amount = self.next_amount
        if amount is None or self.under_way is not None:
            return []
        rows = [*self._rows_so_far(), *(self._rows_to_come() if self.is_estimate else ())]
        rows = [(words, minor) for words, minor in rows if minor]
        rest = amount.minor - sum(minor for _words, minor in rows)
        if rest:
            rows.append(
                (
                    _("Not paid now: it stays open")
                    if rest < 0
                    else _("Owed by you: later commission makes it good"),
                    rest,
                )
            )
        found = [(words, Money(minor, amount.currency)) for words, minor in rows]
        return found if len(found) > 1 else []

    def _rows_so_far(self) -> Iterator[tuple[str, int]]:
        due = self.balance.due
        if due is None:
            return
        number = {"number": formats.number(due.last.number)}
        yield (
            _("Closing balance of statement %(number)s") % number,
            due.last.closing_minor,
        )
        yield _("On its way, or arrived since"), -due.live
        lost = due.lost or 0
        yield (
            _("Lost since for want of papers: the next statement takes it back"),
            -lost if self.is_estimate else -max(lost, 0),
        )

    def _rows_to_come(self) -> Iterator[tuple[str, int]]:
        quarter = self.balance.open_quarter
        if quarter.gross is not None and quarter.total is not None:
            yield _("Accrued, in no statement yet"), quarter.gross.minor
            yield (
                _("Lost of that for want of papers"),
                quarter.total.minor - quarter.gross.minor,
            )
        yield _("Adjustments that were approved"), self.adjusted

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
        adjusted=adjusted,
        payments=list(
            Payment.objects.filter(partner=partner)
            .select_related("run", "statement")
            .order_by("-pk")
        ),
    )
