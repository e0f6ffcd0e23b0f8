"""What home needs to know about a company before anything is counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject

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
    """Return the state of a person's company, by one query."""
    visits = Visit.objects.filter(user_id=user.pk)
    row: Any = (
        Partner.objects.visible_to(user)
        .select_related("standing", "outlook", "glance")
        .annotate(
            granting=_granting(today),
            last_visit_on=Subquery(visits.values("last_on")),
            previous_visit_on=Subquery(visits.values("previous_on")),
        )
        .get(pk=partner.pk)
    )
    return State(
        partner=partner,
        standing=getattr(row, "standing", None),
        outlook=getattr(row, "outlook", None),
        glance=getattr(row, "glance", None),
        granted=_granted(row.granting) if row.granting else None,
        last_visit_on=row.last_visit_on,
        previous_visit_on=row.previous_visit_on,
    )


def _granting(today: date) -> Subquery:
    """Return what `_granted` takes of the override that grants a tier on a day."""
    overrides = TierOverride.objects.in_force_on(today).filter(partner=OuterRef("pk"))
    facts = JSONObject(tier="tier", until_on="until_on", public_id="public_id")
    return Subquery(overrides.order_by("-decided_at", "-pk").values(facts=facts)[:1])


def _granted(facts: dict[str, str]) -> Granted:
    return Granted(
        tier=Tier(facts["tier"]),
        until_on=date.fromisoformat(facts["until_on"]),
        url=override_url(UUID(facts["public_id"])),
    )
