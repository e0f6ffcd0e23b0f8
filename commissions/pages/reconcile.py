"""/commissions/reconcile/: one's own spreadsheet against the ledger, line by line.

Nothing of it is kept but that it was done. For the columns and the file of the result the
sheet comes back with the form and is read again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from commissions.forms.reconciling import ColumnsForm, SpreadsheetForm
from commissions.pages.rights import company_acted_for
from commissions.services.comparing import (
    FIELDS,
    Compared,
    Grid,
    Kind,
    RowError,
    compare_spreadsheet,
    recognised,
    rows_of,
    text_of,
)
from commissions.services.comparing.rows import MAX_ERRORS
from outbox import clock
from partners.models import Partner
from partners.services.exports import record_export
from ui.csv import Cell, csv_response
from ui.doors import spend
from ui.http import SignedInRequest, render_form
from ui.query import Query
from ui.tones import Tone

TEMPLATE = "commissions/reconcile.html"
SHOWN = 500
"""Lines of a kind that the page shows; the file has all."""

KINDS = {
    Kind.DIFFERENT: (gettext_lazy("Different"), Tone.BAD),
    Kind.MISSING_HERE: (gettext_lazy("Missing here"), Tone.WARN),
    Kind.MISSING_THERE: (gettext_lazy("Missing in your sheet"), Tone.WARN),
    Kind.AGREED: (gettext_lazy("Agreed"), Tone.GOOD),
}


@require_http_methods(["GET", "POST"])
def reconcile(request: SignedInRequest) -> HttpResponseBase:
    """Ask for a spreadsheet, for its columns if need be, and show what came of it."""
    Query(request.GET, known=())
    partner = company_acted_for(request.user)
    if request.method == "GET":
        return _page(request, form=SpreadsheetForm())
    spend(request, "reconcile")
    if "sheet" in request.POST:
        columns_form = ColumnsForm(request.POST)
        if not columns_form.is_valid() or columns_form.grid is None:
            return render_form(
                request, TEMPLATE, _context() | {"asks_columns": True}, form=columns_form
            )
        return _compared(request, partner, columns_form.grid, columns_form.columns)
    form = SpreadsheetForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form=form)
    grid: Grid = form.cleaned_data["file"]
    found = recognised(grid)
    if set(found) != set(FIELDS):
        context = _context() | {"asks_columns": True, "form": ColumnsForm(grid=grid)}
        return render(request, TEMPLATE, context)
    return _compared(request, partner, grid, found)


def _page(request: SignedInRequest, *, form: SpreadsheetForm) -> HttpResponse:
    return render_form(request, TEMPLATE, _context(), form=form)


def _context() -> dict[str, Any]:
    return {"today": clock.today(), "kinds": KINDS}


def _compared(
    request: SignedInRequest, partner: Partner, grid: Grid, columns: dict[str, int]
) -> HttpResponseBase:
    rows, errors = rows_of(grid, columns)
    if errors:
        return _refused(request, errors)
    now = clock.now()
    compared = compare_spreadsheet(
        rows, partner=partner, actor=request.user, at=now, on=clock.program_day(now)
    )
    if request.POST.get("download") == "csv":
        return _file(request, partner, compared)
    context = _context() | {
        "compared": compared,
        "groups": [
            (kind, *KINDS[kind], found[:SHOWN], len(found), len(found) > SHOWN)
            for kind in Kind
            if (found := compared.of(kind))
        ],
        "sheet": text_of(grid),
        "columns": columns,
        "form": SpreadsheetForm(),
    }
    return render(request, TEMPLATE, context)


def _refused(request: SignedInRequest, errors: list[RowError]) -> HttpResponse:
    """Name each line that cannot be read; nothing was compared."""
    context = _context() | {
        "errors": errors[:MAX_ERRORS],
        "more_errors": max(len(errors) - MAX_ERRORS, 0),
        "form": SpreadsheetForm(),
    }
    return render(request, TEMPLATE, context, status=422)


def _file(
    request: SignedInRequest, partner: Partner, compared: Compared
) -> HttpResponseBase:
    record_export(
        "commissions.reconciled",
        actor=request.user,
        at=clock.now(),
        partner_id=partner.pk,
        filters={"format": "csv"},
    )
    header = (
        _("Line of your sheet"), _("Result"), _("Deal"), _("Product line"), _("Month"),
        _("Your amount"), _("Our amount"), _("Currency"), _("Your currency"), _("Reason"),
    )  # fmt: skip
    name = f"reconciled-{clock.today()}.csv"
    return csv_response(filename=name, header=header, rows=_file_rows(compared))


def _file_rows(compared: Compared) -> Iterator[tuple[Cell, ...]]:
    for one in compared.results:
        yield (
            one.line,
            KINDS[one.kind][0],
            one.deal,
            one.product,
            f"{one.month:%Y-%m}",
            one.theirs.amount if one.theirs else None,
            one.ours.amount if one.ours else None,
            one.ours.currency if one.ours else "",
            one.theirs.currency if one.theirs else "",
            one.reason,
        )
