"""Promises that are broken: both sides are told once, also after a standstill."""

from __future__ import annotations

from datetime import timedelta

import pytest
from time_machine import TimeMachineFixture

from deals.models import Deal, DealRequest, RefusalCode, Registration, RegistrationAppeal
from deals.services.registrations.reviewing import (
    appeal_refusal,
    decide_refusal_appeal,
    refuse_registration,
    tell_late_appeals,
)
from deals.services.sharing import requesting
from outbox import clock
from outbox import services as outbox
from partners.models import AuditEntry, Notification, User
from partners.notifications import words_of
from tests.factories import DealLineFactory, PartnerFactory, UserFactory
from tests.factories.registrations import RegistrationFactory
from tests.factories.specialists import growth_account
from tests.integration.pages import (
    NOON,
    TODAY,
    account_of,
    signed_in,
    words,
)

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

HOURS = timedelta(hours=1)


@pytest.fixture
def deal() -> Deal:
    partner = PartnerFactory.create(with_pdm=True)
    return DealLineFactory.create(deal__partner=partner).deal


@pytest.fixture
def seller(deal: Deal) -> User:
    return account_of(deal.partner, role="sales")


@pytest.fixture
def manager() -> User:
    return UserFactory.create(programme_manager=True)


def told(kind: str, *, open_only: bool = True) -> set[User]:
    rows = Notification.objects.filter(kind=kind).select_related("user")
    return {each.user for each in rows if not (open_only and each.done_at)}


def asked(deal: Deal, seller: User, kind: str = "demo") -> DealRequest:
    return requesting.ask(
        deal_id=deal.pk, kind=kind, text="Help", plan=None, actor=seller, at=NOON,
        today=TODAY,
    )  # fmt: skip


# --- Requests on deals ----------------------------------------------------------------


def test_a_late_answer_to_a_request_is_told_once_to_both_sides(
    deal: Deal, seller: User, manager: User
) -> None:
    specialist = growth_account("")
    deal.team.create(user=specialist, added_at=NOON)
    request = asked(deal, seller)

    counts = [requesting.tell_late_requests(at=NOON + n * HOURS) for n in (47, 48, 49)]

    assert counts == [0, 1, 0]
    # Who was asked, and who is responsible for the partner.
    assert told("deals.request_late") == {specialist, deal.partner.pdm, manager}
    assert told("deals.request_waits") == {seller}
    assert Notification.objects.filter(kind="deals.request_late").count() == 3
    assert AuditEntry.objects.filter(action="deals.request_late").count() == 1
    for each in Notification.objects.filter(kind__startswith="deals.request_"):
        assert words_of(each).title

    requesting.decide(
        request_id=request.pk, approve=True, answer="Yes.", actor=manager,
        at=NOON + 50 * HOURS, today=TODAY,
    )  # fmt: skip
    assert told("deals.request_late") == set()


def test_what_was_answered_or_withdrawn_is_not_late(
    deal: Deal, seller: User, manager: User
) -> None:
    first, second = asked(deal, seller), asked(deal, seller, "reference")
    requesting.decide(
        request_id=first.pk, approve=False, answer="No.", actor=manager, at=NOON,
        today=TODAY,
    )  # fmt: skip
    requesting.withdraw(request_id=second.pk, actor=seller, at=NOON)

    assert requesting.tell_late_requests(at=NOON + 100 * HOURS) == 0


def test_the_clock_tells_of_all_that_is_late_after_a_time_without_it(
    deal: Deal, seller: User, manager: User, time_machine: TimeMachineFixture
) -> None:
    requests = [asked(deal, seller), asked(deal, seller, "reference")]
    time_machine.move_to(NOON + timedelta(days=9))

    for _again in range(3):
        outbox.tick(at=clock.now())
        outbox.run_due()
        time_machine.move_to(NOON + timedelta(days=9, minutes=5))

    late = Notification.objects.filter(kind="deals.request_late", user=manager)
    assert late.count() == len(requests)
    assert AuditEntry.objects.filter(action="deals.request_late").count() == 2


def test_both_sides_see_the_clock_on_the_page(
    deal: Deal, seller: User, manager: User, time_machine: TimeMachineFixture
) -> None:
    asked(deal, seller)
    page = f"/deals/{deal.public_id}/"
    assert "48 hours left" in words(signed_in(seller).get(page))

    time_machine.move_to(NOON + 50 * HOURS)

    for user in (seller, manager):
        assert "late by 2 hours" in words(signed_in(user).get(page))
    assert "The promise is broken" in words(signed_in(seller).get(page))
    assert "The promise is broken" not in words(signed_in(manager).get(page))


# --- Appeals against refusals ---------------------------------------------------------


@pytest.fixture
def appeal(deal: Deal, seller: User, manager: User) -> RegistrationAppeal:
    registration: Registration = RegistrationFactory.create(
        partner=deal.partner, in_review=True
    )
    refuse_registration(
        registration_id=registration.pk, code=RefusalCode.PURSUED, text="They are ours.",
        clause="3.10", actor=manager, at=NOON, today=TODAY,
    )  # fmt: skip
    return appeal_refusal(
        registration_id=registration.pk, text="No.", actor=seller, at=NOON, today=TODAY
    )


def test_a_late_decision_on_an_appeal_is_told_once_to_both_sides(
    appeal: RegistrationAppeal, seller: User, manager: User
) -> None:
    """Not to whoever refused: they do not decide it."""
    counts = [tell_late_appeals(at=NOON + n * HOURS) for n in (47, 48, 49)]

    assert counts == [0, 1, 0]
    pdm = appeal.registration.partner.pdm
    assert pdm is not None
    assert told("deals.registration_appeal_late") == {pdm}
    assert seller in told("deals.registration_appeal_waits")
    for each in Notification.objects.filter(kind__startswith="deals.registration_appeal"):
        assert words_of(each).title

    decide_refusal_appeal(
        registration_id=appeal.registration_id, overturn=False, answer="It stands.",
        clause="3.10", actor=pdm, at=NOON + 50 * HOURS, today=TODAY,
    )  # fmt: skip
    assert told("deals.registration_appeal_late") == set()


def test_the_clock_tells_of_late_appeals(
    appeal: RegistrationAppeal, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(NOON + timedelta(days=9))

    for _again in range(2):
        outbox.tick(at=clock.now())
        outbox.run_due()

    assert len(told("deals.registration_appeal_late")) == 1
