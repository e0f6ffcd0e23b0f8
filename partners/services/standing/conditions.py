"""Findings of staff: a condition of good standing is not met, and is met again (R10)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import ConditionFinding, Partner, Role, User
from partners.services import audit
from partners.services.notifications import settle_notifications
from partners.services.standing.errors import (
    StandingError,
    refuse_empty,
    refuse_future,
)
from partners.services.standing.telling import tell

_PAPER_PEOPLE = frozenset({Role.FINANCE})


@transaction.atomic
def open_finding(
    *, finding: ConditionFinding, actor: User | None, at: datetime, today: date
) -> ConditionFinding:
    """Record that a condition is not met from a day on; the partner reads the reason.

    `finding` is new: partner, condition, day, reason. Raises `StandingError` for a day in
    the future, without a reason, and where the same is found and open already.
    """
    refuse_future(finding.from_on, today=today)
    finding.reason = refuse_empty(finding.reason)
    # The partner's row is the lock: two who find the same wait for each other.
    partner = Partner.objects.select_for_update(of=("self",)).get(pk=finding.partner_id)
    known = ConditionFinding.objects.filter(
        partner=partner, condition=finding.condition, until_on=None
    )
    if known.exists():
        raise StandingError(_("This condition is found not met already."))
    finding.found_by = actor
    finding.save(force_insert=True)
    audit.record(
        "partners.condition_not_met",
        actor=actor,
        at=at,
        partner_id=partner.pk,
        of=finding,
        note=finding.reason,
    )
    tell(
        "partners.condition_not_met",
        key=f"finding:{finding.pk}",
        partner=partner,
        at=at,
        roles=_PAPER_PEOPLE if finding.condition == "paperwork" else frozenset(),
        condition=finding.condition,
        reason=finding.reason,
    )
    return finding


@transaction.atomic
def close_finding(
    *, finding_id: int, on: date, actor: User | None, at: datetime, today: date
) -> ConditionFinding:
    """Record that a condition is met again from a day on.

    Raises `StandingError` for a finding that is closed, for a day before it began and
    for one in the future.
    """
    finding = (
        ConditionFinding.objects.select_for_update(of=("self",))
        .select_related("partner")
        .get(pk=finding_id)
    )
    if finding.until_on is not None:
        raise StandingError(_("This finding is closed already."))
    refuse_future(on, today=today)
    if on < finding.from_on:
        raise StandingError(_("It cannot end before it begins."))
    finding.until_on, finding.closed_by = on, actor
    finding.save(update_fields=["until_on", "closed_by"])
    audit.record(
        "partners.condition_met",
        actor=actor,
        at=at,
        partner_id=finding.partner_id,
        of=finding,
        changes={"until_on": (None, on)},
    )
    settle_notifications(key=f"finding:{finding.pk}", at=at)
    tell(
        "partners.condition_met",
        key=f"finding-closed:{finding.pk}",
        partner=finding.partner,
        at=at,
        condition=finding.condition,
    )
    return finding
