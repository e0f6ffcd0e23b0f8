"""Escalations: reported, then settled, marked or dismissed; each step kept (3.22)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import Escalation, EscalationTransition, User
from partners.services import audit
from partners.services.notifications import settle_notifications
from partners.services.standing.errors import (
    StandingError,
    refuse_empty,
    refuse_future,
)
from partners.services.standing.telling import tell


@transaction.atomic
def report_escalation(
    *, escalation: Escalation, actor: User | None, at: datetime, today: date
) -> Escalation:
    """Put a complaint about a partner on record; it is open from then on.

    `escalation` is new: partner, severity, who raised it, summary, day. Raises
    `StandingError` for a day in the future and for a complaint without words.
    """
    refuse_future(escalation.reported_on, today=today)
    escalation.summary = refuse_empty(escalation.summary)
    escalation.state = Escalation.State.REPORTED
    escalation.save(force_insert=True)
    _record(escalation, before="", on=escalation.reported_on, actor=actor, at=at)
    audit.record(
        "partners.escalation_reported",
        actor=actor,
        at=at,
        partner_id=escalation.partner_id,
        of=escalation,
        note=escalation.summary,
    )
    tell(
        "partners.escalation_reported",
        key=f"escalation:{escalation.pk}",
        partner=escalation.partner,
        at=at,
    )
    return escalation


@transaction.atomic
def close_escalation(
    *,
    escalation_id: int,
    state: str,
    outcome: str,
    on: date,
    actor: User | None,
    at: datetime,
    today: date,
) -> Escalation:
    """Settle, mark or dismiss an escalation; the partner reads the outcome.

    Raises `StandingError` for one that is closed already, for a day before the report or
    in the future, and without an outcome in words. Of two at once one closes it.
    """
    escalation = (
        Escalation.objects.select_for_update(of=("self",))
        .select_related("partner")
        .get(pk=escalation_id)
    )
    before = escalation.state
    if state not in Escalation.NEXT_STATES[before]:
        raise StandingError(
            _("This escalation is closed already: %(state)s.")
            % {"state": escalation.get_state_display()}
        )
    refuse_future(on, today=today)
    if on < escalation.reported_on:
        raise StandingError(_("It cannot end before it was reported."))
    escalation.state = Escalation.State(state)
    escalation.closed_on = on
    escalation.outcome = refuse_empty(outcome)
    escalation.save(update_fields=["state", "closed_on", "outcome"])
    _record(escalation, before=before, on=on, actor=actor, at=at)
    audit.record(
        f"partners.escalation_{state}",
        actor=actor,
        at=at,
        partner_id=escalation.partner_id,
        of=escalation,
        changes={"state": (before, state), "closed_on": (None, on)},
        note=escalation.outcome,
    )
    settle_notifications(key=f"escalation:{escalation.pk}", at=at)
    tell(
        "partners.escalation_closed",
        key=f"escalation-closed:{escalation.pk}",
        partner=escalation.partner,
        at=at,
        state=state,
        outcome=escalation.outcome,
    )
    return escalation


def _record(
    escalation: Escalation, *, before: str, on: date, actor: User | None, at: datetime
) -> None:
    EscalationTransition.objects.create(
        escalation=escalation,
        from_state=before,
        to_state=escalation.state,
        on=on,
        note=escalation.outcome or escalation.summary,
        actor=actor,
        at=at,
    )
