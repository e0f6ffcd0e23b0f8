"""The vendor's part of a registration: accept, ask, refuse; an appeal and its end (3.10).

Every answer is owed within the hours of the edition, and both sides see that clock.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import RefusalCode, Registration, RegistrationAppeal
from deals.notifications.registrations import (
    tell_appeal_decided,
    tell_appeal_late,
    tell_appealed,
    tell_late,
    tell_question,
    tell_refused,
)
from deals.services.registrations.accepting import (
    accept_into_deal,
    domains_of,
    late_key,
    review_key,
)
from deals.services.registrations.checking import lock_acceptance, lock_domains
from deals.services.registrations.given import FIELDS
from deals.services.registrations.registering import question_key
from deals.services.registrations.steps import (
    RegistrationError,
    locked_registration,
    promise,
    take_step,
)
from partners.models import User
from partners.selectors import Edition, published_editions
from partners.services import audit
from partners.services.notifications import settle_notifications
from program.deal_life import RegistrationEvent, RegistrationState
from program.steps import Actor

CLAUSE: Final = "3.10"
"""The clause of the rulebook that a refusal rests on if nobody names another."""

Outcome = RegistrationAppeal.Outcome


@transaction.atomic
def accept_registration(
    *,
    registration_id: int,
    actor: User,
    at: datetime,
    today: date,
    client_id: int | None = None,
    note: str = "",
) -> Registration:
    """Accept what is in review; the deal is made at once.

    `client_id` is the client that is meant, needed where several are known by the domain.
    Raises `RegistrationError` there, and unless it is in review.
    """
    registration = locked_registration(registration_id)
    if registration.state != RegistrationState.SUBMITTED:
        raise RegistrationError(_("Only what is in review is accepted."))
    lock_acceptance()
    lock_domains(domains_of(registration))
    accept_into_deal(
        registration,
        RegistrationEvent.ACCEPT,
        edition=published_editions().on(today),
        by=Actor.STAFF,
        actor=actor,
        at=at,
        today=today,
        client_id=client_id,
        note=note,
    )
    return registration


@transaction.atomic
def ask_for_information(
    *,
    registration_id: int,
    fields: Collection[str],
    question: str,
    actor: User,
    at: datetime,
) -> Registration:
    """Ask the partner about some fields; those alone can be changed until the answer.

    Raises `RegistrationError` without a question or a known field, and unless it is in
    review.
    """
    registration = locked_registration(registration_id)
    if not question.strip():
        raise RegistrationError(_("Say what is asked."))
    if not fields or set(fields) - set(FIELDS):
        raise RegistrationError(_("Name the fields in question."))
    registration.question = question.strip()
    registration.open_fields = [name for name in FIELDS if name in fields]
    take_step(
        registration,
        RegistrationEvent.ASK,
        by=Actor.STAFF,
        actor=actor,
        at=at,
        note=registration.question,
        facts={"fields": registration.open_fields},
    )
    _settle(registration, at=at)
    tell_question(registration, key=question_key(registration), at=at)
    return registration


@transaction.atomic
def refuse_registration(
    *,
    registration_id: int,
    code: str,
    text: str,
    clause: str,
    actor: User,
    at: datetime,
    today: date,
) -> Registration:
    """Refuse with a reason code, a sentence and a clause of the edition of the day.

    Raises `RegistrationError` if one of them is missing or unknown, and unless it is in
    review or waits for an answer.
    """
    registration = locked_registration(registration_id)
    edition = published_editions().on(today)
    if code not in RefusalCode.values:
        raise RegistrationError(_("A refusal names one of the reasons."))
    if not text.strip():
        raise RegistrationError(_("A refusal needs a sentence that says why."))
    _refuse_unknown(clause, edition)
    registration.refusal_code, registration.refusal_text = code, text.strip()
    registration.refusal_clause = clause
    registration.decided_by, registration.decided_at = actor, at
    registration.open_fields = []
    take_step(
        registration,
        RegistrationEvent.REFUSE,
        by=Actor.STAFF,
        actor=actor,
        at=at,
        note=registration.refusal_text,
        facts={"code": code, "clause": clause, "edition": edition.code},
    )
    _settle(registration, at=at)
    settle_notifications(key=question_key(registration), at=at)
    tell_refused(registration, at=at)
    return registration


@transaction.atomic
def appeal_refusal(
    *, registration_id: int, text: str, actor: User, at: datetime, today: date
) -> RegistrationAppeal:
    """Appeal against a refusal, once. Raises `RegistrationError` otherwise."""
    registration = locked_registration(registration_id)
    if registration.state != RegistrationState.REFUSED:
        raise RegistrationError(_("Only a refusal can be appealed against."))
    if not text.strip():
        raise RegistrationError(_("Say why the refusal is wrong."))
    if RegistrationAppeal.objects.filter(registration=registration).exists():
        raise RegistrationError(_("There was an appeal against this refusal already."))
    assert registration.decided_by  # the constraint registration_refused_with_a_reason
    appeal = RegistrationAppeal.objects.create(
        registration=registration,
        refused_by=registration.decided_by,
        text=text.strip(),
        made_by=actor,
        made_at=at,
        due_at=promise(at, published_editions().on(today).rulebook),
    )
    audit.record(
        "deals.registration_appealed",
        actor=actor,
        at=at,
        partner_id=registration.partner_id,
        of=registration,
        note=appeal.text,
    )
    tell_appealed(appeal, key=_appeal_key(appeal), at=at)
    return appeal


@transaction.atomic
def decide_refusal_appeal(
    *,
    registration_id: int,
    overturn: bool,
    answer: str,
    clause: str,
    actor: User,
    at: datetime,
    today: date,
    client_id: int | None = None,
) -> RegistrationAppeal:
    """Decide an appeal; overturned, the registration is accepted now.

    Raises `RegistrationError` for whoever refused, without an answer, with a clause that
    the edition lacks, and if there is nothing to decide.
    """
    registration = locked_registration(registration_id)
    appeal = _open_appeal(registration)
    if appeal.refused_by_id == actor.pk:
        raise RegistrationError(_("Whoever refused it does not decide the appeal."))
    if not answer.strip():
        raise RegistrationError(_("A decision needs a reason."))
    edition = published_editions().on(today)
    _refuse_unknown(clause, edition)
    appeal.outcome = Outcome.OVERTURNED if overturn else Outcome.UPHELD
    appeal.answer, appeal.clause = answer.strip(), clause
    appeal.decided_by, appeal.decided_at = actor, at
    appeal.save()
    audit.record(
        "deals.registration_appeal_decided",
        actor=actor,
        at=at,
        partner_id=registration.partner_id,
        of=registration,
        changes={"outcome": ("", appeal.outcome)},
        note=appeal.answer,
    )
    settle_notifications(key=_appeal_key(appeal), at=at)
    settle_notifications(key=_late_appeal_key(appeal), at=at)
    if overturn:
        lock_acceptance()
        lock_domains(domains_of(registration))
        accept_into_deal(
            registration,
            RegistrationEvent.OVERTURN,
            edition=edition,
            by=Actor.STAFF,
            actor=actor,
            at=at,
            today=today,
            client_id=client_id,
            note=appeal.answer,
        )
    else:
        tell_appeal_decided(appeal, at=at)
    return appeal


def tell_late_registrations(*, at: datetime, first: int, last: int) -> int:
    """Tell staff and partners of broken promises, each once; return how many are new.

    Of a range of partners. Nothing is decided by itself: the promise stays broken.
    """
    late = Registration.objects.late_at(at).filter(
        late_told_at=None, partner_id__gte=first, partner_id__lte=last
    )
    ids = list(late.order_by("due_at", "pk").values_list("pk", flat=True))
    return sum(_tell_late(pk, at=at) for pk in ids)


@transaction.atomic
def _tell_late(registration_id: int, *, at: datetime) -> bool:
    registration = locked_registration(registration_id)
    due_at = registration.due_at
    if (
        registration.state != RegistrationState.SUBMITTED
        or registration.late_told_at is not None
        or due_at is None
        or due_at > at
    ):
        return False
    registration.late_told_at = at
    registration.save(update_fields=["late_told_at"])
    audit.record(
        "deals.registration_late",
        actor=None,
        at=at,
        partner_id=registration.partner_id,
        of=registration,
    )
    tell_late(registration, key=late_key(registration), at=at)
    return True


def tell_late_appeals(*, at: datetime) -> int:
    """Tell staff and partners of appeals whose promise is broken, each once."""
    late = RegistrationAppeal.objects.filter(
        outcome="", due_at__lte=at, late_told_at=None
    )
    ids = list(late.order_by("due_at", "pk").values_list("registration_id", flat=True))
    return sum(_tell_late_appeal(pk, at=at) for pk in ids)


@transaction.atomic
def _tell_late_appeal(registration_id: int, *, at: datetime) -> bool:
    registration = locked_registration(registration_id)
    appeal = RegistrationAppeal.objects.select_for_update(of=("self",)).get(
        registration=registration
    )
    if appeal.outcome or appeal.late_told_at is not None or appeal.due_at > at:
        return False
    appeal.registration, appeal.late_told_at = registration, at
    appeal.save(update_fields=["late_told_at"])
    audit.record(
        "deals.registration_appeal_late",
        actor=None,
        at=at,
        partner_id=registration.partner_id,
        of=registration,
    )
    tell_appeal_late(appeal, key=_late_appeal_key(appeal), at=at)
    return True


def _refuse_unknown(clause: str, edition: Edition) -> None:
    if clause not in edition.rulebook.rule_texts:
        raise RegistrationError(
            _("The edition %(edition)s has no clause %(clause)s.")
            % {"edition": edition.code, "clause": clause or "–"}
        )


def _settle(registration: Registration, *, at: datetime) -> None:
    settle_notifications(key=review_key(registration), at=at)
    settle_notifications(key=late_key(registration), at=at)


def _open_appeal(registration: Registration) -> RegistrationAppeal:
    appeal = (
        RegistrationAppeal.objects.select_for_update(of=("self",))
        .filter(registration=registration, outcome="")
        .first()
    )
    if appeal is None:
        raise RegistrationError(_("There is no appeal to decide."))
    appeal.registration = registration
    return appeal


def _appeal_key(appeal: RegistrationAppeal) -> str:
    return f"registration-appeal:{appeal.pk}"


def _late_appeal_key(appeal: RegistrationAppeal) -> str:
    return f"{_appeal_key(appeal)}:late"
