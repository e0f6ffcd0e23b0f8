"""The list of commission schedules, as a page and as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, QueryDict
from django.utils.translation import gettext_lazy

from commissions.forms.filters import ScheduleFilterForm
from commissions.models import Schedule, sees_money
from commissions.receipts.ribbon import ribbons_of
from commissions.tables.schedules import ScheduleTable, schedule_url
from deals.models import client_shown
from partners.models import Partner
from partners.selectors import Editions, published_editions
from program.rulebook import Product
from ui.csv import BATCH, Cell, amount_cells
from ui.listings import COLUMNS, Listing, Sheet, picked, register

if TYPE_CHECKING:
    from partners.models import User

FIELDS = (
    ("deal", gettext_lazy("Reference")),
    ("deal", gettext_lazy("Deal")),
    ("client", gettext_lazy("Client")),
    ("product", gettext_lazy("Product line")),
    ("closed_on", gettext_lazy("Closed")),
    ("plan", gettext_lazy("Plan")),
    ("rate", gettext_lazy("Rate, basis points")),
    ("mrr", gettext_lazy("Most per month")),
    ("mrr", gettext_lazy("Currency")),
    ("left", gettext_lazy("Months left")),
    ("earned", gettext_lazy("Earned so far")),
    ("ribbon", gettext_lazy("Month by month")),
    ("", gettext_lazy("Address")),
)


def schedule_table(
    params: QueryDict, *, user: User, partner: Partner, on: date, editions: Editions
) -> tuple[ScheduleFilterForm, ScheduleTable]:
    """Return the list's form, and the schedules of a partner as it narrows them."""
    filter_form = ScheduleFilterForm(params)
    schedules = filter_form.narrow(
        Schedule.objects.visible_to(user).filter(partner=partner), on=on
    )
    table = ScheduleTable(
        schedules.annotate(client_shown=client_shown("deal__")).select_related(
            "deal__client"
        ),
        on=on,
        products=editions.on(on).rulebook.products,
        ribbons_for=partial(ribbons_of, partner=partner, on=on, editions=editions),
        filtered=filter_form.is_active,
    )
    return filter_form, table


def schedule_sheet(params: QueryDict, *, user: User, on: date, host: str) -> Sheet:
    """Return exactly the schedules shown, in the same order and columns.

    Raises 404 for who has no company, 403 for people who do not see money.
    """
    if user.partner is None:
        raise Http404
    if not sees_money(user):
        raise PermissionDenied
    editions = published_editions()
    filter_form, table = schedule_table(
        params, user=user, partner=user.partner, on=on, editions=editions
    )
    table.arrange(params, known=filter_form.names)
    filter_form.insist(repeatable={COLUMNS})
    header, places = picked(FIELDS, table.chosen)
    rows = _rows(
        table, places, products=editions.on(on).rulebook.products, on=on, host=host
    )
    return Sheet(header=header, rows=rows, count=table.arranged.count)


def _rows(
    table: Any,
    places: Sequence[int],
    *,
    products: Mapping[str, Product],
    on: date,
    host: str,
) -> Iterator[list[Cell]]:
    """Yield the rows of the file; ribbons are read a batch at a time."""
    remaining = table.arranged.iterator(chunk_size=BATCH)
    while batch := list(islice(remaining, BATCH)):
        ribbons = table.ribbons_for(batch)
        for schedule in batch:
            ribbon = ribbons[schedule.pk]
            product = products.get(schedule.product_line)
            row: tuple[Cell, ...] = (
                schedule.deal_ref,
                schedule.deal.name,
                schedule.deal.client_label,
                product.name if product else schedule.product_line,
                schedule.closed_on,
                schedule.get_plan_display() or schedule.get_refused_display(),
                schedule.rate_bps,
                *amount_cells({schedule.currency: schedule.mrr_minor}),
                ribbon.left(on),
                amount_cells({schedule.currency: ribbon.earned})[0],
                ribbon.words,
                f"{host}{schedule_url(schedule)}",
            )
            yield [row[place] for place in places]


register(
    Listing(
        name="commissions",
        title=gettext_lazy("Commission schedules"),
        url_name="commissions:list",
        build=schedule_sheet,
        of_company=True,
    )
)
