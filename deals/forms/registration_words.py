"""What registrations and their answers are called, for both sides' pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from deals.forms.registrations import RegistrationForm
from deals.models import DomainCheck, RefusalCode, Registration
from program.deal_life import RegistrationEvent
from program.protection import Conflict
from ui.tones import Tone

STATE_TONES: Final[Mapping[str, Tone]] = {
    Registration.State.DRAFT: Tone.NEUTRAL,
    Registration.State.SUBMITTED: Tone.BRAND,
    Registration.State.NEEDS_INFO: Tone.WARN,
    Registration.State.ACCEPTED: Tone.GOOD,
    Registration.State.REFUSED: Tone.BAD,
    Registration.State.WITHDRAWN: Tone.NEUTRAL,
}

STEPS: Final[Mapping[str, Promise]] = {
    RegistrationEvent.SUBMIT: gettext_lazy("Submitted"),
    RegistrationEvent.ACCEPT: pgettext_lazy("state", "Accepted"),
    RegistrationEvent.ASK: gettext_lazy("Information asked for"),
    RegistrationEvent.ANSWER: gettext_lazy("Question answered"),
    RegistrationEvent.REFUSE: pgettext_lazy("state", "Refused"),
    RegistrationEvent.WITHDRAW: pgettext_lazy("state", "Withdrawn"),
    RegistrationEvent.OVERTURN: gettext_lazy("Refusal overturned"),
}

CONFLICTS: Final[Mapping[str, Promise]] = {
    Conflict.OPEN_DEAL: gettext_lazy("An open deal protects this prospect."),
    Conflict.IN_REVIEW: gettext_lazy("This prospect is asked for by somebody else, too."),
    Conflict.HELD: gettext_lazy("The domain is held for somebody at the moment."),
    Conflict.LOOK_ALIKE: gettext_lazy(
        "Somebody works on a company of nearly the same name in this country."
    ),
    Conflict.SEVERAL_CLIENTS: gettext_lazy(
        "The vendor knows several clients by this domain."
    ),
    Conflict.OWN_COMPANY: gettext_lazy("The prospect looks like your own company."),
}
"""Why a human looks; never who else it is about, nor how many."""

ANSWERS: Final[Mapping[str, Promise]] = {
    DomainCheck.Answer.FREE: gettext_lazy(
        "Nobody works on it that we know of. Registered now, it is yours at once."
    ),
    DomainCheck.Answer.YOURS: gettext_lazy(
        "Your company has an open deal or registration there. You may register another "
        "one if the client buys something else."
    ),
    DomainCheck.Answer.PROTECTED: gettext_lazy(
        "An open deal protects it. You may register all the same: a human decides, and a "
        "prospect may have several partners."
    ),
    DomainCheck.Answer.HUMAN: gettext_lazy(
        "No rule can decide this. Register it: a human answers within the promised time."
    ),
    DomainCheck.Answer.UNUSABLE: gettext_lazy("This could not be compared."),
}

ANSWER_TONES: Final[Mapping[str, Tone]] = {
    DomainCheck.Answer.FREE: Tone.GOOD,
    DomainCheck.Answer.YOURS: Tone.BRAND,
    DomainCheck.Answer.PROTECTED: Tone.WARN,
    DomainCheck.Answer.HUMAN: Tone.WARN,
    DomainCheck.Answer.UNUSABLE: Tone.NEUTRAL,
}

NEXT_STEPS: Final[Mapping[str, Promise]] = {
    RefusalCode.PURSUED: gettext_lazy(
        "If the client chose you, appeal with what shows it; otherwise register again "
        "when the protection has ended."
    ),
    RefusalCode.NOT_SOLD_THERE: gettext_lazy(
        "If the client buys from another country, register it there."
    ),
    RefusalCode.BAD_CONTACT: gettext_lazy(
        "Register it again with a contact at the client who can be reached."
    ),
    RefusalCode.UNLAWFUL_DATA: gettext_lazy(
        "Ask the contact for consent, then register it again."
    ),
    RefusalCode.OWN_AFFILIATE: gettext_lazy(
        "If the company does not belong to you, appeal and say to whom it does."
    ),
    RefusalCode.NOT_ACTIVE: gettext_lazy(
        "Register it again once you talk to the client, with the next step agreed."
    ),
    RefusalCode.BAD_DOMAIN: gettext_lazy(
        "Register it again with the domain of the client’s own website."
    ),
}
"""What a partner can do after each kind of refusal, besides one appeal."""


def field_label(name: str) -> str:
    """Return what a field of a registration is called."""
    if name == "lines":
        return str(gettext_lazy("Product lines"))
    return str(RegistrationForm.base_fields[name].label)


class Clock(NamedTuple):
    """A promise: when it is due, how far that is, and whether it is broken."""

    due_at: datetime
    words: str
    is_late: bool


def promise_clock(due_at: datetime, now: datetime) -> Clock:
    """Return how much time is left of a promise, or by how much it is late."""
    is_late = due_at <= now
    minutes = int(abs(due_at - now) / timedelta(minutes=1))
    hours = minutes // 60
    if hours:
        words = (
            ngettext("late by %(count)s hour", "late by %(count)s hours", hours)
            if is_late
            else ngettext("%(count)s hour left", "%(count)s hours left", hours)
        )
        return Clock(due_at, words % {"count": hours}, is_late)
    words = (
        ngettext("late by %(count)s minute", "late by %(count)s minutes", minutes)
        if is_late
        else ngettext("%(count)s minute left", "%(count)s minutes left", minutes)
    )
    return Clock(due_at, words % {"count": minutes}, is_late)


def conflict_words(registration: Registration) -> list[str]:
    """Return why a human looks at a registration, for the partner to read."""
    found: list[dict[str, Any]] = registration.conflicts
    return [str(CONFLICTS[each["code"]]) for each in found if each["code"] in CONFLICTS]
