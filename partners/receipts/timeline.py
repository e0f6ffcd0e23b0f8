"""What happened to a partner's tier, newest first: each row with its receipt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import (
    EliteReview,
    Evaluation,
    Partner,
    Snapshot,
    TierAppeal,
    TierChange,
    TierOverride,
    User,
)
from partners.receipts import addresses
from partners.receipts.words import tier_name
from ui import formats


class EventKind(models.TextChoices):
    """What kind of thing happened."""

    CHANGE = "change", gettext_lazy("Tier change")
    EVALUATION = "evaluation", gettext_lazy("Evaluation")
    SNAPSHOT = "snapshot", gettext_lazy("Monthly snapshot")
    OVERRIDE = "override", gettext_lazy("Granted tier")
    APPEAL = "appeal", gettext_lazy("Appeal")
    ELITE = "elite", gettext_lazy("Elite")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One row. `tier` is the tier it is about, `why` the cause or the reason."""

    on: date
    at: datetime
    kind: EventKind
    tier: str
    what: str
    why: str
    url: str


def timeline(partner: Partner, *, user: User, since: date | None) -> list[Event]:
    """Return what a person may see of it from a day on, all without a day."""
    events = [
        event
        for source in (
            _snapshots,
            _evaluations,
            _changes,
            _overrides,
            _appeals,
            _elite,
        )
        for event in source(partner, user)
        if since is None or event.on >= since
    ]
    return sorted(
        events, key=lambda event: (event.on, event.at, event.kind), reverse=True
    )


def _snapshots(partner: Partner, user: User) -> Iterator[Event]:
    for snapshot in Snapshot.objects.visible_to(user).filter(partner=partner):
        total = snapshot.sourced + snapshot.assisted + snapshot.managed
        yield Event(
            on=snapshot.on,
            at=snapshot.taken_at,
            kind=EventKind.SNAPSHOT,
            tier=snapshot.performing_tier,
            what=_("The points gave %(tier)s.")
            % {"tier": tier_name(snapshot.performing_tier)},
            why=_("%(points)s points in total.") % {"points": formats.points(total)},
            url=addresses.snapshot_url(snapshot.public_id),
        )


def _evaluations(partner: Partner, user: User) -> Iterator[Event]:
    for evaluation in Evaluation.objects.visible_to(user).filter(partner=partner):
        yield Event(
            on=evaluation.on,
            at=evaluation.decided_at,
            kind=EventKind.EVALUATION,
            tier=evaluation.tier,
            what=_("%(before)s before, %(after)s after.")
            % {
                "before": tier_name(evaluation.credited_before),
                "after": tier_name(evaluation.tier),
            },
            why=f"{evaluation.get_cause_display()}.",
            url=addresses.evaluation_url(evaluation.public_id),
        )


def _changes(partner: Partner, user: User) -> Iterator[Event]:
    for change in TierChange.objects.visible_to(user).filter(partner=partner):
        yield Event(
            on=change.on,
            at=change.recorded_at,
            kind=EventKind.CHANGE,
            tier=change.tier,
            what=_("Credited: %(tier)s.") % {"tier": tier_name(change.tier)},
            why=f"{change.get_cause_display()}.",
            url=addresses.credited_tier_url(
                partner, change.on, known_at=change.recorded_at
            ),
        )


def _overrides(partner: Partner, user: User) -> Iterator[Event]:
    """Yield what was granted and its end; what was only proposed concerns staff."""
    granted = (TierOverride.State.APPROVED, TierOverride.State.WITHDRAWN)
    for override in TierOverride.objects.visible_to(user).filter(
        partner=partner, state__in=granted, decided_at__isnull=False
    ):
        assert override.decided_at
        words = {
            "tier": tier_name(override.tier),
            "day": formats.day_long(override.until_on),
        }
        url = addresses.override_url(override.public_id)
        yield Event(
            on=override.from_on,
            at=override.decided_at,
            kind=EventKind.OVERRIDE,
            tier=override.tier,
            what=_("Granted: %(tier)s until the day before %(day)s.") % words,
            why=override.reason,
            url=url,
        )
        if override.ended_at is not None:
            yield Event(
                on=override.ends_on,
                at=override.ended_at,
                kind=EventKind.OVERRIDE,
                tier=override.tier,
                what=_("No longer granted: %(tier)s.") % words,
                why=override.withdrawal_reason or _("Its end had come."),
                url=url,
            )


def _appeals(partner: Partner, user: User) -> Iterator[Event]:
    for appeal in TierAppeal.objects.visible_to(user).filter(partner=partner):
        words = {
            "tier": tier_name(appeal.tier),
            "day": formats.day_long(appeal.evaluation_on),
        }
        url = addresses.appeal_url(appeal.public_id)
        yield Event(
            on=appeal.filed_on,
            at=appeal.filed_at,
            kind=EventKind.APPEAL,
            tier=appeal.tier,
            what=_("Appeal against losing %(tier)s on %(day)s.") % words,
            why=appeal.text,
            url=url,
        )
        if appeal.decided_on is not None and appeal.decided_at is not None:
            yield Event(
                on=appeal.decided_on,
                at=appeal.decided_at,
                kind=EventKind.APPEAL,
                tier=appeal.tier,
                what=f"{appeal.get_state_display()}.",
                why=appeal.decision_reason,
                url=url,
            )


def _elite(partner: Partner, user: User) -> Iterator[Event]:
    for review in shown_reviews(user).filter(partner=partner):
        url = addresses.elite_url(review.public_id)
        if review.invited_on is not None and review.invited_at is not None:
            yield Event(
                on=review.invited_on,
                at=review.invited_at,
                kind=EventKind.ELITE,
                tier="elite",
                what=_("Invited to Elite."),
                why=_("Every criterion of the review was met."),
                url=url,
            )
        if review.closed_on is not None and review.closed_at is not None:
            yield Event(
                on=review.closed_on,
                at=review.closed_at,
                kind=EventKind.ELITE,
                tier="elite",
                what=f"{review.get_state_display()}.",
                why=review.closing_reason or review.get_kind_display(),
                url=url,
            )


def shown_reviews(user: User) -> models.QuerySet[EliteReview]:
    """Return the reviews a person may see: partners those that came to something."""
    reviews = EliteReview.objects.visible_to(user)
    if user.is_staff:
        return reviews
    return reviews.filter(
        state__in=(
            EliteReview.State.INVITED,
            EliteReview.State.ACCEPTED,
            EliteReview.State.DECLINED,
            EliteReview.State.KEPT,
            EliteReview.State.ENDED,
        )
    )
