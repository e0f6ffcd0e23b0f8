"""How a sale began: since when it is the vendor's, who was brought in (R34, 3.10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import Deal, MotionStep
from deals.services.activities import locked
from deals.services.life.motions import MotionError, propose
from outbox import clock
from partners.models import User
from partners.services import audit
from program.motion import Evidence

_State = Deal.MotionState


@transaction.atomic
def record_introduction(
    *,
    deal_id: int,
    on: date | None = None,
    works_since: date | None = None,
    actor: User,
    at: datetime,
) -> MotionStep:
    """Record how a sale began; the motion that follows is proposed anew.

    `works_since` is the day since when the vendor's sale with the client is open, `on`
    the day on which the partner was brought into it; what is left out stays as it was
    recorded. The partner may contest the motion as every proposal. Raises `MotionError`
    once the vendor has decided or the deal is closed, for a day in the future, for an
    introduction before the sale, and for what is recorded already.
    """
    deal = locked(deal_id)
    if deal.motion_state == _State.DECIDED:
        raise MotionError(_("The motion is decided already."))
    if deal.motion_state == _State.CONTESTED:
        raise MotionError(_("It is contested: decide it."))
    today = clock.program_day(at)
    if any(day is not None and day > today for day in (on, works_since)):
        raise MotionError(_("What has begun a sale cannot lie in the future."))
    before = _last_evidence(deal)
    known = _day(before, "introduced_on"), _day(before, "vendor_works_since")
    introduced_on, since = on or known[0], works_since or known[1]
    if (introduced_on, since) == known:
        raise MotionError(_("This is recorded already."))
    if introduced_on and since and introduced_on < since:
        raise MotionError(
            _("An introduction is made during the sale, not before it is open.")
        )
    step = propose(
        deal,
        evidence=Evidence(
            registered_on=deal.registered_on,
            introduced_by_vendor=bool(before.get("introduced_by_vendor")),
            introduced_on=introduced_on,
            vendor_works_since=since,
        ),
        at=at,
    )
    audit.record(
        "deals.introduction_recorded",
        actor=actor,
        at=at,
        partner_id=deal.partner_id,
        of=deal,
        changes=audit.differences(
            {"introduced_on": known[0], "vendor_works_since": known[1]},
            {"introduced_on": introduced_on, "vendor_works_since": since},
        ),
    )
    return step


def _day(evidence: Mapping[str, str], name: str) -> date | None:
    return date.fromisoformat(evidence[name]) if evidence.get(name) else None


def _last_evidence(deal: Deal) -> dict[str, str]:
    """Return the evidence of the last proposal; nothing for a deal without one."""
    proposed = MotionStep.objects.filter(deal=deal, event=MotionStep.Event.PROPOSED)
    last = proposed.order_by("-pk").first()
    return last.evidence if last else {}
