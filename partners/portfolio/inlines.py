"""Rows shown on the page of what they belong to."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from partners.portfolio.policed import Policed

ChildT = TypeVar("ChildT", bound=Model)
ParentT = TypeVar("ParentT", bound=Model)


class PortfolioInline(Policed, admin.TabularInline[ChildT, ParentT]):
    """Rows of the portfolio, to read, and to edit as far as the policy grants it.

    New rows are made on the model's own page, where a form can ask for what is needed.
    """

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def holds(self, request: HttpRequest, obj: Any) -> bool:
        # `obj` is the parent, and its page has asked. The rows are narrowed like others.
        return True


class LastRowsFormSet(BaseInlineFormSet[Any, Any, Any]):
    """As many rows as the inline's `last` says, in its order."""

    last: ClassVar[int] = 10

    def get_queryset(self) -> QuerySet[Any]:
        if not hasattr(self, "_last_rows"):
            self._last_rows = super().get_queryset()[: self.last]
        return self._last_rows
