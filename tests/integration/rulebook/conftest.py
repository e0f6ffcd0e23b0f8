"""Two managers, and partners on either side of a threshold."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from partners.models import Partner, RulebookEdition, User
from partners.services.rulebook import Changes, draft_edition, save_draft
from program.rulebook import Value
from tests.factories import PartnerFactory, PointsEntryFactory, UserFactory, stand
from tests.integration.pages import MICRO, NOON, TODAY

DAY = date(2027, 1, 16)
RAISED: dict[str, Value] = {"tiers.thresholds.gold.sold": 150}
"""Gold asks for 150 sold points instead of 110."""


@pytest.fixture
def author(db: None) -> User:
    return UserFactory.create(programme_manager=True, email="author@portal.example")


@pytest.fixture
def second(db: None) -> User:
    return UserFactory.create(programme_manager=True, email="second@portal.example")


def draft(author: User, **changes: Any) -> RulebookEdition:
    """Return a new draft with some values changed."""
    edition = draft_edition(
        code="2027-A", title="Next", effective_on=DAY, actor=author, at=NOON, today=TODAY
    )
    if not changes:
        return edition
    return save(edition, author, Changes(**changes))


def save(edition: RulebookEdition, actor: User, changes: Changes) -> RulebookEdition:
    return save_draft(
        edition_id=edition.pk,
        changes=changes,
        seen_sha256=edition.sha256,
        actor=actor,
        at=NOON,
        today=TODAY,
    )


def partner_with(*, sourced: int = 0, managed: int = 0, **traits: Any) -> Partner:
    """Return a partner with points that count today, and its standing."""
    partner: Partner = PartnerFactory.create(**traits)
    if sourced:
        PointsEntryFactory.create(
            partner=partner, points=sourced * MICRO, effective_on=date(2026, 6, 1)
        )
    if managed:
        PointsEntryFactory.create(
            partner=partner,
            managed=True,
            points=managed * MICRO,
            effective_on=date(2026, 6, 1),
        )
    stand(partner, on=TODAY)
    return partner
