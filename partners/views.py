"""The points page and the receipts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Model, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from outbox import clock
from partners.forms import PointsFilterForm
from partners.listings import ListTools, points_entries
from partners.models import (
    Partner,
    PointsEntry,
    Standing,
    TierChange,
    User,
)
from partners.permissions import may_read
from partners.receipts import addresses, sources
from partners.receipts.entries import counting_on, entry_receipt, state_of
from partners.receipts.numbers import number_receipt
from partners.receipts.tiers import credited_receipt, performing_receipt
from partners.selectors import NoEditionError, published_editions
from partners.tables import NumberTable, PointsTable
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
    own = _own_company(request.user)
    tools = ListTools(request, "points")
    if tools.default_url:
        return redirect(tools.default_url)
    today = clock.today()
    filter_form = PointsFilterForm(request.GET)
    entries = points_entries(filter_form, user=request.user, on=today)
    fragment = wants_fragment(request, "points-table")
    editions = None if fragment else published_editions()
    totals = entries.aggregate(
        count=Count("pk"),
        sum=Sum("points", default=0),
        counting=Sum("points", filter=counting_on(today), default=0),
        **(
            {"waiting": sources.may_wait(user=request.user, on=today, editions=editions)}
            if editions
            else {}
        ),
    )
    table = PointsTable(
        entries,
        on=today,
        user=request.user,
        counted=totals["count"],
        sums={"points": totals["sum"]},
        filtered=filter_form.is_active,
    ).configure(request, known=filter_form.names)

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
        "tools": tools,
    }
    if editions:
        waiting = (
            []
            if totals["waiting"] == 0
            else sources.pending(user=request.user, on=today, editions=editions)
        )
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


def _own_company(user: User) -> Partner:
    """Return the account's company; 404 for an account without one."""
    if user.partner is None:
        raise Http404
    return user.partner


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
