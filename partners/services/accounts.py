"""Accounts of the people of partner companies."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import Person, User
from partners.services import audit


class NoLongerHereError(ValueError):
    """Somebody who left a company gets no account for it."""


@transaction.atomic
def open_account(
    *, person_id: int, actor: User | None, at: datetime, password: str | None = None
) -> User:
    """Give a person an account, or connect the one their address has already.

    Without a password the account is claimed through "forgot password". An existing
    account keeps its password. Raises `NoLongerHereError` for somebody who left, and for
    an address that belongs to staff: nobody is both.
    """
    person = Person.objects.select_for_update(of=("self",)).get(pk=person_id)
    if person.left_on is not None:
        raise NoLongerHereError(_("This person left the company."))
    user = User.objects.filter(email=person.email).first()
    if user is None:
        user = User.objects.create_user(person.email, password, full_name=str(person))
    elif user.is_staff:
        raise NoLongerHereError(_("This address belongs to a member of staff."))
    if person.user_id == user.pk:
        return user
    person.user = user
    person.save(update_fields=["user"])
    audit.record(
        "accounts.opened",
        actor=actor,
        at=at,
        partner_id=person.partner_id,
        of=person,
        changes={"account": ("", user.email)},
    )
    return user


def store_preferences(*, user: User, language: str, time_zone: str) -> None:
    """Store how somebody wants to be spoken to; no act of anybody's business."""
    user.language, user.time_zone = language, time_zone
    user.save(update_fields=["language", "time_zone"])
