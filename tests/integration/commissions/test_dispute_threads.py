"""Both sides write about a contested month, the clock tells, finance decides."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from commissions.models import Dispute, DisputeMessage, Schedule
from commissions.services import disputing
from outbox import clock
from partners.models import Notification, Partner, User
from tests.factories import PartnerFactory, UserFactory
from tests.factories.money import DisputeMessageFactory
from tests.factories.specialists import growth_account
from tests.integration.commissions.money_pages import address, contested, schedule_of
from tests.integration.pages import NOON, browser_of, signed_in, words

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(name="Aurora", with_pdm=True)


@pytest.fixture
def schedule(partner: Partner) -> Schedule:
    return schedule_of(partner, months=1, deal__name="Nordlicht")


@pytest.fixture
def finance() -> User:
    return UserFactory.create(finance=True)


# --- The thread -----------------------------------------------------------------------


def test_both_sides_write_and_the_other_is_told(
    schedule: Schedule, finance: User
) -> None:
    dispute = contested(schedule)
    owner = dispute.opened_by

    signed_in(finance).post(address("dispute_message", dispute), {"text": "Which one?"})
    signed_in(owner).post(address("dispute_message", dispute), {"text": "R-00001"})

    assert [one.text for one in dispute.messages.order_by("pk")][1:] == [
        "Which one?",
        "R-00001",
    ]
    to_partner = Notification.objects.filter(kind="commissions.dispute_message")
    to_staff = Notification.objects.filter(kind="commissions.dispute_message_to_staff")
    assert {one.user_id for one in to_partner} == {owner.pk}
    assert {one.user_id for one in to_staff} == {finance.pk, schedule.partner.pdm_id}


def test_internal_notes_stay_with_staff(schedule: Schedule, finance: User) -> None:
    dispute = contested(schedule)

    signed_in(finance).post(
        address("dispute_message", dispute),
        {"text": "Looks like our mistake", "internal": "on"},
    )

    assert DisputeMessage.objects.get(internal=True).author == finance
    page = signed_in(dispute.opened_by).get(address("dispute", dispute))
    assert "our mistake" not in page.content.decode()
    assert "our mistake" in words(signed_in(finance).get(address("dispute", dispute)))
    assert not Notification.objects.filter(kind="commissions.dispute_message").exists()
    with pytest.raises(disputing.DisputeError, match="for staff"):
        disputing.write_message(
            dispute_id=dispute.pk,
            text="x",
            internal=True,
            actor=dispute.opened_by,
            at=NOON,
        )


def test_the_manager_writes_and_growth_sees_nothing(schedule: Schedule) -> None:
    dispute = contested(schedule)
    pdm = schedule.partner.pdm
    assert pdm

    wrote = signed_in(pdm).post(address("dispute_message", dispute), {"text": "I ask."})
    elsewhere = UserFactory.create(pdm=True)
    manager = UserFactory.create(programme_manager=True)

    assert wrote.status_code == 302
    assert signed_in(elsewhere).get(address("dispute", dispute)).status_code == 404
    assert (
        signed_in(growth_account("")).get(address("dispute", dispute)).status_code == 404
    )
    assert signed_in(manager).get(address("dispute", dispute)).status_code == 200
    refused = signed_in(manager).post(address("dispute_message", dispute), {"text": "x"})
    assert refused.status_code == 403


# --- The clock ------------------------------------------------------------------------


def test_lateness_is_told_once_and_decides_nothing(
    schedule: Schedule, finance: User
) -> None:
    dispute = contested(schedule)
    late = dispute.due_at + timedelta(minutes=1)

    before = disputing.tell_late_disputes(at=dispute.due_at - timedelta(minutes=1))
    first = disputing.tell_late_disputes(at=late)
    again = disputing.tell_late_disputes(at=late)

    dispute.refresh_from_db()
    assert (before, first, again) == (0, 1, 0)
    assert dispute.state == Dispute.State.OPEN
    told = Notification.objects.filter(kind="commissions.dispute_late", user=finance)
    assert told.count() == 1


def test_the_list_names_what_is_open(schedule: Schedule) -> None:
    dispute = contested(schedule)
    DisputeMessageFactory.create(dispute=dispute)

    text = words(browser_of(schedule.partner).get(reverse("commissions:disputes")))

    assert "Nordlicht" in text
    assert "14 days left" in text or "days left" in text
    assert clock.now() < dispute.due_at


# --- The back office ------------------------------------------------------------------


def test_finance_decides_in_the_back_office(schedule: Schedule, finance: User) -> None:
    dispute = contested(schedule)
    office = reverse("admin:commissions_dispute_changelist")
    asked = {"action": "correct", "_selected_action": dispute.pk}

    preview = signed_in(finance).post(office, asked)
    done = signed_in(finance).post(
        office, {**asked, "apply": "1", "amount": "100.00", "answer": "Right."}
    )

    dispute.refresh_from_db()
    assert "earned US$200.00, expected US$300.00" in words(preview)
    assert done.status_code == 302
    assert dispute.state == Dispute.State.PROPOSED
    assert dispute.adjustment
    assert dispute.adjustment.amount_minor == 10_000


def test_the_manager_decides_nothing(schedule: Schedule) -> None:
    dispute = contested(schedule)
    office = reverse("admin:commissions_dispute_changelist")
    pdm = schedule.partner.pdm
    assert pdm

    page = signed_in(pdm).get(
        reverse("admin:commissions_dispute_change", args=[dispute.pk])
    )
    signed_in(pdm).post(
        office,
        {
            "action": "refuse",
            "_selected_action": dispute.pk,
            "apply": "1",
            "answer": "No.",
        },
    )

    dispute.refresh_from_db()
    assert page.status_code == 200
    assert f"{schedule.deal_ref}, January 2026" in words(page)
    assert schedule.product_line not in words(page)
    assert dispute.state == Dispute.State.OPEN
