"""The vendor's answer: accept, ask, refuse; the appeal; a promise that is broken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from clients.models import ClientDomain
from deals.models import Deal, RefusalCode, Registration, RegistrationAppeal
from deals.services.registrations.given import Given
from deals.services.registrations.registering import (
    answer_question,
    save_draft,
    submit,
    withdraw_registration,
)
from deals.services.registrations.reviewing import (
    accept_registration,
    appeal_refusal,
    ask_for_information,
    decide_refusal_appeal,
    refuse_registration,
    tell_late_registrations,
)
from deals.services.registrations.steps import RegistrationError
from partners.models import AuditEntry, Notification, Partner, User
from tests.factories import ClientFactory, DealFactory, PartnerFactory, UserFactory
from tests.factories.registrations import RegistrationFactory
from tests.integration.pages import NOON, TODAY, account_of

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

State = Registration.State
LATER = NOON + timedelta(days=2)


@pytest.fixture
def manager() -> User:
    return UserFactory.create(programme_manager=True)


@pytest.fixture
def other() -> User:
    return UserFactory.create(programme_manager=True)


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create()


@pytest.fixture
def owner(partner: Partner) -> User:
    return account_of(partner)


@pytest.fixture
def waiting(partner: Partner) -> Registration:
    return RegistrationFactory.create(partner=partner, in_review=True)


def refused(registration: Registration, by: User) -> Registration:
    return refuse_registration(
        registration_id=registration.pk,
        code=RefusalCode.PURSUED,
        text="Somebody has talked to them for a month.",
        clause="3.10",
        actor=by,
        at=NOON,
        today=TODAY,
    )


def appealed(registration: Registration, by: User) -> RegistrationAppeal:
    return appeal_refusal(
        registration_id=registration.pk,
        text="They chose us.",
        actor=by,
        at=NOON,
        today=TODAY,
    )


def decided(registration: Registration, by: User, *, overturn: bool) -> Any:
    return decide_refusal_appeal(
        registration_id=registration.pk,
        overturn=overturn,
        answer="They did.",
        clause="3.10",
        actor=by,
        at=LATER,
        today=LATER.date(),
    )


def told(kind: str) -> set[str]:
    rows = Notification.objects.filter(kind=kind, done_at=None)
    return set(rows.values_list("user__email", flat=True))


def test_accepted_by_a_human_it_counts_from_the_submission(
    waiting: Registration, manager: User, owner: User
) -> None:
    accept_registration(
        registration_id=waiting.pk, actor=manager, at=LATER, today=LATER.date()
    )

    waiting.refresh_from_db()
    assert waiting.deal
    assert (waiting.state, waiting.decided_by) == (State.ACCEPTED, manager)
    # Registered when it was asked for; the days of the vendor are not the partner's.
    assert waiting.deal.registered_on == TODAY
    assert waiting.deal.valid_until == LATER.date() + timedelta(days=90)
    assert owner.email in told("deals.registration_accepted")


def test_where_several_clients_may_be_meant_a_human_chooses(
    partner: Partner, manager: User
) -> None:
    clients = ClientFactory.create_batch(2)
    for client in clients:
        ClientDomain.objects.create(client=client, name="example.com")
    waiting = RegistrationFactory.create(
        partner=partner, in_review=True, domains=["example.com"]
    )
    accept: Any = {
        "registration_id": waiting.pk,
        "actor": manager,
        "at": NOON,
        "today": TODAY,
    }

    with pytest.raises(RegistrationError):
        accept_registration(**accept)
    accept_registration(**accept, client_id=clients[1].pk)

    waiting.refresh_from_db()
    assert waiting.deal
    assert waiting.deal.client == clients[1]


def test_a_question_unlocks_the_fields_in_question(
    waiting: Registration, manager: User, owner: User
) -> None:
    ask_for_information(
        registration_id=waiting.pk,
        fields=["email", "domains"],
        question="Whose domain is this?",
        actor=manager,
        at=NOON,
    )

    waiting.refresh_from_db()
    assert waiting.state == State.NEEDS_INFO
    assert waiting.open_fields == ["email", "domains"]
    assert owner.email in told("deals.registration_question")


@pytest.mark.parametrize(
    ("fields", "question"),
    [([], "Why?"), (["state"], "Why?"), (["email", "deal"], "Why?"), (["email"], " ")],
)
def test_a_question_is_about_known_fields(
    waiting: Registration, manager: User, fields: list[str], question: str
) -> None:
    with pytest.raises(RegistrationError):
        ask_for_information(
            registration_id=waiting.pk,
            fields=fields,
            question=question,
            actor=manager,
            at=NOON,
        )


def test_a_refusal_has_code_sentence_and_clause(
    waiting: Registration, manager: User, owner: User
) -> None:
    refused(waiting, manager)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.refusal_code, waiting.refusal_clause) == (
        State.REFUSED,
        "pursued",
        "3.10",
    )
    assert owner.email in told("deals.registration_refused")
    assert AuditEntry.objects.get().note == waiting.refusal_text


@pytest.mark.parametrize(
    "wrong",
    [{"code": ""}, {"code": "mood"}, {"text": " "}, {"clause": ""}, {"clause": "9.9"}],
)
def test_a_refusal_without_one_of_them_is_none(
    waiting: Registration, manager: User, wrong: dict[str, str]
) -> None:
    given: Any = {"code": "pursued", "text": "Because.", "clause": "3.10", **wrong}

    with pytest.raises(RegistrationError):
        refuse_registration(
            registration_id=waiting.pk, actor=manager, at=NOON, today=TODAY, **given
        )
    waiting.refresh_from_db()
    assert waiting.state == State.SUBMITTED


def test_an_appeal_is_made_once_and_decided_by_another(
    waiting: Registration, manager: User, other: User, owner: User
) -> None:
    refused(waiting, manager)

    appeal = appealed(waiting, owner)

    assert appeal.due_at == NOON + timedelta(hours=48)
    assert told("deals.registration_appealed") == {other.email}
    with pytest.raises(RegistrationError):
        appealed(waiting, owner)
    with pytest.raises(RegistrationError):
        decided(waiting, manager, overturn=True)
    decided(waiting, other, overturn=True)
    waiting.refresh_from_db()
    assert waiting.state == State.ACCEPTED
    assert waiting.deal
    assert waiting.deal.valid_until == LATER.date() + timedelta(days=90)
    with pytest.raises(RegistrationError):
        decided(waiting, other, overturn=False)


def test_a_refusal_that_stands_is_told(
    waiting: Registration, manager: User, other: User, owner: User
) -> None:
    refused(waiting, manager)
    appealed(waiting, owner)

    decided(waiting, other, overturn=False)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.deal) == (State.REFUSED, None)
    assert owner.email in told("deals.registration_appeal_upheld")
    assert told("deals.registration_appealed") == set()


def test_a_broken_promise_is_told_once_to_both_sides(
    waiting: Registration, manager: User, owner: User
) -> None:
    def run(at: Any) -> int:
        return tell_late_registrations(at=at, first=0, last=waiting.partner_id)

    assert run(NOON + timedelta(hours=47)) == 0
    assert run(NOON + timedelta(hours=48)) == 1
    assert run(NOON + timedelta(hours=49)) == 0
    assert told("deals.registration_late") == {manager.email}
    assert owner.email in told("deals.registration_waits")
    accept_registration(
        registration_id=waiting.pk, actor=manager, at=LATER, today=LATER.date()
    )
    assert told("deals.registration_late") == set()


# --- Every state × every event --------------------------------------------------------


def in_state(state: str, partner: Partner, manager: User) -> Registration:
    if state == State.DRAFT:
        return RegistrationFactory.create(partner=partner)
    if state == State.SUBMITTED:
        return RegistrationFactory.create(partner=partner, in_review=True)
    if state == State.NEEDS_INFO:
        return RegistrationFactory.create(partner=partner, asked=True)
    if state == State.WITHDRAWN:
        return RegistrationFactory.create(partner=partner, state=state)
    registration = RegistrationFactory.create(partner=partner, in_review=True)
    if state == State.REFUSED:
        return refused(registration, manager)
    deal = DealFactory.create(partner=partner)
    Registration.objects.filter(pk=registration.pk).update(state=state, deal=deal)
    registration.refresh_from_db()
    return registration


ACTS: dict[str, tuple[set[str], Callable[[Registration, User], object]]] = {
    "save": (
        {State.DRAFT},
        lambda each, _by: save_draft(registration_id=each.pk, given=Given(), at=NOON),
    ),
    "submit": (
        {State.DRAFT},
        lambda each, by: submit(registration_id=each.pk, actor=by, at=NOON, today=TODAY),
    ),
    "answer": (
        {State.NEEDS_INFO},
        lambda each, by: answer_question(
            registration_id=each.pk, given=Given(), actor=by, at=NOON, today=TODAY
        ),
    ),
    "withdraw": (
        {State.DRAFT, State.SUBMITTED, State.NEEDS_INFO},
        lambda each, by: withdraw_registration(
            registration_id=each.pk, note="", actor=by, at=NOON
        ),
    ),
    "accept": (
        {State.SUBMITTED},
        lambda each, by: accept_registration(
            registration_id=each.pk, actor=by, at=NOON, today=TODAY
        ),
    ),
    "ask": (
        {State.SUBMITTED},
        lambda each, by: ask_for_information(
            registration_id=each.pk, fields=["email"], question="?", actor=by, at=NOON
        ),
    ),
    "refuse": ({State.SUBMITTED, State.NEEDS_INFO}, refused),
    "appeal": ({State.REFUSED}, appealed),
    "overturn": (set(), lambda each, by: decided(each, by, overturn=True)),
}


@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("act", ACTS)
def test_what_is_not_in_the_table_cannot_be_done(
    act: str, state: str, partner: Partner, manager: User
) -> None:
    allowed, do = ACTS[act]
    registration = in_state(state, partner, manager)
    deals = Deal.objects.count()

    if state in allowed:
        do(registration, manager)
        return
    with pytest.raises(RegistrationError):
        do(registration, manager)
    registration.refresh_from_db()
    assert registration.state == state
    assert Deal.objects.count() == deals
