"""Every state with every event, at the services and at the pages: only the table's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client as Browser

from deals import services
from deals.models import Deal, DealTransition, Registration, RegistrationStep
from deals.pages.detail import REFUSALS
from deals.services.registrations import reviewing
from deals.services.registrations.given import Given
from deals.services.registrations.registering import (
    answer_question,
    submit,
    withdraw_registration,
)
from deals.services.registrations.steps import RegistrationError
from deals.services.sharing.requesting import ask
from deals.services.sharing.writing import change_deal
from partners.models import User
from program.deal_life import (
    REGISTRATION_STEPS,
    DealStage,
    RegistrationEvent,
    RegistrationState,
)
from tests.factories import DealFactory, DealLineFactory, UserFactory
from tests.factories.registrations import WRITTEN, RegistrationFactory
from tests.integration.deals.test_registration_pages import filled_in
from tests.integration.pages import NOON, TODAY, account_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

State, Event = RegistrationState, RegistrationEvent


@pytest.fixture
def staff() -> User:
    return UserFactory.create(programme_manager=True)


# --- Registrations --------------------------------------------------------------------


def registration_in(state: str, staff: User, *, appealed: bool) -> Registration:
    facts: dict[str, Any] = {"state": state}
    if state != State.DRAFT:
        facts |= {"submitted_at": WRITTEN, "due_at": WRITTEN + timedelta(hours=48)}
    if state == State.NEEDS_INFO:
        facts |= {"open_fields": ["email"], "question": "Really?"}
    if state == State.ACCEPTED:
        facts["deal"] = DealFactory.create()
    if state == State.REFUSED:
        facts |= {
            "refusal_code": "pursued",
            "refusal_text": "Somebody was first.",
            "refusal_clause": "3.10",
            "decided_by": UserFactory.create(programme_manager=True),
            "decided_at": WRITTEN,
        }
    made = RegistrationFactory.create(**facts)
    if appealed and state == State.REFUSED:
        reviewing.appeal_refusal(
            registration_id=made.pk, text="No", actor=staff, at=NOON, today=TODAY
        )
    return made


def take(event: str, registration: Registration, staff: User) -> None:
    by: dict[str, Any] = {"actor": staff, "at": NOON, "registration_id": registration.pk}
    acts: dict[str, Callable[[], object]] = {
        Event.SUBMIT: lambda: submit(**by, today=TODAY),
        Event.ACCEPT: lambda: reviewing.accept_registration(**by, today=TODAY),
        Event.ASK: lambda: reviewing.ask_for_information(
            **by, fields=["email"], question="Really?"
        ),
        Event.ANSWER: lambda: answer_question(
            **by, given=Given(values={"email": "a@prospect.com"}), today=TODAY
        ),
        Event.REFUSE: lambda: reviewing.refuse_registration(
            **by, code="pursued", text="No", clause="3.10", today=TODAY
        ),
        Event.WITHDRAW: lambda: withdraw_registration(**by, note=""),
        Event.OVERTURN: lambda: reviewing.decide_refusal_appeal(
            **by, overturn=True, answer="Yes", clause="3.10", today=TODAY
        ),
    }
    acts[event]()


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_a_registration_takes_the_steps_of_the_table_alone(
    staff: User, state: str, event: str
) -> None:
    registration = registration_in(state, staff, appealed=True)
    legal = REGISTRATION_STEPS.get((State(state), Event(event)))

    if legal is None:
        with pytest.raises(RegistrationError):
            take(event, registration, staff)
        assert not RegistrationStep.objects.exists()
    else:
        take(event, registration, staff)

    registration.refresh_from_db()
    accepted_at_once = event == Event.SUBMIT and legal is not None
    follows = State.ACCEPTED if accepted_at_once else (legal.to if legal else state)
    assert registration.state == follows


PARTNERS: dict[str, tuple[str, ...]] = {
    "edit": (State.DRAFT, State.NEEDS_INFO),
    "withdraw": (State.DRAFT, State.SUBMITTED, State.NEEDS_INFO),
    "appeal": (State.REFUSED,),
}
"""Page of the partner → the states in which it does something."""

VENDORS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "approve": ((State.SUBMITTED,), {"note": ""}),
    "ask_partner": ((State.SUBMITTED,), {"fields_asked": ["email"], "question": "Why?"}),
    "refuse": (
        (State.SUBMITTED, State.NEEDS_INFO),
        {"code": "pursued", "text": "No", "clause": "3.10"},
    ),
    "decide_appeal": (
        (),
        {"decision": "overturned", "answer": "Yes", "clause": "3.10"},
    ),
}
"""Action of the back office → its states, without an appeal, and what is sent."""


@pytest.mark.parametrize(("state", "name"), list(product(State, PARTNERS)))
def test_the_partners_pages_act_in_their_states_alone(
    staff: User, state: str, name: str
) -> None:
    registration = registration_in(state, staff, appealed=False)
    seller = account_of(registration.partner, role="sales")
    sent = {**filled_in(registration), "text": "Wrong", "act": "submit"}

    answer = signed_in(seller).post(
        f"/deals/registrations/{registration.public_id}/{name}/", sent
    )

    assert answer.status_code in {302, 422}
    registration.refresh_from_db()
    acted = registration.state != state or hasattr(registration, "appeal")
    assert acted == (state in PARTNERS[name])


@pytest.mark.parametrize(("state", "name"), list(product(State, VENDORS)))
def test_the_back_office_acts_in_its_states_alone(
    staff: User, state: str, name: str
) -> None:
    registration = registration_in(state, staff, appealed=False)
    states, sent = VENDORS[name]

    answer = signed_in(staff).post(
        "/admin/deals/registration/",
        {**sent, "action": name, "_selected_action": [registration.pk], "apply": "1"},
    )

    assert answer.status_code in {200, 302, 404, 422}
    registration.refresh_from_db()
    assert (registration.state != state) == (state in states)


# --- Deals ----------------------------------------------------------------------------

OPEN, WON = (DealStage.REGISTERED,), (DealStage.WON,)
PROVABLE = (*OPEN, *WON)


def deal_at(stage: str) -> Deal:
    if stage == DealStage.REGISTERED:
        valid = TODAY + timedelta(days=5)
        deal = DealFactory.create(active_on=TODAY, valid_until=valid)
    elif stage == DealStage.WON:
        deal = DealFactory.create(won=True)
    else:
        deal = DealFactory.create(stage=stage, closed_on=date(2026, 1, 10))
    Deal.objects.filter(pk=deal.pk).update(motion_state="proposed")
    DealLineFactory.create(deal=deal)
    return deal


def deed(name: str, deal: Deal, staff: User) -> Any:
    by: dict[str, Any] = {"actor": staff, "at": NOON, "deal_id": deal.pk}
    line: dict[str, Any] = {
        "line_id": deal.lines.get().pk, "actor": staff, "at": NOON, "on": TODAY,
    }  # fmt: skip
    acts: dict[str, Callable[[], Any]] = {
        "win": lambda: services.win_deal(**by, closed_on=TODAY, poi_on=None, today=TODAY),
        "lose": lambda: services.lose_deal(
            **by, closed_on=TODAY, reason="price", note=""
        ),
        "withdraw": lambda: services.withdraw_deal(**by, on=TODAY, note=""),
        "extend": lambda: services.extend_deal(**by, on=TODAY),
        "confirm": lambda: services.confirm_motion(**by),
        "contest": lambda: services.contest_motion(**by, reason="No"),
        "decide": lambda: services.decide_motion(**by, motion="assisted", reason="So"),
        "change": lambda: change_deal(**by, values={"next_step": "Call"}),
        "help": lambda: ask(**by, kind="demo", text="Help", plan=None, today=TODAY),
        "correct": lambda: services.correct_motion(**by, motion="assisted", reason="So"),
        "cancel": lambda: services.cancel_deal(**by, on=TODAY, note=""),
        "downgrade": lambda: services.downgrade_line(**line, mrr_minor=1),
        "upgrade": lambda: services.upgrade_line(
            **line, mrr_minor=1, edition="starter", credits=None
        ),
        "ask": lambda: services.ask_for_proof(
            **by, name="A", email="a@b.com", language="en"
        ),
        "prove": lambda: services.add_proof(**by, dated_on=TODAY, file=None, note="x"),
    }
    return acts[name]()


DEEDS: dict[str, tuple[DealStage, ...]] = {
    **dict.fromkeys(
        (
            *("win", "lose", "withdraw", "extend", "confirm", "contest", "decide"),
            *("change", "help"),
        ),
        OPEN,
    ),
    **dict.fromkeys(("correct", "cancel", "downgrade", "upgrade"), WON),
    **dict.fromkeys(("ask", "prove"), PROVABLE),
}
"""Service → the stages in which it does something."""


@pytest.mark.parametrize(("stage", "name"), list(product(DealStage, DEEDS)))
def test_a_deal_takes_the_steps_of_its_stage_alone(
    staff: User, stage: DealStage, name: str
) -> None:
    deal = deal_at(stage)
    if stage in DEEDS[name]:
        assert deed(name, deal, staff)
        return
    with pytest.raises((*REFUSALS, services.InvalidAmountError)):
        deed(name, deal, staff)
    deal.refresh_from_db()
    assert deal.stage == stage
    assert not DealTransition.objects.filter(deal=deal).exists()


@pytest.mark.parametrize("stage", [each for each in DealStage if each not in OPEN])
def test_nothing_that_ended_expires(stage: DealStage) -> None:
    deal = deal_at(stage)
    Deal.objects.filter(pk=deal.pk).update(valid_until=TODAY)
    assert not services.expire_deal(deal_id=deal.pk, on=TODAY, at=NOON)
    deal.refresh_from_db()
    assert deal.stage == stage


PAGES: dict[tuple[str, ...], dict[str, str]] = {
    ("lose",): {"reason": "price"},
    ("withdraw",): {},
    ("extend",): {},
    ("change",): {"name": "New", "pipeline": "contract"},
    ("move",): {"pipeline": "contract"},
    ("motion", "confirm"): {},
    ("motion", "contest"): {"reason": "No"},
    ("requests", "demo", "ask"): {"text": "Help"},
}
ACTIONS: dict[str, dict[str, str]] = {
    "mark_won": {"closed_on": TODAY.isoformat(), "poi_on": ""},
    "mark_lost": {"closed_on": TODAY.isoformat(), "reason": "price", "note": ""},
    "decide_motion": {"motion": "assisted", "reason": "So"},
}


@pytest.mark.parametrize("stage", [each for each in DealStage if each not in OPEN])
def test_no_page_changes_what_has_ended(staff: User, stage: DealStage) -> None:
    deal = deal_at(stage)
    seller = signed_in(account_of(deal.partner, role="sales"))
    before = Deal.objects.filter(pk=deal.pk).values().get()

    for parts, form in PAGES.items():
        address = "/".join(("/deals", str(deal.public_id), *parts, ""))
        assert seller.post(address, form).status_code in {302, 422}, parts
    vendor: Browser = signed_in(staff)
    for action, form in ACTIONS.items():
        chosen = {"action": action, "_selected_action": [deal.pk], "apply": "1"}
        assert vendor.post("/admin/deals/deal/", {**form, **chosen}).status_code < 500

    assert Deal.objects.filter(pk=deal.pk).values().get() == before
