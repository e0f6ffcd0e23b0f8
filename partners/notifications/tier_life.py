"""What people are told about overrides, appeals and the way to Elite."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.notifications.registry import (
    Facts,
    Mail,
    Urgency,
    Words,
    notification_kind,
)
from partners.receipts.words import tier_name
from ui import formats


def _day(facts: Facts, name: str) -> str:
    return formats.day_long(date.fromisoformat(facts[name]))


# --- Staff ----------------------------------------------------------------------------


@notification_kind(
    "partners.override_proposed",
    label=gettext_lazy("Tier overrides to approve"),
    urgency=Urgency.ACT,
    staff=True,
)
def override_proposed(facts: Facts) -> Words:
    return Words(
        _("%(partner)s: %(tier)s is proposed until %(day)s.")
        % {
            "partner": facts["partner"],
            "tier": tier_name(facts["tier"]),
            "day": _day(facts, "until"),
        },
        _("A second person approves or refuses it. Reason: %(reason)s")
        % {"reason": facts["reason"]},
    )


@notification_kind(
    "partners.appeal_to_decide",
    label=gettext_lazy("Appeals to decide"),
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
    staff=True,
)
def appeal_to_decide(facts: Facts) -> Words:
    return Words(
        _("%(partner)s appeals against losing %(tier)s on %(day)s.")
        % {
            "partner": facts["partner"],
            "tier": tier_name(facts["tier"]),
            "day": _day(facts, "evaluation"),
        },
        _("Decide by %(day)s; until then the demotion waits.")
        % {"day": _day(facts, "decide_by")},
    )


@notification_kind(
    "partners.appeal_overdue",
    label=gettext_lazy("Appeals whose time has run out"),
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
    staff=True,
)
def appeal_overdue(facts: Facts) -> Words:
    return Words(
        _("The appeal of %(partner)s was to be decided by %(day)s.")
        % {"partner": facts["partner"], "day": _day(facts, "decide_by")},
        _("Nothing is decided by itself: the tier stays and the partner waits."),
    )


@notification_kind(
    "partners.elite_candidate",
    label=gettext_lazy("Candidates for Elite"),
    urgency=Urgency.INFORMATION,
    staff=True,
)
def elite_candidate(facts: Facts) -> Words:
    facts = {"partner": facts["partner"], "state": facts["state"]}
    if facts["state"] == "near":
        return Words(_("%(partner)s is near Elite.") % facts)
    return Words(
        _("%(partner)s is to be reviewed for Elite.") % facts,
        _("Enter retention with its source and the conditions of standing."),
    )


@notification_kind(
    "partners.elite_answered",
    label=gettext_lazy("Answers to invitations to Elite"),
    staff=True,
)
def elite_answered(facts: Facts) -> Words:
    if facts["accepted"]:
        return Words(_("%(partner)s accepted Elite.") % {"partner": facts["partner"]})
    return Words(_("%(partner)s declined Elite.") % {"partner": facts["partner"]})


# --- Partners -------------------------------------------------------------------------


@notification_kind(
    "partners.override_granted",
    label=gettext_lazy("A tier granted by the programme"),
    mail=Mail.AT_ONCE,
)
def override_granted(facts: Facts) -> Words:
    return Words(
        _("You are granted %(tier)s from %(first)s until the day before %(end)s.")
        % {
            "tier": tier_name(facts["tier"]),
            "first": _day(facts, "from"),
            "end": _day(facts, "until"),
        },
        _("The tier you earned goes on beneath it. Reason: %(reason)s")
        % {"reason": facts["reason"]},
    )


@notification_kind(
    "partners.override_ended",
    label=gettext_lazy("The end of a granted tier"),
    mail=Mail.AT_ONCE,
)
def override_ended(facts: Facts) -> Words:
    return Words(
        _("%(tier)s is granted to you no longer since %(day)s.")
        % {"tier": tier_name(facts["tier"]), "day": _day(facts, "end")},
        _("The tier you earned counts again."),
    )


@notification_kind(
    "partners.appeal_decided",
    label=gettext_lazy("Your appeals"),
    mail=Mail.AT_ONCE,
)
def appeal_decided(facts: Facts) -> Words:
    words = {"tier": tier_name(facts["tier"]), "day": _day(facts, "evaluation")}
    if facts["upheld"]:
        title = _("Your appeal was upheld: you keep %(tier)s after %(day)s.") % words
    else:
        title = _("Your appeal against losing %(tier)s on %(day)s was rejected.") % words
    return Words(title, _("Reason: %(reason)s") % {"reason": facts["reason"]})


@notification_kind(
    "partners.appeal_waits",
    label=gettext_lazy("Appeals that take longer"),
    mail=Mail.AT_ONCE,
)
def appeal_waits(facts: Facts) -> Words:
    return Words(
        _("Your appeal was to be decided by %(day)s and is not decided yet.")
        % {"day": _day(facts, "decide_by")},
        _("Your tier stays until it is. The programme was told again."),
    )


@notification_kind(
    "partners.elite_invited",
    label=gettext_lazy("The invitation to Elite"),
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
    owners=True,
)
def elite_invited(_facts: Facts) -> Words:
    return Words(
        _("You are invited to Elite."),
        _("An owner accepts or declines on the page of your tier."),
    )
