"""Sending an approved run to the bank, and writing down what the bank answered.

The file of a run is made once, when it is sent, and kept under a seal: whoever takes it
later gets the same bytes, whatever changed since. Its fingerprint stands with the run, so
that another file cannot pass for it.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from commissions.models import Payment, PayoutRun, RunFile
from commissions.notifications.statements import tell_paid, tell_rejected, tell_sent
from commissions.services.payouts.bank_files import BankFile, InvalidFileError, bank_file
from commissions.services.payouts.deciding import refuse_wrong
from commissions.services.payouts.errors import PayoutError
from commissions.services.payouts.payer import missing_of_payer
from commissions.services.payouts.steps import (
    locked_payment,
    locked_run,
    move_payments,
    move_run,
    record_run,
)
from commissions.services.sealing import SealError, open_file, seal_file
from outbox import clock
from partners.models import User
from partners.services.exports import record_export
from program.payout_life import PaymentEvent, RunEvent, RunState, is_fresh


@transaction.atomic
def execute_run(
    *, run_id: int, factor_at: datetime | None, actor: User, at: datetime, today: date
) -> PayoutRun:
    """Make an approved run's file and send its payments; `run_file` hands it out.

    Raises `PayoutError`, also unless a second factor was shown a moment ago, at
    `factor_at` (Z5), where the settings do not say who pays, and for a file that its
    schema refuses.
    """
    run = locked_run(run_id)
    before = run.state
    move_run(run, RunEvent.EXECUTE)
    if not is_fresh(factor_at, at=at):
        raise PayoutError(_("Show your second factor again, then send it."))
    if missing_of_payer(settings.PAYER):
        raise PayoutError(_("The settings do not say who pays (docs/operations.md)."))
    refuse_wrong(run, on=today)
    run.executed_by, run.executed_at = actor, at
    try:
        file = bank_file(run)
    except InvalidFileError as error:
        words = _(
            "Banks would refuse the file: a name or an address in it is unreadable."
        )
        of = error.payment
        raise PayoutError(f"{of.partner}: {words}" if of else words) from error
    run.file_sha256 = _fingerprint(file)
    run.save(update_fields=["state", "executed_by", "executed_at", "file_sha256"])
    RunFile.objects.create(
        run=run,
        name=file.name,
        media_type=file.media_type,
        sha256=run.file_sha256,
        sealed=seal_file(file.content),
        at=at,
    )
    payments = list(
        Payment.objects.select_for_update(of=("self",))
        .select_related("statement", "account")
        .filter(run=run)
        .order_by("pk")
    )
    move_payments(payments, PaymentEvent.SEND, actor=actor, at=at)
    for payment in payments:
        tell_sent(payment, day=run.execute_on, at=at)
    record_run("executed", run, before=before, actor=actor, at=at, note=run.file_sha256)
    return run


@transaction.atomic
def run_file(*, run_id: int, actor: User, at: datetime) -> BankFile:
    """Return the file of a run that was sent, byte by byte what it was; it is recorded.

    A run that was sent before files were kept has its file made anew. Raises
    `PayoutError` for a run that was not sent, where no key opens the file, and where it
    is not the one that was sent: another one would be another payment.
    """
    run = PayoutRun.objects.get(pk=run_id)
    if run.state != RunState.EXECUTED:
        raise PayoutError(_("There is a file once the run is sent to the bank."))
    try:
        kept = RunFile.objects.filter(run=run).first()
        file = _as_kept(kept) if kept else bank_file(run)
    except SealError as error:
        raise PayoutError(_("No key opens this file: see BANK_SEAL_KEYS.")) from error
    if _fingerprint(file) != run.file_sha256:
        raise PayoutError(
            _(
                "The file would not be the one that was handed out: the payer "
                "changed, or how files are written."
            )
            if kept is None
            else _("The file that is kept is not the one that was sent.")
        )
    record_export(
        "commissions.payments",
        actor=actor,
        at=at,
        partner_id=None,
        filters={"run": str(run.public_id)},
    )
    return file


def _as_kept(kept: RunFile) -> BankFile:
    return BankFile(
        name=kept.name,
        media_type=kept.media_type,
        content=open_file(bytes(kept.sealed)),
    )


def _fingerprint(file: BankFile) -> str:
    return hashlib.sha256(file.content).hexdigest()


@transaction.atomic
def mark_paid(*, payment_id: int, paid_on: date, actor: User, at: datetime) -> Payment:
    """Write down that a payment arrived. Raises `PayoutError` for a day it cannot be."""
    payment = locked_payment(payment_id)
    payment.paid_on = paid_on
    _refuse_day(payment, paid_on, today=clock.program_day(at))
    move_payments([payment], PaymentEvent.PAY, actor=actor, at=at)
    tell_paid(payment, at=at)
    return payment


@transaction.atomic
def mark_rejected(*, payment_id: int, reason: str, actor: User, at: datetime) -> Payment:
    """Write down that the bank rejected a payment, and why: it may be paid again.

    Raises `PayoutError` without a reason.
    """
    payment = locked_payment(payment_id)
    if not reason.strip():
        raise PayoutError(_("Say why the bank rejected it."))
    payment.reason = reason.strip()[:200]
    move_payments([payment], PaymentEvent.REJECT, actor=actor, at=at, note=payment.reason)
    tell_rejected(payment, day=clock.program_day(at), at=at)
    return payment


def _refuse_day(payment: Payment, paid_on: date, *, today: date) -> None:
    sent_at = payment.run.executed_at
    if paid_on > today:
        raise PayoutError(_("That day is in the future."))
    if sent_at is not None and paid_on < clock.program_day(sent_at):
        raise PayoutError(_("That is before it was sent."))
