"""The list of schedules, each with its ribbon of months."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, Self

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from commissions.models import Schedule
from commissions.receipts.ribbon import EXPLAINED, HEIGHT, STATES, Ribbon, State
from program.rulebook import Product
from ui.columns import (
    AmountsColumn,
    DayColumn,
    MoneyColumn,
    NumberColumn,
    PercentColumn,
    PortalColumn,
    TextColumn,
)
from ui.html import fill, joined
from ui.tables import PortalTable

_PICTURE = SafeString(
    '<svg class="strip" viewBox="0 0 {} {}" width="{}" height="{}" role="img" '
    'preserveAspectRatio="none" aria-label="{}">{}</svg>'
)
_SAMPLE = SafeString(
    '<svg class="strip" viewBox="0 0 20 16" width="20" height="16" '
    'aria-hidden="true">{}</svg>'
)
_BLOCK = SafeString('<rect class="strip-{}" x="{}" y="{}" width="{}" height="{}"></rect>')

SHAPES: Mapping[State, Sequence[tuple[int, int]]] = {
    State.PAID: [(0, 16)],
    State.DUE: [(8, 8)],
    State.RISK: [(1, 14)],
    State.NOTHING: [(12, 4)],
    State.REVERSED: [(0, 8)],
    State.LOST: [(0, 3), (13, 3)],
    State.AHEAD: [(1, 14)],
    State.ENDED: [(8, 1)],
}
"""Where the blocks of each state begin and how high they are: told without colour."""


def schedule_url(schedule: Schedule) -> str:
    return reverse("commissions:schedule", args=[schedule.public_id])


def picture(ribbon: Ribbon) -> SafeString:
    """Return the ribbon as a picture with its words as the text alternative."""
    blocks = joined(
        _blocks(run.state, x=run.x + 1, width=max(run.width - 2, 1))
        for run in ribbon.runs
    )
    width, height = str(ribbon.width), str(HEIGHT)
    return fill(_PICTURE, width, height, width, height, ribbon.words, blocks)


def _blocks(state: State, *, x: int, width: int) -> SafeString:
    return joined(
        fill(_BLOCK, state, str(x), str(top), str(width), str(height))
        for top, height in SHAPES[state]
    )


class Key(NamedTuple):
    """One line of the legend."""

    picture: SafeString
    word: str
    sentence: str


def legend() -> list[Key]:
    """Return how the pictures of the states read."""
    return [
        Key(
            fill(_SAMPLE, _blocks(state, x=1, width=18)),
            str(STATES[state]),
            str(EXPLAINED[state]),
        )
        for state in SHAPES
    ]


class RibbonColumn(PortalColumn):
    """The months of a schedule, as `ribbons` has them."""

    css = "strip-cell"
    ribbons: Mapping[int, Ribbon]

    def __init__(self, verbose_name: object) -> None:
        super().__init__(verbose_name, orderable=False, empty_values=())

    def cell(self, record: Schedule) -> str:
        ribbon = self.ribbons[record.pk]
        if not ribbon.cells:
            return str(record.get_refused_display() or _("no months"))
        return picture(ribbon)


class ScheduleTable(PortalTable):
    """Schedules of one partner, those that run out last first.

    `ribbons_for` gives the ribbons of the rows of a page, all at once. `keeps` are what
    stands in the address and is no filter.
    """

    choosable = True
    hidden_at_first = frozenset({"plan", "closed_on"})
    caption = _("Commission schedules")
    empty_title = _("No commission yet.")
    empty_hint = _(
        "Each line of a won deal opens a schedule: it earns its share of what the client "
        "pays, month by month."
    )

    deal = TextColumn(_("Deal"), accessor="deal__name", url=schedule_url)
    client = TextColumn(
        _("Client"), accessor="deal__client_label", order_by=("client_shown",)
    )
    product = TextColumn(_("Product line"), accessor="product_line")
    closed_on = DayColumn(_("Closed"))
    plan = TextColumn(
        _("Plan"),
        value=lambda one: one.get_plan_display() or one.get_refused_display(),
        order_by=("plan",),
    )
    rate = PercentColumn(
        _("Rate"), value=lambda one: one.rate_bps or None, order_by=("rate_bps",)
    )
    mrr = MoneyColumn(_("Most per month"), accessor="mrr_minor", currency="currency")
    left = NumberColumn(
        _("Months left"), value=lambda _one: None, order_by=("last_month",)
    )
    earned = AmountsColumn(_("Earned so far"), value=lambda _one: None)
    ribbon = RibbonColumn(_("Month by month"))

    class Meta(PortalTable.Meta):
        order_by = ("-closed_on",)

    def __init__(
        self,
        data: Any,
        *,
        on: date,
        products: Mapping[str, Product],
        ribbons_for: Callable[[list[Schedule]], dict[int, Ribbon]],
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        self.on, self.ribbons_for = on, ribbons_for
        self.keeps: list[tuple[str, str]] = []
        self.columns["product"].column.compute = lambda one: (
            products[one.product_line].name
            if one.product_line in products
            else one.product_line
        )

    @property
    def unfiltered_url(self) -> str:
        """The same list with nothing filtered out, of the same partner."""
        url = super().unfiltered_url
        between = "&" if "?" in url else "?"
        return f"{url}{between}{urlencode(self.keeps)}" if self.keeps else url

    @property
    def legend(self) -> list[Key]:
        return legend()

    def configure(self, request: HttpRequest, *, known: Any = ()) -> Self:
        """Order and page the rows, and read the ribbons of those shown."""
        super().configure(request, known=known)
        self.read_ribbons([row.record for row in self.page.object_list])
        return self

    def read_ribbons(self, schedules: list[Schedule]) -> None:
        """Read what was earned, is left and came of the months, of some rows."""
        ribbons = self.ribbons_for(schedules)
        self.columns["ribbon"].column.ribbons = ribbons
        self.columns["left"].column.compute = lambda one: (
            None if one.refused else ribbons[one.pk].left(self.on)
        )
        self.columns["earned"].column.compute = lambda one: (
            None if one.refused else {one.currency: ribbons[one.pk].earned}
        )
