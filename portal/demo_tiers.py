"""What people have decided about tiers in the demo data: one of each to look at."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from partners.models import EliteReview, Partner, Person, TierOverride, User
from partners.services.tiers.elite import EliteError, open_review, record_findings
from partners.services.tiers.overrides import approve_override, propose_override
from program.calendar import add_months
from program.rulebook import Tier


@transaction.atomic
def decide_demo_tiers(*, today: date, at: datetime) -> None:
    """Grant a tier, propose another, begin a review for Elite; once."""
    if TierOverride.objects.exists() or EliteReview.objects.exists():
        return
    staff = {
        user.email.partition("@")[0]: user for user in User.objects.filter(is_staff=True)
    }
    aurora, meridian = _company("aurora"), _company("meridian")
    if aurora is None or meridian is None or not {"pdm1", "manager"} <= staff.keys():
        return
    granted = propose_override(
        partner_id=aurora.pk,
        tier=Tier.PLATINUM,
        from_on=today,
        until_on=add_months(today, 6),
        reason="The contract of a large client moves here in the spring.",
        actor=staff["pdm1"],
        at=at,
        today=today,
    )
    approve_override(
        override_id=granted.pk,
        note="Agreed with the region.",
        actor=staff["manager"],
        at=at,
        today=today,
    )
    propose_override(
        partner_id=meridian.pk,
        tier=Tier.DIAMOND,
        from_on=today,
        until_on=add_months(today, 3),
        reason="Two acquisitions are being merged.",
        actor=staff["pdm1"],
        at=at,
        today=today,
    )
    _review(meridian, staff["pdm1"], today=today, at=at)


def _company(name: str) -> Partner | None:
    owner = Person.objects.filter(email=f"owner@{name}.example").first()
    return owner.partner if owner else None


def _review(partner: Partner, actor: User, *, today: date, at: datetime) -> None:
    """Begin a review with its findings; not where the points did already."""
    try:
        review = open_review(partner_id=partner.pk, actor=actor, at=at, on=today)
    except EliteError:
        return
    record_findings(
        review_id=review.pk,
        customer_retention_bps=9_120,
        customer_retention_source="Account plan",
        revenue_retention_bps=8_640,
        revenue_retention_source="Account plan",
        actor=actor,
        at=at,
    )
