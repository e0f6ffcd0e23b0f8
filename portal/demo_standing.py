"""Good standing in the demo data: one company that is in it, and one that is not."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from partners.models import ConditionFinding, Escalation, Partner
from partners.services.people import store_partner
from partners.services.standing import (
    close_escalation,
    open_finding,
    report_escalation,
)
from program.calendar import add_months

_REFS = ("P-aurora", "P-meridian")


@transaction.atomic
def settle_demo_standings(*, today: date, at: datetime) -> None:
    """Give two companies of the demo bundle a past; nothing where that was done."""
    partners = {each.ref: each for each in Partner.objects.filter(ref__in=_REFS)}
    if len(partners) < len(_REFS) or Escalation.objects.exists():
        return
    aurora, meridian = (partners[ref] for ref in _REFS)
    aurora.own_ends_on = today + timedelta(days=75)
    store_partner(partner=aurora, changed=frozenset({"own_ends_on"}), actor=None, at=at)
    for partner, months, state, summary, outcome in (
        (aurora, 20, "settled", "An invoice was disputed.", "Both sides agreed."),
        (aurora, 3, "dismissed", "A licence was said to be missing.", "It was there."),
        (meridian, 7, "marked", "A migration lost data.", "The backup was too old."),
    ):
        reported_on = add_months(today, -months)
        escalation = report_escalation(
            escalation=Escalation(
                partner=partner,
                severity=Escalation.Severity.SERIOUS,
                raised_by=Escalation.Source.CLIENT,
                reported_on=reported_on,
                summary=summary,
            ),
            actor=partner.pdm,
            at=at,
            today=today,
        )
        close_escalation(
            escalation_id=escalation.pk,
            state=state,
            outcome=outcome,
            on=reported_on + timedelta(days=21),
            actor=partner.pdm,
            at=at,
            today=today,
        )
    open_finding(
        finding=ConditionFinding(
            partner=meridian,
            condition=ConditionFinding.Condition.PAPERWORK,
            from_on=today - timedelta(days=12),
            reason="The tax form has expired. Please send the new one.",
        ),
        actor=meridian.pdm,
        at=at,
        today=today,
    )
