"""The points page and the receipts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Count, Sum
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from outbox import clock
from partners.forms import PointsFilterForm
from partners.models import KindChoice, Partner, PointsEntry, User
from partners.models.ledger import PointsEntryQuerySet
from partners.receipts import addresses, sources
from partners.receipts.entries import counting_on, entry_receipt, state_of
from partners.receipts.numbers import number_receipt
from partners.receipts.tiers import credited_receipt, performing_receipt
from partners.selectors import NoEditionError, published_editions
from partners.tables import NumberTable, PointsTable
from ui.csv import BATCH, Cell, csv_response, points_cell
from ui.http import SignedInRequest, wants_fragment
from ui.query import BadQueryError, Query

TABLE_PARAMETERS = frozenset({"sort", "page", "per_page"})
PENDING_SHOWN = 10


# --- /points/ -------------------------------------------------------------------------


@require_GET
@vary_on_headers("HX-Target")
def points_list(request: SignedInRequest) -> HttpResponse:
    """List the entries of the person's company; htmx gets the table alone.

    Staff have no company: they are sent to the back office, which lists everybody's.
    """
    if request.user.is_staff:
        return redirect("admin:index")
    today = clock.today()
    filter_form = PointsFilterForm(request.GET)
    entries = filter_form.narrow(_own_entries(request.user), user=request.user, on=today)
    totals = entries.aggregate(
        count=Count("pk"),
        sum=Sum("points", default=0),
        counting=Sum("points", filter=counting_on(today), default=0),
    )
    table = PointsTable(
        entries,
        on=today,
        user=request.user,
        counted=totals["count"],
        sums={"points": totals["sum"]},
        filtered=filter_form.is_active,
    ).configure(request, known=filter_form.names)

    fragment = wants_fragment(request, "points-table")
    context: dict[str, Any] = {
        "filter_form": filter_form,
        "table": table,
        "totals": totals,
        "fragment": fragment,
        "csv_query": _without_table_parameters(request),
    }
    if not fragment:
        waiting = sources.pending(
            user=request.user, on=today, editions=published_editions()
        )
        context |= {
            "pending": waiting[:PENDING_SHOWN],
            "pending_more": max(0, len(waiting) - PENDING_SHOWN),
            "pending_count": len(waiting),
        }
    return render(
        request,
        "partners/points_list.html#points-table"
        if fragment
        else "partners/points_list.html",
        context,
    )


@require_GET
def points_csv(request: SignedInRequest) -> HttpResponseBase:
    """Download exactly the filtered entries, with all six decimals."""
    if request.user.is_staff:
        return redirect("admin:index")
    today = clock.today()
    filter_form = PointsFilterForm(request.GET)
    Query(request.GET, known=filter_form.names | TABLE_PARAMETERS)
    entries = filter_form.narrow(_own_entries(request.user), user=request.user, on=today)
    header = (
        _("Reference"), _("For"), _("Client"), _("Kind"), _("Reason"), _("State"),
        _("Counts from"), _("Expires"), _("Points"), _("Edition"),
        _("Recorded"), _("Receipt"),
    )  # fmt: skip
    rows = _csv_rows(
        entries.order_by("-effective_on", "-pk"),
        user=request.user,
        on=today,
        host=request.build_absolute_uri("/").rstrip("/"),
    )
    return csv_response(filename=f"points-{today}.csv", header=header, rows=rows)


def _own_entries(user: User) -> PointsEntryQuerySet:
    """Return the entries of the account's company; 404 for an account without one."""
    if user.partner is None:
        raise Http404
    return PointsEntry.objects.visible_to(user)


def _without_table_parameters(request: SignedInRequest) -> str:
    params = request.GET.copy()
    for name in TABLE_PARAMETERS:
        params.pop(name, None)
    return params.urlencode()


def _csv_rows(
    entries: PointsEntryQuerySet, *, user: User, on: date, host: str
) -> Iterator[tuple[Cell, ...]]:
    """Yield the rows of the download; sources are named a batch at a time."""
    kinds, reasons = dict(KindChoice.choices), dict(PointsEntry.Reason.choices)
    editions = {edition.id: edition.code for edition in published_editions()}
    remaining = entries.iterator(chunk_size=BATCH)
    while batch := list(islice(remaining, BATCH)):
        names = sources.names_of(batch, user=user)
        for entry in batch:
            name = names.get((entry.source_kind, entry.source_id))
            yield (
                entry.source_ref,
                name.title if name else "",
                name.detail if name else "",
                kinds[KindChoice(entry.kind)],
                reasons[PointsEntry.Reason(entry.reason)],
                state_of(entry, on=on)[0],
                entry.effective_on,
                entry.expires_on,
                points_cell(entry.points),
                editions[entry.edition_id],
                entry.recorded_at,
                f"{host}{addresses.entry_url(entry.public_id)}",
            )


# --- /receipts/ -----------------------------------------------------------------------


@require_GET
def receipt_entry(request: SignedInRequest, entry_id: UUID) -> HttpResponse:
    """Show why one entry of the ledger is what it is."""
    today = clock.today()
    entry = get_object_or_404(
        PointsEntry.objects.visible_to(request.user).select_related(
            "partner__pdm", "corrects"
        ),
        public_id=entry_id,
    )
    receipt = entry_receipt(entry, user=request.user, on=today)
    state, tone = state_of(entry, on=today)
    context = {
        "receipt": receipt,
        "entry": entry,
        "partner": entry.partner,
        "state": state,
        "tone": tone,
        "today": today,
        "history": [(other, *state_of(other, on=today)) for other in receipt.history],
        **_receipt_context(request, entry.partner, page=receipt.name.title),
    }
    return render(request, "partners/receipt_entry.html", context)


@require_GET
def receipt_number(
    request: SignedInRequest, partner_id: UUID, number: addresses.Number, day: date
) -> HttpResponse:
    """Show the entries that make a number of a partner on a day."""
    partner = _partner(request, partner_id)
    known_at = _known_at(request)
    if known_at is None:
        return _at_this_moment(request)
    receipt = number_receipt(partner, number, day=day, known_at=known_at)
    table = NumberTable(
        receipt.entries,
        on=day,
        user=request.user,
        counted=receipt.count,
        sums={"points": receipt.points},
    ).configure(request, known={"known"})
    context = {
        "receipt": receipt,
        "table": table,
        "partner": partner,
        "day": day,
        "known_at": known_at,
        **_receipt_context(request, partner, page=receipt.label),
    }
    return render(request, "partners/receipt_number.html", context)


@require_GET
def receipt_performing_tier(
    request: SignedInRequest, partner_id: UUID, day: date
) -> HttpResponse:
    """Show which tier the sums of a day give, comparison by comparison."""
    partner = _partner(request, partner_id)
    known_at = _known_at(request, alone=True)
    if known_at is None:
        return _at_this_moment(request)
    try:
        receipt = performing_receipt(partner, day=day, known_at=known_at)
    except NoEditionError as error:
        raise Http404 from error
    context = {
        "receipt": receipt,
        "partner": partner,
        "day": day,
        "known_at": known_at,
        **_receipt_context(request, partner, page=_("Performing tier")),
    }
    return render(request, "partners/receipt_performing_tier.html", context)


@require_GET
def receipt_credited_tier(
    request: SignedInRequest, partner_id: UUID, day: date
) -> HttpResponse:
    """Show why a partner is credited with its tier."""
    partner = _partner(request, partner_id)
    known_at = _known_at(request, alone=True)
    if known_at is None:
        return _at_this_moment(request)
    try:
        receipt = credited_receipt(partner, day=day, known_at=known_at)
    except NoEditionError as error:
        raise Http404 from error
    context = {
        "receipt": receipt,
        "partner": partner,
        "day": day,
        "known_at": known_at,
        **_receipt_context(request, partner, page=_("Credited tier")),
    }
    return render(request, "partners/receipt_credited_tier.html", context)


def _partner(request: SignedInRequest, partner_id: UUID) -> Partner:
    return get_object_or_404(
        Partner.objects.visible_to(request.user).select_related("pdm"),
        public_id=partner_id,
    )


def _known_at(request: SignedInRequest, *, alone: bool = False) -> datetime | None:
    """Return the moment in the address, None if there is none yet.

    A moment to come is refused: what will be known then is not known. `alone`: the page
    takes no other parameter.
    """
    known = {"known"} if alone else {"known", *TABLE_PARAMETERS}
    moment = Query(request.GET, known=known).moment("known")
    if moment is not None and moment > clock.now():
        raise BadQueryError(_("The moment in the address lies in the future."))
    return moment


def _at_this_moment(request: SignedInRequest) -> HttpResponse:
    """Send the person to the same page with the moment in its address."""
    moment = addresses.with_moment("", clock.now()).removeprefix("?")
    params = request.GET.copy()
    params.pop("known", None)
    others = f"&{params.urlencode()}" if params else ""
    return redirect(f"{request.path}?{moment}{others}")


def _receipt_context(
    request: SignedInRequest, partner: Partner, *, page: str
) -> dict[str, str]:
    """Return what every receipt ends with: its address, and whom to write to."""
    address = request.build_absolute_uri()
    return {
        "address": address,
        "objection_url": addresses.objection_url(partner, page=page, address=address),
    }
