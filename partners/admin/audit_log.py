"""The audit log: who did what, when, and what it changed. To read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.admin.audit_words import words_of_act, words_of_object
from partners.models import AuditEntry, AuditSeal
from partners.permissions import POLICY
from partners.portfolio import LedgerAdmin, OfPartner, SelectedRelationFilter
from partners.portfolio.display import NOTHING, list_link, page_link, table
from partners.services.audit_check import agrees
from partners.services.exports import seen_partner_of
from ui import formats

OBJECT: Final = re.compile(r"([a-z_]{1,30}\.[a-z_]{1,30}):([0-9]{1,18})")
"""How the address of a list names an object: deals.deal:12."""

READERS: Final = frozenset(POLICY["partners.auditentry"])


class ActFilter(admin.SimpleListFilter):
    """By what was done: the acts that were ever recorded."""

    title = gettext_lazy("act")
    parameter_name = "action"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> Sequence[tuple[str, Any]]:
        acts = AuditEntry.objects.order_by("action").values_list("action", flat=True)
        return [(act, words_of_act(act)) for act in acts.distinct()]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry]
    ) -> QuerySet[AuditEntry] | None:
        return queryset.filter(action=self.value()) if self.value() else queryset


class ObjectFilter(admin.SimpleListFilter):
    """By one object: set by a link, here to see and to take off."""

    title = gettext_lazy("object")
    parameter_name = "object"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> Sequence[tuple[str, Any]]:
        value = request.GET.get("object", "")
        # Also what names no object: a filter without a choice would not narrow the list.
        return [(value, value)] if value else []

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry]
    ) -> QuerySet[AuditEntry] | None:
        if self.value() is None:
            return queryset
        named = OBJECT.fullmatch(self.value() or "")
        if named is None:
            return queryset.none()
        return queryset.filter(object_type=named[1], object_id=int(named[2]))


@admin.register(AuditEntry)
class AuditEntryAdmin(LedgerAdmin[AuditEntry]):
    """A manager reads about the own portfolio, the others everything."""

    scope = OfPartner("partner")
    list_display = ("at", "act", "object_words", "company", "who", "sealed")
    list_display_links = ("at", "act")
    list_filter = (
        ActFilter,
        ObjectFilter,
        ("partner", SelectedRelationFilter),
        ("actor", SelectedRelationFilter),
    )
    list_select_related = ("partner", "actor", "seen_as", "seal")
    search_fields = ("object_label", "=request_id", "=actor__email", "=partner__ref")
    search_help_text = gettext_lazy(
        "An object, a request, the address of a person, or the reference of a partner"
    )
    date_hierarchy = "at"
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        *("at", "act", "code", "company", "who", "object_shown", "changes_shown"),
        *("note", "request_shown", "seal_shown"),
    )

    def name_of(self, obj: AuditEntry) -> str:
        return f"{words_of_act(obj.action)} {words_of_object(obj)}".strip()

    @admin.display(description=gettext_lazy("act"))
    def act(self, entry: AuditEntry) -> str:
        return words_of_act(entry.action)

    @admin.display(description=gettext_lazy("code"))
    def code(self, entry: AuditEntry) -> str:
        return entry.action

    @admin.display(description=gettext_lazy("object"), empty_value=NOTHING)
    def object_words(self, entry: AuditEntry) -> str:
        return words_of_object(entry)

    @admin.display(description=gettext_lazy("partner"))
    def company(self, entry: AuditEntry) -> str:
        return page_link(entry.partner) if entry.partner else _("The programme")

    @admin.display(description=gettext_lazy("who"))
    def who(self, entry: AuditEntry) -> str:
        if entry.actor is None:
            if entry.action == "accounts.sign_in_failed":
                return _("Somebody unknown")
            return _("The portal itself")
        link = list_link(AuditEntry, str(entry.actor), actor__id__exact=entry.actor.pk)
        seen_as = entry.seen_as or seen_partner_of(entry)
        if not seen_as:
            return link
        return format_html(_("{}, looking as {}"), link, seen_as)

    @admin.display(description=gettext_lazy("sealed"), boolean=True)
    def sealed(self, entry: AuditEntry) -> bool:
        return _seal(entry) is not None

    @admin.display(description=gettext_lazy("object"))
    def object_shown(self, entry: AuditEntry) -> str:
        if entry.object_id is None:
            return NOTHING
        name = f"{entry.object_type}:{entry.object_id}"
        others = list_link(AuditEntry, _("all acts on it"), object=name)
        return format_html("{} ({}, {})", _object_link(entry), name, others)

    @admin.display(description=gettext_lazy("changes"))
    def changes_shown(self, entry: AuditEntry) -> str:
        if not entry.changes:
            return _("None: the act is all there is to say.")
        return table((_("What"), _("Before"), _("After")), _change_rows(entry))

    @admin.display(description=gettext_lazy("request"))
    def request_shown(self, entry: AuditEntry) -> str:
        if not entry.request_id:
            return _("none: the clock or a command")
        return list_link(AuditEntry, entry.request_id, q=entry.request_id)

    @admin.display(description=gettext_lazy("seal"))
    def seal_shown(self, entry: AuditEntry) -> str:
        seal = _seal(entry)
        if seal is None:
            return _("Waits for its seal, which a job adds within a minute or two.")
        where = _("Link %(seq)d of its chain, sealed %(at)s.") % {
            "seq": seal.seq,
            "at": formats.moment(seal.sealed_at),
        }
        verdict = (
            _("The entry says what was sealed.")
            if agrees(entry, seal)
            else _("The entry does not say what was sealed: somebody changed it.")
        )
        return format_html("{} {}<br><code>{}</code>", where, verdict, seal.sha256)


def _seal(entry: AuditEntry) -> AuditSeal | None:
    return getattr(entry, "seal", None)


def _object_link(entry: AuditEntry) -> str:
    """Return the object's name, linked if whoever reads this has its page, too."""
    if READERS - POLICY.get(entry.object_type, {}).keys():
        return entry.object_label
    url = reverse(
        f"admin:{entry.object_type.replace('.', '_')}_change", args=[entry.object_id]
    )
    return format_html('<a href="{}">{}</a>', url, entry.object_label)


def _change_rows(entry: AuditEntry) -> Iterator[tuple[str, str, str]]:
    model = _model(entry.object_type)
    for name, (before, after) in sorted(entry.changes.items()):
        yield _field_words(model, name), _shown(before), _shown(after)


def _model(label: str) -> type[Model] | None:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):  # gone since, or no object at all
        return None


def _field_words(model: type[Model] | None, name: str) -> str:
    if model is None:
        return name
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return name
    return str(getattr(field, "verbose_name", name))


def _shown(value: Any) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in sorted(value.items()))
    return str(value)
