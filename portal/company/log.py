"""/company/log/: who did what when at the own company, for its owners to read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from outbox import clock
from partners.admin.audit_words import words_of_act, words_of_object
from partners.models import AuditEntry, Partner, Person, Role, User
from partners.services.exports import record_export, seen_partner_of
from portal.company.log_acts import ACTS, SHOWN, Kind
from ui.columns import MomentColumn, TextColumn
from ui.csv import Cell, csv_response
from ui.doors import limited
from ui.forms import FilterForm
from ui.http import SignedInRequest
from ui.tables import PortalTable

STAFF: Final = "staff"
PORTAL: Final = "portal"


def who_did(entry: AuditEntry) -> str:
    """Return who did it: people by their name, staff also by what they are there for."""
    actor: User | None = entry.actor
    if actor is None:
        if entry.action == "accounts.sign_in_failed":
            return _("Somebody unknown")
        return _("The portal itself")
    if not actor.is_staff:
        return str(actor)
    role = actor.get_staff_role_display() or _("Programme staff")
    words = _("%(name)s (%(role)s)") % {"name": actor, "role": role}
    if seen_partner_of(entry):
        return _("%(who)s, looking as your company") % {"who": words}
    return words


class LogTable(PortalTable):
    caption = gettext_lazy("Log of the company")
    empty_title = gettext_lazy("Nothing was recorded yet")
    empty_hint = gettext_lazy(
        "Whatever people or the portal do here is written down from now on."
    )

    at = MomentColumn(gettext_lazy("When"), orderable=False)
    who = TextColumn(gettext_lazy("Who"), value=who_did)
    act = TextColumn(gettext_lazy("What"), value=lambda entry: words_of_act(entry.action))
    about = TextColumn(gettext_lazy("About"), value=words_of_object)


class LogFilterForm(FilterForm):
    """One kind of act, and what one person, the programme's staff or the portal did."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[("", gettext_lazy("All kinds")), *Kind.choices],
        required=False,
    )
    person = forms.ChoiceField(label=gettext_lazy("Who"), required=False)

    def __init__(self, data: QueryDict, *, team: list[Person]) -> None:
        self.team = team
        super().__init__(data)

    def full_clean(self) -> None:
        # Before the form of all filters reads its data, which it does when it is made.
        self.fields["person"].choices = [  # type: ignore[attr-defined]
            ("", _("Everybody")),
            *((str(person.public_id), str(person)) for person in self.team),
            (STAFF, _("The programme’s staff")),
            (PORTAL, _("The portal itself")),
        ]
        super().full_clean()

    def narrow(self, entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        if kind := self.cleaned.get("kind"):
            entries = entries.filter(action__in=SHOWN[kind])
        match self.cleaned.get("person"):
            case None:
                return entries
            case "staff":
                return entries.filter(actor__is_staff=True)
            case "portal":
                return entries.filter(actor=None)
            case person:
                theirs = [p.user_id for p in self.team if str(p.public_id) == person]
                return entries.filter(actor__in=theirs)


@require_GET
def log(request: SignedInRequest) -> HttpResponse:
    """List the acts at the own company, the newest first."""
    if request.user.is_staff:
        return redirect("admin:partners_auditentry_changelist")
    company = _owned(request)
    filter_form, entries = _narrowed(request, company)
    table = LogTable(entries, order_by=(), filtered=filter_form.is_active).configure(
        request, known=filter_form.names
    )
    query = request.GET.copy()
    for name in ("page", "per_page", "sort"):
        query.pop(name, None)
    context = {
        "filter_form": filter_form,
        "table": table,
        "query": query.urlencode(),
        "now": clock.now(),
    }
    return render(request, "company/log.html", context)


@require_GET
@limited("export")
def log_csv(request: SignedInRequest) -> HttpResponseBase:
    """Download the log exactly as it is narrowed."""
    if request.user.is_staff:
        return redirect("admin:partners_auditentry_changelist")
    company = _owned(request)
    filter_form, entries = _narrowed(request, company)
    table = LogTable(entries, order_by=())
    table.arrange(request.GET, known=filter_form.names)
    filter_form.insist()
    now = clock.now()
    record_export(
        "partners.log",
        actor=getattr(request, "seen_by", None) or request.user,
        at=now,
        partner_id=company.pk,
        filters={"query": request.GET.urlencode(), "format": "csv"},
        seen_as=getattr(request, "seen_partner", None),
    )
    return csv_response(
        filename=f"log-{clock.program_day(now)}.csv",
        header=(_("When"), _("Who"), _("What"), _("About"), _("Request")),
        rows=_rows(entries),
    )


def _rows(entries: QuerySet[AuditEntry]) -> Iterator[tuple[Cell, ...]]:
    for entry in entries.iterator(chunk_size=1_000):
        yield (
            entry.at,
            who_did(entry),
            words_of_act(entry.action),
            words_of_object(entry),
            entry.request_id,
        )


def _owned(request: SignedInRequest) -> Partner:
    """Return the company of an owner: 404 without a company, 403 for its other roles."""
    person = request.user.person
    if person is None:
        raise Http404
    if person.role != Role.OWNER:
        raise PermissionDenied
    return person.partner


def _narrowed(
    request: SignedInRequest, company: Partner
) -> tuple[LogFilterForm, QuerySet[AuditEntry]]:
    team: Any = Person.objects.visible_to(request.user).exclude(user=None)
    form = LogFilterForm(
        request.GET, team=list(team.order_by("first_name", "last_name", "pk"))
    )
    entries = AuditEntry.objects.visible_to(request.user).filter(
        partner=company, action__in=ACTS
    )
    return form, form.narrow(entries.select_related("actor").order_by("-pk"))
