"""What home needs to know about a company before anything is counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import OuterRef, Subquery

from partners.models import Partner, Standing, TierOverride, User
from partners.receipts.addresses import override_url
from portal.models import Glance, Outlook, Visit
from program.rulebook import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A tier the programme grants above the earned one, to the day before `until_on`."""

    tier: Tier
    until_on: date
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A company as it stands, what was derived for it, and when the person was here."""

    partner: Partner
    standing: Standing | None
    outlook: Outlook | None
    glance: Glance | None
    granted: Granted | None
    last_visit_on: date | None
    previous_visit_on: date | None


def read_state(partner: Partner, *, user: User, today: date) -> State:
    """Return the state of a person's company."""
    row: Any = (
        Partner.objects.visible_to(user)
        .select_related("standing", "outlook", "glance")
        .annotate(granting=_granting(today))
        .get(pk=partner.pk)
    )
    visit = Visit.objects.filter(user_id=user.pk).first() if user.pk else None
    return State(
        partner=partner,
        standing=getattr(row, "standing", None),
        outlook=getattr(row, "outlook", None),
        glance=getattr(row, "glance", None),
        granted=_granted(row.granting) if row.granting else None,
        last_visit_on=visit.last_on if visit else None,
        previous_visit_on=visit.previous_on if visit else None,
    )


def _granting(today: date) -> Subquery:
    """Return the override that grants a tier on a day."""
    overrides = TierOverride.objects.in_force_on(today).filter(partner=OuterRef("pk"))
    return Subquery(overrides.order_by("-decided_at", "-pk").values("pk")[:1])


def _granted(override_id: int) -> Granted:
    override = TierOverride.objects.get(pk=override_id)
    return Granted(
        tier=Tier(override.tier),
        until_on=override.until_on,
        url=override_url(override.public_id),
    )
