"""Writing down a step of a deal's life: its history and the audit log."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from deals.models import Deal, DealTransition
from outbox import clock
from partners.models import User
from partners.services import audit

AUDITED: Final = (
    *("stage", "closed_on", "poi_on", "cancelled_on", "lost_reason", "valid_until"),
    *("won_edition_id", "won_tier", "won_membership", "won_territory", "won_growth"),
)
"""The fields of a deal whose changes the audit log keeps."""


class InvalidDayError(ValueError):
    """A day a deal cannot have: in the future, or before what it follows."""


class InvalidAmountError(ValueError):
    """An amount that is not less (a downgrade) or not more (an upgrade) than before."""


def state_of(deal: Deal) -> dict[str, object]:
    """Return what the audit log keeps of a deal, for `record_step`."""
    return audit.values_of(deal, AUDITED)


def record_step(
    action: str,
    deal: Deal,
    *,
    before: str,
    said: dict[str, object],
    on: date,
    actor: User | None,
    at: datetime,
    note: str = "",
) -> None:
    """Add the step of a deal the caller has locked and changed.

    `before` is the stage it had, "" where the stage is not what changed; `said` is what
    `state_of` returned before.
    """
    DealTransition.objects.create(
        deal=deal, from_stage=before, to_stage=deal.stage, on=on, note=note, actor=actor,
        at=at,
    )  # fmt: skip
    if actor is not None and deal.active_on != (today := clock.program_day(at)):
        deal.active_on = today
        Deal.objects.filter(pk=deal.pk).update(active_on=today)
    audit.record(
        action,
        actor=actor,
        at=at,
        partner_id=deal.partner_id,
        of=deal,
        changes=audit.differences(said, state_of(deal)),
        note=note,
    )
