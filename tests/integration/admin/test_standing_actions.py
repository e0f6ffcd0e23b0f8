"""Good standing in the back office: what a manager of a portfolio does, and what not."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client as Browser

from partners.models import (
    BenefitSuspension,
    ConditionFinding,
    Escalation,
    MembershipChange,
    Partner,
)
from tests.factories import CertificationFactory
from tests.integration.admin.conftest import Portfolio, everything, url
from tests.integration.pages import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

STEPS = {"transitions-TOTAL_FORMS": "0", "transitions-INITIAL_FORMS": "0"}


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(NOON, tick=False):
        yield


def act(browser: Browser, obj: Any, action: str, **answers: str) -> list[str]:
    """Run an action on one object, with the answers it asks for; return what was said."""
    posted = {"action": action, "_selected_action": obj.pk, "apply": "1", **answers}
    answer = browser.post(url(obj, "changelist"), posted)
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_a_manager_reports_an_escalation_of_the_portfolio(
    as_pdm: Browser, mine: Portfolio
) -> None:
    posted = {
        "partner": mine.partner.pk, "severity": "low", "raised_by": "programme",
        "reported_on": "2026-11-01", "summary": "Late again.", **STEPS,
    }  # fmt: skip

    assert as_pdm.post(url(Escalation, "add"), posted).status_code == 302

    escalation = Escalation.objects.get(summary="Late again.")
    assert (escalation.partner, escalation.state) == (mine.partner, "reported")
    assert escalation.transitions.get().actor == mine.pdm


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (Escalation, {"severity": "low", "raised_by": "client", "summary": "x"}),
        (ConditionFinding, {"condition": "conduct", "reason": "x"}),
        (BenefitSuspension, {"reason": "x"}),
    ],
)
def test_a_partner_of_somebody_else_is_not_there(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio, model: Any, words: Any
) -> None:
    before = everything()
    days = {"reported_on": "2026-11-01", "from_on": "2026-11-01"}

    answer = as_pdm.post(
        url(model, "add"), {**words, **days, "partner": theirs.partner.pk, **STEPS}
    )

    assert answer.status_code == 200
    assert "partner" in answer.context["adminform"].form.errors
    assert everything() == before


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (Escalation, {"severity": "low", "raised_by": "client", "summary": "x"}),
        (ConditionFinding, {"condition": "conduct", "reason": "x"}),
        (BenefitSuspension, {"reason": "x"}),
    ],
)
def test_a_day_to_come_is_refused_in_words(
    as_pdm: Browser, mine: Portfolio, model: Any, words: Any
) -> None:
    model.objects.all().update(
        **({} if model is Escalation else {"until_on": "2026-02-01"})
    )
    before = everything()
    days = {"reported_on": "2026-11-24", "from_on": "2026-11-24"}

    answer = as_pdm.post(
        url(model, "add"), {**words, **days, "partner": mine.partner.pk, **STEPS}
    )

    said = [str(message) for message in get_messages(answer.wsgi_request)]
    assert said == ["The day lies in the future."]
    assert everything() == before


@pytest.mark.parametrize(
    ("action", "state"),
    [("settle", "settled"), ("mark", "marked"), ("dismiss", "dismissed")],
)
def test_an_escalation_is_closed_by_an_action_once(
    as_pdm: Browser, mine: Portfolio, action: str, state: str
) -> None:
    escalation = mine.rows[Escalation]
    answers = {"on": "2026-11-20", "outcome": "Agreed."}

    act(as_pdm, escalation, action, **answers)
    again = act(as_pdm, escalation, "settle", **answers)

    escalation.refresh_from_db()
    assert isinstance(escalation, Escalation)
    assert (escalation.state, str(escalation.closed_on)) == (state, "2026-11-20")
    assert "closed already" in again[-1]


def test_findings_and_suspensions_end_by_an_action(
    as_pdm: Browser, mine: Portfolio
) -> None:
    act(as_pdm, mine.rows[ConditionFinding], "close", on="2026-11-20")
    act(as_pdm, mine.rows[BenefitSuspension], "restore", on="2026-11-20")

    assert str(ConditionFinding.objects.get().until_on) == "2026-11-20"
    assert str(BenefitSuspension.objects.get().until_on) == "2026-11-20"


@pytest.mark.parametrize(
    ("model", "action"),
    [(Escalation, "mark"), (ConditionFinding, "close"), (BenefitSuspension, "restore")],
)
def test_what_is_somebody_elses_is_not_acted_on(
    as_pdm: Browser, mine: Portfolio, theirs: Portfolio, model: Any, action: str
) -> None:
    before = everything()

    act(as_pdm, theirs.rows[model], action, on="2026-11-20", outcome="x")

    assert everything() == before


def test_an_auditor_closes_nothing(as_auditor: Browser, mine: Portfolio) -> None:
    before = everything()

    act(as_auditor, mine.rows[Escalation], "mark", on="2026-11-20", outcome="x")

    assert everything() == before


def test_a_programme_manager_changes_a_membership_with_a_reason(
    as_manager: Browser, mine: Portfolio
) -> None:
    act(as_manager, mine.partner, "make_provider", reason="They asked.")

    partner = Partner.objects.get(pk=mine.partner.pk)
    change = MembershipChange.objects.get(cause="staff")
    assert (partner.membership, change.reason) == ("provider", "They asked.")
    assert str(change.on) == "2026-11-23"


def test_a_refused_membership_says_what_lacks(
    as_manager: Browser, mine: Portfolio
) -> None:
    mine.partner.membership = "provider"
    mine.partner.save()

    said = act(as_manager, mine.partner, "make_partner", reason="They asked.")

    assert "cannot become a partner yet" in said[-1]
    assert Partner.objects.get(pk=mine.partner.pk).membership == "provider"


def test_a_manager_of_a_portfolio_changes_no_membership(
    as_pdm: Browser, mine: Portfolio
) -> None:
    CertificationFactory.create(person=mine.person)
    before = everything()

    act(as_pdm, mine.partner, "make_provider", reason="They asked.")

    assert everything() == before


def test_a_membership_needs_a_reason(as_manager: Browser, mine: Portfolio) -> None:
    before = everything()

    act(as_manager, mine.partner, "make_provider", reason=" ")

    assert everything() == before
