"""Taking away the second factor of somebody who has lost it."""

from __future__ import annotations

from datetime import datetime

from django.apps import apps
from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import User
from partners.services import audit
from partners.services.staff import StaffError


@transaction.atomic
def reset_second_factor(*, user_id: int, actor: User, at: datetime) -> User:
    """Take an account's factors and recovery codes away; the password alone signs in.

    Staff who need a factor are led to set up another one. Raises `StaffError` for
    oneself, for a superuser, and for an account that has none.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    if user.pk == actor.pk:
        raise StaffError(_("Nobody does this to the own account."))
    if user.is_superuser:
        raise StaffError(_("A superuser is changed at the command line only."))
    factors = apps.get_model("mfa", "Authenticator")._default_manager.filter(user=user)
    if not factors.exists():
        raise StaffError(_("The account has no second factor."))
    factors.delete()
    audit.record(
        "accounts.second_factor_reset", actor=actor, at=at, partner_id=None, of=user
    )
    return user
