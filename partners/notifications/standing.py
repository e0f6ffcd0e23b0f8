"""What companies and their managers are told about good standing (R7, R10, 3.9, 3.22)."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.notifications.registry import (
    Facts,
    Mail,
    Urgency,
    Words,
    notification_kind,
)
from partners.receipts.standing_words import LABELS, labels_of, own_words
from program.standing import Condition
from ui import formats


def _day(facts: Facts, name: str) -> str:
    return formats.day_long(date.fromisoformat(facts[name]))


_STANDING = gettext_lazy("Good standing: conditions and escalations")
_MEMBERSHIP = gettext_lazy("Membership: deadlines and changes")


@notification_kind(
    "partners.escalation_reported",
    label=gettext_lazy("Escalations: reported"),
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
)
def escalation_reported(facts: Facts) -> Words:
    return Words(
        _("%(company)s: an escalation was reported") % facts,
        _("While it is open the company is not in good standing and rises to no tier."),
    )


@notification_kind(
    "partners.escalation_closed", label=gettext_lazy("Escalations: closed")
)
def escalation_closed(facts: Facts) -> Words:
    title = {
        "settled": _("%(company)s: an escalation was settled"),
        "marked": _("%(company)s: an escalation was marked on record"),
        "dismissed": _("%(company)s: an escalation was dismissed"),
    }[facts["state"]]
    return Words(title % facts, facts["outcome"])


@notification_kind(
    "partners.condition_not_met",
    label=_STANDING,
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
)
def condition_not_met(facts: Facts) -> Words:
    label = LABELS[Condition(facts["condition"])]
    return Words(
        _("%(company)s: a condition of good standing is not met: %(condition)s")
        % {**facts, "condition": label},
        facts["reason"],
    )


@notification_kind(
    "partners.one_factor",
    label=_STANDING,
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
)
def one_factor(facts: Facts) -> Words:
    return Words(
        _("%(company)s: a condition of good standing is not met: %(condition)s")
        % {**facts, "condition": LABELS[Condition.SECURITY]},
        ngettext(
            "%(number)s person signs in without a second factor. Until everybody has "
            "one, no higher tier is credited.",
            "%(number)s people sign in without a second factor. Until everybody has "
            "one, no higher tier is credited.",
            facts["people"],
        )
        % {"number": formats.number(facts["people"])},
    )


@notification_kind(
    "partners.condition_met", label=gettext_lazy("Good standing: met again")
)
def condition_met(facts: Facts) -> Words:
    label = LABELS[Condition(facts["condition"])]
    return Words(
        _("%(company)s: a condition of good standing is met again: %(condition)s")
        % {**facts, "condition": label}
    )


@notification_kind(
    "partners.upgrade_held",
    label=gettext_lazy("Good standing: a tier not credited"),
    urgency=Urgency.ACT,
)
def upgrade_held(facts: Facts) -> Words:
    words = {**facts, "tier": str(facts["tier"]).capitalize()}
    return Words(
        _("%(company)s reached %(tier)s, but it was not credited") % words,
        _("Not met: %(conditions)s. It is credited at the first check at which all are.")
        % {"conditions": labels_of(facts["conditions"])},
    )


@notification_kind(
    "partners.benefits_suspended",
    label=gettext_lazy("Benefits: suspended"),
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
)
def benefits_suspended(facts: Facts) -> Words:
    why = facts["reason"]
    if facts["cause"] == "own_subscription":
        why = _(
            "The own subscription was not put right in time. They come back when it is "
            "enough."
        )
    return Words(_("%(company)s: the benefits are suspended") % facts, why)


@notification_kind("partners.benefits_restored", label=gettext_lazy("Benefits: restored"))
def benefits_restored(facts: Facts) -> Words:
    return Words(_("%(company)s has its benefits again") % facts)


@notification_kind("partners.membership_changed", label=_MEMBERSHIP, mail=Mail.AT_ONCE)
def membership_changed(facts: Facts) -> Words:
    title = (
        _("%(company)s is a Solutions Partner from %(day)s")
        if facts["membership"] == "partner"
        else _("%(company)s is a Solutions Provider from %(day)s")
    )
    return Words(
        title % {**facts, "day": _day(facts, "on")},
        _("Its earlier tier ended with it.") if facts["tier_ended"] else "",
    )


@notification_kind(
    "partners.certification_ends",
    label=gettext_lazy("Certifications: about to end"),
    urgency=Urgency.ACT,
)
def certification_ends(facts: Facts) -> Words:
    return Words(
        _("%(company)s: the last Solutions Partner Certification ends on %(day)s")
        % {**facts, "day": _day(facts, "ends_on")},
        _("Renew it before then: no tier can be earned or kept without one."),
    )


@notification_kind(
    "partners.own_lapsed",
    label=gettext_lazy("Own subscription: lapsed"),
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
)
def own_lapsed(facts: Facts) -> Words:
    follows = (
        _("After that the company becomes a provider.")
        if facts["becomes_provider"]
        else _("After that its benefits are suspended.")
    )
    until = _("It can be put right until %(day)s.") % {"day": _day(facts, "cure_until")}
    return Words(
        _("%(company)s: the own subscription is not enough") % facts,
        f"{own_words(facts['reason'])} {until} {follows}",
    )


@notification_kind("partners.own_cured", label=gettext_lazy("Own subscription: mended"))
def own_cured(facts: Facts) -> Words:
    return Words(_("%(company)s: the own subscription is enough again") % facts)


@notification_kind(
    "partners.gold_deadline",
    label=gettext_lazy("Gold: the deadline comes near"),
    urgency=Urgency.ACT,
)
def gold_deadline(facts: Facts) -> Words:
    return Words(
        _("%(company)s must be Gold by %(day)s")
        % {**facts, "day": _day(facts, "deadline_on")},
        _(
            "Without a tier on that day it is given notice, and then becomes a Solutions "
            "Provider."
        ),
    )


@notification_kind(
    "partners.gold_missed",
    label=gettext_lazy("Gold: notice of the move to provider"),
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
)
def gold_missed(facts: Facts) -> Words:
    return Words(
        _("%(company)s was not Gold by %(day)s")
        % {**facts, "day": _day(facts, "deadline_on")},
        _(
            "It becomes a Solutions Provider on %(day)s unless it has a tier by then or "
            "asks in writing to leave."
        )
        % {"day": _day(facts, "moves_on")},
    )
