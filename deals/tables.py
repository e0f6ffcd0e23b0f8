"""The list of deals and the lines of one deal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from deals.models import Deal, DealLine
from deals.receipts import REASONS, Nothing, why_nothing
from partners.models import OwnEdition
from partners.receipts.addresses import entry_url
from partners.selectors import Editions
from program.pipeline import is_stalled
from program.rulebook import Product
from ui import formats
from ui.columns import (
    MISSING,
    AmountsColumn,
    ChoiceColumn,
    DayColumn,
    MoneyColumn,
    PortalColumn,
    TextColumn,
    badge,
    receipt_link,
)
from ui.html import fill
from ui.tables import Act, PortalTable
from ui.tones import Tone

STAGE_TONES = {
    Deal.Stage.REGISTERED: Tone.BRAND,
    Deal.Stage.WON: Tone.GOOD,
    Deal.Stage.LOST: Tone.NEUTRAL,
    Deal.Stage.EXPIRED: Tone.WARN,
    Deal.Stage.WITHDRAWN: Tone.NEUTRAL,
}


def deal_url(deal: Deal) -> str:
    return reverse("deals:detail", args=[deal.public_id])


def product_name(line: DealLine, products: Mapping[str, Product]) -> str:
    """Return what a line's product is called, or its code if the edition lacks it."""
    product = products.get(line.product_line)
    return product.name if product else line.product_line


def pipeline_of(deal: Deal) -> str:
    """Return how far the sale of an open deal is; a closed one is in no pipeline."""
    is_open = deal.stage == Deal.Stage.REGISTERED
    return str(Deal.Pipeline(deal.pipeline).label) if is_open else ""


def stands_still(deal: Deal, on: date) -> bool:
    """Say whether nobody has touched an open deal for too long."""
    return deal.stage == Deal.Stage.REGISTERED and is_stalled(
        active_on=deal.active_on, registered_on=deal.registered_on, on=on
    )


def mrr_by_currency(deal: Deal) -> dict[str, int]:
    """Return currency → minor units of a deal's lines."""
    sums: dict[str, int] = {}
    for line in deal.lines.all():
        sums[line.currency] = sums.get(line.currency, 0) + line.mrr_minor
    return sums


def reasons_of(lines: Iterable[Any], *, on: date, editions: Editions) -> str:
    """Return why some of the lines earn nothing, each reason once."""
    found = [
        why_nothing(line, on=on, editions=editions)
        # Won, proven and running, but reduced to nothing.
        or (None if line.points_now else Nothing.NO_VALUE)
        for line in lines
    ]
    return formats.listing(
        [str(REASONS[reason]) for reason in dict.fromkeys(found) if reason]
    )


_NOTHING = SafeString('<span class="earned-nothing">{}</span>')
_SOMETHING = SafeString('{} <span class="earned-nothing">{}</span>')


class EarnedColumn(PortalColumn):
    """What lines earn today, as a link to the receipt, or why they earn nothing.

    `lines` gives the lines of a record, annotated by `deals.receipts.lines_with_points`;
    `page` the address that lists several of them. Without `receipts` nothing leads to
    one: staff for whom the ledger is hidden would find nothing there.
    """

    css = "num earned"

    def __init__(self, verbose_name: object, *, lines: Any, page: Any = None) -> None:
        super().__init__(verbose_name, value=lines)
        self.page = page
        self.on: date | None = None
        self.editions: Editions | None = None
        self.receipts = True

    def cell(self, record: Any) -> str:
        lines = list(self.raw(record))
        if not lines:
            return MISSING
        points = sum(line.points_now for line in lines)
        receipts = [line.entry_id for line in lines if line.entry_id]
        reasons = self._reasons(lines)
        if not receipts:
            return fill(_NOTHING, reasons or MISSING)
        if self.receipts:
            several = len(lines) > 1 and self.page is not None
            number = receipt_link(
                formats.points(points),
                self.page(record) if several else entry_url(receipts[0]),
                title=formats.points_exact(points),
            )
        else:
            number = SafeString(formats.points(points))
        return fill(_SOMETHING, number, reasons) if reasons else number

    def _reasons(self, lines: Iterable[Any]) -> str:
        assert self.on is not None, "the table is told the day"
        assert self.editions is not None, "the table is told the editions"
        return reasons_of(lines, on=self.on, editions=self.editions)


_MORE = SafeString('{} <span class="source-detail">{}</span>')
_STALLED = SafeString("{} {}")


class StageColumn(ChoiceColumn):
    """Where a deal stands; of an open one also how far, and whether it stands still."""

    on: date | None = None

    def cell(self, record: Deal) -> str:
        assert self.on is not None, "the table is told the day"
        text = super().cell(record)
        if pipeline := pipeline_of(record):
            text = fill(_MORE, text, pipeline)
        if not stands_still(record, self.on):
            return text
        return fill(_STALLED, text, badge(str(_("standing still")), Tone.WARN))


class _EarningTable(PortalTable):
    """A table with a column `points` that must know day and editions."""

    def __init__(
        self, data: Any, *, on: date, editions: Editions, receipts: bool, **options: Any
    ) -> None:
        super().__init__(data, **options)
        column = self.columns["points"].column
        column.on, column.editions, column.receipts = on, editions, receipts


class DealTable(_EarningTable):
    """Deals; staff also see whose."""

    choosable = True
    hidden_at_first = frozenset({"pipeline", "expected_close_on", "owner"})
    caption = _("Deals")
    empty_title = _("No deals yet.")
    empty_hint = _(
        "Register a deal before the client buys. Won with a valid proof of involvement, "
        "it earns points."
    )

    name = TextColumn(_("Deal"), url=deal_url)
    client = TextColumn(_("Client"), accessor="client_label", order_by=("client_shown",))
    partner = TextColumn(_("Partner"), accessor="partner__name")
    motion = ChoiceColumn(_("Motion"), choices=Deal.Motion)
    stage = StageColumn(_("Stage"), choices=Deal.Stage, tones=STAGE_TONES)
    pipeline = TextColumn(_("Pipeline stage"), value=pipeline_of)
    expected_close_on = DayColumn(_("Expected close"))
    owner = TextColumn(_("Deal owner"), order_by=("owner__last_name", "owner__pk"))
    registered_on = DayColumn(_("Registered"))
    closed_on = DayColumn(_("Closed"))
    mrr = AmountsColumn(_("Net MRR"), value=mrr_by_currency)
    points = EarnedColumn(
        _("Points today"),
        lines=lambda deal: deal.lines.all(),
        page=lambda deal: f"{deal_url(deal)}#lines",
    )

    class Meta(PortalTable.Meta):
        order_by = ("-registered_on",)

    def __init__(self, data: Any, **options: Any) -> None:
        super().__init__(data, **options)
        self.columns["stage"].column.on = options["on"]


class OwnDealTable(DealTable):
    """The same for who registers deals: where there is none, the first act is named."""

    empty_act: ClassVar[Act | None] = Act(_("Register a deal"), "deals:register")

    class Meta(DealTable.Meta):
        pass


class DealLineTable(_EarningTable):
    """The lines of one deal."""

    caption = _("Lines of the deal")
    empty_title = _("This deal has no lines yet.")
    empty_hint = _("Points follow from its product lines.")

    product = TextColumn(_("Product line"), accessor="product_line", orderable=False)
    edition = ChoiceColumn(_("Edition"), choices=OwnEdition, orderable=False)
    mrr_minor = MoneyColumn(_("Net MRR"), currency="currency", orderable=False)
    points = EarnedColumn(_("Points today"), lines=lambda line: [line])

    class Meta(PortalTable.Meta):
        pass

    def __init__(self, data: Any, **options: Any) -> None:
        super().__init__(data, **options)
        products = options["editions"].on(options["on"]).rulebook.products
        self.columns["product"].column.compute = lambda line: product_name(line, products)
