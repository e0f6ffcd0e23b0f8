"""What is told about contested lines: both sides' words, the answer, a broken promise.

A correction is told when it is proposed and when it is approved; one that was not
approved to both sides, for the partner waits again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commissions.models import Adjustment, Dispute
from outbox.clock import program_day
from outbox.services import JSON
from partners.models import Role, StaffRole, User
from partners.notifications import Facts, Mail, Urgency, Words, notification_kind
from partners.services.notifications import accounts_of, notify, settle_notifications
from ui import formats

CONTESTED = gettext_lazy("Commissions: contested lines")


@notification_kind(
    "commissions.dispute_opened",
    label=CONTESTED,
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
    staff=True,
)
def dispute_opened(facts: Facts) -> Words:
    return Words(
        _("%(partner)s contests %(deal)s for %(month)s") % _given(facts),
        _("The partner was promised an answer until %(due)s.") % _given(facts),
    )


@notification_kind(
    "commissions.dispute_late",
    label=CONTESTED,
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
    staff=True,
)
def dispute_late(facts: Facts) -> Words:
    return Words(
        _("The answer to %(partner)s about %(deal)s, %(month)s, is late") % _given(facts),
        _("It was due %(due)s. Nothing is decided by itself.") % _given(facts),
    )


@notification_kind("commissions.dispute_message", label=CONTESTED, mail=Mail.AT_ONCE)
def dispute_message(facts: Facts) -> Words:
    return Words(
        _("%(who)s wrote about %(deal)s for %(month)s") % _given(facts), facts["text"]
    )


@notification_kind(
    "commissions.dispute_message_to_staff", label=CONTESTED, mail=Mail.AT_ONCE, staff=True
)
def dispute_message_to_staff(facts: Facts) -> Words:
    return dispute_message(facts)


@notification_kind("commissions.dispute_proposed", label=CONTESTED, mail=Mail.AT_ONCE)
def dispute_proposed(facts: Facts) -> Words:
    return Words(
        _("%(deal)s for %(month)s: a second person is checking a correction")
        % _given(facts),
        _("%(amount)s. %(answer)s") % _given(facts),
    )


@notification_kind("commissions.dispute_reopened", label=CONTESTED, mail=Mail.AT_ONCE)
def dispute_reopened(facts: Facts) -> Words:
    return Words(
        _("%(deal)s for %(month)s is looked at again") % _given(facts),
        _(
            "The correction of %(amount)s was not approved. You are promised an answer "
            "until %(due)s."
        )
        % _given(facts),
    )


@notification_kind(
    "commissions.dispute_reopened_to_staff",
    label=CONTESTED,
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
    staff=True,
)
def dispute_reopened_to_staff(facts: Facts) -> Words:
    return Words(
        _("The correction for %(partner)s, %(deal)s, %(month)s, was not approved")
        % _given(facts),
        _("It is open again. The partner was promised an answer until %(due)s.")
        % _given(facts),
    )


@notification_kind("commissions.dispute_decided", label=CONTESTED, mail=Mail.AT_ONCE)
def dispute_decided(facts: Facts) -> Words:
    titles = {
        Dispute.State.CORRECTED: _("%(deal)s for %(month)s is corrected"),
        Dispute.State.REFUSED: _("%(deal)s for %(month)s stays as it is"),
    }
    return Words(titles[Dispute.State(facts["state"])] % _given(facts), facts["answer"])


def _given(facts: Facts) -> dict[str, object]:
    """Return the facts, with months and moments as the reader writes them."""
    given = {**facts, "month": formats.month(date.fromisoformat(facts["month"]))}
    if "due_at" in facts:
        given["due"] = formats.moment(datetime.fromisoformat(facts["due_at"]))
    if "amount_minor" in facts:
        given["amount"] = formats.money(facts["amount_minor"], facts["currency"])
    return given


# --- Telling --------------------------------------------------------------------------


def tell_opened(dispute: Dispute, *, at: datetime) -> None:
    """Tell finance and the partner's manager that somebody waits for an answer."""
    _tell(
        "commissions.dispute_opened",
        dispute,
        key=_key(dispute),
        accounts=vendor_accounts(dispute),
        at=at,
        due_on=program_day(dispute.due_at),
        due_at=dispute.due_at.isoformat(),
    )


def tell_late(dispute: Dispute, *, at: datetime) -> None:
    """Tell finance once that a promise is broken."""
    _tell(
        "commissions.dispute_late",
        dispute,
        key=_late_key(dispute),
        accounts=vendor_accounts(dispute),
        at=at,
        due_on=program_day(dispute.due_at),
        due_at=dispute.due_at.isoformat(),
    )


def tell_message(
    dispute: Dispute,
    *,
    message_id: int,
    text: str,
    internal: bool,
    who: User,
    at: datetime,
) -> None:
    """Tell the other side what was written; an internal note the vendor's people only."""
    to_staff = internal or not who.is_staff
    accounts = vendor_accounts(dispute) if to_staff else partner_accounts(dispute)
    _tell(
        "commissions.dispute_message_to_staff"
        if to_staff
        else "commissions.dispute_message",
        dispute,
        key=f"{_key(dispute)}:message:{message_id}",
        accounts=[account for account in accounts if account != who.pk],
        at=at,
        who=str(who),
        text=text[:500],
    )


def tell_proposed(dispute: Dispute, *, at: datetime) -> None:
    """Tell the partner which correction a second person is checking."""
    _tell(
        "commissions.dispute_proposed",
        dispute,
        key=f"{_key(dispute)}:proposed:{dispute.adjustment_id}",
        accounts=partner_accounts(dispute),
        at=at,
        adjustment=dispute.adjustment,
        answer=dispute.answer[:500],
    )


def tell_reopened(dispute: Dispute, *, at: datetime) -> None:
    """Tell both sides that the correction was not approved, and of the new promise."""
    for kind, key, accounts in (
        ("reopened", "reopened", partner_accounts(dispute)),
        ("reopened_to_staff", "again", vendor_accounts(dispute)),
    ):
        _tell(
            f"commissions.dispute_{kind}",
            dispute,
            key=f"{_key(dispute)}:{key}:{dispute.adjustment_id}",
            accounts=accounts,
            at=at,
            due_on=program_day(dispute.due_at),
            adjustment=dispute.adjustment,
            due_at=dispute.due_at.isoformat(),
        )


def tell_decided(dispute: Dispute, *, at: datetime) -> None:
    """Tell the partner what became of it."""
    _tell(
        "commissions.dispute_decided",
        dispute,
        key=f"{_key(dispute)}:decided",
        accounts=partner_accounts(dispute),
        at=at,
        state=dispute.state,
        answer=dispute.answer[:500],
    )


def settle_told(dispute: Dispute, *, at: datetime) -> None:
    """Say of what was told to staff that nobody has to act any more.

    Before the dispute takes its step: what was told goes by the state it was told in.
    """
    settle_notifications(key=_key(dispute), at=at)
    settle_notifications(key=_late_key(dispute), at=at)
    settle_notifications(key=f"{_key(dispute)}:again:{dispute.adjustment_id}", at=at)


def partner_accounts(dispute: Dispute) -> list[int]:
    """Return the accounts of the partner that hear of it: owners and finance."""
    return accounts_of(partner_id=dispute.partner_id, roles={Role.FINANCE})


def vendor_accounts(dispute: Dispute) -> list[int]:
    """Return finance, and the partner's manager."""
    wanted = Q(staff_role=StaffRole.FINANCE)
    if dispute.partner.pdm_id is not None:
        wanted |= Q(pk=dispute.partner.pdm_id)
    staff = User.objects.filter(wanted, is_staff=True, is_active=True)
    return list(staff.values_list("pk", flat=True))


def _key(dispute: Dispute) -> str:
    return f"dispute:{dispute.pk}"


def _late_key(dispute: Dispute) -> str:
    """Return the key of a broken promise: each promise has one of its own."""
    return f"{_key(dispute)}:late:{dispute.state}:{dispute.adjustment_id or 0}"


def _tell(
    kind: str,
    dispute: Dispute,
    *,
    key: str,
    accounts: Iterable[int],
    at: datetime,
    due_on: date | None = None,
    adjustment: Adjustment | None = None,
    **facts: JSON,
) -> None:
    if adjustment is not None:
        facts["amount_minor"] = adjustment.amount_minor
        facts["currency"] = adjustment.currency
    notify(
        kind,
        key=key,
        user_ids=accounts,
        at=at,
        partner_id=dispute.partner_id,
        facts={
            "partner": dispute.partner.name,
            "deal": str(dispute.evidence.get("deal", dispute.schedule.deal_ref)),
            "month": dispute.month.isoformat(),
            **facts,
        },
        path=reverse("commissions:dispute", args=[dispute.public_id]),
        due_on=due_on,
    )
