"""The vendor brought a partner into a running sale: recorded before the close (R34)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import Deal, MotionStep
from deals.services.activities import locked
from deals.services.motions import MotionError, propose
from outbox import clock
from partners.models import User
from partners.services import audit
from program.motion import Evidence

_State = Deal.MotionState


@transaction.atomic
def record_introduction(
    *, deal_id: int, on: date, actor: User, at: datetime
) -> MotionStep:
    """Record the day of an introduction; the motion that follows is proposed anew.

    The partner may contest it as every proposal. Raises `MotionError` once the vendor has
    decided or the deal is closed, for a day in the future, and for a day that is recorded
    already.
    """
    deal = locked(deal_id)
    if deal.motion_state == _State.DECIDED:
        raise MotionError(_("The motion is decided already."))
    if deal.motion_state == _State.CONTESTED:
        raise MotionError(_("It is contested: decide it."))
    if on > clock.program_day(at):
        raise MotionError(_("An introduction cannot lie in the future."))
    before = _last_evidence(deal)
    if before.get("introduced_on") == on.isoformat():
        raise MotionError(_("This introduction is recorded already."))
    since = before.get("vendor_works_since")
    step = propose(
        deal,
        evidence=Evidence(
            registered_on=deal.registered_on,
            introduced_by_vendor=bool(before.get("introduced_by_vendor")),
            introduced_on=on,
            vendor_works_since=date.fromisoformat(since) if since else None,
        ),
        at=at,
    )
    audit.record(
        "deals.introduction_recorded",
        actor=actor,
        at=at,
        partner_id=deal.partner_id,
        of=deal,
        changes={"introduced_on": (before.get("introduced_on"), on)},
    )
    return step


def _last_evidence(deal: Deal) -> dict[str, str]:
    """Return the evidence of the last proposal; nothing for a deal without one."""
    proposed = MotionStep.objects.filter(deal=deal, event=MotionStep.Event.PROPOSED)
    last = proposed.order_by("-pk").first()
    return last.evidence if last else {}
