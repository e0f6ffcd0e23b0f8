"""The list of clients."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from clients.models import Client, Relationship
from partners.receipts.addresses import entry_url
from ui import formats
from ui.columns import (
    MISSING,
    AmountsColumn,
    ChoiceColumn,
    PointsColumn,
    PortalColumn,
    TextColumn,
    badge,
)
from ui.html import joined
from ui.tables import PortalTable
from ui.tones import Tone

KIND_TONES = {
    Relationship.Kind.SOLD: Tone.NEUTRAL,
    Relationship.Kind.MANAGED: Tone.BRAND,
}


class TerritoryColumn(PortalColumn):
    """A country or territory by its name."""

    def text(self, value: str) -> str:
        return formats.territory(value)


class KindsColumn(PortalColumn):
    """How the partner is related to the client today; "formerly" if no longer."""

    def cell(self, record: Any) -> str:
        kinds = dict.fromkeys(one.kind for one in record.mine if one.is_running)
        if not kinds:
            return str(_("formerly")) if record.mine else MISSING
        labels = dict(Relationship.Kind.choices)
        return joined(
            badge(str(labels[kind]), KIND_TONES[Relationship.Kind(kind)])
            for kind in sorted(kinds)
        )


def running_mrr(client: Any) -> dict[str, int]:
    """Return currency → minor units of the client's running subscriptions."""
    sums: dict[str, int] = {}
    for subscription in client.running:
        sums[subscription.currency] = (
            sums.get(subscription.currency, 0) + subscription.mrr_minor
        )
    return sums


def managed_points(client: Any) -> int | None:
    """Return what the client gives the partners one may see; None if never anything."""
    posted = [one for one in client.mine if one.entry_id]
    return sum(one.points_now for one in posted) if posted else None


def newest_receipt(client: Any) -> str | None:
    """Return the receipt of the newest change of the stock, if it is one stock only."""
    posted = [one for one in client.mine if one.entry_id]
    return entry_url(posted[-1].entry_id) if posted else None


class ClientTable(PortalTable):
    """Clients with what runs and what they give today."""

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
    points = PointsColumn(
        _("Managed points today"),
        value=managed_points,
        receipt=newest_receipt,
    )

    class Meta(PortalTable.Meta):
        order_by = ("name",)
