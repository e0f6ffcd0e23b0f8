"""What is told by the portal as a whole: imports, work that failed, a month's summary."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.notifications import (
    Facts,
    Mail,
    Row,
    Urgency,
    Words,
    notification_kind,
)
from partners.receipts.words import tier_name
from ui import formats
from ui.columns import points_in_full


@notification_kind(
    "portal.import_refused",
    label=gettext_lazy("Imports with refused rows"),
    mail=Mail.AT_ONCE,
    staff=True,
)
def import_refused(facts: Facts) -> Words:
    return Words(
        ngettext(
            "%(count)s row of the import “%(folder)s” was refused",
            "%(count)s rows of the import “%(folder)s” were refused",
            facts["refused"],
        )
        % {"count": formats.number(facts["refused"]), "folder": facts["folder"]},
        _("The run lists each with its line, the reason and what to do. All else is in."),
    )


@notification_kind(
    "portal.job_dead",
    label=gettext_lazy("Work that was given up"),
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
    staff=True,
)
def job_dead(facts: Facts) -> Words:
    return Words(
        _("Work of the kind “%(kind)s” was given up") % facts,
        _(
            "It failed five times. Its page says why; mend that and retry it. More of "
            "the kind may follow today without another notice."
        ),
    )


@notification_kind(
    "portal.monthly_summary",
    label=gettext_lazy("The month in points"),
    mail=Mail.AT_ONCE,
    owners=True,
)
def monthly_summary(facts: Facts) -> Words:
    month = date.fromisoformat(facts["month"])
    return Words(
        _("%(company)s: your points in %(month)s")
        % {"company": facts["company"], "month": formats.month(month)},
        " ".join(_sentences(facts)),
        tuple(_rows(facts, month)),
    )


def _sentences(facts: Facts) -> list[str]:
    moved = any(facts[name] for name in ("added", "taken_back", "expired"))
    sentences = [] if moved else [_("Nothing moved: no points came and none went.")]
    if facts["expiring"]:
        sentences.append(
            _("%(points)s points expire within 30 days of the month’s end.")
            % {"points": points_in_full(facts["expiring"])}
        )
    elif not moved:
        sentences.append(_("Nothing is due: no points expire in the next 30 days."))
    return sentences


def _rows(facts: Facts, month: date) -> list[Row]:
    paths = facts["paths"]
    opened_on = formats.day_long(month - timedelta(days=1))
    closed_on = formats.day_long(date.fromisoformat(facts["closed_on"]))
    evaluation_on = date.fromisoformat(facts["evaluation_on"])
    points = {
        name: points_in_full(facts[name])
        for name in ("opening", "added", "taken_back", "expired", "closing")
    }
    rows = [
        Row(
            _("Points on %(day)s") % {"day": opened_on},
            points["opening"],
            paths["opening"],
        ),
        Row(_("Added"), points["added"], paths["added"]),
        Row(_("Taken back"), points["taken_back"], paths["taken_back"]),
        Row(_("Expired"), points["expired"], paths["expired"]),
        Row(
            _("Points on %(day)s") % {"day": closed_on},
            points["closing"],
            paths["closing"],
        ),
    ]
    if facts["tier"] is not None:
        rows += [
            Row(_("Tier"), tier_name(facts["tier"]), paths["tier"]),
            Row(_("Next evaluation"), formats.day_long(evaluation_on)),
        ]
    return rows
