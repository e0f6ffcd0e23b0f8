"""Filters beside a list that name only what the account may see."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Field, ForeignKey
from django.http import HttpRequest

from partners.portfolio.policed import policy_queryset
from ui.back_office import usable_ids


class ScopedRelationFilter(admin.RelatedFieldListFilter):
    """By a relation with few rows: a choice of those in the portfolio."""

    def field_choices(
        self,
        field: Field[Any, Any],
        request: HttpRequest,
        model_admin: admin.ModelAdmin[Any],
    ) -> list[tuple[str, Any]]:
        assert isinstance(field, ForeignKey)
        related = field.remote_field.model
        visible = policy_queryset(model_admin.admin_site, request, related)
        limited = visible.complex_filter(field.get_limit_choices_to())
        return [(str(row.pk), str(row)) for row in self.narrowed(limited)]

    def narrowed(self, rows: Any) -> Any:
        return rows


class SelectedRelationFilter(ScopedRelationFilter):
    """By a relation with thousands of rows: set by a link, here to see and to take off.

    The name of the selected row is shown if it lies in the portfolio; otherwise the list
    is empty and nothing tells a foreign row from one that does not exist.
    """

    def narrowed(self, rows: Any) -> Any:
        return rows.filter(pk__in=usable_ids(rows.model, self._selected())[:1])

    def has_output(self) -> bool:
        return bool(self._selected())

    def _selected(self) -> list[str]:
        return [str(value) for value in self.lookup_val or ()]

    @property
    def include_empty_choice(self) -> bool:
        return False
