"""A partner contests a month: the evidence is kept, a clock runs, people answer (R8).

It ends in a correction that finance proposes and a second person approves, in a refusal
with a reason, or is withdrawn. A correction that is not approved leaves it open
(`contested`). Nothing is decided by the clock.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from commissions.models import (
    MAX_MINOR,
    Dispute,
    DisputeMessage,
    Schedule,
    StatementLine,
)
from commissions.notifications.disputes import (
    settle_told,
    tell_decided,
    tell_late,
    tell_message,
    tell_opened,
    tell_proposed,
)
from commissions.receipts.evidence import evidence_of
from commissions.receipts.month import month_receipt
from commissions.services.adjusting import AdjustmentError, propose_adjustment
from commissions.services.contested import answer_days, record_dispute
from partners.models import Partner, User
from partners.selectors import published_editions
from program.payout_life import DISPUTE_STEPS, DisputeEvent
from program.steps import Actor, IllegalStepError, step


class DisputeError(ValueError):
    """What cannot be contested, written about or decided; the sentence says why."""


@transaction.atomic
def contest(
    *,
    schedule_id: int,
    month: date,
    expected_minor: int | None,
    text: str,
    actor: User,
    at: datetime,
    today: date,
) -> Dispute:
    """Contest a month of a schedule, with its evidence as it stands now.

    `expected_minor` is what the partner expects, in minor units of the schedule's
    currency. Raises `DisputeError` without a text, for a month that was never accrued,
    and for one that is contested already.
    """
    schedule = Schedule.objects.select_related("deal__client").get(pk=schedule_id)
    partner = Partner.objects.select_for_update(no_key=True).get(pk=schedule.partner_id)
    if not text.strip():
        raise DisputeError(_("Say what is wrong, and why."))
    if expected_minor is not None and abs(expected_minor) > MAX_MINOR:
        raise DisputeError(_("The amount is larger than the portal holds."))
    receipt = month_receipt(schedule, month)
    if not receipt.was_accrued:
        raise DisputeError(_("This month has not been accrued yet."))
    alike = Dispute.objects.undecided().filter(schedule=schedule, month=month)
    if alike.exists():
        raise DisputeError(_("This month is contested already."))
    edition = published_editions().by_id(schedule.edition_id)
    dispute = Dispute.objects.create(
        partner=partner,
        schedule=schedule,
        month=month,
        evidence=evidence_of(receipt, edition=edition.code),
        expected_minor=expected_minor,
        currency=schedule.currency,
        opened_by=actor,
        opened_at=at,
        due_at=at + timedelta(days=answer_days(today)),
    )
    DisputeMessage.objects.create(dispute=dispute, text=text, author=actor, at=at)
    record_dispute("opened", dispute, before="", note=text[:500], actor=actor, at=at)
    tell_opened(dispute, at=at)
    return dispute


@transaction.atomic
def write_message(
    *, dispute_id: int, text: str, internal: bool, actor: User, at: datetime
) -> DisputeMessage:
    """Write to the other side, or an internal note that the partner never sees.

    Raises `DisputeError` without a text, for an internal note of somebody who is not
    staff, and once the dispute is over.
    """
    dispute = _locked(dispute_id)
    if internal and not actor.is_staff:
        raise DisputeError(_("Internal notes are for staff."))
    if not dispute.is_undecided:
        raise DisputeError(_("It is over: nothing more is written here."))
    if not text.strip():
        raise DisputeError(_("A message needs a text."))
    message = DisputeMessage.objects.create(
        dispute=dispute, text=text, internal=internal, author=actor, at=at
    )
    record_dispute("noted" if internal else "written", dispute, actor=actor, at=at)
    tell_message(
        dispute,
        message_id=message.pk,
        text=text,
        internal=internal,
        who=actor,
        at=at,
    )
    return message


@transaction.atomic
def correct(
    *, dispute_id: int, amount_minor: int, answer: str, actor: User, at: datetime
) -> Dispute:
    """Agree with the partner: propose the adjustment, which a second person approves.

    The partner is told; the clock runs on, for nothing is corrected yet. `amount_minor`
    is in minor units of the partner's payout currency. Raises `DisputeError` for nothing,
    without an answer, while another correction is being checked, and once it is decided.
    """
    dispute = _locked(dispute_id)
    state = _next(dispute, DisputeEvent.PROPOSE, by=Actor.STAFF)
    _refuse_silence(answer)
    # What asked for this one is done, whichever correction it was about.
    settle_told(dispute, at=at)
    line = (
        StatementLine.objects.filter(
            schedule=dispute.schedule_id,
            month=dispute.month,
            statement__partner=dispute.partner_id,
        )
        .order_by("pk")
        .first()
    )
    try:
        dispute.adjustment = propose_adjustment(
            partner_id=dispute.partner_id,
            amount_minor=amount_minor,
            # Without words of its own: people of both sides read it in two languages.
            reason=f"{dispute.schedule.deal_ref} {dispute.month:%Y-%m}: {answer.strip()}"[
                :500
            ],
            corrects_id=line.pk if line else None,
            actor=actor,
            at=at,
        )
    except AdjustmentError as error:
        raise DisputeError(str(error)) from error
    _decide(dispute, state, answer, "proposed", actor=actor, at=at)
    tell_proposed(dispute, at=at)
    return dispute


@transaction.atomic
def refuse(*, dispute_id: int, answer: str, actor: User, at: datetime) -> Dispute:
    """Refuse with a reason, which the partner reads. Raises `DisputeError`."""
    dispute = _locked(dispute_id)
    state = _next(dispute, DisputeEvent.REFUSE, by=Actor.STAFF)
    _refuse_silence(answer)
    settle_told(dispute, at=at)
    _decide(dispute, state, answer, "refused", actor=actor, at=at)
    tell_decided(dispute, at=at)
    return dispute


@transaction.atomic
def withdraw(*, dispute_id: int, actor: User, at: datetime) -> Dispute:
    """Take it back: the partner's side. Raises `DisputeError` once it is decided."""
    dispute = _locked(dispute_id)
    before = dispute.state
    state = _next(dispute, DisputeEvent.WITHDRAW, by=Actor.PARTNER)
    settle_told(dispute, at=at)
    dispute.state = state
    dispute.save(update_fields=["state"])
    record_dispute("withdrawn", dispute, before=before, actor=actor, at=at)
    return dispute


def tell_late_disputes(*, at: datetime) -> int:
    """Tell finance of each answer that is late, once; return how many are new."""
    late = Dispute.objects.overdue_at(at).filter(late_told_at=None)
    ids = list(late.order_by("due_at", "pk").values_list("pk", flat=True))
    return sum(_tell_late(pk, at=at) for pk in ids)


@transaction.atomic
def _tell_late(dispute_id: int, *, at: datetime) -> bool:
    dispute = _locked(dispute_id)
    if not dispute.is_undecided or dispute.late_told_at or dispute.due_at > at:
        return False
    dispute.late_told_at = at
    dispute.save(update_fields=["late_told_at"])
    record_dispute("late", dispute, actor=None, at=at)
    tell_late(dispute, at=at)
    return True


def _locked(dispute_id: int) -> Dispute:
    """Return a dispute with what is named of it, locked after its partner (R7)."""
    partner_id = Dispute.objects.values_list("partner_id", flat=True).get(pk=dispute_id)
    Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
    return (
        Dispute.objects.select_for_update(of=("self",))
        .select_related("partner", "schedule")
        .get(pk=dispute_id)
    )


def _next(dispute: Dispute, event: DisputeEvent, *, by: Actor) -> str:
    try:
        return step(DISPUTE_STEPS, dispute.state, event, by=by)
    except IllegalStepError as error:
        raise DisputeError(not_now(dispute)) from error


def not_now(dispute: Dispute) -> str:
    """Return why nobody decides about a dispute that is not open."""
    if dispute.is_undecided:
        return _("A second person is checking a correction: that is decided first.")
    return _("It is over already.")


def _refuse_silence(answer: str) -> None:
    if not answer.strip():
        raise DisputeError(_("An answer needs a sentence: the partner reads it."))


def _decide(
    dispute: Dispute, state: str, answer: str, what: str, *, actor: User, at: datetime
) -> None:
    before, dispute.state = dispute.state, state
    dispute.decided_by, dispute.decided_at = actor, at
    dispute.answer = answer.strip()[:1_000]
    dispute.save(
        update_fields=["state", "decided_by", "decided_at", "answer", "adjustment"]
    )
    record_dispute(what, dispute, before=before, note=dispute.answer, actor=actor, at=at)
