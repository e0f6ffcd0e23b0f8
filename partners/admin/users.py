"""Accounts. Roles and access change by actions; a password is never seen or set here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from outbox import clock
from partners.admin.forms import RoleForm, UserForm
from partners.models import User
from partners.portfolio import Deed, Everybodys, ForEach, PortfolioAdmin, policy_action
from partners.services import staff
from partners.services.factors import reset_second_factor


def actor_of(request: HttpRequest) -> User:
    """Return who acts; the admin lets nobody in who is not signed in."""
    assert not isinstance(request.user, AnonymousUser)
    return request.user


def _is_staff(user: User) -> bool:
    return user.is_staff and not user.is_superuser


@admin.register(User)
class UserAdmin(PortfolioAdmin[User]):
    """Staff accounts are opened here; those of partners on the page of the person."""

    scope = Everybodys("accounts belong to no partner; programme managers see all")
    form = UserForm
    refusals = (staff.StaffError,)
    list_display = ("email", "full_name", "staff_role", "is_active", "last_login")
    list_filter = ("is_staff", "staff_role", "is_active")
    search_fields = ("email", "full_name")
    ordering = ("email",)
    fieldsets = (
        (None, {"fields": ("email", "full_name", "language", "time_zone")}),
        (
            gettext_lazy("Access"),
            {"fields": ("is_active", "is_staff", "staff_role", "is_superuser")},
        ),
        (gettext_lazy("History"), {"fields": ("created_at", "last_login")}),
    )
    actions = ("change_role", "reset_second_factor", "deactivate", "reactivate")

    def store(self, request: HttpRequest, obj: User, form: Any, *, change: bool) -> None:
        if change:
            staff.edit_account(
                user=obj,
                changed=form.changed_data,
                actor=actor_of(request),
                at=clock.now(),
            )
            return
        opened = staff.open_staff_account(
            email=obj.email,
            full_name=obj.full_name,
            staff_role=obj.staff_role,
            language=obj.language,
            time_zone=obj.time_zone,
            actor=actor_of(request),
            at=clock.now(),
        )
        obj.pk = opened.pk
        obj.refresh_from_db()

    @policy_action(
        "change_role",
        description=gettext_lazy("Change the staff role…"),
        applies=_is_staff,
    )
    @ForEach(
        RoleForm,
        title=gettext_lazy("Change the staff role"),
        done=gettext_lazy("The staff role was changed."),
    )
    def change_role(self, user: User, deed: Deed) -> None:
        staff.change_staff_role(
            user_id=user.pk,
            staff_role=deed.given["staff_role"],
            actor=deed.actor,
            at=deed.at,
        )

    @policy_action(
        "reset_second_factor",
        description=gettext_lazy("Take the lost second factor away"),
        applies=lambda user: user.is_active and not user.is_superuser,
    )
    @ForEach(done=gettext_lazy("The second factor is gone; the password alone signs in."))
    def reset_second_factor(self, user: User, deed: Deed) -> None:
        reset_second_factor(user_id=user.pk, actor=deed.actor, at=deed.at)

    @policy_action(
        "deactivate",
        description=gettext_lazy("Deactivate"),
        applies=lambda user: user.is_active and not user.is_superuser,
    )
    @ForEach(done=gettext_lazy("The account was deactivated."))
    def deactivate(self, user: User, deed: Deed) -> None:
        staff.deactivate_account(user_id=user.pk, actor=deed.actor, at=deed.at)

    @policy_action(
        "reactivate",
        description=gettext_lazy("Reactivate"),
        applies=lambda user: not user.is_active and not user.is_superuser,
    )
    @ForEach(done=gettext_lazy("The account was activated."))
    def reactivate(self, user: User, deed: Deed) -> None:
        staff.reactivate_account(user_id=user.pk, actor=deed.actor, at=deed.at)
