"""Who may see money: whose rows, and in which role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db.models import Q

from partners.models import Role, StaffRole, partner_scope

if TYPE_CHECKING:
    from partners.models import User

MONEY_ROLES = frozenset({Role.OWNER, Role.FINANCE, Role.READER})
"""Whoever of a partner sees its money; sales and services do not."""

MONEY_STAFF = frozenset(
    {StaffRole.FINANCE, StaffRole.PROGRAMME_MANAGER, StaffRole.PDM, StaffRole.AUDITOR}
)
"""Growth specialists sell; what is earned is not theirs to see."""


def sees_money(user: User) -> bool:
    """Say whether an account sees money at all, be it of one partner or of many."""
    if user.is_staff:
        return user.is_superuser or user.staff_role in MONEY_STAFF
    return user.person is not None and user.person.role in MONEY_ROLES


def money_scope(user: User, prefix: str = "") -> Q:
    """Return the condition that keeps rows of partners whose money this account sees.

    `prefix` is the path from the filtered model to the partner, e.g. `partner__`.
    """
    return partner_scope(user, prefix) if sees_money(user) else Q(pk__in=())


class MoneyMixin:
    """For a queryset whose rows say by `of_partner` whose money they are about."""

    of_partner = "partner__"

    if TYPE_CHECKING:

        def filter(self, *args: Any, **kwargs: Any) -> Self: ...

    def visible_to(self, user: User) -> Self:
        """Return the rows of partners whose money this account sees."""
        return self.filter(money_scope(user, self.of_partner))
