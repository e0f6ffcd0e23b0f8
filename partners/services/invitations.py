"""Inviting somebody to a company, and what an invitation is accepted for, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

import outbox.services as outbox
from partners.models import Invitation, Partner, Person, Role, User
from partners.services import audit
from partners.services.link_tokens import hash_of, kept_token, link_token
from partners.services.notifications import accounts_of, notify

VALID_FOR: Final = timedelta(days=7)
_SALT: Final = "partners.invitation"


class InvitationError(ValueError):
    """An invitation that cannot be written, withdrawn or accepted, and why."""


class InvitationGoneError(InvitationError):
    """The link is unknown, used, withdrawn or too old: to its reader all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitee:
    """Whom an invitation is for."""

    email: str
    first_name: str = ""
    last_name: str = ""


@transaction.atomic
def invite(
    *,
    partner_id: int,
    invitee: Invitee,
    role: Role,
    language: str,
    actor: User,
    at: datetime,
) -> Invitation:
    """Write an invitation and have its letter sent; an older one to the address ends.

    Raises `InvitationError` for somebody who has an account at the company already.
    """
    email = invitee.email.strip().lower()
    partner = Partner.objects.select_for_update(of=("self",)).get(pk=partner_id)
    here = Person.objects.active().filter(partner=partner, email=email)
    if here.filter(user__isnull=False).exists():
        raise InvitationError(_("This person has an account at your company already."))
    for older in Invitation.objects.open().filter(partner=partner, email=email):
        _end(older, actor=actor, at=at, note="replaced")
    invitation = Invitation(
        partner=partner,
        email=email,
        first_name=invitee.first_name,
        last_name=invitee.last_name,
        role=role,
        language=language,
        invited_by=actor,
        created_at=at,
        expires_at=at + VALID_FOR,
    )
    invitation.token_sha256 = hash_of(link_token(_SALT, invitation.public_id))
    invitation.save()
    audit.record(
        "partners.invited",
        actor=actor,
        at=at,
        partner_id=partner.pk,
        of=invitation,
        changes={"role": (None, role)},
    )
    outbox.put(
        "partners.invitation_letter",
        key=f"invitation:{invitation.pk}",
        invitation_id=invitation.pk,
    )
    return invitation


@transaction.atomic
def revoke_invitation(*, invitation_id: int, actor: User, at: datetime) -> Invitation:
    """Withdraw an invitation; its link opens nothing any more.

    Raises `InvitationGoneError` for one that was accepted or withdrawn before.
    """
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation_id)
    if invitation.accepted_at or invitation.revoked_at:
        raise InvitationGoneError(_("This invitation was accepted or withdrawn already."))
    _end(invitation, actor=actor, at=at, note="")
    return invitation


def withdraw_invitations_by(*, user_id: int, actor: User | None, at: datetime) -> None:
    """Withdraw what somebody wrote who may not invite any more, in that transaction.

    Else an owner who is shown out comes in again by an own invitation.
    """
    written = Invitation.objects.open().filter(invited_by=user_id).order_by("pk")
    for invitation in written.select_for_update(of=("self",)):
        _end(invitation, actor=actor, at=at, note="no owner any more")


def find_invitation(*, token: str, at: datetime) -> Invitation:
    """Return the invitation a link belongs to, or raise `InvitationGoneError`."""
    invitation = (
        Invitation.objects.select_related("partner", "invited_by")
        .filter(token_sha256=hash_of(token))
        .first()
    )
    if invitation is None or not invitation.holds(at):
        raise InvitationGoneError(_("This link is not valid any more."))
    return invitation


def needs_password(invitation: Invitation) -> bool:
    """Return whether whoever accepts has no account with a password yet."""
    user = User.objects.filter(email=invitation.email).first()
    return user is None or not user.has_usable_password()


@transaction.atomic
def accept_invitation(
    *, token: str, password: str | None, language: str, at: datetime
) -> User:
    """Let the invited person in: open the account, or connect the one there is, once.

    An account that has a password keeps it. Raises `InvitationGoneError` for a link that
    is unknown, used, withdrawn or too old, and `InvitationError` for somebody who is
    staff, is deactivated or works for another company.
    """
    locked = Invitation.objects.select_for_update(of=("self",))
    if not locked.filter(token_sha256=hash_of(token)).exists():
        raise InvitationGoneError(_("This link is not valid any more."))
    invitation = locked.get(token_sha256=hash_of(token))
    if not invitation.holds(at):
        raise InvitationGoneError(_("This link is not valid any more."))
    try:
        with transaction.atomic():
            user = _account(invitation, password=password, language=language)
            person = _person(invitation, user)
    except IntegrityError as error:  # two companies' invitations, accepted at once
        raise InvitationError(_elsewhere()) from error
    invitation.accepted_at = at
    invitation.save(update_fields=["accepted_at"])
    audit.record(
        "partners.invitation_accepted",
        actor=user,
        at=at,
        partner_id=invitation.partner_id,
        of=person,
        changes={"role": (None, invitation.role)},
    )
    owners = accounts_of(partner_id=invitation.partner_id, roles=())
    notify(
        "partners.person_joined",
        key=f"joined:{invitation.pk}",
        user_ids=[owner for owner in owners if owner != user.pk],
        at=at,
        partner_id=invitation.partner_id,
        facts={"name": str(person), "role": invitation.role},
        path=reverse("company:people"),
    )
    return user


def token_of(invitation: Invitation) -> str | None:
    """Return the secret of an invitation's link; None if its key is gone since."""
    return kept_token(_SALT, invitation.public_id, sha256=invitation.token_sha256)


def _account(invitation: Invitation, *, password: str | None, language: str) -> User:
    user = User.objects.select_for_update().filter(email=invitation.email).first()
    if user is None:
        return User.objects.create_user(
            invitation.email, password, full_name=invitation.name, language=language
        )
    if user.is_staff or not user.is_active:
        raise InvitationError(_("With this address you cannot join a company."))
    if not user.has_usable_password():
        user.set_password(password)
        user.save(update_fields=["password"])
    return user


def _person(invitation: Invitation, user: User) -> Person:
    people = Person.objects.select_for_update(of=("self",))
    others = Person.objects.active().filter(email=invitation.email)
    if others.exclude(partner=invitation.partner_id).exists():
        raise InvitationError(_elsewhere())
    person = people.filter(partner=invitation.partner_id, email=invitation.email).first()
    if person is None:
        person = Person(partner_id=invitation.partner_id, email=invitation.email)
    person.first_name = invitation.first_name or person.first_name
    person.last_name = invitation.last_name or person.last_name
    person.role = invitation.role
    person.left_on = None
    person.user = user
    person.save()
    return person


def _elsewhere() -> str:
    return _("You work for another company of the programme; leave it first.")


def _end(invitation: Invitation, *, actor: User | None, at: datetime, note: str) -> None:
    invitation.revoked_at = at
    invitation.save(update_fields=["revoked_at"])
    audit.record(
        "partners.invitation_withdrawn",
        actor=actor,
        at=at,
        partner_id=invitation.partner_id,
        of=invitation,
        note=note,
    )
