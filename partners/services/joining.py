"""Asking to join the company whose domain one's address has, and its owners' answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

import outbox.services as outbox
from partners.models import JoinQuestion, JoinRequest, Partner, Person, Role, User
from partners.services import audit
from partners.services.free_mail import FREE_MAIL
from partners.services.invitations import Invitee, invite
from partners.services.link_tokens import hash_of, kept_token, link_token
from partners.services.notifications import accounts_of, notify, settle_notifications

LINK_VALID_FOR: Final = timedelta(days=2)
_SALT: Final = "partners.join"


class JoinError(ValueError):
    """A request that cannot be confirmed or answered, and why."""


def company_of(email: str) -> Partner | None:
    """Return the one company whose domain an address has; None for free mail.

    Staff write the domain on the company's page in the back office. Where two companies
    have the same one, it tells nothing, and nobody joins by it.
    """
    domain = email.rpartition("@")[2].strip().lower()
    if not domain or domain in FREE_MAIL:
        return None
    companies = list(Partner.objects.filter(domain__iexact=domain)[:2])
    return companies[0] if len(companies) == 1 else None


@transaction.atomic
def ask_to_join(*, invitee: Invitee, language: str, at: datetime) -> JoinQuestion:
    """Have the address asked whether it is theirs, if it can join a company at all.

    Says nothing about that and takes the same time: the letter is decided on later.
    """
    question = JoinQuestion(
        email=invitee.email.strip().lower(),
        first_name=invitee.first_name,
        last_name=invitee.last_name,
        language=language,
        expires_at=at + LINK_VALID_FOR,
    )
    question.token_sha256 = hash_of(link_token(_SALT, question.public_id))
    question.save()
    outbox.put("partners.join_letter", key=f"join:{question.pk}", question_id=question.pk)
    return question


def question_token(question: JoinQuestion) -> str | None:
    """Return the secret of the link that confirms an address; None if nobody may join.

    None as well if the secret key it was made with is gone since.
    """
    if company_of(question.email) is None or _is_somebody(question.email):
        return None
    return kept_token(_SALT, question.public_id, sha256=question.token_sha256)


def read_question(*, token: str, at: datetime) -> JoinQuestion:
    """Return what a link confirms; raise `JoinError` if it is none or too old."""
    question = JoinQuestion.objects.filter(token_sha256=hash_of(token)).first()
    if question is None or question.expires_at <= at:
        raise JoinError(_("This link is not valid any more."))
    return question


def delete_old_questions(*, at: datetime) -> int:
    """Delete the addresses whose links are too old; return how many there were."""
    count, _kinds = JoinQuestion.objects.filter(expires_at__lte=at).delete()
    return count


@transaction.atomic
def confirm_join(*, token: str, at: datetime) -> JoinRequest:
    """Put a confirmed request before the owners of the company; once, however often.

    Raises `JoinError` for a link that is none or too old, and where the address belongs
    to no company, to somebody who is in already, or to a request answered just before.
    """
    asking = read_question(token=token, at=at)
    found = company_of(asking.email)
    if found is None or _is_somebody(asking.email):
        raise JoinError(_("This link is not valid any more."))
    company = Partner.objects.select_for_update(of=("self",)).get(pk=found.pk)
    requests = JoinRequest.objects.filter(partner=company, email=asking.email)
    if requests.filter(decided_at__gt=at - LINK_VALID_FOR).exists():
        raise JoinError(_("The owners have answered already."))
    waiting = requests.open().first()
    if waiting is not None:
        return waiting
    request = JoinRequest.objects.create(
        partner=company,
        email=asking.email,
        first_name=asking.first_name,
        last_name=asking.last_name,
        language=asking.language,
        confirmed_at=at,
    )
    audit.record(
        "partners.join_asked", actor=None, at=at, partner_id=company.pk, of=request
    )
    notify(
        "partners.join_asked",
        key=_event(request),
        user_ids=accounts_of(partner_id=company.pk, roles=()),
        at=at,
        partner_id=company.pk,
        facts={"name": request.name, "email": request.email},
        path=reverse("company:join_request", args=[request.public_id]),
    )
    return request


@transaction.atomic
def approve_join(
    *, request_id: int, role: Role, actor: User, at: datetime
) -> JoinRequest:
    """Let somebody in: an invitation with a role goes to the confirmed address.

    Raises `JoinError` for a request that was answered before.
    """
    request = _decide(request_id, JoinRequest.Decision.APPROVED, actor=actor, at=at)
    invite(
        partner_id=request.partner_id,
        invitee=Invitee(
            email=request.email,
            first_name=request.first_name,
            last_name=request.last_name,
        ),
        role=role,
        language=request.language,
        actor=actor,
        at=at,
    )
    return request


@transaction.atomic
def refuse_join(*, request_id: int, actor: User, at: datetime) -> JoinRequest:
    """Refuse a request; a letter says so. Raises `JoinError` for one answered before."""
    request = _decide(request_id, JoinRequest.Decision.REFUSED, actor=actor, at=at)
    outbox.put(
        "partners.join_refused_letter",
        key=f"join-refused:{request.pk}",
        request_id=request.pk,
    )
    return request


def _decide(
    request_id: int, decision: JoinRequest.Decision, *, actor: User, at: datetime
) -> JoinRequest:
    request = JoinRequest.objects.select_for_update(of=("self",)).get(pk=request_id)
    if request.decided_at is not None:
        raise JoinError(_("This request was answered already."))
    request.decision, request.decided_at, request.decided_by = decision, at, actor
    request.save(update_fields=["decision", "decided_at", "decided_by"])
    audit.record(
        f"partners.join_{decision}",
        actor=actor,
        at=at,
        partner_id=request.partner_id,
        of=request,
    )
    settle_notifications(key=_event(request), at=at)
    return request


def _is_somebody(email: str) -> bool:
    """Return whether an address has a person with an account, or belongs to staff."""
    return (
        Person.objects.active().filter(email=email, user__isnull=False).exists()
        or User.objects.filter(email=email, is_staff=True).exists()
    )


def _event(request: JoinRequest) -> str:
    return f"join-request:{request.pk}"
