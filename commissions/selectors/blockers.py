"""What keeps a partner's next payment back, and who can lift it (3.7, 3.8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commissions.models import FxRate, Payment, PayoutDocument, Statement
from commissions.selectors.papers import Owed, missing_papers
from commissions.selectors.unstated import unstated
from partners.models import Partner
from program.money import Money
from program.payout import Paper, last_closed_quarter, month_end, quarter_end
from program.payout_life import PaymentState, RunState
from program.statements import DOLLAR
from ui import formats

YOU = gettext_lazy("your company")
FINANCE = gettext_lazy("the vendor’s finance")
THE_PORTAL = gettext_lazy("the portal, by itself")
NOBODY = gettext_lazy("nobody: it lifts itself")


class Code(StrEnum):
    """What a blocker is about."""

    PAPER_MISSING = "paper_missing"
    PAPER_WAITS = "paper_waits"
    PAPER_REJECTED = "paper_rejected"
    PAPER_EXPIRED = "paper_expired"
    RATE_MISSING = "rate_missing"
    NOT_CLOSED = "not_closed"
    NOTHING_DUE = "nothing_due"
    BELOW_MINIMUM = "below_minimum"
    DEBT = "debt"
    RUN_WAITS = "run_waits"
    PAYMENT_REJECTED = "payment_rejected"


ABOUT_PAPERS: Final = frozenset(
    {Code.PAPER_MISSING, Code.PAPER_WAITS, Code.PAPER_REJECTED, Code.PAPER_EXPIRED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """One thing: in words, who can lift it, and where; "" if there is no such page."""

    code: Code
    words: str
    who: Any
    link: str = ""


def blockers_of(partner: Partner, on: date) -> tuple[Blocker, ...]:
    """Return everything that keeps the next payment back on a day.

    What the partner can lift comes first. Papers of a quarter are those of the newest
    statement, as long as something of it is open.
    """
    last = Statement.objects.filter(partner=partner).order_by("-number").first()
    payments = (
        list(
            Payment.objects.filter(statement=last)
            .select_related("run")
            .order_by("-attempt")
        )
        if last
        else []
    )
    paid = any(one.state == PaymentState.PAID for one in payments)
    quarter = last.quarter if last and last.closing_minor > 0 and not paid else None
    found = [
        *_papers(partner, on, quarter),
        *_of_payment(payments),
        *_of_closing(partner, on, last),
        *(_of_balance(last) if last and not paid else ()),
    ]
    if (paid or last is None or not last.closing_minor) and not (
        unstated(partner.pk, on).exclude(commission_minor=0).exists()
    ):
        found.append(
            Blocker(
                code=Code.NOTHING_DUE,
                words=_("Nothing is due: no commission was accrued since."),
                who=NOBODY,
            )
        )
    return tuple(sorted(found, key=lambda one: one.who is not YOU))


def need_label(owed: Owed) -> str:
    """Return a need in words: the papers that meet it."""
    labels = [str(PayoutDocument.Kind(paper.value).label) for paper in owed.need.papers]
    if len(labels) == 1:
        return labels[0]
    return _("%(one)s or %(other)s") % {
        "one": ", ".join(labels[:-1]),
        "other": labels[-1],
    }


def _papers(partner: Partner, on: date, quarter: date | None) -> Iterator[Blocker]:
    page = reverse("commissions:papers")
    states = PayoutDocument.State
    for owed in missing_papers(
        partner_id=partner.pk, country=partner.country, on=on, quarter=quarter
    ):
        paper = owed.under_way
        bank = Paper.BANK_FORM in owed.need.papers
        link = reverse("commissions:bank") if bank else page
        name = {"paper": need_label(owed)}
        if paper is None or paper.state == states.IN_PROGRESS:
            yield Blocker(
                code=Code.PAPER_MISSING,
                words=_("Missing: %(paper)s.") % name,
                who=YOU,
                link=link,
            )
        elif paper.state == states.PENDING:
            yield Blocker(
                code=Code.PAPER_WAITS,
                words=_("Waits for approval: %(paper)s.") % name,
                who=FINANCE,
                link=page,
            )
        elif paper.state == states.REJECTED:
            yield Blocker(
                code=Code.PAPER_REJECTED,
                words=_("Rejected: %(paper)s. %(reason)s")
                % {**name, "reason": paper.reason},
                who=YOU,
                link=link,
            )
        else:
            yield Blocker(
                code=Code.PAPER_EXPIRED,
                words=_("Run out: %(paper)s.") % name,
                who=YOU,
                link=link,
            )


def _of_payment(payments: list[Payment]) -> Iterator[Blocker]:
    """Yield what the newest attempt to pay waits for, or failed by."""
    if not payments:
        return
    newest = payments[0]
    if newest.state == PaymentState.REJECTED:
        yield Blocker(
            code=Code.PAYMENT_REJECTED,
            words=_("The bank sent the payment back: %(reason)s")
            % {"reason": newest.reason or _("it gave no reason.")},
            who=YOU,
            link=reverse("commissions:bank"),
        )
    elif newest.state == PaymentState.PREPARED:
        waits = {
            RunState.PREPARED: _("The payout run is prepared and waits to be checked."),
            RunState.CHECKED: _("The payout run waits for a second person’s approval."),
            RunState.APPROVED: _("The payout run is approved and waits to be sent."),
        }
        if words := waits.get(RunState(newest.run.state)):
            yield Blocker(code=Code.RUN_WAITS, words=words, who=FINANCE)


def _of_closing(partner: Partner, on: date, last: Statement | None) -> Iterator[Blocker]:
    """Yield what keeps the statement from closing whose day has come."""
    quarter = last_closed_quarter(on)
    if last is not None and last.quarter >= quarter:
        return
    until = quarter_end(quarter)
    waiting = unstated(partner.pk, until).exclude(commission_minor=0)
    months = set(waiting.values_list("month", "currency").distinct())
    needed = {
        (month_end(month), code)
        for month, currency in months
        if currency != partner.payout_currency
        for code in (currency, partner.payout_currency)
        if code != DOLLAR
    }
    known = set(
        FxRate.objects.filter(day__in={day for day, _code in needed}).values_list(
            "day", "currency"
        )
    )
    for day, currency in sorted(needed - known):
        yield Blocker(
            code=Code.RATE_MISSING,
            words=_("No rate of %(currency)s is known on %(day)s.")
            % {"currency": currency, "day": formats.day(day)},
            who=FINANCE,
        )
    if months and needed <= known:
        yield Blocker(
            code=Code.NOT_CLOSED,
            words=_("The statement of the quarter from %(month)s is not closed yet.")
            % {"month": formats.month(quarter)},
            who=THE_PORTAL,
        )


def _of_balance(last: Statement) -> Iterator[Blocker]:
    if last.closing_minor < 0:
        debt = Money(-last.closing_minor, last.currency)
        yield Blocker(
            code=Code.DEBT,
            words=_(
                "%(amount)s more was paid than is due: later commission makes it good."
            )
            % {"amount": formats.money(debt.minor, debt.currency)},
            who=NOBODY,
        )
    elif last.closing_minor > 0 and not (last.payable_minor or last.withheld_minor):
        yield Blocker(
            code=Code.BELOW_MINIMUM,
            words=_("%(amount)s is below the least that is paid.")
            % {"amount": formats.money(last.closing_minor, last.currency)},
            who=NOBODY,
        )
