"""What companies are told about their tier when it is checked (3.4)."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Evaluation, TierChange
from partners.notifications.registry import (
    Facts,
    Mail,
    Urgency,
    Words,
    notification_kind,
)
from partners.receipts.words import tier_name
from ui import formats

_LABEL = gettext_lazy("Tier: credited, lost")
_EVALUATIONS = gettext_lazy("Tier: evaluations that change nothing")
_CERTIFICATION = gettext_lazy("Tier: a certification to renew")


def _named(facts: Facts) -> dict[str, str]:
    """Return the facts as a sentence has them."""
    return {
        "company": facts["company"],
        "tier": tier_name(facts["tier"]),
        "before": tier_name(facts["before"]),
        "on": formats.day_long(date.fromisoformat(facts["on"])),
    }


@notification_kind("partners.tier_raised", label=_LABEL, mail=Mail.AT_ONCE)
def tier_raised(facts: Facts) -> Words:
    return Words(
        _("%(company)s: %(tier)s is credited") % _named(facts),
        _("Since the check of %(on)s; before, it was %(before)s.") % _named(facts),
    )


@notification_kind("partners.tier_lowered", label=_LABEL, mail=Mail.AT_ONCE)
def tier_lowered(facts: Facts) -> Words:
    cause = {
        TierChange.Cause.CERTIFICATION_LOST: _(
            "Nobody has held a valid Solutions Partner Certification since it was to be "
            "renewed. The tier before was %(before)s; this one holds from %(on)s."
        ),
        TierChange.Cause.APPEAL_REJECTED: _(
            "The appeal against the evaluation was rejected. The tier before was "
            "%(before)s; this one holds from %(on)s."
        ),
        TierChange.Cause.ELITE_ENDED: _(
            "Elite ended after a review of its conditions. The tier before was "
            "%(before)s; this one holds from %(on)s."
        ),
    }.get(
        facts["cause"],
        _(
            "It is the best tier reached at a check of the period. The tier before was "
            "%(before)s; this one holds from %(on)s."
        ),
    )
    return Words(
        _("%(company)s: the tier is now %(tier)s") % _named(facts),
        cause % _named(facts),
    )


@notification_kind("partners.tier_kept", label=_EVALUATIONS)
def tier_kept(facts: Facts) -> Words:
    title = _("%(company)s keeps %(tier)s") % _named(facts)
    if facts["cause"] == Evaluation.Cause.PROTECTED:
        until = formats.day_long(date.fromisoformat(facts["protected_until"]))
        return Words(
            title,
            _("The points of the period gave less. It is protected until %(until)s.")
            % {"until": until},
        )
    text = {
        Evaluation.Cause.APPEALED: _(
            "The evaluation of %(on)s gave less: it waits for the decision on the appeal."
        ),
        Evaluation.Cause.APPEAL_UPHELD: _(
            "The evaluation of %(on)s gave less, but the appeal was upheld."
        ),
    }.get(facts["cause"], _("That is what the evaluation of %(on)s says."))
    return Words(title, text % _named(facts))


@notification_kind(
    "partners.tier_cure_begun",
    label=_CERTIFICATION,
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
)
def tier_cure_begun(facts: Facts) -> Words:
    return Words(
        _("%(company)s: to keep %(tier)s, renew a certification") % _named(facts),
        _(
            "At the evaluation of %(on)s nobody held a valid Solutions Partner "
            "Certification. Somebody must earn or renew one by the day below."
        )
        % _named(facts),
    )
