"""Appeals against a demotion before it takes effect, with a clock (3.4.7)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import MembershipChoice, Partner, TierAppeal, TierOverride, User
from partners.selectors import edition_on
from partners.services import audit
from partners.services.notifications import notify, settle_notifications
from partners.services.standings import credited_tiers
from partners.services.tiers.overrides import granted_to, tell_granted
from partners.services.tiers.rehearsal import rehearse_evaluation
from partners.services.tiers.telling import (
    back_office_page,
    everybody_of,
    staff_of,
    tier_page,
)

ONE_DAY = timedelta(days=1)
STATE = TierAppeal.State
PROPOSAL = TierAppeal.Proposal


class AppealError(ValueError):
    """An appeal that cannot be made or decided like this."""


def appeal_window(today: date) -> date | None:
    """Return the evaluation day that may be appealed against today, None if none may."""
    calendar = edition_on(today).rulebook.calendar
    evaluation_on = calendar.next_evaluation(today + ONE_DAY)
    days = edition_on(evaluation_on).rulebook.tiers.appeal_from_days
    return evaluation_on if today >= evaluation_on - timedelta(days=days) else None


@transaction.atomic
def file_appeal(
    *, partner_id: int, text: str, actor: User, at: datetime, today: date
) -> TierAppeal:
    """Appeal against the demotion that the next evaluation would bring.

    Raises `AppealError` outside the days before an evaluation, without a text, where the
    rehearsal shows no demotion, and a second time.
    """
    partner = Partner.objects.select_for_update(of=("self",)).get(pk=partner_id)
    evaluation_on = appeal_window(today)
    if evaluation_on is None:
        raise AppealError(_("Appeals are made in the days before an evaluation only."))
    if not text.strip():
        raise AppealError(_("Say why the tier should stay."))
    if partner.tier_appeals.filter(evaluation_on=evaluation_on).exists():
        raise AppealError(_("There is an appeal against this evaluation already."))
    tier, _since = credited_tiers(partner_ids=[partner.pk], on=today).get(
        partner.pk, (None, None)
    )
    decision = rehearse_evaluation(
        partner=partner, evaluation_on=evaluation_on, today=today, at=at
    )
    if tier is None or decision is None or decision.tier >= tier:
        raise AppealError(_("The next evaluation would not lower your tier."))
    days = edition_on(evaluation_on).rulebook.tiers.appeal_decide_days
    appeal = TierAppeal.objects.create(
        partner=partner,
        evaluation_on=evaluation_on,
        tier=tier,
        feared_tier=decision.tier,
        text=text.strip(),
        filed_by=actor,
        filed_at=at,
        filed_on=today,
        decide_by=today + timedelta(days=days),
    )
    audit.record(
        "partners.appeal_filed",
        actor=actor,
        at=at,
        partner_id=partner.pk,
        of=appeal,
        note=appeal.text,
    )
    notify(
        "partners.appeal_to_decide",
        key=_key(appeal),
        user_ids=staff_of(partner),
        at=at,
        partner_id=partner.pk,
        facts={
            "partner": partner.name,
            "tier": appeal.tier,
            "evaluation": evaluation_on.isoformat(),
            "decide_by": appeal.decide_by.isoformat(),
        },
        path=back_office_page(appeal),
        due_on=appeal.decide_by,
    )
    return appeal


@transaction.atomic
def propose_decision(
    *, appeal_id: int, uphold: bool, reason: str, actor: User, at: datetime
) -> TierAppeal:
    """Propose what to do with an open appeal; the newest proposal counts.

    Raises `AppealError` without a reason, and for an appeal that is decided.
    """
    appeal = _open(appeal_id)
    if not reason.strip():
        raise AppealError(_("A proposal needs a reason."))
    before = appeal.proposal
    appeal.proposal = PROPOSAL.UPHOLD if uphold else PROPOSAL.REJECT
    appeal.proposal_reason = reason.strip()
    appeal.proposed_by, appeal.proposed_at = actor, at
    appeal.save()
    audit.record(
        "partners.appeal_proposal",
        actor=actor,
        at=at,
        partner_id=appeal.partner_id,
        of=appeal,
        changes={"proposal": (before, appeal.proposal)},
        note=appeal.proposal_reason,
    )
    return appeal


@transaction.atomic
def decide_appeal(
    *,
    appeal_id: int,
    uphold: bool,
    reason: str,
    actor: User,
    at: datetime,
    today: date,
) -> TierAppeal:
    """Decide an open appeal. Upheld, the tier is granted until the next evaluation.

    Raises `AppealError` without a reason, before somebody proposed what to do, for
    whoever proposed it, and for an appeal that is decided.
    """
    appeal = _open(appeal_id)
    if not reason.strip():
        raise AppealError(_("A decision needs a reason."))
    if appeal.proposed_by_id is None:
        raise AppealError(_("Nobody has proposed yet what to do."))
    if appeal.proposed_by_id == actor.pk:
        raise AppealError(_("Whoever proposed it does not decide it."))
    appeal.state = STATE.UPHELD if uphold else STATE.REJECTED
    appeal.decided_by, appeal.decided_at, appeal.decided_on = actor, at, today
    appeal.decision_reason = reason.strip()
    if uphold:
        appeal.override = _granted(appeal, actor=actor, at=at, today=today)
    appeal.save()
    audit.record(
        "partners.appeal_decided",
        actor=actor,
        at=at,
        partner_id=appeal.partner_id,
        of=appeal,
        changes={"state": (STATE.OPEN, appeal.state)},
        note=appeal.decision_reason,
    )
    settle_notifications(key=_key(appeal), at=at)
    settle_notifications(key=overdue_key(appeal), at=at)
    notify(
        "partners.appeal_decided",
        key=f"appeal-decided:{appeal.pk}",
        user_ids=everybody_of(appeal.partner_id),
        at=at,
        partner_id=appeal.partner_id,
        facts={
            "tier": appeal.tier,
            "evaluation": appeal.evaluation_on.isoformat(),
            "upheld": uphold,
            "reason": appeal.decision_reason,
        },
        path=tier_page(),
    )
    return appeal


def _granted(
    appeal: TierAppeal, *, actor: User, at: datetime, today: date
) -> TierOverride | None:
    """Grant the tier at stake until the evaluation after the one appealed against.

    On the days that no other override covers. None if there is none: that evaluation has
    come before the decision. None to a provider, which has no tier.
    """
    assert appeal.proposed_by
    assert appeal.proposed_at
    from_on = max(today, appeal.evaluation_on)
    calendar = edition_on(appeal.evaluation_on).rulebook.calendar
    until_on = calendar.next_evaluation(appeal.evaluation_on + ONE_DAY)
    for other in granted_to(appeal.partner):
        if other.from_on <= from_on < other.ends_on:
            from_on = other.ends_on
        elif from_on < other.from_on < until_on:
            until_on = other.from_on
    if until_on <= from_on or appeal.partner.membership != MembershipChoice.PARTNER:
        return None
    override = TierOverride.objects.create(
        partner=appeal.partner,
        tier=appeal.tier,
        from_on=from_on,
        until_on=until_on,
        reason=appeal.decision_reason,
        state=TierOverride.State.APPROVED,
        proposed_by=appeal.proposed_by,
        proposed_at=appeal.proposed_at,
        decided_by=actor,
        decided_at=at,
        decision_note=appeal.decision_reason,
    )
    audit.record(
        "partners.override_approved",
        actor=actor,
        at=at,
        partner_id=appeal.partner_id,
        of=override,
        note=override.reason,
    )
    tell_granted(override, at=at)
    return override


def _open(appeal_id: int) -> TierAppeal:
    """Lock an appeal that is not decided yet, and its partner before it.

    One decision about a partner's tier at a time: no other grant comes between.
    """
    partner_id = TierAppeal.objects.get(pk=appeal_id).partner_id
    partner = Partner.objects.select_for_update(of=("self",)).get(pk=partner_id)
    appeal = (
        TierAppeal.objects.select_for_update(of=("self",))
        .select_related("proposed_by")
        .get(pk=appeal_id)
    )
    appeal.partner = partner
    if appeal.state != STATE.OPEN:
        raise AppealError(_("This appeal was decided already."))
    return appeal


def _key(appeal: TierAppeal) -> str:
    return f"appeal:{appeal.pk}"


def overdue_key(appeal: TierAppeal) -> str:
    return f"appeal-overdue:{appeal.pk}"
