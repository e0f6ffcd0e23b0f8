"""The demo's draft: there once, ahead of an evaluation, rehearsed by the workers."""

from __future__ import annotations

from datetime import date

import pytest

from outbox.services import run_due
from partners.models import RulebookEdition, RulebookRehearsal
from portal.demo_rulebook import AUTHOR, draft_demo_edition
from tests.factories import UserFactory
from tests.integration.pages import (
    NOON,
    PAGE_MARKS,
    TODAY,
)

pytestmark = PAGE_MARKS


@pytest.mark.parametrize(
    ("today", "code", "day"),
    [
        (TODAY, "2027-A", date(2027, 1, 16)),
        (date(2026, 12, 20), "2027-B", date(2027, 7, 16)),
        (date(2026, 3, 1), "2026-B", date(2026, 7, 16)),
    ],
)
def test_the_draft_begins_after_an_evaluation(today: date, code: str, day: date) -> None:
    UserFactory.create(programme_manager=True, email=AUTHOR)

    draft_demo_edition(today=today, at=NOON)
    draft_demo_edition(today=today, at=NOON)

    edition = RulebookEdition.objects.get(code=code)
    assert edition.effective_on == day


def test_the_workers_rehearse_it() -> None:
    UserFactory.create(programme_manager=True, email=AUTHOR)

    draft_demo_edition(today=TODAY, at=NOON)
    run_due()

    assert RulebookRehearsal.objects.get().finished_at is not None
    edition = RulebookEdition.objects.get(code="2027-A")
    assert edition.state == RulebookEdition.State.REHEARSED
