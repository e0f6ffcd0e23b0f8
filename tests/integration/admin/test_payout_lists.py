"""Finance finds what is to be paid first, with days as everywhere."""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from tests.factories import UserFactory
from tests.factories.money import PayoutRunFactory
from tests.integration.pages import (
    PAGE_MARKS,
    signed_in,
    words,
)

pytestmark = PAGE_MARKS

RUNS = reverse("admin:commissions_payoutrun_changelist")


def test_the_list_of_runs_begins_with_the_last_day() -> None:
    for day in (date(2026, 5, 14), date(2026, 11, 28), date(2026, 8, 14)):
        PayoutRunFactory.create(execute_on=day)

    text = words(signed_in(UserFactory.create(finance=True)).get(RUNS))

    places = [text.index(day) for day in ("28 Nov 2026", "14 Aug 2026", "14 May 2026")]
    assert places == sorted(places)


def test_an_act_names_its_objects_with_days_as_the_reader_writes_them() -> None:
    run = PayoutRunFactory.create(execute_on=date(2026, 11, 28))
    browser = signed_in(UserFactory.create(finance=True))

    asked = browser.post(RUNS, {"action": "check_it", "_selected_action": run.pk})

    assert "28 Nov 2026 USD" in words(asked)
    assert "2026-11-28" not in words(asked)
