"""What an action says before its button: the outcome, at each object it is about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client as Browser

from deals.admin.forms import LossForm
from deals.admin.pages import DealAdmin
from deals.models import Deal, InvalidTransitionError
from partners.portfolio import Deed, ForEach, policy_action
from tests.factories import DealFactory
from tests.integration.admin.conftest import Portfolio, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
OUTCOMES = [
    "Mine Deal: Lost on 2 March by pdm@mine.example.",
    "Won Deal: It is <won> already.",
]

Patch = Callable[[ForEach], None]


def outcome(deal: Deal, deed: Deed) -> str:
    if deal.stage == Deal.Stage.WON:
        raise InvalidTransitionError("It is <won> already.")
    assert not deed.given
    return f"Lost on {deed.today.day} {deed.today:%B} by {deed.actor.email}."


def mark_lost(_page: DealAdmin, deal: Deal, deed: Deed) -> None:
    if deal.stage == Deal.Stage.WON:
        raise InvalidTransitionError("It is <won> already.")
    day = deed.given.get("closed_on", deed.today)
    Deal.objects.filter(pk=deal.pk).update(stage="lost", closed_on=day)


@pytest.fixture
def patch(monkeypatch: pytest.MonkeyPatch) -> Patch:
    """Return what puts another action in the place of “Mark lost…”, on a Monday."""
    monkeypatch.setattr("outbox.clock.now", lambda: MONDAY)

    def put(asking: ForEach) -> None:
        action = policy_action("lose", description="Lose…")(asking(mark_lost))
        monkeypatch.setattr(DealAdmin, "mark_lost", action)

    return put


@pytest.fixture
def deals(mine: Portfolio) -> list[Deal]:
    """Return a registered deal and one that is won."""
    won = DealFactory.create(partner=mine.partner, client=mine.client, name="Won Deal")
    Deal.objects.filter(pk=won.pk).update(
        stage="won", closed_on="2026-01-05", won_growth=False
    )
    return [mine.deal, won]


def post(browser: Browser, deals: list[Deal], **posted: str) -> Any:
    selected = [deal.pk for deal in deals]
    posted_data = {"action": "mark_lost", "_selected_action": selected, **posted}
    return browser.post(url(Deal, "changelist"), posted_data)


def lines_of(answer: Any) -> list[str]:
    return sorted(str(line) for line in answer.context["objects"])


def messages_of(answer: Any) -> list[str]:
    return sorted(map(str, answer.wsgi_request._messages._queued_messages))


def stages(deals: list[Deal]) -> list[str]:
    return [Deal.objects.get(pk=deal.pk).stage for deal in deals]


def test_each_object_says_what_will_come_of_it_or_why_nothing(
    as_pdm: Browser, deals: list[Deal], patch: Patch
) -> None:
    patch(ForEach(LossForm, title="Lose", options=_today, preview=outcome, done="Lost."))

    answer = post(as_pdm, deals)

    assert answer.status_code == 200
    assert lines_of(answer) == OUTCOMES
    assert "Won Deal: It is &lt;won&gt; already." in answer.content.decode()
    assert stages(deals) == ["registered", "won"]


def test_a_form_to_correct_says_it_again(
    as_pdm: Browser, deals: list[Deal], patch: Patch
) -> None:
    patch(ForEach(LossForm, title="Lose", options=_today, preview=outcome, done="Lost."))

    answer = post(as_pdm, deals, apply="1", closed_on="2999-01-01")

    assert answer.status_code == 422
    assert lines_of(answer) == OUTCOMES


def test_without_a_form_it_asks_for_no_more_than_a_yes(
    as_pdm: Browser, deals: list[Deal], patch: Patch
) -> None:
    patch(ForEach(title="Lose", preview=outcome, done=lambda deed: f"{deed.today}."))

    asked = post(as_pdm, deals)
    before = stages(deals)
    done = post(as_pdm, deals, apply="1")

    assert lines_of(asked) == OUTCOMES
    assert list(asked.context["form"].fields) == []
    assert before == ["registered", "won"]
    assert messages_of(done) == [
        "Mine Deal: 2026-03-02.",
        "Won Deal: It is <won> already.",
    ]
    assert stages(deals) == ["lost", "won"]


def test_of_a_foreign_object_nothing_is_said(
    as_pdm: Browser, deals: list[Deal], theirs: Portfolio, patch: Patch
) -> None:
    patch(ForEach(title="Lose", preview=outcome, done="Lost."))

    answer = post(as_pdm, [*deals, theirs.deal])

    assert lines_of(answer) == OUTCOMES
    assert "ZEBRA" not in answer.content.decode().upper()


def test_with_neither_it_happens_at_once(
    as_pdm: Browser, deals: list[Deal], patch: Patch
) -> None:
    patch(ForEach(done="Lost."))

    answer = post(as_pdm, deals[:1])

    assert messages_of(answer) == ["Mine Deal: Lost."]
    assert stages(deals) == ["lost", "won"]


@pytest.mark.parametrize("chosen", [0, 2])
def test_one_at_a_time_takes_neither_none_nor_two(
    chosen: int, as_pdm: Browser, deals: list[Deal], theirs: Portfolio, patch: Patch
) -> None:
    patch(ForEach(title="Lose", preview=outcome, one="Choose one deal.", done="Lost."))

    answer = post(as_pdm, deals[:chosen] or [theirs.deal], apply="1")

    assert messages_of(answer) == ["Choose one deal."]
    assert stages(deals) == ["registered", "won"]


def test_what_asks_has_a_title() -> None:
    with pytest.raises(TypeError, match="title"):
        ForEach(preview=outcome, done="Lost.")


def _today(deed: Deed) -> dict[str, Any]:
    return {"today": deed.today}
