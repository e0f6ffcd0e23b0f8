"""Deciding about a payout run: checked by one, approved by another, or cancelled.

Each step asks again what the run rests on. Amounts never change: a run that is wrong is
cancelled, and another one prepared.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from commissions.models import Payment, PayoutRun
from commissions.notifications.approvals import settle_run_told, tell_run_waits
from commissions.services.payouts.books import Books
from commissions.services.payouts.errors import PayoutError
from commissions.services.payouts.steps import (
    locked_run,
    move_payments,
    move_run,
    record_run,
)
from partners.models import User
from program.payout_life import PaymentEvent, RunEvent, is_fresh


@transaction.atomic
def check_run(*, run_id: int, actor: User, at: datetime, today: date) -> PayoutRun:
    """Say that a prepared run was looked through. Raises `PayoutError` if it is wrong."""
    run = locked_run(run_id)
    before = run.state
    move_run(run, RunEvent.CHECK)
    refuse_wrong(run, on=today)
    run.checked_by, run.checked_at = actor, at
    run.save(update_fields=["state", "checked_by", "checked_at"])
    record_run("checked", run, before=before, actor=actor, at=at)
    tell_run_waits(run, at=at)
    return run


@transaction.atomic
def approve_run(
    *, run_id: int, factor_at: datetime | None, actor: User, at: datetime, today: date
) -> PayoutRun:
    """Approve a checked run, with a second factor that was shown at `factor_at` (Z5).

    Raises `PayoutError` unless that is a moment ago, for who prepared the run, and for a
    run that is wrong by now.
    """
    run = locked_run(run_id)
    before = run.state
    move_run(run, RunEvent.APPROVE)
    if not is_fresh(factor_at, at=at):
        raise PayoutError(_("Show your second factor again, then approve."))
    if run.prepared_by_id == actor.pk:
        raise PayoutError(_("You prepared this run: another person approves it."))
    refuse_wrong(run, on=today)
    run.approved_by, run.approved_at = actor, at
    run.save(update_fields=["state", "approved_by", "approved_at"])
    record_run("approved", run, before=before, actor=actor, at=at)
    settle_run_told(run, at=at)
    return run


@transaction.atomic
def cancel_run(*, run_id: int, reason: str, actor: User, at: datetime) -> PayoutRun:
    """Cancel a run that was not sent, and its payments. Raises `PayoutError`."""
    run = locked_run(run_id)
    before = run.state
    move_run(run, RunEvent.CANCEL)
    if not reason.strip():
        raise PayoutError(_("Say why the run is cancelled."))
    run.save(update_fields=["state"])
    note = reason.strip()[:200]
    payments = list(Payment.objects.select_for_update().filter(run=run).order_by("pk"))
    move_payments(payments, PaymentEvent.CANCEL, actor=actor, at=at, note=note)
    record_run("cancelled", run, before=before, actor=actor, at=at, note=note)
    settle_run_told(run, at=at)
    return run


def refuse_wrong(run: PayoutRun, *, on: date) -> None:
    """Raise `PayoutError` for a run whose payments are not what they should be.

    Sum and number as prepared; each within what is owed, to the account that is filed
    now, with all papers. The partners are locked.
    """
    payments = list(
        Payment.objects.filter(run=run)
        .select_related("partner", "statement")
        .order_by("pk")
    )
    if (
        sum(payment.amount_minor for payment in payments) != run.total_minor
        or len(payments) != run.payment_count
    ):
        raise PayoutError(_("The payments are not those that were prepared."))
    # What was prepared is no reason against itself.
    books = Books(
        (payment.partner_id for payment in payments),
        without=[payment.pk for payment in payments],
    )
    for payment in payments:
        if wrong := _wrong_with(payment, books, on=on):
            raise PayoutError(f"{payment.partner}: {wrong}")


def _wrong_with(payment: Payment, books: Books, *, on: date) -> str:
    """Return what is wrong with a payment that was prepared, "" if nothing is."""
    partner, statement = payment.partner, payment.statement
    due = books.due(partner.pk)
    assert due  # `statement` is one
    mixed = due.is_mixed or payment.currency != due.last.currency
    if mixed or payment.amount_minor > due.minor_for(statement):
        return _("less is owed by now. Cancel the run and prepare it anew.")
    account = books.account(partner.pk, on)
    if account is None or account.pk != payment.account_id:
        return _("the bank account has changed. Cancel the run and prepare it anew.")
    if books.missing(partner, on=on, quarter=statement.quarter):
        return _("papers are missing by now. Cancel the run and prepare it anew.")
    return ""
