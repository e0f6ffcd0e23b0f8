"""The list of contested months of a company."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from commissions.models import Dispute
from ui import formats
from ui.columns import (
    MISSING,
    ChoiceColumn,
    MomentColumn,
    PortalColumn,
    TextColumn,
    badge,
)
from ui.tables import PortalTable
from ui.tones import Tone

TONES = {
    Dispute.State.OPEN: Tone.WARN,
    Dispute.State.PROPOSED: Tone.BRAND,
    Dispute.State.CORRECTED: Tone.GOOD,
    Dispute.State.REFUSED: Tone.NEUTRAL,
    Dispute.State.WITHDRAWN: Tone.NEUTRAL,
}

_HOUR, _DAY = 3_600, 86_400


def dispute_url(dispute: Dispute) -> str:
    return reverse("commissions:dispute", args=[dispute.public_id])


def time_left(due_at: datetime, now: datetime) -> tuple[str, bool]:
    """Return how much time a promise has or is late by, and whether it is late."""
    seconds = int(abs((due_at - now).total_seconds()))
    late = due_at <= now
    if seconds >= 2 * _DAY:
        count = seconds // _DAY
        words = (
            ngettext("late by %(count)s day", "late by %(count)s days", count)
            if late
            else ngettext("%(count)s day left", "%(count)s days left", count)
        )
    else:
        count = max(seconds // _HOUR, 1)
        words = (
            ngettext("late by %(count)s hour", "late by %(count)s hours", count)
            if late
            else ngettext("%(count)s hour left", "%(count)s hours left", count)
        )
    return words % {"count": formats.number(count)}, late


class DueColumn(PortalColumn):
    """How much time is left of the promise, until it is decided."""

    css = "nowrap"
    now: datetime

    def cell(self, record: Dispute) -> str:
        if not record.is_undecided:
            return MISSING
        words, late = time_left(record.due_at, self.now)
        return badge(words, Tone.BAD if late else Tone.BRAND)


class MonthColumn(PortalColumn):
    """A month."""

    css = "nowrap"

    def text(self, value: Any) -> str:
        return formats.month(value)


class DisputeTable(PortalTable):
    """Contested months, the newest first."""

    caption = _("Contested lines")
    empty_title = _("Nothing is contested.")
    empty_hint = _(
        "The receipt of each month has a button “This is wrong”: it keeps the line as it "
        "stands and asks finance."
    )

    deal = TextColumn(_("Deal"), accessor="schedule__deal__name", url=dispute_url)
    month = MonthColumn(_("Month"))
    state = ChoiceColumn(_("State"), choices=Dispute.State, tones=TONES)
    due = DueColumn(_("Answer due"), accessor="due_at", order_by=("due_at",))
    opened_at = MomentColumn(_("Contested on"))
    opened_by = TextColumn(_("By"), accessor="opened_by", orderable=False)

    class Meta(PortalTable.Meta):
        order_by = ("-opened_at",)

    def __init__(self, data: Any, *, now: datetime, **options: Any) -> None:
        super().__init__(data, **options)
        self.columns["due"].column.now = now
