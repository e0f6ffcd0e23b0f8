"""Staff: their accounts, their roles, and which manager a partner has.

Rights are read anew with each request, so what is taken away here is gone on the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.models import Partner, Person, StaffRole, User
from partners.services import audit
from partners.services.calendar_feeds import revoke_feed
from partners.services.exports import expire_files
from partners.services.invitations import withdraw_invitations_by


class StaffError(ValueError):
    """A change of staff that would leave somebody both or nobody in charge."""


@transaction.atomic
def open_staff_account(
    *,
    email: str,
    full_name: str,
    staff_role: str,
    language: str,
    time_zone: str,
    actor: User | None,
    at: datetime,
) -> User:
    """Create an account for a member of staff; "forgot password" sets its password.

    Raises `StaffError` for an address that has an account or works for a partner: nobody
    is both.
    """
    email = email.strip().lower()
    if User.objects.filter(email=email).exists():
        raise StaffError(_("This address has an account already."))
    if Person.objects.active().filter(email=email).exists():
        raise StaffError(_("This address belongs to somebody who works for a partner."))
    user = User.objects.create_user(
        email,
        full_name=full_name,
        is_staff=True,
        staff_role=StaffRole(staff_role),
        language=language,
        time_zone=time_zone,
    )
    audit.record(
        "accounts.staff_opened",
        actor=actor,
        at=at,
        partner_id=None,
        of=user,
        changes={"email": ("", user.email), "staff_role": ("", user.staff_role)},
    )
    return user


@transaction.atomic
def edit_account(
    *, user: User, changed: Iterable[str], actor: User, at: datetime
) -> None:
    """Store an account's edited fields; `changed` are their names."""
    fields = sorted(changed)
    before = User.objects.select_for_update().get(pk=user.pk)
    user.save(update_fields=fields)
    audit.record(
        "accounts.edited",
        actor=actor,
        at=at,
        partner_id=None,
        of=user,
        changes=audit.differences(
            audit.values_of(before, fields), audit.values_of(user, fields)
        ),
    )


@transaction.atomic
def change_staff_role(
    *, user_id: int, staff_role: str, actor: User, at: datetime
) -> User:
    """Give a member of staff another role.

    Raises `StaffError` for oneself, for a superuser, for a manager who still has a
    portfolio, and for the last programme manager.
    """
    user = _locked(user_id, actor)
    role = StaffRole(staff_role)
    if user.staff_role == role:
        raise StaffError(_("The account has this role already."))
    portfolio = user.portfolio.count()
    if portfolio:
        raise StaffError(
            ngettext(
                "%(count)d partner must be given to another manager first.",
                "%(count)d partners must be given to another manager first.",
                portfolio,
            )
            % {"count": portfolio}
        )
    _refuse_last_manager(user)
    before, user.staff_role = user.staff_role, role
    user.save(update_fields=["staff_role"])
    expire_files(user_ids=[user.pk], at=at)
    audit.record(
        "accounts.staff_role_changed",
        actor=actor,
        at=at,
        partner_id=None,
        of=user,
        changes={"staff_role": (before, role)},
    )
    return user


@transaction.atomic
def deactivate_account(*, user_id: int, actor: User, at: datetime) -> User:
    """End an account's access at once; its history stays, and so does a portfolio.

    Raises `StaffError` for oneself, for a superuser, for the last programme manager, and
    for an account that is not active.
    """
    user = _locked(user_id, actor, staff_only=False)
    if not user.is_active:
        raise StaffError(_("The account is deactivated already."))
    _refuse_last_manager(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    withdraw_invitations_by(user_id=user.pk, actor=actor, at=at)
    revoke_feed(user_id=user.pk, actor=actor, at=at, note="account deactivated")
    _record_access(user, "accounts.deactivated", actor=actor, at=at)
    return user


@transaction.atomic
def reactivate_account(*, user_id: int, actor: User, at: datetime) -> User:
    """Let an account sign in again. Raises `StaffError` for one that is active."""
    user = _locked(user_id, actor, staff_only=False)
    if user.is_active:
        raise StaffError(_("The account is active already."))
    user.is_active = True
    user.save(update_fields=["is_active"])
    _record_access(user, "accounts.reactivated", actor=actor, at=at)
    return user


@transaction.atomic
def assign_manager(
    *, partner_id: int, manager_id: int, actor: User | None, at: datetime
) -> Partner:
    """Move a partner to a manager's portfolio.

    Raises `StaffError` for somebody who is no active partner development manager, and
    when the partner is there already.
    """
    partner = Partner.objects.select_for_update(of=("self",)).get(pk=partner_id)
    manager = User.objects.select_for_update().get(pk=manager_id)
    if not manager.is_active or manager.staff_role != StaffRole.PDM:
        raise StaffError(_("This account is no partner development manager."))
    if partner.pdm_id == manager.pk:
        raise StaffError(_("The partner is in this portfolio already."))
    before = partner.pdm
    partner.pdm = manager
    partner.save(update_fields=["pdm"])
    expire_files(user_ids=[before.pk if before else None], at=at)
    audit.record(
        "partners.manager_assigned",
        actor=actor,
        at=at,
        partner_id=partner.pk,
        of=partner,
        changes={"pdm": (str(before or ""), str(manager))},
    )
    return partner


def _record_access(user: User, action: str, *, actor: User, at: datetime) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        partner_id=user.partner.pk if user.partner else None,
        of=user,
        changes={"is_active": (not user.is_active, user.is_active)},
    )


def _locked(user_id: int, actor: User, *, staff_only: bool = True) -> User:
    """Lock the account together with all managers, so that the last one stays."""
    accounts = {
        user.pk: user
        for user in User.objects.select_for_update()
        .filter(Q(pk=user_id) | _managers())
        .order_by("pk")
    }
    user = accounts[user_id]
    if user.pk == actor.pk:
        raise StaffError(_("Nobody does this to the own account."))
    if user.is_superuser:
        raise StaffError(_("A superuser is changed at the command line only."))
    if staff_only and not user.is_staff:
        raise StaffError(_("This account is not staff."))
    return user


def _refuse_last_manager(user: User) -> None:
    others = User.objects.filter(_managers()).exclude(pk=user.pk)
    if user.staff_role == StaffRole.PROGRAMME_MANAGER and not others.exists():
        raise StaffError(_("This is the last programme manager."))


def _managers() -> Q:
    return Q(is_active=True, is_staff=True, staff_role=StaffRole.PROGRAMME_MANAGER) | Q(
        is_active=True, is_staff=True, is_superuser=True, staff_role=""
    )
