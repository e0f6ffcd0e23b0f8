"""System checks of the back office: what makes a page safe is not left to memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.apps import AppConfig
from django.contrib import admin
from django.contrib.admin.options import InlineModelAdmin
from django.contrib.admin.sites import all_sites
from django.contrib.admin.utils import flatten, get_fields_from_path
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField, DateField, Field

from partners.permissions import POLICY
from partners.portfolio.acts import policy_of
from partners.portfolio.filters import ScopedRelationFilter
from partners.portfolio.inlines import PortfolioInline
from partners.portfolio.pages import PortfolioAdmin
from partners.portfolio.policed import Policed

OTHER_PAGES: Final = {
    "outbox.job": "below the policy: machinery, asks for the role by name",
    "outbox.periodrun": "below the policy: machinery, asks for the role by name",
    "interchange.importrun": "below the policy: machinery, asks for the role by name",
}
"""Models whose page is no `PortfolioAdmin`, and why that is safe."""


@register(Tags.admin)
def check_back_office(
    app_configs: Sequence[AppConfig] | None, **_kwargs: Any
) -> list[CheckMessage]:
    """Check each registered page, and the policy against the pages."""
    if app_configs is not None:
        return []
    pages = [page for site in all_sites for page in site._registry.values()]  # noqa: SLF001
    return [
        *(error for page in pages for error in _page_errors(page)),
        *_policy_errors(
            {page.opts.label_lower: page for page in pages if isinstance(page, Policed)}
        ),
    ]


def _page_errors(page: admin.ModelAdmin[Any]) -> Iterator[Error]:
    label = page.opts.label_lower
    if not isinstance(page, PortfolioAdmin):
        if label not in OTHER_PAGES:
            yield _error(page, "E001", "is no PortfolioAdmin, so it knows no portfolio")
        return
    if label in OTHER_PAGES:
        yield _error(page, "E001", "needs no exception in partners.checks any more")
    yield from _policed_errors(page)
    yield from _list_errors(page)
    for inline in page.inlines:
        if not issubclass(inline, PortfolioInline):
            yield _error(page, "E009", f"{inline.__name__} is no PortfolioInline")
            continue
        yield from _policed_errors(inline(page.model, page.admin_site))


def _list_errors(page: PortfolioAdmin[Any]) -> Iterator[Error]:
    if page.list_editable:
        yield _error(page, "E006", "list_editable edits without asking the policy")
    for item in page.list_filter:
        yield from _filter_errors(page, item)
    for name in page.actions or ():
        if not policy_of(_action(page, name)):
            yield _error(page, "E008", f"the action {name} is no policy_action")


def _policed_errors(page: Policed) -> Iterator[Error]:
    if page.model._meta.label_lower not in POLICY:
        yield _error(page, "E002", "has no row in partners.permissions.POLICY")
    scope = getattr(page, "scope", None)
    if scope is None:
        yield _error(page, "E003", "declares no scope: whose are its rows?")
    else:
        try:
            mistakes = list(scope.mistakes(page.model))
        except FieldDoesNotExist as error:
            mistakes = [str(error)]
        for mistake in mistakes:
            yield _error(page, "E003", f"has a wrong scope: {mistake}")
    if page.raw_id_fields:
        yield _error(page, "E004", "raw_id_fields shows the name of any id")
    if not (page.fields or page.fieldsets):
        yield _error(page, "E005", "declares no fields: what is shown is a list, too")
    if page.readonly_fields:
        yield _error(page, "E005", "what is not granted is read-only: no readonly_fields")


def _filter_errors(page: PortfolioAdmin[Any], item: Any) -> Iterator[Error]:
    if isinstance(item, type) and issubclass(item, admin.SimpleListFilter):
        return
    path, kind = item if isinstance(item, tuple) else (item, None)
    field = get_fields_from_path(page.model, path)[-1]
    if field.is_relation:
        if kind is None or not issubclass(kind, ScopedRelationFilter):
            yield _error(
                page, "E007", f"the filter {path} names rows of other portfolios"
            )
    elif not _has_fixed_choices(field) and kind is None:
        yield _error(page, "E007", f"the filter {path} lists what others have written")


def _has_fixed_choices(field: Field[Any, Any]) -> bool:
    return bool(field.choices) or isinstance(field, BooleanField | DateField)


def _policy_errors(pages: dict[str, Policed]) -> Iterator[Error]:
    inlines = {
        inline.model._meta.label_lower: inline.model
        for page in pages.values()
        if isinstance(page, PortfolioAdmin)
        for inline in page.inlines
    }
    for label, roles in POLICY.items():
        page = pages.get(label)
        model = page.model if page else inlines.get(label)
        if model is None:
            yield Error(f"POLICY names {label}, which has no page.", id="partners.E010")
            continue
        fields = {field.name for field in model._meta.get_fields()}
        actions = {policy_of(_action(page, name)) for name in _actions(page)}
        shown = set(flatten(_fields(page))) if page else set()
        for role, grant in roles.items():
            where = f"POLICY, {label}, {role}:"
            for name in {*grant.add, *grant.change} - fields:
                yield Error(f"{where} there is no field {name}.", id="partners.E010")
            for name in set(grant.change) & fields - shown:
                yield Error(f"{where} {name} is not on the page.", id="partners.E010")
            for name in set(grant.actions) - actions:
                yield Error(f"{where} there is no action {name}.", id="partners.E010")


def _actions(page: Policed | None) -> Sequence[Any]:
    return page.actions or () if isinstance(page, PortfolioAdmin) else ()


def _action(page: Any, name: Any) -> Any:
    return name if callable(name) else getattr(page, name)


def _fields(page: Policed) -> list[Any]:
    if page.fieldsets:
        return [name for _title, options in page.fieldsets for name in options["fields"]]
    return list(page.fields or ())


def _error(page: Any, number: str, what: str) -> Error:
    kind = "inline" if isinstance(page, InlineModelAdmin) else "page"
    return Error(f"The {kind} {type(page).__name__} {what}.", id=f"partners.{number}")
