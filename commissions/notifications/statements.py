"""What is told about statements and payments, to owners and finance."""

from __future__ import annotations

from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commissions.models import Payment, Statement
from outbox.services import JSON
from partners.models import Role
from partners.notifications import Facts, Mail, Row, Words, notification_kind
from partners.notifications.registry import Urgency
from partners.services.notifications import (
    accounts_of,
    notify,
    settle_notifications,
)
from program.payout import quarter_of
from ui import formats

PAYMENTS = gettext_lazy("Commissions: payments")


@notification_kind(
    "commissions.statement_closed", label=gettext_lazy("Commissions: statements")
)
def statement_closed(facts: Facts) -> Words:
    given = _given(facts)
    return Words(
        _("The statement of %(quarter)s is closed: %(closing)s") % given,
        _closing_words(facts) % given,
        (
            Row(_("Accrued"), formats.money(facts["accrued"], facts["currency"])),
            Row(_("Closing balance"), given["closing"]),
        ),
    )


def _closing_words(facts: Facts) -> str:
    if facts["payable"] > 0:
        return _("%(payable)s is paid about %(pay_on)s.")
    if facts["withheld"] > 0:
        return _("%(withheld)s waits for papers that are missing.")
    if facts["closing"] > 0:
        return _("It is below the minimum and waits for more.")
    if facts["closing"] < 0:
        return _("More was paid than is due: later quarters make it good.")
    return _("Nothing is due for this quarter.")


@notification_kind("commissions.payment_sent", label=PAYMENTS, mail=Mail.AT_ONCE)
def payment_sent(facts: Facts) -> Words:
    return Words(
        _("%(amount)s is on its way to you") % _given(facts),
        _("The bank was asked to pay it on %(day)s, to the account ending in %(tail)s.")
        % _given(facts),
    )


@notification_kind("commissions.payment_paid", label=PAYMENTS, mail=Mail.AT_ONCE)
def payment_paid(facts: Facts) -> Words:
    return Words(
        _("%(amount)s was paid") % _given(facts),
        _("On %(day)s, to the account ending in %(tail)s, for %(quarter)s.")
        % _given(facts),
    )


@notification_kind(
    "commissions.payment_rejected",
    label=gettext_lazy("Commissions: payments that failed"),
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
)
def payment_rejected(facts: Facts) -> Words:
    return Words(
        _("The bank rejected the payment of %(amount)s") % _given(facts),
        _("%(reason)s. Check the bank account that you filed; the amount is paid again.")
        % _given(facts),
    )


def tell_closed(statement: Statement, *, at: datetime) -> None:
    """Tell a company's owners and finance what the quarter came to, also if nothing."""
    notify(
        "commissions.statement_closed",
        key=f"statement:{statement.pk}",
        user_ids=_told(statement.partner_id),
        at=at,
        partner_id=statement.partner_id,
        facts={
            "quarter": statement.quarter.isoformat(),
            "currency": statement.currency,
            "accrued": statement.accrued_minor,
            "closing": statement.closing_minor,
            "payable": statement.payable_minor,
            "withheld": statement.withheld_minor,
            "pay_on": statement.pay_on.isoformat(),
        },
        path=_page(statement),
    )


def tell_sent(payment: Payment, *, day: date, at: datetime) -> None:
    """Tell them that a payment is with the bank; an earlier rejection is settled."""
    for attempt in range(1, payment.attempt):
        key = _rejected_key(payment.statement_id, attempt)
        settle_notifications(key=key, at=at)
    _tell("commissions.payment_sent", f"payment-sent:{payment.pk}", payment, day, at=at)


def tell_paid(payment: Payment, *, at: datetime) -> None:
    """Tell them that a payment arrived."""
    assert payment.paid_on
    _tell(
        "commissions.payment_paid",
        f"payment-paid:{payment.pk}",
        payment,
        payment.paid_on,
        at=at,
    )


def tell_rejected(payment: Payment, *, day: date, at: datetime) -> None:
    """Tell them that the bank sent a payment back, and why."""
    _tell(
        "commissions.payment_rejected",
        _rejected_key(payment.statement_id, payment.attempt),
        payment,
        day,
        at=at,
        reason=payment.reason,
    )


def _rejected_key(statement_id: int, attempt: int) -> str:
    return f"payment-rejected:{statement_id}:{attempt}"


def _tell(
    kind: str,
    key: str,
    payment: Payment,
    day: date,
    *,
    at: datetime,
    **more: JSON,
) -> None:
    notify(
        kind,
        key=key,
        user_ids=_told(payment.partner_id),
        at=at,
        partner_id=payment.partner_id,
        facts={
            "quarter": payment.statement.quarter.isoformat(),
            "amount": payment.amount_minor,
            "currency": payment.currency,
            "tail": payment.account.tail,
            "day": day.isoformat(),
            **more,
        },
        path=_page(payment.statement),
    )


def _told(partner_id: int) -> list[int]:
    return accounts_of(partner_id=partner_id, roles={Role.FINANCE})


def _page(statement: Statement) -> str:
    return reverse("commissions:statement", args=[statement.public_id])


def _given(facts: Facts) -> dict[str, str]:
    """Return the facts as the reader writes them."""
    currency = facts["currency"]
    given = {
        name: formats.money(facts[name], currency)
        for name in ("amount", "accrued", "closing", "payable", "withheld")
        if name in facts
    }
    for name in ("day", "pay_on"):
        if name in facts:
            given[name] = formats.day(date.fromisoformat(facts[name]))
    given["quarter"] = quarter_words(date.fromisoformat(facts["quarter"]))
    given["tail"] = facts.get("tail", "")
    given["reason"] = facts.get("reason", "").rstrip(".")
    return given


def quarter_words(quarter: date) -> str:
    """Return what a quarter is called: Q1 2026."""
    first = quarter_of(quarter)
    return _("Q%(number)d %(year)d") % {
        "number": (first.month + 2) // 3,
        "year": first.year,
    }
