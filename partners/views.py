"""The points page and the receipts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Count, Model, Sum
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from outbox import clock
from partners.forms import PointsFilterForm
from partners.models import (
    KindChoice,
    Partner,
    PointsEntry,
    Standing,
    TierChange,
    User,
)
from partners.models.ledger import PointsEntryQuerySet
from partners.permissions import may_read
from partners.receipts import addresses, sources
from partners.receipts.entries import counting_on, entry_receipt, state_of
from partners.receipts.numbers import number_receipt
from partners.receipts.tiers import credited_receipt, performing_receipt
from partners.selectors import NoEditionError, published_editions
from partners.tables import NumberTable, PointsTable
from ui.csv import BATCH, Cell, csv_response, points_cell
from ui.http import SignedInRequest, absolute_url, wants_fragment
from ui.query import BadQueryError, Query

PAGE_PARAMETERS = frozenset({"page", "per_page"})
TABLE_PARAMETERS = PAGE_PARAMETERS | {"sort"}
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
    own = _own_company(request.user)
    entries = filter_form.narrow(
        PointsEntry.objects.visible_to(request.user), user=request.user, on=today
    )
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
        "today": today,
        "filter_form": filter_form,
        "table": table,
        "totals": totals,
        "fragment": fragment,
        # What counts today, unless something is filtered out, is the number "total".
        "counting_url": ""
        if filter_form.is_active
        else addresses.number_url(own, addresses.Number.TOTAL, today),
        "csv_query": _without_pages(request),
    }
    if not fragment:
        editions = published_editions()
        waiting = sources.pending(user=request.user, on=today, editions=editions)
        context |= {
            "edition": editions.on(today).code,
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
    """Download exactly the entries shown, in the same order, with all six decimals."""
    if request.user.is_staff:
        return redirect("admin:index")
    today = clock.today()
    filter_form = PointsFilterForm(request.GET)
    _own_company(request.user)
    entries = filter_form.narrow(
        PointsEntry.objects.visible_to(request.user), user=request.user, on=today
    )
    table = PointsTable(entries, on=today, user=request.user)
    table.arrange(request, known=filter_form.names)
    _refuse_what_does_not_filter(request, filter_form)
    header = (
        _("Reference"), _("For"), _("Client"), _("Kind"), _("Reason"), _("State"),
        _("Counts from"), _("Expires"), _("Points"), _("Edition"),
        _("Recorded"), _("Receipt"),
    )  # fmt: skip
    rows = _csv_rows(
        table.arranged,
        user=request.user,
        on=today,
        host=absolute_url(request, "/").rstrip("/"),
    )
    return csv_response(filename=f"points-{today}.csv", header=header, rows=rows)


def _own_company(user: User) -> Partner:
    """Return the account's company; 404 for an account without one."""
    if user.partner is None:
        raise Http404
    return user.partner


def _refuse_what_does_not_filter(
    request: SignedInRequest, filter_form: PointsFilterForm
) -> None:
    """Answer 400 to a value the form cannot read or that stands there twice.

    The page shows such a value with its error and filters nothing; a file would hold the
    whole ledger and look like the part that was asked for.
    """
    reasons = {name: errors[0] for name, errors in filter_form.errors.items()}
    for name, values in request.GET.lists():
        if len(values) > 1:
            reasons[name] = _("It stands there more than once.")
    for name, reason in reasons.items():
        raise BadQueryError(
            _("The parameter “%(name)s” cannot be read. %(reason)s")
            % {"name": name, "reason": reason}
        )


def _without_pages(request: SignedInRequest) -> str:
    params = request.GET.copy()
    for name in PAGE_PARAMETERS:
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
    Query(request.GET, known=())
    _require(request.user, PointsEntry)
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
    partner = _partner(request, partner_id, ledger=PointsEntry)
    known_at = _known_at(request)
    if known_at is None:
        return _at_this_moment(request)
    try:
        receipt = number_receipt(partner, number, day=day, known_at=known_at)
    except NoEditionError as error:
        raise Http404 from error
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
    partner = _partner(request, partner_id, ledger=Standing)
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
    partner = _partner(request, partner_id, ledger=TierChange)
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


def _require(user: User, ledger: type[Model]) -> None:
    """Answer 404 to staff for whom the ledger that a receipt is drawn from is hidden."""
    if not may_read(user, ledger):
        raise Http404


def _partner(
    request: SignedInRequest, partner_id: UUID, *, ledger: type[Model]
) -> Partner:
    _require(request.user, ledger)
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
    address = absolute_url(request, request.get_full_path())
    return {
        "address": address,
        "objection_url": addresses.objection_url(partner, page=page, address=address),
    }
