"""What-if scenarios of the demo data: one is shared with the vendor, one is not.

Made by the services and told by them, so its manager finds it behind the bell.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from deals.models import Scenario
from deals.services.what_if.facts import read_facts
from deals.services.what_if.scenarios import change_scenario, save_scenario
from deals.services.what_if.simulating import Choices, WhatIf, simulate
from partners.models import Partner, Person, Role, User
from partners.selectors import published_editions

PARTNER: Final = "P-aurora"
SHARED: Final = "The shortest way up"
PRIVATE: Final = "If the contract slips"


@transaction.atomic
def share_demo_scenario(*, today: date, at: datetime) -> None:
    """Keep two scenarios of the partner that is close to its next tier; once."""
    partner = Partner.objects.filter(ref=PARTNER).first()
    owner = _owner_of(partner)
    if partner is None or owner is None or partner.scenarios.exists():
        return
    facts = read_facts(
        partner, user=owner, today=today, at=at, editions=published_editions()
    )
    found = simulate(facts, Choices())
    won = _shortest(found)
    if not won:
        return
    shared = _kept(SHARED, Choices(won=frozenset(won), goal=found.goal), by=owner, at=at)
    change_scenario(
        scenario_id=shared.public_id,
        name=shared.name,
        shared=True,
        actor=owner,
        at=at - timedelta(hours=20),
    )
    late = {won[0]: facts.evaluation_on + timedelta(days=10)}
    _kept(
        PRIVATE,
        Choices(won=frozenset(won), days=late, goal=found.goal),
        by=owner,
        at=at,
    )


def _owner_of(partner: Partner | None) -> User | None:
    people = Person.objects.active().filter(
        partner=partner, role=Role.OWNER, user__isnull=False
    )
    person = people.select_related("user").order_by("pk").first()
    return person.user if person else None


def _shortest(found: WhatIf) -> list[UUID]:
    """Return the deals of the first way; where none is enough, those expected first."""
    if found.ways:
        return [UUID(deal.key) for deal in found.ways[0].deals]
    return [deal.id for deal in found.facts.deals[:2]]


def _kept(name: str, choices: Choices, *, by: User, at: datetime) -> Scenario:
    return save_scenario(
        name=name, choices=choices, actor=by, at=at - timedelta(hours=21)
    )
