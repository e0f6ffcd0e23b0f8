"""Tiers that staff grant for a time: proposed by one, approved by another (C32)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from partners.models import MembershipChoice, Partner, TierOverride, User
from partners.services import audit
from partners.services.notifications import notify, settle_notifications
from partners.services.tiers.telling import (
    back_office_page,
    everybody_of,
    staff_of,
    tier_page,
)
from program.rulebook import Tier

STATE = TierOverride.State


class OverrideError(ValueError):
    """An override that cannot be made, decided or taken back like this."""


@transaction.atomic
def propose_override(
    *,
    partner_id: int,
    tier: Tier,
    from_on: date,
    until_on: date,
    reason: str,
    actor: User,
    at: datetime,
    today: date,
) -> TierOverride:
    """Propose a tier for a partner from a day until the day before another.

    It grants nothing until somebody else approves it. Raises `OverrideError` for days
    that lie in the past or do not follow each other, without a reason, for a provider,
    and while another proposal is open.
    """
    partner = _partner(partner_id)
    if not reason.strip():
        raise OverrideError(_("An override needs a reason."))
    if from_on < today:
        raise OverrideError(_("An override cannot begin in the past."))
    if until_on <= from_on:
        raise OverrideError(_("The end must lie after the beginning."))
    if partner.membership != MembershipChoice.PARTNER:
        raise OverrideError(_("A provider has no tier."))
    if partner.tier_overrides.filter(state=STATE.PROPOSED).exists():
        raise OverrideError(_("Another proposal waits for its decision."))
    override = TierOverride.objects.create(
        partner=partner,
        tier=tier,
        from_on=from_on,
        until_on=until_on,
        reason=reason.strip(),
        proposed_by=actor,
        proposed_at=at,
    )
    audit.record(
        "partners.override_proposed",
        actor=actor,
        at=at,
        partner_id=partner.pk,
        of=override,
        changes=audit.differences({}, _terms(override)),
        note=override.reason,
    )
    notify(
        "partners.override_proposed",
        key=_key(override),
        user_ids=set(staff_of(partner)) - {actor.pk},
        at=at,
        partner_id=partner.pk,
        facts={
            "partner": partner.name,
            "tier": override.tier,
            "until": override.until_on.isoformat(),
            "reason": override.reason,
        },
        path=back_office_page(override),
        due_on=override.from_on,
    )
    return override


@transaction.atomic
def approve_override(
    *, override_id: int, note: str, actor: User, at: datetime, today: date
) -> TierOverride:
    """Grant a proposed tier. Approved late, it begins on the day of the approval.

    Raises `OverrideError` for the person who proposed it, for one that is decided or
    whose end has come, for a provider, and where another override covers one of its days.
    """
    override = _proposed(override_id, actor)
    if override.until_on <= today:
        raise OverrideError(_("Its end has come already."))
    if override.partner.membership != MembershipChoice.PARTNER:
        raise OverrideError(_("A provider has no tier."))
    override.from_on = max(override.from_on, today)
    for other in granted_to(override.partner):
        if other.from_on < override.until_on and override.from_on < other.ends_on:
            raise OverrideError(_("Another override covers some of its days."))
    _decide(override, STATE.APPROVED, note=note, actor=actor, at=at)
    tell_granted(override, at=at)
    return override


@transaction.atomic
def refuse_override(
    *, override_id: int, note: str, actor: User, at: datetime
) -> TierOverride:
    """Refuse a proposed override, with a reason.

    Raises `OverrideError` for the person who proposed it, without a reason, and for one
    that is decided.
    """
    override = _proposed(override_id, actor)
    if not note.strip():
        raise OverrideError(_("A refusal needs a reason."))
    _decide(override, STATE.REFUSED, note=note, actor=actor, at=at)
    return override


@transaction.atomic
def withdraw_override(
    *, override_id: int, reason: str, actor: User, at: datetime, today: date
) -> TierOverride:
    """Take a proposal back, or end a granted tier: today it grants nothing any more.

    Raises `OverrideError` without a reason, and for one that is over.
    """
    override = _locked(override_id)
    if not reason.strip():
        raise OverrideError(_("A withdrawal needs a reason."))
    granted = override.state == STATE.APPROVED
    if not granted and override.state != STATE.PROPOSED:
        raise OverrideError(_("It grants nothing any more."))
    if granted and override.until_on <= today:
        raise OverrideError(_("Its end has come already."))
    before = override.state
    override.state = STATE.WITHDRAWN
    override.withdrawn_by, override.withdrawn_at = actor, at
    override.withdrawn_on = today
    override.withdrawal_reason = reason.strip()
    override.ended_at = at
    override.save()
    audit.record(
        "partners.override_withdrawn",
        actor=actor,
        at=at,
        partner_id=override.partner_id,
        of=override,
        changes={
            "state": (before, override.state),
            "withdrawn_on": (None, override.withdrawn_on),
        },
        note=override.withdrawal_reason,
    )
    settle_notifications(key=_key(override), at=at)
    if granted and override.from_on <= today:
        _tell_ended(override, at=at)
    return override


@transaction.atomic
def end_overrides(*, on: date, at: datetime, first: int, last: int) -> int:
    """Note and tell the end of each override that ended up to a day.

    The end itself is a matter of its dates: whatever reads the granted tier asks them.
    Returns how many ended; repeating it tells nobody again.
    """
    ended = (
        TierOverride.objects.select_for_update(of=("self",))
        .filter(
            partner_id__gte=first,
            partner_id__lte=last,
            state=STATE.APPROVED,
            until_on__lte=on,
            ended_at=None,
        )
        .order_by("pk")
    )
    count = 0
    for override in ended:
        override.ended_at = at
        override.save(update_fields=["ended_at"])
        audit.record(
            "partners.override_ended",
            actor=None,
            at=at,
            partner_id=override.partner_id,
            of=override,
        )
        _tell_ended(override, at=at)
        count += 1
    return count


def granted_to(partner: Partner) -> QuerySet[TierOverride]:
    """Return what was ever granted to a partner, in the order of its days."""
    return partner.tier_overrides.filter(
        state__in=(STATE.APPROVED, STATE.WITHDRAWN), decided_at__isnull=False
    ).order_by("from_on", "pk")


def tell_granted(override: TierOverride, *, at: datetime) -> None:
    """Tell everybody of the company what is granted, until when and why."""
    notify(
        "partners.override_granted",
        key=f"override-granted:{override.pk}",
        user_ids=everybody_of(override.partner_id),
        at=at,
        partner_id=override.partner_id,
        facts={
            "tier": override.tier,
            "from": override.from_on.isoformat(),
            "until": override.until_on.isoformat(),
            "reason": override.reason,
        },
        path=tier_page(),
    )


def _tell_ended(override: TierOverride, *, at: datetime) -> None:
    notify(
        "partners.override_ended",
        key=f"override-ended:{override.pk}",
        user_ids=everybody_of(override.partner_id),
        at=at,
        partner_id=override.partner_id,
        facts={"tier": override.tier, "end": override.ends_on.isoformat()},
        path=tier_page(),
    )


def _decide(
    override: TierOverride, state: str, *, note: str, actor: User, at: datetime
) -> None:
    override.state = state
    override.decided_by, override.decided_at = actor, at
    override.decision_note = note.strip()
    override.save()
    audit.record(
        f"partners.override_{state}",
        actor=actor,
        at=at,
        partner_id=override.partner_id,
        of=override,
        changes={"state": (STATE.PROPOSED, state)},
        note=override.decision_note,
    )
    settle_notifications(key=_key(override), at=at)


def _partner(partner_id: int) -> Partner:
    """Lock the partner: one decision about its tier at a time."""
    return Partner.objects.select_for_update(of=("self",)).get(pk=partner_id)


def _locked(override_id: int) -> TierOverride:
    override = TierOverride.objects.get(pk=override_id)
    partner = _partner(override.partner_id)
    override = TierOverride.objects.select_for_update(of=("self",)).get(pk=override_id)
    override.partner = partner
    return override


def _proposed(override_id: int, actor: User) -> TierOverride:
    """Lock a proposal that this person may decide."""
    override = _locked(override_id)
    if override.state != STATE.PROPOSED:
        raise OverrideError(_("This override was decided already."))
    if override.proposed_by_id == actor.pk:
        raise OverrideError(_("Whoever proposed it does not decide it."))
    return override


def _terms(override: TierOverride) -> dict[str, Any]:
    return {
        "tier": override.tier,
        "from_on": override.from_on,
        "until_on": override.until_on,
    }


def _key(override: TierOverride) -> str:
    return f"override:{override.pk}"
