"""The way to Elite: review, invitation, answer; and whether Elite is kept (3.12)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import EliteReview, MembershipChoice, Partner, TierChange, User
from partners.receipts.elite import checklist_of
from partners.receipts.fingerprints import fingerprint_of
from partners.selectors import edition_on
from partners.services import audit
from partners.services.notifications import notify, settle_notifications
from partners.services.standings import credited_tiers
from partners.services.tier_news import tell_change
from partners.services.tiers.admissions import admit, end_admissions, refresh_admitted
from partners.services.tiers.decisions import credit
from partners.services.tiers.telling import (
    back_office_page,
    owners_of,
    staff_of,
    tier_page,
)
from program.rulebook import Tier

KIND = EliteReview.Kind
STATE = EliteReview.State


class EliteError(ValueError):
    """A step on the way to Elite that cannot be taken now."""


@transaction.atomic
def open_review(*, partner_id: int, actor: User, at: datetime, on: date) -> EliteReview:
    """Begin the review of a partner that its points have not brought up.

    Raises `EliteError` for a provider, an Elite partner and while a review is open.
    """
    partner = _locked_partner(partner_id)
    if partner.membership != MembershipChoice.PARTNER:
        raise EliteError(_("A provider has no tier."))
    if partner.elite_reviews.open().exists():
        raise EliteError(_("A review of this partner is open already."))
    if _credited(partner, on) is Tier.ELITE:
        raise EliteError(_("The partner is Elite."))
    review = EliteReview.objects.create(
        partner=partner,
        state=STATE.CANDIDATE,
        opened_on=on,
        opened_at=at,
        opened_by=actor,
    )
    _record("opened", review, actor=actor, at=at)
    return review


@transaction.atomic
def record_findings(
    *,
    review_id: int,
    customer_retention_bps: int | None,
    customer_retention_source: str,
    revenue_retention_bps: int | None,
    revenue_retention_source: str,
    actor: User,
    at: datetime,
) -> EliteReview:
    """Enter what a review found out by hand; a partner near Elite becomes a candidate.

    Raises `EliteError` for retention without its source, and unless the review is under
    way.
    """
    review = _locked(review_id, STATE.NEAR, STATE.CANDIDATE)
    for value, source in (
        (customer_retention_bps, customer_retention_source),
        (revenue_retention_bps, revenue_retention_source),
    ):
        if value is not None and not source.strip():
            raise EliteError(_("Retention needs its source."))
    before = _entered(review)
    review.customer_retention_bps = customer_retention_bps
    review.customer_retention_source = customer_retention_source.strip()
    review.revenue_retention_bps = revenue_retention_bps
    review.revenue_retention_source = revenue_retention_source.strip()
    review.state = STATE.CANDIDATE
    review.checked_by, review.checked_at = actor, at
    review.save()
    changes = audit.differences(before, _entered(review))
    _record("reviewed", review, actor=actor, at=at, changes=changes)
    return review


@transaction.atomic
def invite_to_elite(
    *, review_id: int, actor: User, at: datetime, today: date
) -> EliteReview:
    """Invite a candidate whose checklist is met in full; the checklist is kept.

    Raises `EliteError` before the review was made, for whoever made it, and for a
    criterion that is not met, which it names.
    """
    review = _locked(review_id, STATE.CANDIDATE)
    if review.kind != KIND.CANDIDACY:
        raise EliteError(_("This partner is Elite: decide whether it stays."))
    _refuse_reviewer(review, actor)
    edition = edition_on(today)
    lines = checklist_of(review, edition=edition, on=today)
    lacking = [line.label for line in lines if not line.met]
    if lacking:
        raise EliteError(
            _("Not met yet: %(criteria)s.") % {"criteria": ", ".join(lacking)}
        )
    review.state = STATE.INVITED
    review.checklist = {
        "edition": edition.code,
        "on": today.isoformat(),
        "lines": [line.stored() for line in lines],
    }
    review.sha256 = fingerprint_of(
        edition=edition.code, partner_id=review.partner_id, facts=review.checklist
    )
    review.invited_by, review.invited_at, review.invited_on = actor, at, today
    review.save()
    admit(review.partner, today, at=at)
    _record("invited", review, actor=actor, at=at)
    notify(
        "partners.elite_invited",
        key=_key(review),
        user_ids=owners_of(review.partner_id),
        at=at,
        partner_id=review.partner_id,
        path=tier_page(),
    )
    return review


@transaction.atomic
def answer_invitation(
    *, review_id: int, accept: bool, actor: User, at: datetime, today: date
) -> EliteReview:
    """Accept Elite, which credits it today, or decline it, which ends the invitation.

    Raises `EliteError` unless the partner is invited, and for a provider.
    """
    review = _locked(review_id, STATE.INVITED)
    if accept and review.partner.membership != MembershipChoice.PARTNER:
        raise EliteError(_("A provider has no tier."))
    review.state = STATE.ACCEPTED if accept else STATE.DECLINED
    review.closed_by, review.closed_at, review.closed_on = actor, at, today
    if accept:
        review.change = _changed(
            review, Tier.ELITE, TierChange.Cause.ELITE_ACCEPTED, at=at, on=today
        )
        refresh_admitted(review.partner_id, at=at)
    else:
        end_admissions({review.partner_id: today}, at=at)
    review.save()
    _record("accepted" if accept else "declined", review, actor=actor, at=at)
    settle_notifications(key=_key(review), at=at)
    notify(
        "partners.elite_answered",
        key=f"elite-answered:{review.pk}",
        user_ids=staff_of(review.partner),
        at=at,
        partner_id=review.partner_id,
        facts={"partner": review.partner.name, "accepted": accept},
        path=back_office_page(review),
    )
    return review


@transaction.atomic
def conclude_review(
    *, review_id: int, keep: bool, reason: str, actor: User, at: datetime, today: date
) -> EliteReview:
    """Decide whether an Elite partner that lacks an extra criterion stays Elite.

    Ended, its tier is what its points give without an invitation. Raises `EliteError`
    without a reason, for a candidate, before the review was made, and for whoever made
    it.
    """
    review = _locked(review_id, STATE.CANDIDATE)
    if review.kind != KIND.KEEPING:
        raise EliteError(_("This is a candidate: invite it, or close the review."))
    if not reason.strip():
        raise EliteError(_("A decision needs a reason."))
    _refuse_reviewer(review, actor)
    review.state = STATE.KEPT if keep else STATE.ENDED
    review.closing_reason = reason.strip()
    review.closed_by, review.closed_at, review.closed_on = actor, at, today
    if not keep:
        performing = Tier(review.partner.standing.performing_tier)
        review.change = _changed(
            review,
            min(performing, Tier.DIAMOND),
            TierChange.Cause.ELITE_ENDED,
            at=at,
            on=today,
        )
        tell_change(review.change, before=Tier.ELITE, at=at)
    review.save()
    _record("kept" if keep else "ended", review, actor=actor, at=at, note=reason)
    return review


@transaction.atomic
def close_review(
    *, review_id: int, reason: str, actor: User, at: datetime, today: date
) -> EliteReview:
    """End the review of a candidate without an invitation.

    Raises `EliteError` without a reason, and unless a candidacy is under way.
    """
    review = _locked(review_id, STATE.NEAR, STATE.CANDIDATE)
    if review.kind != KIND.CANDIDACY:
        raise EliteError(_("This partner is Elite: decide whether it stays."))
    if not reason.strip():
        raise EliteError(_("Closing a review needs a reason."))
    review.state = STATE.CLOSED
    review.closing_reason = reason.strip()
    review.closed_by, review.closed_at, review.closed_on = actor, at, today
    review.save()
    _record("closed", review, actor=actor, at=at, note=reason)
    return review


@transaction.atomic
def end_candidacies(*, partner_ids: Iterable[int], on: date, at: datetime) -> None:
    """Close what is under way for companies that became providers; nobody decided it.

    An invitation ends, too: a provider has no tier.
    """
    ids = list(partner_ids)
    reviews = EliteReview.objects.open().select_for_update(of=("self",))
    for review in reviews.filter(partner_id__in=ids).order_by("pk"):
        before = review.state
        review.state = STATE.CLOSED
        review.closed_at, review.closed_on = at, on
        review.save()
        audit.record(
            "partners.elite_closed",
            actor=None,
            at=at,
            partner_id=review.partner_id,
            of=review,
            changes={"state": (before, review.state)},
        )
        settle_notifications(key=_key(review), at=at)
    end_admissions(dict.fromkeys(ids, on), at=at)


def _changed(
    review: EliteReview, tier: Tier, cause: str, *, at: datetime, on: date
) -> TierChange:
    """Credit a tier to the partner of a review; return the change."""
    change = TierChange(
        partner=review.partner, on=on, tier=tier, cause=cause, recorded_at=at
    )
    credit([change])
    return change


def _refuse_reviewer(review: EliteReview, actor: User) -> None:
    if review.checked_by_id is None:
        raise EliteError(_("Nobody has entered the findings of the review yet."))
    if review.checked_by_id == actor.pk:
        raise EliteError(_("Whoever made the review does not decide it."))


def _credited(partner: Partner, on: date) -> Tier:
    held = credited_tiers(partner_ids=[partner.pk], on=on).get(partner.pk)
    return held[0] if held else Tier.NONE


def _locked_partner(partner_id: int) -> Partner:
    return Partner.objects.select_for_update(of=("self",)).get(pk=partner_id)


def _locked(review_id: int, *states: str) -> EliteReview:
    """Lock a review that is in one of some states, and its partner before it."""
    partner = _locked_partner(EliteReview.objects.get(pk=review_id).partner_id)
    review = EliteReview.objects.select_for_update(of=("self",)).get(pk=review_id)
    if review.state not in states:
        raise EliteError(
            _("The review is past that: %(state)s.")
            % {"state": review.get_state_display().lower()}
        )
    review.partner = partner
    return review


def _entered(review: EliteReview) -> dict[str, Any]:
    names = ("customer_retention", "revenue_retention")
    entered = {
        f"{name}_{part}": getattr(review, f"{name}_{part}")
        for name in names
        for part in ("bps", "source")
    }
    return {**entered, "state": review.state}


def _record(
    what: str,
    review: EliteReview,
    *,
    actor: User,
    at: datetime,
    changes: audit.Changes | None = None,
    note: str = "",
) -> None:
    audit.record(
        f"partners.elite_{what}",
        actor=actor,
        at=at,
        partner_id=review.partner_id,
        of=review,
        changes=changes,
        note=note.strip(),
    )


def _key(review: EliteReview) -> str:
    return f"elite:{review.pk}"
