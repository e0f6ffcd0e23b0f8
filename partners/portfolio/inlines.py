"""Rows shown on the page of what they belong to."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms.models import BaseInlineFormSet, ModelChoiceField, ModelForm
from django.http import HttpRequest

from partners.portfolio.policed import Policed

ChildT = TypeVar("ChildT", bound=Model)
ParentT = TypeVar("ParentT", bound=Model)


class PortfolioFormSet(BaseInlineFormSet[Any, Any, Any]):
    """Rows that are looked up among those shown, so that a foreign id is an absent one.

    Django's own field for the hidden id accepts the id of any row of the table.
    """

    def add_fields(self, form: ModelForm[Any], index: int | None) -> None:
        super().add_fields(form, index)
        assert self.model
        hidden_id = form.fields[self.model._meta.pk.name]
        if isinstance(hidden_id, ModelChoiceField):
            hidden_id.queryset = self.queryset


class LastRowsFormSet(PortfolioFormSet):
    """As many rows as `last` says, in the order of the inline."""

    last: ClassVar[int] = 10

    def get_queryset(self) -> QuerySet[Any]:
        if not hasattr(self, "_last_rows"):
            self._last_rows = super().get_queryset()[: self.last]
        return self._last_rows


class PortfolioInline(Policed, admin.TabularInline[ChildT, ParentT]):
    """Rows of the portfolio, to read, and to edit as far as the policy grants it.

    New rows are made on the model's own page, where a form can ask for what is needed.
    """

    template = "admin/portfolio/tabular.html"
    formset = PortfolioFormSet
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def holds(self, request: HttpRequest, obj: Any) -> bool:
        # `obj` is the parent, and its page has asked. The rows are narrowed like others.
        return True
