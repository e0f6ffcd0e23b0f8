"""Accounts of the people of partner companies."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import Person, User


class NoLongerHereError(ValueError):
    """Somebody who left a company gets no account for it."""


@transaction.atomic
def open_account(*, person_id: int, password: str | None = None) -> User:
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
    person.user = user
    person.save(update_fields=["user"])
    return user
