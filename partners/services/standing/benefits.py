"""Benefits suspended on default and restored (R7)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import BenefitSuspension, Partner, User
from partners.services import audit
from partners.services.notifications import settle_notifications
from partners.services.standing.errors import (
    StandingError,
    refuse_empty,
    refuse_future,
)
from partners.services.standing.telling import tell


@transaction.atomic
def suspend_benefits(
    *, suspension: BenefitSuspension, actor: User | None, at: datetime, today: date
) -> BenefitSuspension:
    """Suspend a partner's benefits from a day on; the partner reads the reason.

    `suspension` is new: partner, cause, day, reason. Raises `StandingError` for a day in
    the future, without a reason, and where the same cause suspends them already.
    """
    refuse_future(suspension.from_on, today=today)
    if suspension.cause == BenefitSuspension.Cause.DEFAULT:
        suspension.reason = refuse_empty(suspension.reason)
    # The partner's row is the lock: two at once wait for each other.
    partner = Partner.objects.select_for_update(of=("self",)).get(
        pk=suspension.partner_id
    )
    running = BenefitSuspension.objects.filter(
        partner=partner, cause=suspension.cause, until_on=None
    )
    if running.exists():
        raise StandingError(_("The benefits are suspended already."))
    suspension.suspended_by = actor
    suspension.save(force_insert=True)
    audit.record(
        "partners.benefits_suspended",
        actor=actor,
        at=at,
        partner_id=partner.pk,
        of=suspension,
        note=suspension.reason,
    )
    tell(
        "partners.benefits_suspended",
        key=f"suspension:{suspension.pk}",
        partner=partner,
        at=at,
        cause=suspension.cause,
        reason=suspension.reason,
    )
    return suspension


@transaction.atomic
def restore_benefits(
    *, suspension_id: int, on: date, actor: User | None, at: datetime, today: date
) -> BenefitSuspension:
    """Give a partner its benefits back from a day on.

    Raises `StandingError` for a suspension that has ended, for a day before it began and
    for one in the future.
    """
    suspension = (
        BenefitSuspension.objects.select_for_update(of=("self",))
        .select_related("partner")
        .get(pk=suspension_id)
    )
    if suspension.until_on is not None:
        raise StandingError(_("This suspension has ended already."))
    refuse_future(on, today=today)
    if on < suspension.from_on:
        raise StandingError(_("It cannot end before it begins."))
    suspension.until_on, suspension.restored_by = on, actor
    suspension.save(update_fields=["until_on", "restored_by"])
    audit.record(
        "partners.benefits_restored",
        actor=actor,
        at=at,
        partner_id=suspension.partner_id,
        of=suspension,
        changes={"until_on": (None, on)},
    )
    settle_notifications(key=f"suspension:{suspension.pk}", at=at)
    tell(
        "partners.benefits_restored",
        key=f"suspension-ended:{suspension.pk}",
        partner=suspension.partner,
        at=at,
    )
    return suspension
