"""The list of points entries, on the points page and on the receipt of a number."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, Self

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from partners.models import KindChoice, PointsEntry, TierChoice, User
from partners.receipts.addresses import entry_url
from partners.receipts.entries import state_of
from partners.receipts.sources import SourceName, names_of
from partners.receipts.timeline import EventKind
from ui import formats
from ui.columns import (
    ChoiceColumn,
    DayColumn,
    PointsColumn,
    PortalColumn,
    TextColumn,
    badge,
)
from ui.html import fill
from ui.tables import PortalTable
from ui.tones import Tone

_SOURCE = SafeString('<a href="{}">{}</a> <span class="source-detail">{}</span>')


TIER_TONES = {
    TierChoice.NONE: Tone.NEUTRAL,
    TierChoice.GOLD: Tone.GOLD,
    TierChoice.PLATINUM: Tone.PLATINUM,
    TierChoice.DIAMOND: Tone.DIAMOND,
    TierChoice.ELITE: Tone.ELITE,
}


def receipt_of(entry: PointsEntry) -> str:
    return entry_url(entry.public_id)


class SourceColumn(PortalColumn):
    """What the points are for; the table tells the names of the page's sources."""

    css = "source"

    def __init__(self, verbose_name: object) -> None:
        super().__init__(verbose_name, accessor="source_ref")
        self.names: dict[tuple[str, int], SourceName] = {}

    def cell(self, record: PointsEntry) -> str:
        name = self.names.get((record.source_kind, record.source_id))
        title = name.title if name else record.source_ref
        detail = f"{name.detail} · {record.source_ref}" if name else ""
        return fill(_SOURCE, receipt_of(record), title, detail)


class StateColumn(PortalColumn):
    """Whether an entry counts on the table's day."""

    def __init__(self, verbose_name: object) -> None:
        super().__init__(verbose_name, orderable=False, empty_values=())
        self.on: date | None = None

    def cell(self, record: PointsEntry) -> str:
        assert self.on is not None, "the table is told the day"
        return badge(*state_of(record, on=self.on))


class EntryTable(PortalTable):
    """Entries of the ledger; each row leads to its receipt."""

    caption = _("Points entries")

    source = SourceColumn(_("Deal or client"))
    kind = ChoiceColumn(_("Kind"), choices=KindChoice)
    reason = ChoiceColumn(_("Reason"), choices=PointsEntry.Reason)
    effective_on = DayColumn(_("Counts from"))
    expires_on = DayColumn(_("Expires"))
    state = StateColumn(_("State"))
    points = PointsColumn(_("Points"), receipt=receipt_of)

    class Meta(PortalTable.Meta):
        order_by = ("-effective_on",)

    def __init__(self, data: Any, *, on: date, user: User, **options: Any) -> None:
        super().__init__(data, **options)
        self.user = user
        if "state" in self.columns.names():
            self.columns["state"].column.on = on

    def configure(self, request: HttpRequest, *, known: Collection[str] = ()) -> Self:
        super().configure(request, known=known)
        entries = [row.record for row in self.page.object_list]
        self.columns["source"].column.names = names_of(entries, user=self.user)
        return self

    @property
    def page_points(self) -> int:
        """The sum of the rows of this page, in micro-points."""
        return sum(row.record.points for row in self.page.object_list)

    @property
    def page_points_text(self) -> str:
        return formats.points_exact(self.page_points)


class PointsTable(EntryTable):
    """All entries of a company, newest first."""

    choosable = True
    empty_title = _("No points yet.")
    empty_hint = _(
        "Points appear as soon as a deal is won with a valid proof of involvement, or "
        "when you begin to serve a client."
    )

    class Meta(EntryTable.Meta):
        pass


class ExactPointsColumn(PointsColumn):
    """Points with all six decimals, so that a calculator finds the same sum."""

    def text(self, value: int) -> str:
        return formats.points_six(value)


class NumberTable(EntryTable):
    """The entries that make one number; all of them count, so none says it."""

    empty_title = _("No entry makes this number: it is zero.")
    empty_hint = _("Nothing counts on this day, as far as was known at that moment.")

    points = ExactPointsColumn(_("Points"), receipt=receipt_of)

    class Meta(EntryTable.Meta):
        exclude = ("state",)


class TimelineTable(PortalTable):
    """What happened to a tier; rows are `receipts.timeline.Event`s."""

    caption = _("What happened to the tier")
    empty_title = _("Nothing has happened yet.")
    empty_hint = _(
        "The first monthly check takes a snapshot; everything that is decided about your "
        "tier is added here."
    )
    tie_breaker = None

    on = DayColumn(_("Day"), orderable=False)
    kind = ChoiceColumn(_("What"), choices=EventKind, orderable=False)
    what = TextColumn(_("What happened"), url=lambda event: event.url, orderable=False)
    tier = ChoiceColumn(_("Tier"), choices=TierChoice, tones=TIER_TONES, orderable=False)
    why = TextColumn(_("Why"), orderable=False)

    class Meta(PortalTable.Meta):
        sequence = ("on", "kind", "what", "tier", "why")
