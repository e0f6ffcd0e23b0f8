"""Good standing in sentences: what each condition is, why it is red, what to do."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from program.standing import Condition, ConditionState, OwnReason, Reason
from ui import formats

LABELS: dict[Condition, Promise] = {
    Condition.POLICIES: gettext_lazy("Agreement and policies"),
    Condition.PAPERWORK: gettext_lazy("Commission paperwork"),
    Condition.CONDUCT: gettext_lazy("Code of conduct"),
    Condition.SECURITY: gettext_lazy("Security measures"),
    Condition.RELATIONS: gettext_lazy("Relations with clients and the programme"),
    Condition.TRAINING: gettext_lazy("Training and certifications"),
}

_MET: dict[Condition, Promise] = {
    Condition.POLICIES: gettext_lazy("The agreement and the policies are kept."),
    Condition.PAPERWORK: gettext_lazy("No paper for commissions is missing."),
    Condition.CONDUCT: gettext_lazy("The code of conduct is respected."),
    Condition.SECURITY: gettext_lazy("The required security measures are followed."),
    Condition.RELATIONS: gettext_lazy("No current or recent escalation is on record."),
    Condition.TRAINING: gettext_lazy(
        "Somebody here holds a valid Solutions Partner Certification."
    ),
}

_ADVICE: dict[Reason, Promise] = {
    Reason.ONE_FACTOR: gettext_lazy(
        "Everybody who signs in adds an authenticator app or a passkey in the settings; "
        "whoever no longer works here is shown out. The portal looks every night."
    ),
    Reason.FINDING: gettext_lazy(
        "Put it right and tell your partner development manager, who closes the finding."
    ),
    Reason.CURRENT_ESCALATION: gettext_lazy(
        "Settle it with the people concerned; your partner development manager closes it."
    ),
    Reason.RECENT_ESCALATION: gettext_lazy(
        "Nothing has to be done: it stops weighing by itself."
    ),
    Reason.NEVER_CERTIFIED: gettext_lazy(
        "Let somebody who works here earn the Solutions Partner Certification."
    ),
    Reason.CERTIFICATION_ENDED: gettext_lazy(
        "Let somebody who works here renew the Solutions Partner Certification."
    ),
}


def reason_of(state: ConditionState) -> str:
    """Say why a condition is met or not; a finding says it in its own words."""
    if state.reason is Reason.MET:
        return str(_MET[state.condition])
    sentences = {
        Reason.NOT_REQUIRED: _("A provider needs no certification."),
        Reason.FINDING: _("The programme found that this condition is not met."),
        Reason.ONE_FACTOR: _("Somebody here signs in without a second factor."),
        Reason.CURRENT_ESCALATION: _("An escalation is open."),
        Reason.RECENT_ESCALATION: _(
            "An escalation was closed not long ago; it weighs until %(day)s."
        ),
        Reason.NEVER_CERTIFIED: _(
            "Nobody here has earned the Solutions Partner Certification yet."
        ),
        Reason.CERTIFICATION_ENDED: _(
            "Nobody here holds a valid Solutions Partner Certification any more."
        ),
    }
    until = formats.day_long(state.until) if state.until else ""
    return sentences[state.reason] % {"day": until}


def advice_for(state: ConditionState) -> str:
    """Say what to do about a condition, "" if it is met."""
    return "" if state.met else str(_ADVICE[state.reason])


def labels_of(codes: list[str]) -> str:
    """Return conditions as a list in a sentence."""
    return formats.listing([str(LABELS[Condition(code)]) for code in codes])


def own_words(reason: str) -> str:
    """Say whether the own subscription is enough, and if not why."""
    return {
        OwnReason.SUFFICIENT: _("It is enough."),
        OwnReason.NOT_RECORDED: _("No own subscription is on record."),
        OwnReason.AMOUNT_NOT_RECORDED: _("Its monthly price is not on record."),
        OwnReason.ENDED: _("It has ended."),
        OwnReason.EDITION_TOO_LOW: _("Its edition is below the one that is asked for."),
        OwnReason.AMOUNT_TOO_LOW: _("Its monthly price is below the minimum."),
    }[OwnReason(reason)]
