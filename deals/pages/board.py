"""/deals/board/ and /deals/forecast/: the open deals by stage, and by month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from deals.forms.filters import BoardFilterForm
from deals.forms.sharing import MoveForm
from deals.listings import SUMS, sums_url
from deals.models import Deal, DealQuerySet
from deals.pages.detail import REFUSALS
from deals.pages.forecasting import forecast_of, open_counts, open_worth
from deals.pages.rights import deal_to
from deals.permissions import may_work
from deals.services.sharing.writing import change_deal
from deals.tables import deal_url, mrr_by_currency
from outbox import clock
from program.pipeline import WEIGHTS, is_stalled
from ui.columns import amounts
from ui.html import fill, joined
from ui.http import SignedInRequest, wants_fragment
from ui.query import Query

CARDS: Final = 10
"""So many deals a column shows, fifty in all like a list; the rest is on next pages."""

LAST_PAGE: Final = 1_000_000
NOTHING: Final = {"deals": 0, "dated": 0}

_OPTION: Final = SafeString('<option value="{}">{}</option>')
_CHOSEN: Final = SafeString('<option value="{}" selected>{}</option>')


class Card(NamedTuple):
    """A deal on the board, and where it can be moved to."""

    deal: Deal
    url: str
    worth: str
    stalled: bool
    late: bool


class Column(NamedTuple):
    """A stage of the pipeline: how many deals and how much, and this page of them.

    `options` are the stages a card can be moved to, with this one chosen.
    """

    value: str
    label: str
    weight: int
    deals: int
    worth: str
    cards: list[Card]
    list_url: str
    options: SafeString


@require_GET
@vary_on_headers("HX-Target")
def board(request: SignedInRequest) -> HttpResponse:
    """Show the open deals by stage; htmx gets the columns alone."""
    today = clock.today()
    filter_form = BoardFilterForm(request.GET)
    query = Query(request.GET, known={"page", SUMS, *filter_form.names})
    page = query.integer("page", default=1, low=1, high=LAST_PAGE)
    deals = filter_form.narrow(Deal.objects.visible_to(request.user), on=today)
    counts = _counts(deals)
    more_sums = sums_url(
        request,
        deals=sum(row["deals"] for row in counts.values()),
        known=request.GET,
    )
    columns, pages = _columns(
        deals,
        filter_form,
        counts=counts,
        sums={} if more_sums else _sums(deals),
        page=page,
        on=today,
    )
    # A page beyond the last is the last: deals may have moved since the link was made.
    page = min(page, pages)
    fragment = wants_fragment(request, "board")
    template = "deals/board.html"
    return render(
        request,
        f"{template}#board" if fragment else template,
        {
            "filter_form": filter_form,
            "columns": columns,
            "sums_url": more_sums,
            "may_move": may_work(request.user),
            "page": page,
            "pages": pages,
            "previous_url": _page_url(request, page - 1) if page > 1 else "",
            "next_url": _page_url(request, page + 1) if page < pages else "",
            "nothing_open": not filter_form.is_active
            and not any(column.deals for column in columns),
            # Where a move leads back to.
            "query": request.GET.urlencode(),
            "is_staff": request.user.is_staff,
            "today": today,
            "fragment": fragment,
        },
    )


def _counts(deals: DealQuerySet) -> dict[str, dict[str, int]]:
    """Return stage → how many deals, and how many of them have an expected close."""
    rows = deals.order_by().values("pipeline")
    return {
        row["pipeline"]: {"deals": row["deals"], "dated": row["dated"]}
        for row in rows.annotate(deals=Count("pk"), dated=Count("expected_close_on"))
    }


def _columns(
    deals: DealQuerySet,
    filter_form: BoardFilterForm,
    *,
    counts: Mapping[str, Mapping[str, int]],
    sums: Mapping[str, Mapping[str, int]],
    page: int,
    on: date,
) -> tuple[list[Column], int]:
    """Return the columns with one page of each, and how many pages the longest has.

    At most two small queries for each column, one for the cards, one for the lines.
    """
    longest = max((row["deals"] for row in counts.values()), default=0)
    pages = max(1, -(-longest // CARDS))
    shown = {
        stage: _page_of(
            deals.filter(pipeline=stage),
            dated=counts.get(stage, NOTHING)["dated"],
            first=(min(page, pages) - 1) * CARDS,
        )
        for stage in Deal.Pipeline.values
    }
    found = (
        Deal.objects.select_related("client", "partner", "owner")
        .prefetch_related("lines")
        .in_bulk([pk for some in shown.values() for pk in some])
    )
    kept = _kept(filter_form)
    columns = [
        Column(
            value=stage.value,
            label=str(stage.label),
            weight=WEIGHTS[stage.value],
            deals=counts.get(stage.value, NOTHING)["deals"],
            worth=amounts(sums.get(stage.value, {})),
            cards=[_card(found[pk], on=on) for pk in shown[stage.value] if pk in found],
            list_url=_list_url(kept, stage.value),
            options=_options(chosen=stage),
        )
        for stage in Deal.Pipeline
    ]
    return columns, pages


def _sums(deals: DealQuerySet) -> dict[str, dict[str, int]]:
    """Return stage → currency → minor units, of all deals of the filter."""
    rows = (
        deals.filter(lines__isnull=False)
        .order_by()
        .values("pipeline", "lines__currency")
        .annotate(minor=Sum("lines__mrr_minor"))
    )
    sums: dict[str, dict[str, int]] = {}
    for row in rows:
        sums.setdefault(row["pipeline"], {})[row["lines__currency"]] = row["minor"]
    return sums


def _page_of(deals: DealQuerySet, *, dated: int, first: int) -> list[int]:
    """Return the ids of a page of a column: by expected close, what has no day last.

    Two orders and not one, because databases differ in where nothing stands. Ids alone
    come from the index, however many deals there are.
    """
    end = first + CARDS
    ids = deals.values_list("pk", flat=True)
    found: list[int] = []
    if first < dated:
        by_day = ids.filter(expected_close_on__isnull=False)
        found += by_day.order_by("expected_close_on", "pk")[first:end]
    if end > dated:
        undated = ids.filter(expected_close_on=None).order_by("pk")
        found += undated[max(first - dated, 0) : end - dated]
    return found


def _options(*, chosen: Deal.Pipeline) -> SafeString:
    """Return the choice of a stage, written once for all cards of a column."""
    return joined(
        fill(_CHOSEN if stage is chosen else _OPTION, stage.value, str(stage.label))
        for stage in Deal.Pipeline
    )


def _card(deal: Deal, *, on: date) -> Card:
    day = deal.expected_close_on
    return Card(
        deal=deal,
        url=deal_url(deal),
        worth=amounts(mrr_by_currency(deal)),
        stalled=is_stalled(
            active_on=deal.active_on, registered_on=deal.registered_on, on=on
        ),
        late=day is not None and day < on,
    )


def _kept(filter_form: BoardFilterForm) -> dict[str, str]:
    """Return the filter of a page, for the list that it leads to."""
    return {name: str(value) for name, value in filter_form.cleaned.items()}


def _list_url(kept: dict[str, str], stage: str) -> str:
    return f"{reverse('deals:list')}?{urlencode({**kept, 'pipeline': stage})}"


def _page_url(request: SignedInRequest, page: int) -> str:
    params = request.GET.copy()
    params["page"] = str(page)
    return f"?{params.urlencode()}"


@require_POST
@vary_on_headers("HX-Request")
def move(request: SignedInRequest, deal_id: UUID) -> HttpResponse:
    """Move a deal to another stage, and lead back to the board as it was.

    The address carries the filter of the board, which is read again there.
    """
    deal = deal_to(may_work, request.user, deal_id)
    filter_form = BoardFilterForm(request.GET)
    Query(request.GET, known={"page", *filter_form.names})
    form = MoveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("There is no such stage."))
        return redirect(_board_url(request))
    stage = Deal.Pipeline(form.cleaned_data["pipeline"])
    try:
        change_deal(
            deal_id=deal.pk,
            values={"pipeline": stage.value},
            actor=request.user,
            at=clock.now(),
        )
    except REFUSALS as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request,
            _("%(deal)s: %(stage)s") % {"deal": deal.name, "stage": stage.label},
        )
    return redirect(_board_url(request))


def _board_url(request: SignedInRequest) -> str:
    query = request.GET.urlencode()
    return f"{reverse('deals:board')}?{query}" if query else reverse("deals:board")


@require_GET
@vary_on_headers("HX-Target")
def forecast(request: SignedInRequest) -> HttpResponse:
    """Show by month what may close, whole and weighted by stage; htmx gets that alone.

    Of very many deals the amounts are added up when asked for.
    """
    today = clock.today()
    filter_form = BoardFilterForm(request.GET)
    deals = filter_form.narrow(Deal.objects.visible_to(request.user), on=today)
    counts = open_counts(deals)
    more_sums = sums_url(request, deals=sum(counts.values()), known=filter_form.names)
    worth = {} if more_sums else open_worth(deals)
    fragment = wants_fragment(request, "forecast")
    template = "deals/forecast.html"
    return render(
        request,
        f"{template}#forecast" if fragment else template,
        {
            "filter_form": filter_form,
            "weights": [
                # In basis points, as rates are shown.
                (label, WEIGHTS[value] * 100)
                for value, label in Deal.Pipeline.choices
            ],
            **forecast_of(counts, worth, on=today, kept=_kept(filter_form)),
            "sums_url": more_sums,
            "today": today,
            "fragment": fragment,
        },
    )
