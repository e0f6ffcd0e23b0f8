"""Home, the diary, and the receipt of the rehearsed evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from uuid import UUID

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from commissions.permissions import sees_money
from outbox import clock
from outbox.selectors import live_days
from partners.models import Partner, User
from partners.permissions import may_read
from partners.receipts import addresses
from partners.receipts.diary import (
    MovementCause,
    Period,
    counted_on,
    newest_movements,
    sums_by_cause,
)
from partners.receipts.entries import edition_note
from partners.selectors import Editions, published_editions
from partners.services.exports import record_export
from portal.home import diary
from portal.home.card import tier_card
from portal.home.curve import curve_of
from portal.home.glance import AtAGlance, at_a_glance
from portal.home.links import programme_links
from portal.home.needs import needs_of
from portal.home.rehearsal import rehearsal_of, rehearsal_receipt
from portal.home.state import State, read_state
from portal.models import Outlook, Visit
from portal.visits import record_visit
from program.rulebook import Tier
from ui.csv import Cell, csv_response, points_cell
from ui.doors import limited
from ui.http import SignedInRequest, absolute_url, wants_fragment
from ui.query import BadQueryError, Query

NEWEST = 5
PAGE = 50
CSV_BATCH = 500
NEEDS_ALL = "all"


@require_GET
@vary_on_headers("HX-Target")
def home(request: SignedInRequest) -> HttpResponse:
    """Show a partner what needs it and where it stands; staff go to the back office.

    htmx gets the card of the tier that was chosen alone.
    """
    query = Query(request.GET, known={"goal", "needs"})
    goal = _goal(query)
    everything = _wants_all_needs(query)
    user = request.user
    if user.is_staff:
        return redirect("admin:index")
    if user.partner is None:
        return render(request, "portal/home_without_company.html")
    today = clock.today()
    editions = published_editions()
    state = read_state(user, today=today)
    now = clock.now()
    glance = at_a_glance(state, user=user, today=today, now=now, editions=editions)
    card = tier_card(
        state.partner,
        state.standing,
        editions=editions,
        certified=glance.certified,
        today=today,
        goal=goal,
        granted=state.granted,
        held=state.outlook is not None and "held" in state.outlook.facts,
    )
    if wants_fragment(request, "goal"):
        return render(request, "portal/home.html#goal", {"card": card})
    if getattr(request, "seen_by", None) is None:
        record_visit(user_id=user.pk, today=today, last_on=state.last_visit_on)
    context = _blocks(
        state,
        glance,
        user=user,
        today=today,
        now=now,
        editions=editions,
        everything=everything,
    )
    return render(
        request,
        "portal/home.html",
        context
        | {
            "partner": state.partner,
            "card": card,
            "sees_money": sees_money(user),
            "today": today,
        },
    )


def _goal(query: Query) -> Tier | None:
    goal = query.choice("goal", Tier)
    if goal is Tier.NONE:
        raise BadQueryError(_("“No tier” is nothing to reach."))
    return goal


def _wants_all_needs(query: Query) -> bool:
    text = query.text("needs")
    if text not in {"", NEEDS_ALL}:
        raise BadQueryError(_("The parameter “needs” is “all” or not there."))
    return text == NEEDS_ALL


def _blocks(
    state: State,
    glance: AtAGlance,
    *,
    user: User,
    today: date,
    now: datetime,
    editions: Editions,
    everything: bool,
) -> dict[str, object]:
    """Return the blocks of the page but the card."""
    partner, rulebook = state.partner, editions.on(today).rulebook
    rehearsal = None
    if state.outlook and state.partner.membership != "provider":
        rehearsal = rehearsal_of(partner, state.outlook, editions=editions)
    return {
        "needs": needs_of(
            state,
            user=user,
            today=today,
            rulebook=rulebook,
            rehearsal=rehearsal,
            glance=glance,
            everything=everything,
        ),
        "rehearsal": rehearsal,
        "glimpse": _glimpse(state, glance, user=user, today=today, now=now),
        "curve": curve_of(partner, state.standing, state.outlook),
        "glance": glance,
        "renewals": glance.renewals,
        "links": programme_links(),
    }


def _glimpse(
    state: State, glance: AtAGlance, *, user: User, today: date, now: datetime
) -> diary.Glimpse | None:
    """Return what changed since the last visit, up to the day of the standing."""
    if state.standing is None:
        return None
    first = diary.first_day(
        last=state.last_visit_on, previous=state.previous_visit_on, today=today
    )
    last = state.standing.as_of
    period = diary.period_of(min(first, last), last, today=today, live_on=glance.live_on)
    return diary.glimpse(
        state.partner,
        newest_movements(state.partner.pk, period, limit=NEWEST),
        period=period,
        closing=state.standing.total,
        since_visit=state.last_visit_on is not None,
        user=user,
        now=now,
    )


# --- /diary/ --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a diary is asked for."""

    partner: Partner
    period: Period
    cause: MovementCause | None


def _asked(request: SignedInRequest, *, known: set[str]) -> tuple[_Asked, Query]:
    """Read the address; without a period it is the one since the last visit.

    404 for an account without a company, 400 for a period that ends before it begins or
    lies ahead.
    """
    query = Query(request.GET, known={"from", "to", "cause", *known})
    first, last = query.day("from"), query.day("to")
    cause = query.choice("cause", MovementCause)
    if request.user.partner is None:
        raise Http404
    today = clock.today()
    last = last or today
    if first is None:
        visit = Visit.objects.filter(user=request.user.pk).first()
        first = diary.first_day(
            last=visit.last_on if visit else None,
            previous=visit.previous_on if visit else None,
            today=today,
        )
        first = min(first, last)
    if first > last:
        raise BadQueryError(_("The period ends before it begins."))
    if last > today:
        raise BadQueryError(_("The period ends in the future: nothing is known of it."))
    live_on = live_days().first()
    period = diary.period_of(first, last, today=today, live_on=live_on)
    return _Asked(request.user.partner, period, cause), query


@require_GET
def diary_page(request: SignedInRequest) -> HttpResponse:
    """Show opening, movements and closing of a period, filtered by cause."""
    if request.user.is_staff:
        return redirect("admin:index")
    asked, query = _asked(request, known={"page"})
    partner, period = asked.partner, asked.period
    sums = sums_by_cause(partner.pk, period)
    of_cause = [one for one in sums if asked.cause in {None, one.cause}]
    count = sum(one.count for one in of_cause)
    pages = max(1, ceil(count / PAGE))
    page = min(query.integer("page", default=1, low=1), pages)
    newest = newest_movements(
        partner.pk, period, limit=PAGE, offset=(page - 1) * PAGE, cause=asked.cause
    )
    opening = counted_on(
        partner.pk, period.first - diary.ONE_DAY, known=period.known_from
    )
    moved = sum(one.points for one in sums)
    closing = counted_on(partner.pk, period.last, known=period.known_to)
    now = clock.now()
    address = diary.diary_url(period.first, period.last, asked.cause or "")
    context = {
        "partner": partner,
        "period": period,
        "cause": asked.cause,
        "causes": MovementCause,
        "sums": [
            (one, diary.diary_url(period.first, period.last, one.cause)) for one in sums
        ],
        "all_url": diary.diary_url(period.first, period.last),
        "opening": opening,
        "opening_url": diary.opening_url(partner, period, now=now),
        "moved": moved,
        "closing": closing,
        "closing_url": diary.closing_url(partner, period, now=now),
        "adds_up": opening + moved == closing,
        "lines": diary.lines_of(newest.movements, user=request.user),
        "count": count,
        "page": page,
        "pages": pages,
        "previous_url": f"{address}&page={page - 1}" if page > 1 else "",
        "next_url": f"{address}&page={page + 1}" if page < pages else "",
        "csv_url": address.replace("/diary/?", "/diary/movements.csv?"),
        "today": clock.today(),
    }
    return render(request, "portal/diary.html", context)


@require_GET
@limited("export")
def diary_csv(request: SignedInRequest) -> HttpResponseBase:
    """Download the movements of a period with all six decimals."""
    if request.user.is_staff:
        return redirect("admin:index")
    asked, _query = _asked(request, known=set())
    record_export(
        "partners.diary",
        # Whoever looks as a partner takes the file as themselves.
        actor=getattr(request, "seen_by", None) or request.user,
        at=clock.now(),
        partner_id=asked.partner.pk,
        filters={"query": request.GET.urlencode(), "format": "csv"},
        seen_as=getattr(request, "seen_partner", None),
    )
    header = (
        _("Day"), _("Cause"), _("Points"), _("What happened"), _("Learnt late"),
        _("Receipt"),
    )  # fmt: skip
    rows = _csv_rows(
        asked, user=request.user, host=absolute_url(request, "/").rstrip("/")
    )
    name = f"diary-{asked.period.first}-{asked.period.last}.csv"
    return csv_response(filename=name, header=header, rows=rows)


def _csv_rows(asked: _Asked, *, user: User, host: str) -> Iterator[tuple[Cell, ...]]:
    """Yield the rows of the download, a batch at a time."""
    offset = 0
    while True:
        movements = newest_movements(
            asked.partner.pk,
            asked.period,
            limit=CSV_BATCH,
            offset=offset,
            cause=asked.cause,
        ).movements
        for line in diary.lines_of(movements, user=user):
            yield (
                line.day,
                line.cause.label,
                points_cell(line.points),
                line.sentence,
                _("yes") if line.late else "",
                f"{host}{line.url}",
            )
        if len(movements) < CSV_BATCH:
            return
        offset += CSV_BATCH


# --- /receipts/<partner>/rehearsal/ ---------------------------------------------------


@require_GET
def rehearsal_page(request: SignedInRequest, partner_id: UUID) -> HttpResponse:
    """Show what the rehearsed evaluation rests on; also to staff."""
    Query(request.GET, known=())
    if not may_read(request.user, Outlook):
        raise Http404
    partner = get_object_or_404(
        Partner.objects.visible_to(request.user).select_related("pdm"),
        public_id=partner_id,
    )
    outlook = Outlook.objects.visible_to(request.user).filter(partner=partner).first()
    editions = published_editions()
    page = _("Rehearsed evaluation")
    address = absolute_url(request, request.get_full_path())
    context: dict[str, object] = {
        "partner": partner,
        "outlook": outlook,
        "address": address,
        "objection_url": addresses.objection_url(partner, page=page, address=address),
    }
    if outlook is not None:
        edition = editions.by_id(outlook.edition_id)
        context |= {
            "receipt": rehearsal_receipt(partner, outlook, editions=editions),
            "edition": edition_note(edition, until=editions.ends_before(edition)),
        }
    return render(request, "portal/rehearsal.html", context)
