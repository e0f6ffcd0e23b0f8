"""What is told about who joins a deal."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals.models import Assignment, Deal, Specialist, SpecialistKind
from deals.notifications.telling import tell
from partners.models import Role
from partners.notifications import Facts, Mail, Urgency, Words, notification_kind
from partners.services.notifications import accounts_of


@notification_kind("deals.specialist_joined", label=gettext_lazy("Deals: who joins"))
def specialist_joined(facts: Facts) -> Words:
    return Words(
        _("%(name)s joins %(deal)s") % facts,
        _("As %(task)s. The page of the deal shows why, and how to reach them.")
        % {"task": SpecialistKind(facts["task"]).label},
    )


@notification_kind(
    "deals.assigned_to_you",
    label=gettext_lazy("Deals: assigned to me"),
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
    staff=True,
)
def assigned_to_you(facts: Facts) -> Words:
    return Words(
        _("%(deal)s was assigned to you") % facts,
        _("%(partner)s works on it with %(client)s. Your task: %(task)s.")
        % {**facts, "task": SpecialistKind(facts["task"]).label},
    )


@notification_kind(
    "deals.nobody_free",
    label=gettext_lazy("Deals: nobody is free"),
    urgency=Urgency.ACT,
    mail=Mail.AT_ONCE,
    staff=True,
)
def nobody_free(facts: Facts) -> Words:
    return Words(
        _("Nobody is free for %(deal)s") % facts,
        _(
            "%(partner)s waits for a %(task)s. Assign somebody by hand; the rule tries "
            "again every day."
        )
        % {**facts, "task": SpecialistKind(facts["task"]).label},
    )


def tell_assigned(
    deal: Deal, assignment: Assignment, specialist: Specialist, *, at: datetime
) -> None:
    """Tell the specialist and the partner's sales people."""
    key = f"assignment:{assignment.pk}:{specialist.pk}"
    if specialist.user_id:
        tell(
            "deals.assigned_to_you",
            deal,
            key=key,
            accounts=[specialist.user_id],
            at=at,
            partner=deal.partner.name,
            task=assignment.kind,
        )
    tell(
        "deals.specialist_joined",
        deal,
        key=key,
        accounts=accounts_of(partner_id=deal.partner_id, roles={Role.SALES}),
        at=at,
        name=specialist.name,
        task=assignment.kind,
    )


def tell_nobody_free(deal: Deal, assignment: Assignment, *, at: datetime) -> None:
    """Tell the partner's manager that a human has to assign somebody."""
    if deal.partner.pdm_id:
        tell(
            "deals.nobody_free",
            deal,
            key=f"assignment:{assignment.pk}",
            accounts=[deal.partner.pdm_id],
            at=at,
            partner=deal.partner.name,
            task=assignment.kind,
        )
