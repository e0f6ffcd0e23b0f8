"""What is told about the client's proof of involvement."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals.models import Deal
from deals.notifications.telling import tell
from partners.notifications import Facts, Mail, Urgency, Words, notification_kind
from ui import formats

LABEL = gettext_lazy("Deals: proof of involvement")


@notification_kind("deals.proof_given", label=LABEL, mail=Mail.AT_ONCE)
def proof_given(facts: Facts) -> Words:
    return Words(
        _("%(deal)s is proven") % facts,
        _("The proof is dated %(day)s.")
        % {"day": formats.day(date.fromisoformat(facts["dated_on"]))},
    )


@notification_kind(
    "deals.proof_denied", label=LABEL, urgency=Urgency.ACT, mail=Mail.AT_ONCE
)
def proof_denied(facts: Facts) -> Words:
    return Words(
        _("The client does not confirm your part in %(deal)s") % facts,
        _(
            "Without a proof of involvement the deal earns no points and no commission. "
            "Speak with the client and with your growth specialist."
        ),
    )


@notification_kind(
    "deals.proof_denied_to_staff",
    label=LABEL,
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
    staff=True,
)
def proof_denied_to_staff(facts: Facts) -> Words:
    return Words(
        _("%(client)s does not confirm %(partner)s in %(deal)s") % facts,
        _(
            "Speak with the partner before the deal is won: without a proof of "
            "involvement it earns no points and no commission. A proof that you hold can "
            "be recorded on the page of the deal."
        ),
    )


@notification_kind(
    "deals.proof_missing", label=LABEL, urgency=Urgency.ACT, mail=Mail.AT_ONCE
)
def proof_missing(facts: Facts) -> Words:
    return Words(
        _("%(deal)s is won and earns nothing: no proof of involvement") % facts,
        _(
            "A proof dated by %(day)s still counts. Ask the client for it on the page of "
            "the deal."
        )
        % {"day": formats.day(date.fromisoformat(facts["until_on"]))},
    )


def tell_denied(
    deal: Deal,
    *,
    key: str,
    partner: Iterable[int],
    vendor: Iterable[int],
    at: datetime,
) -> None:
    """Tell both sides, each in its own words, that the client does not confirm."""
    tell_proof("deals.proof_denied", deal, key=key, accounts=partner, at=at)
    tell(
        "deals.proof_denied_to_staff",
        deal,
        key=key,
        accounts=vendor,
        at=at,
        partner=deal.partner.name,
    )


def tell_proof(
    kind: str,
    deal: Deal,
    *,
    key: str,
    accounts: Iterable[int],
    at: datetime,
    day: date | None = None,
) -> None:
    """Tell one of the kinds above; `day` is the proof's, or the last that counts."""
    is_missing = kind == "deals.proof_missing"
    on = day.isoformat() if day else ""
    tell(
        kind,
        deal,
        key=key,
        accounts=accounts,
        at=at,
        due_on=day if is_missing else None,
        dated_on="" if is_missing else on,
        until_on=on if is_missing else "",
    )
