"""Pages made of `ui`'s pieces alone, for tests and pictures. A URLconf of its own.

/demo/          a home page: a sentence, bars, panels, messages
/demo/list/     a filtered list of 214 rows; ?empty=1 has none
/demo/form/     a form with every kind of field
/demo/<code>/   the error page 400, 403, 404 or 500
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import TextChoices
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.urls import include, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from portal.urls import urlpatterns as portal_urlpatterns
from program.money import Money
from program.tiers import Constraint, Gap
from ui.columns import ChoiceColumn, DayColumn, MoneyColumn, PointsColumn, TextColumn
from ui.csv import csv_response, points_cell
from ui.forms import DayField, FilterForm, LongTextField, TextField
from ui.http import HtmxRequest, render_form, wants_fragment
from ui.query import BadQueryError
from ui.tables import Act, PortalTable
from ui.tones import Tone

PASSWORD = "correct horse battery staple"
TODAY = date(2025, 11, 23)
EVALUATION = date(2026, 1, 15)
CLIENTS = ("Acme Industries", "Borealis & Söhne", "Crème Fraîche SARL", "Dunmore Ltd")


class Kind(TextChoices):
    SOURCED = "sourced", _("Sourced")
    ASSISTED = "assisted", _("Assisted")
    MANAGED = "managed", _("Managed")


TONES = {Kind.SOURCED: Tone.BRAND, Kind.ASSISTED: Tone.NEUTRAL, Kind.MANAGED: Tone.GOOD}


@dataclass(frozen=True)
class Record:
    """A row like a points entry."""

    pk: int
    ref: str
    client: str
    kind: str
    closed_on: date
    mrr: Money
    points: int
    expires_on: date | None


def records(count: int = 214) -> list[Record]:
    """Return believable rows, the same ones every time."""
    kinds = list(Kind)
    return [
        Record(
            pk=n,
            ref=f"D-{n:05}",
            client=CLIENTS[n % len(CLIENTS)],
            kind=kinds[n % 3],
            closed_on=TODAY - timedelta(days=n * 3 % 340),
            mrr=Money((n * 7919) % 900_000 + 5_000, ("EUR", "USD", "JPY")[n % 3]),
            points=((n * 104_729) % 90_000 - 4_000) * 1_037,
            expires_on=None if n % 3 == 2 else TODAY + timedelta(days=n % 300),
        )
        for n in range(1, count + 1)
    ]


class DemoTable(PortalTable):
    caption = _("Points")
    empty_title = _("No points yet")
    empty_hint = _("A won deal brings points on the day it closes.")
    empty_act = Act(_("Fill in the form"), "demo:form")

    ref = TextColumn(_("Deal"), url=lambda record: f"/demo/form/?on={record.pk}")
    client = TextColumn(_("Client"))
    kind = ChoiceColumn(_("Kind"), choices=Kind, tones=TONES)
    closed_on = DayColumn(_("Closed"))
    mrr = MoneyColumn(_("MRR"), orderable=False)
    points = PointsColumn(_("Points"), receipt=lambda record: f"/demo/?on={record.pk}")
    expires_on = DayColumn(_("Expires"))

    class Meta:
        order_by = ("-closed_on",)


class DemoFilter(FilterForm):
    q = TextField(label=_("Client"), required=False, max_length=50)
    kind = forms.MultipleChoiceField(
        label=_("Kind"),
        choices=Kind,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    since = DayField(label=_("Closed since"), required=False)

    def narrow(self, rows: list[Record]) -> list[Record]:
        if text := self.cleaned.get("q"):
            rows = [row for row in rows if text.lower() in row.client.lower()]
        if kinds := self.cleaned.get("kind"):
            rows = [row for row in rows if row.kind in kinds]
        if since := self.cleaned.get("since"):
            rows = [row for row in rows if row.closed_on >= since]
        return rows


class DemoForm(forms.Form):
    name = TextField(label=_("Company name"))
    email = forms.EmailField(label=_("E-mail"), help_text=_("Where the answer goes."))
    country = forms.ChoiceField(
        label=_("Country"), choices=[("", "–"), ("FR", "France"), ("DE", "Deutschland")]
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind, widget=forms.RadioSelect)
    closed_on = DayField(label=_("Closed"), required=False)
    note = LongTextField(label=_("Note"), required=False, max_length=1000)
    agreed = forms.BooleanField(label=_("I have read the rules"))


def _gap(constraint: Constraint, have: int, need: int, *, enforced: bool = True) -> Gap:
    return Gap(
        constraint=constraint,
        have=have * 10_000,
        need=need * 1_000_000,
        short=max(need * 1_000_000 - have * 10_000, 0),
        met=have * 10_000 >= need * 1_000_000,
        enforced=enforced,
    )


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    if "message" in request.GET:
        messages.success(request, "The deal is registered.")
        messages.error(request, "The receipt could not be sent.")
    context = {
        "today": TODAY,
        "evaluation": EVALUATION,
        "at": datetime(2025, 11, 23, 2, 0, tzinfo=UTC),
        "money": Money(1_234_550, "EUR"),
        "sold": _gap(Constraint.SOLD, 15_900, 200),
        "managed": _gap(Constraint.MANAGED, 31_042, 250, enforced=False),
        "total": _gap(Constraint.TOTAL, 46_942, 750),
    }
    return render(request, "demo/home.html", context)


@require_GET
@vary_on_headers("HX-Target")
def listing(request: HtmxRequest) -> HttpResponse:
    form = DemoFilter(request.GET)
    rows = [] if "empty" in request.GET else form.narrow(records())
    table = DemoTable(
        rows,
        sums={"points": sum(row.points for row in rows)},
        filtered=form.is_active,
    )
    table.configure(request, known={*form.names, "empty"})
    fragment = wants_fragment(request, "demo-table")
    return render(
        request,
        "demo/list.html#demo-table" if fragment else "demo/list.html",
        {"filter_form": form, "table": table, "fragment": fragment},
    )


@require_GET
def download(request: HttpRequest) -> StreamingHttpResponse:
    def rows() -> Iterator[list[Any]]:
        for row in records(1_200):
            yield [row.ref, row.client, row.closed_on, points_cell(row.points)]

    return csv_response(
        filename="points.csv", header=[_("Deal"), _("Client"), _("Closed"), _("Points")],
        rows=rows(),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def form(request: HttpRequest) -> HttpResponse:
    bound = DemoForm(request.POST or None)
    if bound.is_valid():
        messages.success(request, bound.cleaned_data["name"])
        return redirect("demo:home")
    return render_form(request, "demo/form.html", {}, form=bound)


@require_GET
def error(request: HttpRequest, code: int) -> HttpResponse:
    errors: dict[int, Exception] = {
        400: BadQueryError("This page knows no parameter “pgae”."),
        403: PermissionDenied(),
        404: Http404(),
    }
    raise errors.get(code, RuntimeError("demo"))


demo_patterns = (
    [
        path("demo/", home, name="home"),
        path("demo/list/", listing, name="list"),
        path("demo/list.csv", download, name="download"),
        path("demo/form/", form, name="form"),
        path("demo/<int:code>/", error, name="error"),
    ],
    "demo",
)

# What other pages of the portal lead to stays where it is.
SETTINGS = path("settings/", home, name="settings")

# So that the navigation has entries whatever the real URLconf has by now.
nav_patterns = [
    path("", include(([path("", home, name="home"), SETTINGS], "portal"))),
    path("", include(([path("demo/list/", listing, name="points")], "partners"))),
    path("", include(([path("demo/form/", form, name="list")], "deals"))),
]

urlpatterns = [*nav_patterns, path("", include(demo_patterns)), *portal_urlpatterns]
handler400 = "ui.views.bad_request"
