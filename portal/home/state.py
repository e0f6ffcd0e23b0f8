"""What home needs to know about a company before anything is counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from partners.models import Partner, Standing, TierOverride, User
from partners.receipts.addresses import override_url
from portal.models import Glance, Outlook, Visit
from portal.prepared import ACCOUNT, COMPANY, Prepared, somebody
from program.rulebook import Tier

SOME_DAY: Final = date.max
"""Stands for today until that is known."""


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


def read_state(user: User, *, today: date) -> State:
    """Return the state of the company that a person acts for, by one query.

    Who looks as a partner acts for it, too, and was never here.
    """
    partner = user.partner
    assert partner is not None
    row: Any = _STATE.first(company=partner.pk, account=user.pk, today=today)
    return State(
        partner=partner,
        standing=getattr(row, "standing", None),
        outlook=getattr(row, "outlook", None),
        glance=getattr(row, "glance", None),
        granted=_granted(row.granting) if row.granting else None,
        last_visit_on=row.last_visit_on,
        previous_visit_on=row.previous_visit_on,
    )


def _states() -> QuerySet[Partner]:
    visits = Visit.objects.filter(user_id=ACCOUNT)
    return (
        Partner.objects.visible_to(somebody())
        .select_related("standing", "outlook", "glance")
        .annotate(
            granting=_granting(SOME_DAY),
            last_visit_on=Subquery(visits.values("last_on")),
            previous_visit_on=Subquery(visits.values("previous_on")),
        )
    )


def _granting(today: date) -> Subquery:
    """Return what `_granted` takes of the override that grants a tier on a day."""
    overrides = TierOverride.objects.in_force_on(today).filter(partner=OuterRef("pk"))
    facts = JSONObject(tier="tier", until_on="until_on", public_id="public_id")
    return Subquery(overrides.order_by("-decided_at", "-pk").values(facts=facts)[:1])


_STATE: Final = Prepared(_states, company=COMPANY, account=ACCOUNT, today=SOME_DAY)


def _granted(facts: dict[str, str]) -> Granted:
    return Granted(
        tier=Tier(facts["tier"]),
        until_on=date.fromisoformat(facts["until_on"]),
        url=override_url(UUID(facts["public_id"])),
    )
