"""What is told about papers and bank accounts (3.8)."""

from __future__ import annotations

from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commissions.models import BankAccount, PaperDemand, PayoutDocument
from outbox.services import JSON
from partners.models import Role, StaffRole, User
from partners.notifications import Facts, Mail, Urgency, Words, notification_kind
from partners.services.notifications import accounts_of, notify
from partners.services.tiers.telling import back_office_page
from ui import formats

PAPERS = gettext_lazy("Commissions: papers")
TO_DECIDE = gettext_lazy("Papers to approve")


def paper_label(kind: str) -> str:
    return str(PayoutDocument.Kind(kind).label)


def _named(facts: Facts) -> dict[str, str]:
    """Return the paper as a sentence names it: with its quarter, if it has one."""
    label = paper_label(facts["kind"])
    if quarter := facts.get("quarter"):
        label = _("%(paper)s, quarter from %(quarter)s") % {
            "paper": label,
            "quarter": formats.month(date.fromisoformat(quarter)),
        }
    return {**facts, "paper": label}


# --- Partners -------------------------------------------------------------------------


@notification_kind("commissions.paper_approved", label=PAPERS, mail=Mail.AT_ONCE)
def paper_approved(facts: Facts) -> Words:
    text = (
        _("Payments go to the account of this form from now on.")
        if facts["kind"] == PayoutDocument.Kind.BANK_FORM
        else _("Nothing else is needed about it.")
    )
    return Words(_("Approved: %(paper)s") % _named(facts), text)


@notification_kind(
    "commissions.paper_rejected",
    label=PAPERS,
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
)
def paper_rejected(facts: Facts) -> Words:
    return Words(
        _("Rejected: %(paper)s") % _named(facts),
        _("%(reason)s File it anew; payments wait until then.") % facts,
    )


@notification_kind(
    "commissions.paper_demanded", label=PAPERS, mail=Mail.AT_ONCE, urgency=Urgency.ACT
)
def paper_demanded(facts: Facts) -> Words:
    return Words(
        _("Needed from now on: %(paper)s") % _named(facts),
        _("Finance says why: %(reason)s") % facts,
    )


@notification_kind("commissions.paper_not_demanded", label=PAPERS, mail=Mail.AT_ONCE)
def paper_not_demanded(facts: Facts) -> Words:
    return Words(
        _("No longer needed: %(paper)s") % _named(facts),
        _("Finance says why: %(reason)s") % facts,
    )


@notification_kind(
    "commissions.paper_expiring", label=PAPERS, urgency=Urgency.ACT, mail=Mail.AT_ONCE
)
def paper_expiring(facts: Facts) -> Words:
    return Words(
        _("%(paper)s runs out") % _named(facts),
        _(
            "It holds until the day before %(day)s. File a new one in time: without it "
            "payments wait."
        )
        % {"day": formats.day(date.fromisoformat(facts["expires_on"]))},
    )


@notification_kind(
    "commissions.paper_expired", label=PAPERS, urgency=Urgency.ACT, mail=Mail.AT_ONCE
)
def paper_expired(facts: Facts) -> Words:
    return Words(
        _("%(paper)s has run out") % _named(facts),
        _("Payments wait until a new one is approved."),
    )


@notification_kind(
    "commissions.bank_changed",
    label=gettext_lazy("Commissions: bank account"),
    mail=Mail.NEVER,
    owners=True,
)
def bank_changed(facts: Facts) -> Words:
    """Tell owners in the portal; the letter goes to all of them, whatever they chose."""
    return Words(
        _("%(who)s named another bank account") % facts,
        _(
            "The account ending in %(tail)s is used once finance has approved its form. "
            "If you know nothing of it, take it back and tell us."
        )
        % facts,
    )


# --- Finance --------------------------------------------------------------------------


@notification_kind(
    "commissions.paper_filed", label=TO_DECIDE, urgency=Urgency.ACT, staff=True
)
def paper_filed(facts: Facts) -> Words:
    return Words(
        _("%(partner)s filed: %(paper)s") % _named(facts),
        _("It waits for approval; the partner is paid after it."),
    )


# --- Telling --------------------------------------------------------------------------


def filed_key(document: PayoutDocument) -> str:
    """Return the key of what finance is told: each filing is told once."""
    return f"paper-filed:{document.pk}:{document.filed_at.timestamp():.6f}"


def tell_filed(document: PayoutDocument, *, at: datetime) -> None:
    """Tell finance that a paper waits for it."""
    notify(
        "commissions.paper_filed",
        key=filed_key(document),
        user_ids=finance_staff(),
        at=at,
        partner_id=document.partner_id,
        facts={**_facts(document), "partner": document.partner.name},
        path=back_office_page(document),
    )


def tell_decided(document: PayoutDocument, *, at: datetime) -> None:
    """Tell the partner's owners and finance what became of a paper."""
    tell_partner(
        f"commissions.paper_{document.state}",
        document.partner_id,
        key=f"paper-{document.state}:{document.pk}:{at.timestamp():.6f}",
        at=at,
        facts={**_facts(document), "reason": document.reason},
    )


def tell_demanded(demand: PaperDemand, *, at: datetime) -> None:
    kind = "paper_demanded" if demand.demanded else "paper_not_demanded"
    tell_partner(
        f"commissions.{kind}",
        demand.partner_id,
        key=f"paper-demand:{demand.pk}",
        at=at,
        facts={
            "kind": demand.paper,
            "quarter": demand.from_quarter.isoformat(),
            "reason": demand.reason,
        },
    )


def tell_expiring(
    document: PayoutDocument, *, days: int | None, today: date, at: datetime
) -> None:
    """Warn that a paper runs out in some days, or say (None) that it has."""
    assert document.expires_on
    tell_partner(
        "commissions.paper_expiring" if days else "commissions.paper_expired",
        document.partner_id,
        key=f"paper-expiring:{document.pk}:{days or 0}",
        at=at,
        due_on=document.expires_on if document.expires_on > today else None,
        facts={**_facts(document), "expires_on": document.expires_on.isoformat()},
    )


def tell_bank_changed(
    account: BankAccount, document: PayoutDocument, *, at: datetime
) -> None:
    """Tell the owners in the portal that somebody named another account."""
    notify(
        "commissions.bank_changed",
        key=f"bank-changed:{account.pk}",
        user_ids=accounts_of(partner_id=account.partner_id, roles=()),
        at=at,
        partner_id=account.partner_id,
        facts={"who": str(account.actor), "tail": account.tail, **_facts(document)},
        path=reverse("commissions:bank"),
    )


def finance_staff() -> list[int]:
    """Return the accounts of the vendor's finance."""
    staff = User.objects.filter(
        staff_role=StaffRole.FINANCE, is_staff=True, is_active=True
    )
    return list(staff.values_list("pk", flat=True))


def tell_partner(
    kind: str,
    partner_id: int,
    *,
    key: str,
    at: datetime,
    facts: dict[str, JSON],
    due_on: date | None = None,
) -> None:
    notify(
        kind,
        key=key,
        user_ids=accounts_of(partner_id=partner_id, roles={Role.FINANCE}),
        at=at,
        partner_id=partner_id,
        facts=facts,
        path=reverse("commissions:papers"),
        due_on=due_on,
    )


def _facts(document: PayoutDocument) -> dict[str, JSON]:
    quarter = document.quarter.isoformat() if document.quarter else ""
    return {"kind": document.kind, "quarter": quarter}
