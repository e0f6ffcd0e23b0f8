"""What pages and inlines of the back office share: every question goes to the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.sites import AdminSite
from django.contrib.admin.utils import flatten_fieldsets
from django.db import models
from django.db.models import ForeignKey, ManyToManyField, Model, QuerySet
from django.http import HttpRequest

from partners.models import User
from partners.permissions import (
    ADD,
    CHANGE,
    DELETE,
    VIEW,
    editable_fields,
    staff_may,
)
from partners.portfolio.forms import PortfolioForm
from partners.portfolio.scopes import Scope
from ui.back_office import CarefulAutocompleteSelect
from ui.forms import TextField

if TYPE_CHECKING:
    PolicedBase = BaseModelAdmin[Any]
else:
    PolicedBase = object


def policy_queryset(
    site: AdminSite, request: HttpRequest, model: type[Model]
) -> QuerySet[Any]:
    """Return what an account may choose among where a form refers to a model.

    That is what it may look at on the model's own page; nothing where there is no such
    page.
    """
    page: object = site._registry.get(model)  # noqa: SLF001 (no raising)
    if not isinstance(page, Policed):
        return model._default_manager.none()
    return page.get_queryset(request)


class Policed(PolicedBase):
    """Rows narrowed to the portfolio; fields and acts as far as `POLICY` grants them."""

    scope: ClassVar[Scope]
    """How the rows of this model lead to a partner. Without it the page shows nothing."""

    form: type[Any] = PortfolioForm
    formfield_overrides = {
        models.CharField: {"form_class": TextField},
        models.EmailField: {"form_class": forms.EmailField},
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset = super().get_queryset(request)
        scope = getattr(self, "scope", None)
        user = request.user
        if scope is None or not isinstance(user, User):
            return queryset.none()
        if not staff_may(user, VIEW, self.model):
            return queryset.none()
        narrowed: QuerySet[Any] = scope.narrow(queryset, user)
        return narrowed

    # --- What may be done -----------------------------------------------------------

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, VIEW, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, ADD)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, CHANGE, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, DELETE, obj)

    def _may(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        return staff_may(request.user, action, self.model) and (
            obj is None or self.holds(request, obj)
        )

    def holds(self, request: HttpRequest, obj: Any) -> bool:
        """Say whether an object lies in the account's portfolio; asked once a request."""
        known: dict[tuple[str, Any], bool] = vars(request).setdefault("portfolio", {})
        key = (obj._meta.label_lower, obj.pk)
        if key not in known:
            known[key] = self.get_queryset(request).filter(pk=obj.pk).exists()
        return known[key]

    # --- What may be filled in --------------------------------------------------------

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Return all fields but those the policy names: an allow-list of what is not."""
        editable = editable_fields(request.user, self.model, adding=obj is None)
        shown = flatten_fieldsets(self.get_fieldsets(request, obj))
        return [name for name in shown if name not in editable]

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField[Any] | None:
        # Here and not in a widget: this queryset is what a posted id is looked up in.
        kwargs["queryset"] = policy_queryset(
            self.admin_site, request, db_field.remote_field.model
        )
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = CarefulAutocompleteSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelMultipleChoiceField[Any] | None:
        kwargs["queryset"] = policy_queryset(
            self.admin_site, request, db_field.remote_field.model
        )
        return super().formfield_for_manytomany(db_field, request, **kwargs)
