"""Signals of prospects: the signed door, and who hears of them (R84, 3.18, C30)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from time_machine import TimeMachineFixture

from clients.models import ClientDomain
from deals import services
from deals.models import Deal, DealTeamMember, ProspectSignal
from partners.models import Notification, Person, User
from tests.factories import DealFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
SECRET = "between the two of us"


@pytest.fixture(autouse=True)
def _door(settings: Any, time_machine: TimeMachineFixture) -> None:
    settings.SIGNALS_SECRET = SECRET
    time_machine.move_to(AT, tick=False)


@pytest.fixture
def owner() -> Person:
    return PersonFactory.create(role="sales", with_account=True)


@pytest.fixture
def deal(owner: Person) -> Deal:
    """Return an open deal whose client has the domain acme.com."""
    deal = DealFactory.create(partner=owner.partner, owner=owner)
    ClientDomain.objects.create(client=deal.client, name="acme.com")
    return deal


def message(**changes: object) -> dict[str, object]:
    return {
        "id": "crm-1",
        "kind": "sign_up",
        "domain": "www.Acme.com",
        "happened_at": "2026-01-15T11:59:00Z",
        **changes,
    }


def send(
    given: object,
    *,
    secret: str = SECRET,
    at: datetime = AT,
    browser: Browser | None = None,
) -> int:
    """Send a message as the CRM does; return the status of the answer."""
    body = given if isinstance(given, bytes) else json.dumps(given).encode()
    moment = str(int(at.timestamp()))
    answer = (browser or Browser(enforce_csrf_checks=True)).post(
        "/signals/",
        body,
        content_type="application/json",
        headers={
            "X-Signal-Moment": moment,
            "X-Signal-Signature": services.signature_of(
                body, moment=moment, secret=secret
            ),
        },
    )
    return answer.status_code


def told() -> list[User]:
    rows = Notification.objects.filter(kind="deals.prospect_signed_up")
    return [row.user for row in rows.select_related("user")]


def ask(user: User | None) -> None:
    assert user is not None
    services.subscribe(user=user, wanted=True, at=AT)


def test_tells_owner_and_team_who_asked_for_it(deal: Deal, owner: Person) -> None:
    member = PersonFactory.create(
        partner=deal.partner, role="services", with_account=True
    )
    silent = PersonFactory.create(partner=deal.partner, role="sales", with_account=True)
    for person in (member, silent):
        assert person.user is not None
        DealTeamMember.objects.create(deal=deal, user=person.user, added_at=AT)
    ask(owner.user)
    ask(member.user)

    assert send(message()) == 202

    assert {user.pk for user in told()} == {owner.user_id, member.user_id}
    assert ProspectSignal.objects.get().deals == [deal.pk]


def test_a_replayed_signal_tells_once(deal: Deal, owner: Person) -> None:
    ask(owner.user)
    assert [send(message()), send(message()), send(message(domain="acme.com"))] == [
        202,
        200,
        200,
    ]
    assert len(told()) == 1
    assert ProspectSignal.objects.count() == 1


@pytest.mark.parametrize("stage", ["lost", "expired", "withdrawn"])
def test_a_deal_that_ended_is_nobodys_business(
    deal: Deal, owner: Person, stage: str
) -> None:
    ask(owner.user)
    Deal.objects.filter(pk=deal.pk).update(stage=stage, closed_on="2026-01-10")
    assert send(message()) == 202
    assert told() == []


def test_another_company_with_the_same_client_hears_nothing(
    deal: Deal, owner: Person
) -> None:
    stranger = PersonFactory.create(with_account=True)
    ask(stranger.user)
    ask(owner.user)
    send(message())
    assert told() == [owner.user]


@pytest.mark.parametrize(
    "case",
    [
        lambda: send(message(), secret="guessed"),
        lambda: send(message(), at=AT - timedelta(seconds=301)),
        lambda: send(message(), at=AT + timedelta(seconds=301)),
        lambda: Browser().post("/signals/", b"{}", content_type="a/b").status_code,
    ],
    ids=["other secret", "too old", "too new", "no signature"],
)
def test_nothing_is_taken_without_a_fresh_signature(case: Any) -> None:
    assert case() == 401
    assert not ProspectSignal.objects.exists()


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"{",
        b"[" * 8_000,
        b"\xff\xfe",
        [],
        {},
        message(id=""),
        message(id="x" * 101),
        message(id="a\x00b"),
        message(id="\ud800"),
        message(id=5),
        message(kind="paid"),
        message(domain="gmail.com"),
        message(domain="nowhere"),
        message(domain="co.uk"),
        message(happened_at="yesterday"),
        message(happened_at="2026-13-01T00:00:00Z"),
        message(happened_at="2026-01-15T11:00:00"),
        message(happened_at="2026-01-15T12:00:01Z"),
        message(happened_at="0001-01-01T00:00:00+23:59"),
        {**message(), "more": 1},
    ],
)
def test_what_cannot_be_read_is_refused(given: object) -> None:
    assert send(given) == 422
    assert not ProspectSignal.objects.exists()


def test_a_large_message_is_refused() -> None:
    assert send(b" " * 8_193) == 413


def test_without_a_secret_there_is_no_door(settings: Any) -> None:
    settings.SIGNALS_SECRET = ""
    assert send(message()) == 404


def test_anybody_asks_for_oneself(deal: Deal, owner: Person) -> None:
    browser = Browser()
    assert owner.user is not None
    browser.force_login(owner.user)
    assert b"not asked" in browser.get("/deals/signals/").content
    browser.post("/deals/signals/ask/", {"wanted": "yes"})
    send(message())
    browser.post("/deals/signals/ask/", {"wanted": "no"})
    send(message(id="crm-2"))
    assert len(told()) == 1


def test_staff_enter_one_by_hand(deal: Deal, owner: Person) -> None:
    ask(owner.user)
    manager = UserFactory.create(programme_manager=True)
    received = services.receive_signal(
        external_id="by hand",
        domain="acme.com",
        happened_at=AT,
        entered_by=manager,
        at=AT,
    )
    assert received.is_news
    assert received.signal.entered_by == manager
    assert told() == [owner.user]
