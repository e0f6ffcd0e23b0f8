"""The list of deals, as a page and as a file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext, gettext_lazy

from deals.forms import DealFilterForm
from deals.models import Deal
from deals.receipts import lines_with_points
from deals.tables import (
    DealTable,
    OwnDealTable,
    deal_url,
    mrr_by_currency,
    pipeline_of,
    reasons_of,
    stands_still,
)
from partners.models import PointsEntry, Role
from partners.permissions import may_read
from partners.selectors import Editions, published_editions
from ui.csv import BATCH, Cell, amount_cells, points_cell
from ui.listings import COLUMNS, Listing, Sheet, picked, register
from ui.query import Query

if TYPE_CHECKING:
    from partners.models import User

FIELDS = (
    ("name", gettext_lazy("Reference")),
    ("name", gettext_lazy("Deal")),
    ("client", gettext_lazy("Client")),
    ("partner", gettext_lazy("Partner")),
    ("motion", gettext_lazy("Motion")),
    ("stage", gettext_lazy("Stage")),
    ("pipeline", gettext_lazy("Pipeline stage")),
    ("pipeline", gettext_lazy("Standing still")),
    ("expected_close_on", gettext_lazy("Expected close")),
    ("owner", gettext_lazy("Deal owner")),
    ("registered_on", gettext_lazy("Registered")),
    ("closed_on", gettext_lazy("Closed")),
    ("mrr", gettext_lazy("Net MRR")),
    ("mrr", gettext_lazy("Currency")),
    ("points", gettext_lazy("Points today")),
    ("points", gettext_lazy("Why not more")),
    ("", gettext_lazy("Address")),
)


SUMS = "sums"
"""Asks for the sums of a filtered set of more than `SUMS_AT_ONCE` deals."""

SUMS_AT_ONCE = 10_000
"""Adding up so many deals is not felt; of more it takes longer than all the rest."""


def sums_url(request: HttpRequest, *, deals: int, known: Collection[str]) -> str:
    """Return the address of the same page with the sums; "" if they are shown anyway.

    Raises `BadQueryError` for a `sums` that is not 1.
    """
    query = Query(request.GET, known={SUMS, *known})
    if deals <= SUMS_AT_ONCE or query.integer(SUMS, default=0, low=1, high=1):
        return ""
    params = request.GET.copy()
    params[SUMS] = "1"
    return f"{request.path}?{params.urlencode()}"


def deal_table(
    params: QueryDict, *, user: User, on: date, editions: Editions
) -> tuple[DealFilterForm, DealTable]:
    """Return the list's form, and its rows as the form narrows them."""
    filter_form = DealFilterForm(params)
    deals = filter_form.narrow(Deal.objects.visible_to(user), on=on)
    table = (OwnDealTable if may_register(user) else DealTable)(
        deals.by_client()
        .select_related("client", "partner", "owner")
        .prefetch_related(Prefetch("lines", queryset=lines_with_points(on=on))),
        on=on,
        editions=editions,
        receipts=may_read(user, PointsEntry),
        filtered=filter_form.is_active,
        exclude=() if user.is_staff else ("partner",),
    )
    return filter_form, table


def may_register(user: User) -> bool:
    """Say whether an account registers deals for its company."""
    return user.person is not None and user.person.role in (Role.OWNER, Role.SALES)


def deal_sheet(params: QueryDict, *, user: User, on: date, host: str) -> Sheet:
    """Return exactly the deals shown, in the same order and columns."""
    editions = published_editions()
    filter_form, table = deal_table(params, user=user, on=on, editions=editions)
    table.arrange(params, known={SUMS, *filter_form.names})
    filter_form.insist(repeatable={COLUMNS})
    # Whose deals they are is for staff alone; the others have one company.
    fields = FIELDS if user.is_staff else [one for one in FIELDS if one[0] != "partner"]
    header, places = picked(fields, table.chosen)
    return Sheet(
        header=header,
        rows=_rows(
            table.arranged,
            places,
            on=on,
            editions=editions,
            host=host,
            whose=user.is_staff,
        ),
        count=table.arranged.count,
    )


def _rows(
    deals: Any,
    places: Sequence[int],
    *,
    on: date,
    editions: Editions,
    host: str,
    whose: bool,
) -> Iterator[list[Cell]]:
    motions, stages = dict(Deal.Motion.choices), dict(Deal.Stage.choices)
    yes = gettext("yes")
    for deal in deals.iterator(chunk_size=BATCH):
        lines = list(deal.lines.all())
        posted = [line.points_now for line in lines if line.entry_id]
        partner = (deal.partner.name,) if whose else ()
        row: tuple[Cell, ...] = (
            deal.ref,
            deal.name,
            deal.client_label,
            *partner,
            motions[Deal.Motion(deal.motion)],
            stages[Deal.Stage(deal.stage)],
            pipeline_of(deal),
            yes if stands_still(deal, on) else "",
            deal.expected_close_on,
            str(deal.owner) if deal.owner else "",
            deal.registered_on,
            deal.closed_on,
            *amount_cells(mrr_by_currency(deal)),
            points_cell(sum(posted)) if posted else None,
            reasons_of(lines, on=on, editions=editions),
            f"{host}{deal_url(deal)}",
        )
        yield [row[place] for place in places]


register(
    Listing(
        name="deals",
        title=gettext_lazy("Deals"),
        url_name="deals:list",
        build=deal_sheet,
    )
)
