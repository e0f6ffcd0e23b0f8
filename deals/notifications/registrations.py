"""What is told about registrations: their outcome, questions, and late answers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import Client
from deals.models import RefusalCode, Registration, RegistrationAppeal
from deals.models.visibility import growth_accounts
from outbox.clock import program_day
from outbox.services import JSON
from partners.models import Role, User
from partners.notifications import Facts, Mail, Urgency, Words, notification_kind
from partners.services.notifications import accounts_of, notify
from partners.services.tiers.telling import back_office_page, staff_of
from ui import formats

OUTCOMES = gettext_lazy("Deals: registrations answered")
TO_REVIEW = gettext_lazy("Registrations to review")


def _moment(facts: Facts, name: str) -> str:
    return formats.moment(datetime.fromisoformat(facts[name]))


# --- Partners -------------------------------------------------------------------------


@notification_kind("deals.registration_accepted", label=OUTCOMES, mail=Mail.AT_ONCE)
def registration_accepted(facts: Facts) -> Words:
    return Words(
        _("%(name)s is accepted") % facts,
        _(
            "Registration %(number)s for %(company)s is a deal that you share with the "
            "vendor. The page of the deal says until when it is valid and who joins."
        )
        % facts,
    )


@notification_kind("deals.registration_refused", label=OUTCOMES, mail=Mail.AT_ONCE)
def registration_refused(facts: Facts) -> Words:
    reason = {"reason": RefusalCode(facts["code"]).label, "clause": facts["clause"]}
    return Words(
        _("%(name)s was refused") % facts,
        _(
            "%(reason)s (clause %(clause)s). The page says why, what you can do, and "
            "takes one appeal."
        )
        % reason,
    )


@notification_kind(
    "deals.registration_question",
    label=gettext_lazy("Deals: questions about registrations"),
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
)
def registration_question(facts: Facts) -> Words:
    return Words(
        _("%(name)s needs information") % facts,
        _("The vendor asks: %(question)s") % facts,
    )


@notification_kind("deals.registration_waits", label=OUTCOMES, mail=Mail.AT_ONCE)
def registration_waits(facts: Facts) -> Words:
    return Words(
        _("The answer to %(name)s is late") % facts,
        _("It was due %(due)s. The vendor was told again; you lose nothing by it.")
        % {"due": _moment(facts, "due_at")},
    )


@notification_kind("deals.registration_appeal_waits", label=OUTCOMES, mail=Mail.AT_ONCE)
def registration_appeal_waits(facts: Facts) -> Words:
    return Words(
        _("The decision on your appeal about %(name)s is late") % facts,
        _("It was due %(due)s. The vendor was told again.")
        % {"due": _moment(facts, "due_at")},
    )


@notification_kind("deals.registration_appeal_upheld", label=OUTCOMES, mail=Mail.AT_ONCE)
def registration_appeal_upheld(facts: Facts) -> Words:
    return Words(
        _("The refusal of %(name)s stands") % facts,
        _("Somebody else than before decided your appeal: %(answer)s") % facts,
    )


# --- Staff ----------------------------------------------------------------------------


@notification_kind(
    "deals.registration_to_review",
    label=TO_REVIEW,
    urgency=Urgency.ACT,
    staff=True,
)
def registration_to_review(facts: Facts) -> Words:
    return Words(
        _("%(partner)s registered %(company)s: somebody has to look") % facts,
        _("The partner was promised an answer until %(due)s.")
        % {"due": _moment(facts, "due_at")},
    )


@notification_kind(
    "deals.registered_in_territory",
    label=gettext_lazy("Deals: registered in my territory"),
    staff=True,
)
def registered_in_territory(facts: Facts) -> Words:
    return Words(
        _("%(partner)s registered %(company)s in your territory") % facts,
        _("%(territory)s, %(segment)s. It was accepted at once: nobody has to look.")
        % {
            "territory": formats.territory(facts["country"]),
            "segment": Client.Segment(facts["segment"]).label,
        },
    )


@notification_kind(
    "deals.registration_late",
    label=gettext_lazy("Registrations whose answer is late"),
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
    staff=True,
)
def registration_late(facts: Facts) -> Words:
    return Words(
        _("The answer to %(partner)s about %(company)s is late") % facts,
        _("It was due %(due)s. Nothing is decided by itself; the partner was told.")
        % {"due": _moment(facts, "due_at")},
    )


@notification_kind(
    "deals.registration_appealed",
    label=gettext_lazy("Appeals against refused registrations"),
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
    staff=True,
)
def registration_appealed(facts: Facts) -> Words:
    return Words(
        _("%(partner)s appeals against the refusal of %(company)s") % facts,
        _("Somebody else than %(refuser)s decides until %(due)s.")
        % {"refuser": facts["refuser"], "due": _moment(facts, "due_at")},
    )


@notification_kind(
    "deals.registration_appeal_late",
    label=gettext_lazy("Registrations whose answer is late"),
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
    staff=True,
)
def registration_appeal_late(facts: Facts) -> Words:
    return Words(
        _("The appeal of %(partner)s about %(company)s is late") % facts,
        _("Somebody else than %(refuser)s owed a decision until %(due)s.")
        % {"refuser": facts["refuser"], "due": _moment(facts, "due_at")},
    )


# --- Telling --------------------------------------------------------------------------


def tell_accepted(registration: Registration, *, at: datetime, but: User | None) -> None:
    """Tell the partner's sales people and owners that there is a deal now."""
    assert registration.deal
    _tell_partner(
        "deals.registration_accepted",
        registration,
        key=f"registration-accepted:{registration.pk}",
        at=at,
        path=reverse("deals:detail", args=[registration.deal.public_id]),
        but=but,
    )


def tell_refused(registration: Registration, *, at: datetime) -> None:
    _tell_partner(
        "deals.registration_refused",
        registration,
        key=f"registration-refused:{registration.pk}",
        at=at,
        code=registration.refusal_code,
        clause=registration.refusal_clause,
    )


def tell_question(registration: Registration, *, key: str, at: datetime) -> None:
    _tell_partner(
        "deals.registration_question",
        registration,
        key=key,
        at=at,
        question=registration.question,
    )


def tell_appeal_decided(appeal: RegistrationAppeal, *, at: datetime) -> None:
    """Tell the partner that a refusal stands; one that falls is told as accepted."""
    _tell_partner(
        "deals.registration_appeal_upheld",
        appeal.registration,
        key=f"registration-appeal-decided:{appeal.pk}",
        at=at,
        answer=appeal.answer,
    )


def tell_to_review(registration: Registration, *, key: str, at: datetime) -> None:
    """Tell those who may answer it that somebody has to look.

    The partner's manager, the programme managers, and the growth specialists in whose
    territory and segment the prospect lies.
    """
    _tell_staff(
        "deals.registration_to_review",
        registration,
        key=key,
        at=at,
        also=_growth_of(registration),
    )


def tell_registered(registration: Registration, *, but: set[int], at: datetime) -> None:
    """Tell growth specialists of what was accepted at once in their territory (R44).

    `but` are those who joined its deal, and were told so.
    """
    accounts = {*_growth_of(registration)} - but
    notify(
        "deals.registered_in_territory",
        key=f"registration-in-territory:{registration.pk}",
        user_ids=accounts,
        at=at,
        partner_id=registration.partner_id,
        facts={
            **_named(registration),
            "partner": registration.partner.name,
            "country": registration.country,
            "segment": registration.segment,
        },
        path=back_office_page(registration),
    )


def _growth_of(registration: Registration) -> list[int]:
    return growth_accounts(territory=registration.country, segment=registration.segment)


def tell_late(registration: Registration, *, key: str, at: datetime) -> None:
    """Tell staff that a promise is broken, and the partner that it is known."""
    _tell_staff(
        "deals.registration_late",
        registration,
        key=key,
        at=at,
        also=_growth_of(registration),
    )
    _tell_partner(
        "deals.registration_waits",
        registration,
        key=f"{key}:partner",
        at=at,
        due_at=_due(registration.due_at),
    )


def tell_appealed(appeal: RegistrationAppeal, *, key: str, at: datetime) -> None:
    """Tell the staff who may decide an appeal: not whoever refused."""
    _tell_deciders("deals.registration_appealed", appeal, key=key, at=at)


def tell_appeal_late(appeal: RegistrationAppeal, *, key: str, at: datetime) -> None:
    """Tell who may decide an appeal that it is late, and the partner that it is known."""
    _tell_deciders("deals.registration_appeal_late", appeal, key=key, at=at)
    _tell_partner(
        "deals.registration_appeal_waits",
        appeal.registration,
        key=f"{key}:partner",
        at=at,
        due_at=_due(appeal.due_at),
    )


def _tell_deciders(
    kind: str, appeal: RegistrationAppeal, *, key: str, at: datetime
) -> None:
    _tell_staff(
        kind,
        appeal.registration,
        key=key,
        at=at,
        but=appeal.refused_by,
        due_at=appeal.due_at,
        refuser=str(appeal.refused_by),
    )


def _tell_partner(
    kind: str,
    registration: Registration,
    *,
    key: str,
    at: datetime,
    path: str = "",
    but: User | None = None,
    **facts: JSON,
) -> None:
    accounts = accounts_of(partner_id=registration.partner_id, roles={Role.SALES})
    notify(
        kind,
        key=key,
        user_ids=[account for account in accounts if but is None or account != but.pk],
        at=at,
        partner_id=registration.partner_id,
        facts={**_named(registration), **facts},
        path=path or reverse("deals:registration", args=[registration.public_id]),
    )


def _tell_staff(
    kind: str,
    registration: Registration,
    *,
    key: str,
    at: datetime,
    also: Iterable[int] = (),
    but: User | None = None,
    due_at: datetime | None = None,
    **facts: JSON,
) -> None:
    due_at = due_at or registration.due_at
    assert due_at
    staff = {*staff_of(registration.partner), *also}
    notify(
        kind,
        key=key,
        user_ids=[account for account in staff if but is None or account != but.pk],
        at=at,
        partner_id=registration.partner_id,
        facts={
            **_named(registration),
            "partner": registration.partner.name,
            "due_at": _due(due_at),
            **facts,
        },
        path=back_office_page(registration),
        due_on=program_day(due_at),
    )


def _named(registration: Registration) -> dict[str, JSON]:
    return {
        "name": registration.name,
        "company": registration.company,
        "number": registration.number,
    }


def _due(due_at: datetime | None) -> str:
    assert due_at
    return due_at.isoformat()
