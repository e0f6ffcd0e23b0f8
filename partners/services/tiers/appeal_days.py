"""What the calendar does with appeals.

Evaluations ask `appeals_against`; a demotion that has to wait is stored with the appeal,
and carried out or dropped by `settle_appeals` on the day after the decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from partners.models import Evaluation, TierAppeal, TierChange
from partners.services import audit
from partners.services.notifications import notify
from partners.services.tiers.appeals import ONE_DAY, STATE, overdue_key
from partners.services.tiers.decisions import changes_since, credit
from partners.services.tiers.telling import (
    back_office_page,
    everybody_of,
    staff_of,
    tier_page,
)
from program.rulebook import Tier
from program.tiers import Appeal, Decision, heed_appeal


def appeals_against(
    *, evaluation_on: date, partner_ids: Iterable[int]
) -> dict[int, TierAppeal]:
    """Return partner id → the appeal against the evaluation of a day, locked."""
    appeals = (
        TierAppeal.objects.select_for_update(of=("self",))
        .filter(evaluation_on=evaluation_on, partner_id__in=list(partner_ids))
        .order_by("pk")
    )
    return {appeal.partner_id: appeal for appeal in appeals}


def heeding(
    decision: Decision, *, on: date, credited: Tier, appeal: TierAppeal | None
) -> tuple[Decision, dict[str, dict[str, str]]]:
    """Return the decision of a day after the appeal against it, and the facts it adds.

    What was decided about the appeal counts from the day after, so that a day worked off
    late gives what it would have given in time.
    """
    if appeal is None:
        return decision, {}
    decided = appeal.decided_on is not None and appeal.decided_on < on
    state = Appeal(appeal.state) if decided else Appeal.OPEN
    heeded = heed_appeal(decision, credited=credited, appeal=state)
    if heeded == decision:
        return decision, {}
    facts = {
        "id": str(appeal.public_id),
        "state": str(state),
        "tier": str(decision.tier),
        "cause": str(decision.cause),
    }
    return heeded, {"appeal": facts}


def let_wait(
    evaluations: Sequence[Evaluation], appeals: Mapping[int, TierAppeal]
) -> None:
    """Store with each appeal the evaluation that waits for its decision."""
    for evaluation in evaluations:
        if evaluation.cause == Evaluation.Cause.APPEALED:
            appeal = appeals[evaluation.partner_id]
            appeal.waiting = evaluation
            appeal.save(update_fields=["waiting"])


@transaction.atomic
def settle_appeals(*, on: date, at: datetime, first: int, last: int) -> int:
    """Carry out or drop the demotions whose appeal was decided before a day.

    Each on the day after the decision, however late this runs. A tier credited since the
    evaluation stands, and so does one that a later evaluation kept: what is decided here
    is older. Returns how many tiers changed; repeating it changes none.
    """
    appeals = list(
        TierAppeal.objects.select_for_update(of=("self",))
        .filter(
            partner_id__gte=first,
            partner_id__lte=last,
            waiting__isnull=False,
            settled_on=None,
            decided_on__lt=on,
        )
        .select_related("waiting")
        .order_by("decided_on", "pk")
    )
    changes = []
    for appeal in appeals:
        evaluation = appeal.waiting
        assert evaluation
        assert appeal.decided_on
        appeal.settled_on = appeal.decided_on + ONE_DAY
        appeal.save(update_fields=["settled_on"])
        newer = Evaluation.objects.filter(
            partner_id=appeal.partner_id, on__gt=evaluation.on
        )
        overtaken = changes_since(evaluation).exists() or newer.exists()
        if appeal.state == STATE.REJECTED and not overtaken:
            changes.append(
                TierChange(
                    partner_id=appeal.partner_id,
                    on=appeal.settled_on,
                    tier=evaluation.facts["appeal"]["tier"],
                    cause=TierChange.Cause.APPEAL_REJECTED,
                    evaluation=evaluation,
                    recorded_at=at,
                )
            )
    credit(changes)
    return len(changes)


@transaction.atomic
def warn_overdue_appeals(*, on: date, at: datetime, first: int, last: int) -> int:
    """Tell staff and partner of each open appeal that is late on a day, once."""
    appeals = (
        TierAppeal.objects.select_for_update(of=("self",))
        .filter(
            partner_id__gte=first,
            partner_id__lte=last,
            state=STATE.OPEN,
            decide_by__lt=on,
            overdue_at=None,
        )
        .select_related("partner")
        .order_by("pk")
    )
    count = 0
    for appeal in appeals:
        appeal.overdue_at = at
        appeal.save(update_fields=["overdue_at"])
        facts = {
            "partner": appeal.partner.name,
            "decide_by": appeal.decide_by.isoformat(),
        }
        notify(
            "partners.appeal_overdue",
            key=overdue_key(appeal),
            user_ids=staff_of(appeal.partner),
            at=at,
            partner_id=appeal.partner_id,
            facts=facts,
            path=back_office_page(appeal),
            due_on=appeal.decide_by,
        )
        notify(
            "partners.appeal_waits",
            key=f"appeal-waits:{appeal.pk}",
            user_ids=everybody_of(appeal.partner_id),
            at=at,
            partner_id=appeal.partner_id,
            facts=facts,
            path=tier_page(),
        )
        audit.record(
            "partners.appeal_overdue",
            actor=None,
            at=at,
            partner_id=appeal.partner_id,
            of=appeal,
        )
        count += 1
    return count
