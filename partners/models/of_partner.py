"""Rows that belong to a partner: whoever may see the partner may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models

from partners.models.companies import partner_scope

if TYPE_CHECKING:
    from partners.models.users import User

M = TypeVar("M", bound=models.Model)


class OfPartnerMixin:
    """For a queryset of any kind whose rows say by `partner` whose they are."""

    if TYPE_CHECKING:

        def filter(self, *args: Any, **kwargs: Any) -> Self: ...
        def none(self) -> Self: ...

    def visible_to(self, user: User) -> Self:
        """Return the rows of partners this account may see."""
        return self.filter(partner_scope(user, "partner__"))


class OfStaffMixin(OfPartnerMixin):
    """For what staff write about a partner: the partner never sees a row."""

    def visible_to(self, user: User) -> Self:
        """Return the rows of the portfolio; partners see none."""
        return super().visible_to(user) if user.is_staff else self.none()


class OfPartnerQuerySet(OfPartnerMixin, models.QuerySet[M]):
    """Rows of partners that are neither ledgers nor anything else in particular."""
