"""The list of clients."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Relationship
from partners.receipts.addresses import entry_url
from ui import formats
from ui.columns import (
    MISSING,
    AmountsColumn,
    ChoiceColumn,
    PortalColumn,
    TextColumn,
    badge,
    receipt_link,
)
from ui.html import fill, joined
from ui.query import Query
from ui.tables import PortalTable
from ui.tones import Tone

KIND_TONES = {
    Relationship.Kind.SOLD: Tone.NEUTRAL,
    Relationship.Kind.MANAGED: Tone.BRAND,
}


_BREAK = SafeString("<br>")
_PART = SafeString('<span class="source-detail">{}</span> {}')


class TerritoryColumn(PortalColumn):
    """A country or territory by its name."""

    def text(self, value: str) -> str:
        return formats.territory(value)


class KindsColumn(PortalColumn):
    """How the partner is related to the client today; "formerly" if no longer."""

    def cell(self, record: Any) -> str:
        kinds = kinds_of(record)
        if not kinds:
            return str(_("formerly")) if record.mine else MISSING
        labels = dict(Relationship.Kind.choices)
        return joined(
            badge(str(labels[kind]), KIND_TONES[Relationship.Kind(kind)])
            for kind in kinds
        )


def kinds_of(client: Any) -> list[str]:
    """Return how the partner is related to the client today."""
    return sorted({one.kind for one in client.mine if one.is_running})


def running_mrr(client: Any) -> dict[str, int]:
    """Return currency → minor units of the client's running subscriptions."""
    sums: dict[str, int] = {}
    for subscription in client.running:
        sums[subscription.currency] = (
            sums.get(subscription.currency, 0) + subscription.mrr_minor
        )
    return sums


class ManagedPointsColumn(PortalColumn):
    """What a client gives the partners one may see; each stock leads to its receipt.

    A receipt tells of one stock, so where several add up (a manager sees all partners of
    the portfolio) the sum is no link, and the parts stand below it. Without `receipts`
    nothing leads to one: staff for whom the ledger is hidden would find nothing there.
    """

    css = "num"

    def __init__(self, verbose_name: object) -> None:
        super().__init__(verbose_name, orderable=False, empty_values=())
        self.receipts = True

    def cell(self, record: Any) -> str:
        posted = [one for one in record.mine if one.entry_id]
        if not posted:
            return MISSING
        # What is used up (a period that ended) explains nothing of today's number.
        stocks = [one for one in posted if one.points_now] or posted[-1:]
        if len(stocks) == 1:
            return self._number(stocks[0])
        whole = formats.points(sum(one.points_now for one in stocks))
        parts = (fill(_PART, one.partner.name, self._number(one)) for one in stocks)
        return joined((whole, *parts), between=_BREAK)

    def _number(self, stock: Any) -> str:
        text = formats.points(stock.points_now)
        if not self.receipts:
            return text
        title = formats.points_exact(stock.points_now)
        return receipt_link(text, entry_url(stock.entry_id), title=title)


def register_url(client: Client) -> str:
    """Return where a deal with a client is registered (by name: deals stand above)."""
    return f"{reverse('deals:register')}?client={client.public_id}"


class ClientTable(PortalTable):
    """Clients with what runs and what they give today, and how to sell them more."""

    choosable = True
    caption = _("Clients")
    empty_title = _("No clients yet.")
    empty_hint = _(
        "Clients you sold to or serve appear here with the next transfer of data. "
        "Those you serve give managed points every day."
    )

    name = TextColumn(_("Client"))
    country = TerritoryColumn(_("Territory"))
    segment = ChoiceColumn(_("Segment"), choices=Client.Segment)
    kinds = KindsColumn(_("Relationship"), orderable=False)
    mrr = AmountsColumn(_("Running MRR"), value=running_mrr)
    points = ManagedPointsColumn(_("Managed points today"))
    register = TextColumn(
        _("Deal"), value=lambda _client: gettext("Register a deal"), url=register_url
    )

    class Meta(PortalTable.Meta):
        order_by = ("name",)

    def __init__(
        self, data: Any, *, receipts: bool, selling: bool, **options: Any
    ) -> None:
        super().__init__(data, **options)
        self.columns["points"].column.receipts = receipts
        self.selling = selling
        if not selling:
            self.base_order.remove("register")

    def arrange(self, params: QueryDict, *, known: Collection[str] = ()) -> Query:
        """Order and choose as asked; a shared view may name what only sellers see."""
        query = super().arrange(params, known=known)
        if not self.selling:
            self.columns.hide("register")
        return query
