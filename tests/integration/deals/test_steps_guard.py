"""The last wall behind the table of steps: the database refuses what is in no row."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest
from django.db import IntegrityError, transaction

from deals.models import Registration
from program.deal_life import REGISTRATION_STEPS, RegistrationState
from program.steps import pairs
from tests.factories import DealFactory, RegistrationFactory, UserFactory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
LEGAL = pairs(REGISTRATION_STEPS)
EVERY = [
    (before, after)
    for before, after in product(RegistrationState, repeat=2)
    if before != after
]


@pytest.mark.parametrize(("before", "after"), EVERY)
def test_only_the_steps_of_the_table_can_be_written(
    before: RegistrationState, after: RegistrationState
) -> None:
    deal = DealFactory.create()
    # All that any state asks for; only an accepted one has its deal.
    registration = RegistrationFactory.create(
        state=before,
        submitted_at=AT,
        due_at=AT,
        decided_at=AT,
        decided_by=UserFactory.create(programme_manager=True),
        refusal_code="pursued",
        refusal_text="Somebody was first.",
        refusal_clause="3.10",
        deal=deal if before == RegistrationState.ACCEPTED else None,
    )
    rows = Registration.objects.filter(pk=registration.pk)
    follows = deal if after == RegistrationState.ACCEPTED else None

    if (before, after) in LEGAL:
        rows.update(state=after, deal=follows)
    else:
        with pytest.raises(IntegrityError, match="illegal step"), transaction.atomic():
            rows.update(state=after, deal=follows)

    assert rows.get().state == (after if (before, after) in LEGAL else before)


def test_the_same_state_again_is_no_step() -> None:
    registration = RegistrationFactory.create()
    assert Registration.objects.filter(pk=registration.pk).update(state="draft") == 1
