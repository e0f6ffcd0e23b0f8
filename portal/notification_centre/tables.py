"""The list of what somebody was told."""

from __future__ import annotations

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Notification
from partners.notifications import Row, Urgency, words_of
from ui import formats
from ui.columns import MomentColumn, PortalColumn, TextColumn, badge, receipt_link
from ui.html import fill, joined
from ui.tables import PortalTable
from ui.tones import Tone

_NEWS = SafeString('<a href="{}">{}</a>{}{}{}')
_TEXT = SafeString('<p class="news-text">{}</p>')
_FIGURES = SafeString('<ul class="news-figures">{}</ul>')
_FIGURE = SafeString("<li>{} {}</li>")
_READ = SafeString(
    '<button type="submit" class="btn btn-link" name="notification" value="{}">{}'
    '<span class="visually-hidden">: {}</span></button>'
)


class NewsColumn(PortalColumn):
    """What happened, as a link to where it leads, and why and what to do next."""

    def __init__(self, verbose_name: object) -> None:
        super().__init__(verbose_name, orderable=False, empty_values=())

    def cell(self, record: Notification) -> str:
        words = words_of(record)
        due = ""
        if record.due_on and record.done_at is None:
            due = _("Due by %(day)s.") % {"day": formats.day_long(record.due_on)}
        return fill(
            _NEWS,
            reverse("notifications:open", args=[record.public_id]),
            words.title,
            fill(_TEXT, words.text) if words.text else "",
            fill(_TEXT, due) if due else "",
            fill(_FIGURES, joined(map(_figure, words.rows))) if words.rows else "",
        )


def _figure(row: Row) -> str:
    value = receipt_link(row.value, row.path) if row.path else row.value
    return fill(_FIGURE, _("%(label)s:") % {"label": row.label}, value)


class StateColumn(PortalColumn):
    """Whether it needs an act, and whether it was read."""

    def __init__(self, verbose_name: object) -> None:
        super().__init__(verbose_name, orderable=False, empty_values=())

    def cell(self, record: Notification) -> str:
        states = [
            badge(_("Read"), Tone.NEUTRAL)
            if record.read_at
            else badge(_("Unread"), Tone.BRAND)
        ]
        if record.urgency == Urgency.ACT:
            states.insert(
                0,
                badge(_("Done"), Tone.GOOD)
                if record.done_at
                else badge(_("Act now"), Tone.WARN),
            )
        return joined(states, between=" ")


class ReadColumn(PortalColumn):
    """The button that marks a row as read; the form stands around the table."""

    def __init__(self) -> None:
        super().__init__(
            gettext_lazy("What you can do"), orderable=False, empty_values=()
        )

    def cell(self, record: Notification) -> str:
        if record.read_at:
            return ""
        title = words_of(record).title
        return fill(_READ, str(record.public_id), _("Mark as read"), title)


class NotificationTable(PortalTable):
    """What needs an act first, then the newest."""

    caption = gettext_lazy("Notifications")
    empty_title = gettext_lazy("Nothing has been told to you yet.")
    empty_hint = gettext_lazy(
        "When a deal is won, a tier changes or something needs you, it stands here."
    )

    news = NewsColumn(gettext_lazy("What happened"))
    partner = TextColumn(gettext_lazy("Partner"), accessor="partner__name")
    state = StateColumn(gettext_lazy("State"))
    created_at = MomentColumn(gettext_lazy("Told"))
    read = ReadColumn()

    class Meta(PortalTable.Meta):
        pass
