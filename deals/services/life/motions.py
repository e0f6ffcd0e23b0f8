"""Sourced or assisted: proposed, confirmed or contested, decided (3.10, C-ambiguity 6).

The motion decides points, the sold minimum and the commission. It may be argued about
until the deal is closed; afterwards a correction is an act of its own, with its own audit
row and correcting entries in the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

import outbox.services as outbox
from deals.models import Deal, InvalidTransitionError, MotionStep
from deals.notifications.motions import tell_contested, tell_decided
from deals.services.activities import (
    locked,
    note_activity,
    partner_accounts,
    vendor_accounts,
)
from deals.services.life.settling import settle_deals
from outbox.services import JSON
from partners.models import User
from partners.selectors import published_editions
from partners.services import audit
from program.motion import Evidence
from program.motion import propose as proposal_for

State = Deal.MotionState
Event = MotionStep.Event


class MotionError(ValueError):
    """The motion cannot be changed so: the deal is closed, or nothing would change."""


def evidence_facts(evidence: Evidence) -> dict[str, JSON]:
    """Return evidence as it is stored and shown."""
    return {
        "registered_on": evidence.registered_on.isoformat(),
        "introduced_by_vendor": evidence.introduced_by_vendor,
        "introduced_on": outbox.iso(evidence.introduced_on),
        "vendor_works_since": outbox.iso(evidence.vendor_works_since),
    }


@transaction.atomic
def propose(deal: Deal, *, evidence: Evidence, at: datetime) -> MotionStep:
    """Set the motion that the evidence speaks for; the partner may contest it.

    For a deal the caller has locked or just made. Raises `MotionError` if it is closed.
    """
    _refuse_closed(deal)
    proposal = proposal_for(evidence)
    facts = {**evidence_facts(evidence), "because": proposal.because}
    return _take(
        deal,
        Event.PROPOSED,
        motion=proposal.motion.value,
        state=State.PROPOSED,
        evidence=facts,
        reason="",
        actor=None,
        at=at,
    )


@transaction.atomic
def confirm_motion(*, deal_id: int, actor: User, at: datetime) -> MotionStep:
    """Agree, for the partner, with what was proposed. Raises `MotionError` otherwise."""
    deal = locked(deal_id)
    _refuse_closed(deal)
    if deal.motion_state != State.PROPOSED:
        raise MotionError(_("There is no proposal to confirm."))
    return _take(
        deal,
        Event.CONFIRMED,
        motion=deal.motion,
        state=State.CONFIRMED,
        evidence={},
        reason="",
        actor=actor,
        at=at,
    )


@transaction.atomic
def contest_motion(*, deal_id: int, reason: str, actor: User, at: datetime) -> MotionStep:
    """Say, for the partner, that it is the other motion, and why; the vendor decides.

    The deal keeps its motion until then, and cannot be won before. Raises `MotionError`
    if it is closed, contested or decided already, or without a reason.
    """
    deal = locked(deal_id)
    _refuse_closed(deal)
    if deal.motion_state == State.CONTESTED:
        raise MotionError(_("It is contested already; the vendor decides."))
    if deal.motion_steps.filter(event=Event.DECIDED).exists():
        raise MotionError(
            _("The vendor has decided it: speak with your partner manager.")
        )
    if not reason.strip():
        raise MotionError(_("Say why it is the other motion."))
    step = _take(
        deal,
        Event.CONTESTED,
        motion=_other(deal.motion),
        state=State.CONTESTED,
        evidence={},
        reason=reason,
        actor=actor,
        at=at,
        keep=True,
    )
    accounts = vendor_accounts(deal)
    tell_contested(deal, step, accounts=accounts, at=at)
    return step


@transaction.atomic
def decide_motion(
    *, deal_id: int, motion: str, reason: str, actor: User, at: datetime
) -> MotionStep:
    """Decide for the vendor what an open deal is; the partner reads the reason.

    Raises `MotionError` if the deal is closed or nothing would change.
    """
    deal = locked(deal_id)
    _refuse_closed(deal)
    if not reason.strip():
        raise MotionError(_("A decision needs a reason."))
    if deal.motion_state == State.DECIDED and deal.motion == motion:
        raise MotionError(_("That is decided already."))
    step = _rule(deal, Event.DECIDED, motion=motion, reason=reason, actor=actor, at=at)
    tell_decided(deal, step, accounts=partner_accounts(deal), at=at)
    return step


@transaction.atomic
def correct_motion(
    *, deal_id: int, motion: str, reason: str, actor: User, at: datetime
) -> MotionStep:
    """Change the motion of a won deal; the ledger gets correcting entries.

    Whoever stands above is told by the event `deals.motion_corrected`. Raises
    `MotionError` unless the deal is won and the motion another one, or without a reason.
    """
    deal = locked(deal_id)
    if deal.stage != Deal.Stage.WON:
        raise MotionError(_("Only the motion of a won deal is corrected."))
    if deal.motion == motion:
        raise MotionError(_("That is its motion already."))
    if not reason.strip():
        raise MotionError(_("A correction needs a reason."))
    step = _rule(deal, Event.CORRECTED, motion=motion, reason=reason, actor=actor, at=at)
    settle_deals(deal_ids=[deal.pk], at=at, editions=published_editions(), refresh=True)
    outbox.put(
        "deals.motion_corrected",
        key=f"motion-corrected:{step.pk}",
        deal_id=deal.pk,
        step_id=step.pk,
    )
    tell_decided(deal, step, accounts=partner_accounts(deal), at=at)
    return step


def refuse_contested(deal: Deal) -> None:
    """Raise `InvalidTransitionError` while somebody has to decide about the motion."""
    if deal.motion_state == State.CONTESTED:
        raise InvalidTransitionError(
            _("The partner contests the motion: decide it before the deal is won.")
        )


def _refuse_closed(deal: Deal) -> None:
    if deal.stage != Deal.Stage.REGISTERED:
        raise MotionError(_("The motion is locked: the deal is closed."))


def _other(motion: str) -> str:
    sourced, assisted = Deal.Motion.SOURCED.value, Deal.Motion.ASSISTED.value
    return assisted if motion == sourced else sourced


def _rule(
    deal: Deal, event: str, *, motion: str, reason: str, actor: User, at: datetime
) -> MotionStep:
    """Write down what the vendor says that the motion is."""
    return _take(
        deal,
        event,
        motion=motion,
        state=State.DECIDED,
        evidence={},
        reason=reason,
        actor=actor,
        at=at,
    )


def _take(
    deal: Deal,
    event: str,
    *,
    motion: str,
    state: str,
    evidence: Mapping[str, JSON],
    reason: str,
    actor: User | None,
    at: datetime,
    keep: bool = False,
) -> MotionStep:
    """Write down a step; with `keep` the deal's motion stays what it was."""
    fields = ("motion", "motion_state")
    before = audit.values_of(deal, fields)
    deal.motion_state = state
    if not keep:
        deal.motion = motion
    deal.save(update_fields=fields)
    step = MotionStep.objects.create(
        deal=deal,
        event=event,
        motion=motion,
        evidence=dict(evidence),
        reason=reason,
        actor=actor,
        at=at,
    )
    facts: dict[str, JSON] = {"event": str(event), "motion": motion, "reason": reason}
    note_activity(deal, "motion", actor=actor, at=at, facts=facts)
    audit.record(
        f"deals.motion_{event}",
        actor=actor,
        at=at,
        partner_id=deal.partner_id,
        of=deal,
        changes=audit.differences(before, audit.values_of(deal, fields)),
        note=reason,
    )
    return step
