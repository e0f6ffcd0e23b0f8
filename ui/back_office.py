"""The Django admin, less what it takes on trust: the base of the back office's pages.

Django's `ModelAdmin` lets an address name any column to filter by, hands search terms and
ids to the database as they come, and offers to delete. Each of these ends in a closed
door or an error page of our own here, the same on SQLite and PostgreSQL (R11). Who may
see and do what is decided above, in `partners.portfolio`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin import utils
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR, ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms import Media
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.formats import localize, number_format

from ui import formats

ModelT = TypeVar("ModelT", bound=Model)

MAX_TERM = 200
"""Characters of a search term that count."""
MAX_WORDS = 10
"""Words of a search term that count: each is one more condition for the database."""
MAX_PARAMETER = 2_000
MAX_SELECTED = 1_000
LARGEST_ID = 2**63 - 1

ENDINGS = ("exact", "isnull", "gte", "lt")
"""What Django's own filters put after the path of a column."""


class CarefulAdmin(admin.ModelAdmin[ModelT]):
    """A `ModelAdmin` that no address and no posted value brings to its knees."""

    show_full_result_count = False
    list_per_page = 50

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> ModelT | None:
        """Return the object, or None for what does not exist or cannot be an id."""
        try:
            return super().get_object(request, object_id, from_field)
        except OverflowError:  # 10^30 is no id to SQLite
            return None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ModelT], search_term: str
    ) -> tuple[QuerySet[ModelT], bool]:
        return super().get_search_results(request, queryset, clean_term(search_term))

    def lookup_allowed(
        self, lookup: str, value: str, request: HttpRequest | None = None
    ) -> bool:
        """Allow the parameters of the filters that stand beside the list; no others.

        Django would also filter by any column of the table, with any operator: regular
        expressions, and questions about columns that the list does not show.
        """
        assert request is not None  # Django always says who asks
        return lookup in self._filter_parameters(request)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        try:
            return super().get_changelist_instance(request)
        except (OverflowError, ValueError) as error:
            # Year 9999, 10^30: readable to Django, unknown to calendar or database.
            raise IncorrectLookupParameters(error) from error

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not _readable(request.GET):
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
        if request.method == "POST":
            posted = request.POST.copy()
            posted.setlist(
                ACTION_CHECKBOX_NAME,
                usable_ids(self.model, posted.getlist(ACTION_CHECKBOX_NAME)),
            )
            request.POST = posted  # type: ignore[assignment]
        return super().changelist_view(request, extra_context)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the actions without Django's "delete selected"."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def _filter_parameters(self, request: HttpRequest) -> frozenset[str]:
        names: set[str] = set()
        for item in self.get_list_filter(request):
            if isinstance(item, type) and issubclass(item, admin.SimpleListFilter):
                names.add(str(item.parameter_name))
                continue
            path = str(item[0] if isinstance(item, list | tuple) else item)
            field = get_fields_from_path(self.model, path)[-1]
            names |= {path, *(f"{path}__{end}" for end in ENDINGS)}
            if field.is_relation:
                target = field.target_field  # type: ignore[attr-defined]
                names.add(f"{path}__{target.name}__exact")
        if self.date_hierarchy:
            names |= {
                f"{self.date_hierarchy}__{part}" for part in ("year", "month", "day")
            }
        return frozenset(names)


class CarefulAutocompleteSelect(AutocompleteSelect):
    """Django's widget, which looks up what was posted before anybody validated it.

    Its script, select2, names neither the field nor what opens below it; ours does.
    """

    @property
    def media(self) -> Media:
        return super().media + Media(js=("admin/js/autocomplete.js", "js/back-office.js"))

    def optgroups(
        self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None
    ) -> list[tuple[str | None, list[dict[str, Any]], int | None]]:
        related = self.field.remote_field.model
        groups: list[tuple[str | None, list[dict[str, Any]], int | None]]
        groups = super().optgroups(name, usable_ids(related, value), attr)
        return groups


def clean_term(term: str) -> str:
    """Return what of a term can be looked for: no NUL, no surrogates, not a book."""
    readable = "".join(
        " " if unicodedata.category(character) in {"Cc", "Cs"} else character
        for character in term[:MAX_TERM]
    )
    return " ".join(unicodedata.normalize("NFC", readable).split()[:MAX_WORDS])


def usable_ids(model: type[Model], values: Iterable[str]) -> list[str]:
    """Return those values that can be primary keys of a model, on either database."""
    usable = []
    for value in values:
        try:
            key = model._meta.pk.to_python(value)
        except ValidationError:
            continue
        if not isinstance(key, int) or -LARGEST_ID <= key <= LARGEST_ID:
            usable.append(value)
    return usable[:MAX_SELECTED]


def _readable(params: QueryDict) -> bool:
    """Say whether the names and values of an address can be looked up at all.

    Search terms are cleaned instead: people paste them from anywhere.
    """
    return all(
        len(text) <= MAX_PARAMETER
        and not any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text)
        for name, values in params.lists()
        for text in ([name] if name == SEARCH_VAR else [name, *values])
    )


class _PortalFormats:
    """What stands in for `django.utils.formats` where the admin shows a value."""

    @staticmethod
    def localize(value: Any) -> Any:
        """Return a day or a moment as the portal writes them, in the person's zone."""
        if isinstance(value, datetime):
            return formats.moment(value)
        return formats.day(value) if isinstance(value, date) else localize(value)

    @staticmethod
    def number_format(value: Any, decimal_pos: int | None = None) -> str:
        """Return a number with the separators of the language."""
        if isinstance(value, int | Decimal):
            return formats.number(value)
        return str(number_format(value, decimal_pos))


def write_as_the_portal() -> None:
    """Have lists and pages of the admin write days, moments and numbers as all others do.

    Django's own formats have other separators, no time zone, and in English the month
    before the day. The admin has no setting for it: every value it shows passes through
    two functions, and both ask this one name.
    """
    utils.formats = _PortalFormats  # type: ignore[attr-defined]
