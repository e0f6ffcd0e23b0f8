"""A month is contested: the evidence stays, the clock runs, people answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from commissions.models import Adjustment, Dispute, Schedule
from commissions.services import approve_adjustment, disputing
from commissions.services.contested import answer_days, follow_adjustment
from partners.models import AuditEntry, Notification, Partner, Role, User
from program.payout_life import DISPUTE_STEPS, DisputeEvent, DisputeState
from program.steps import Actor
from tests.factories import PartnerFactory, UserFactory
from tests.factories.money import (
    AccrualFactory,
    AdjustmentFactory,
    DisputeFactory,
    StatementFactory,
    StatementLineFactory,
)
from tests.integration.commissions.money_pages import (
    FIRST,
    address,
    contested,
    schedule_of,
    stated,
)
from tests.integration.pages import NOON, TODAY, browser_of, signed_in, words

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


# --- Contesting -----------------------------------------------------------------------


def test_the_evidence_is_kept_as_it_stood(schedule: Schedule) -> None:
    found = stated(schedule, FIRST)

    dispute = contested(schedule)
    AccrualFactory.create(
        schedule=schedule, number=1, base_minor=-50_000, commission_minor=-10_000
    )

    dispute.refresh_from_db()
    assert dispute.evidence["earned"] == [20_000, "USD"]
    assert dispute.evidence["base"] == [100_000, "USD"]
    assert dispute.evidence["statements"][0]["digest"] == found.digest
    assert [one["amount"] for one in dispute.evidence["receipts"]] == [[100_000, "USD"]]
    text = words(browser_of(schedule.partner).get(address("dispute", dispute)))
    assert "Earned US$200.00" in text
    assert "As it stands now US$100.00" in text


def test_finance_and_the_manager_are_told_with_a_clock(
    schedule: Schedule, finance: User
) -> None:
    dispute = contested(schedule)

    told = Notification.objects.filter(kind="commissions.dispute_opened")
    assert {one.user_id for one in told} == {finance.pk, schedule.partner.pdm_id}
    assert dispute.due_at == NOON + timedelta(days=answer_days(TODAY))
    entry = AuditEntry.objects.get(action="commissions.dispute_opened")
    assert entry.partner_id == schedule.partner_id


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"text": "  "}, id="no text"),
        pytest.param({"month": FIRST.replace(month=5)}, id="never accrued"),
        pytest.param({"expected_minor": 10**16}, id="too much"),
    ],
)
def test_what_cannot_be_contested(schedule: Schedule, given: dict[str, Any]) -> None:
    with pytest.raises(disputing.DisputeError):
        contested(schedule, **given)

    assert not Dispute.objects.exists()


def test_a_month_is_contested_once_at_a_time(schedule: Schedule) -> None:
    first = contested(schedule)
    with pytest.raises(disputing.DisputeError, match="already"):
        contested(schedule)
    disputing.withdraw(dispute_id=first.pk, actor=first.opened_by, at=NOON)

    assert contested(schedule).pk != first.pk


def test_the_page_contests_and_shows_what_was_said(schedule: Schedule) -> None:
    browser = browser_of(schedule.partner, role=Role.FINANCE)
    form = reverse("commissions:contest", args=[schedule.public_id, FIRST])

    asked = browser.get(form)
    wrong = browser.post(form, {"expected": "many", "text": ""})
    sent = browser.post(form, {"expected": "1 300,5", "text": "They paid more."})
    page = browser.get(sent["Location"])

    assert "What you expect, in USD" in words(asked)
    assert wrong.status_code == 422
    assert "like 1234.50" in words(wrong)
    assert Dispute.objects.get().expected_minor == 130_050
    assert "They paid more." in words(page)
    assert "January 2026 is contested" in words(page)


@pytest.mark.parametrize("role", [Role.READER])
def test_readers_read_and_contest_nothing(schedule: Schedule, role: Role) -> None:
    dispute = contested(schedule)
    browser = browser_of(schedule.partner, role=role)
    form = reverse("commissions:contest", args=[schedule.public_id, FIRST])

    assert browser.get(form).status_code == 403
    assert browser.post(form, {"text": "x"}).status_code == 403
    assert browser.get(address("dispute", dispute)).status_code == 200
    for act in ("dispute_message", "dispute_withdraw"):
        assert browser.post(address(act, dispute), {"text": "x"}).status_code == 403


@pytest.mark.parametrize("role", [Role.SALES, Role.SERVICES])
def test_who_sees_no_money_finds_no_dispute(schedule: Schedule, role: Role) -> None:
    dispute = contested(schedule)
    browser = browser_of(schedule.partner, role=role)

    assert browser.get(address("dispute", dispute)).status_code == 404
    assert browser.post(address("dispute_message", dispute)).status_code == 404
    assert browser.post(address("dispute_withdraw", dispute)).status_code == 404


def test_another_company_finds_nothing(schedule: Schedule) -> None:
    dispute = contested(schedule)
    stranger = browser_of(PartnerFactory.create())

    assert stranger.get(address("dispute", dispute)).status_code == 404
    assert stranger.post(address("dispute_message", dispute)).status_code == 404


# --- The end --------------------------------------------------------------------------


def test_a_correction_waits_for_a_second_person(
    schedule: Schedule, finance: User
) -> None:
    stated(schedule, FIRST)
    dispute = contested(schedule)

    disputing.correct(
        dispute_id=dispute.pk,
        amount_minor=10_000,
        answer="A receipt was missing.",
        actor=finance,
        at=NOON,
    )

    dispute.refresh_from_db()
    adjustment = dispute.adjustment
    assert adjustment
    assert dispute.state == Dispute.State.PROPOSED
    assert adjustment.state == Adjustment.State.PROPOSED
    assert (adjustment.amount_minor, adjustment.corrects_id) != (0, None)
    assert "A receipt was missing." in adjustment.reason
    page = words(signed_in(dispute.opened_by).get(address("dispute", dispute)))
    assert "A correction of US$100.00 is being checked by a second person." in page
    assert "An answer is promised by" in page
    told = Notification.objects.filter(user=dispute.opened_by)
    assert [one.kind for one in told] == ["commissions.dispute_proposed"]


def test_a_correction_leads_to_the_line_that_carries_it(
    schedule: Schedule, finance: User
) -> None:
    first = stated(schedule, FIRST)
    dispute = contested(schedule)
    disputing.correct(
        dispute_id=dispute.pk, amount_minor=1, answer="Yes.", actor=finance, at=NOON
    )
    dispute.refresh_from_db()
    assert dispute.adjustment
    browser = signed_in(dispute.opened_by)
    assert "January 2026 is contested" in words(browser.get(address("dispute", dispute)))
    approve_adjustment(
        adjustment_id=dispute.adjustment.pk,
        factor_at=NOON,
        actor=UserFactory.create(finance=True),
        at=NOON,
    )
    assert "January 2026 was contested" in words(browser.get(address("dispute", dispute)))
    second = StatementFactory.create(
        partner=schedule.partner,
        number=2,
        quarter=date(2026, 4, 1),
        previous=first.digest,
    )
    StatementLineFactory.create(
        statement=second,
        number=7,
        kind="adjustment",
        schedule=None,
        month=None,
        accrual=None,
        adjustment=dispute.adjustment,
    )

    page = browser.get(address("dispute", dispute))

    link = reverse("commissions:statement", args=[second.public_id])
    assert f'<a href="{link}">It is line 7 of statement 2.</a>' in page.content.decode()


def test_a_refusal_has_a_reason(schedule: Schedule, finance: User) -> None:
    dispute = contested(schedule)
    with pytest.raises(disputing.DisputeError, match="sentence"):
        disputing.refuse(dispute_id=dispute.pk, answer=" ", actor=finance, at=NOON)

    disputing.refuse(
        dispute_id=dispute.pk, answer="It was refunded.", actor=finance, at=NOON
    )

    page = words(signed_in(dispute.opened_by).get(address("dispute", dispute)))
    assert "It was refunded." in page
    assert "Refused" in page
    opened = Notification.objects.filter(kind="commissions.dispute_opened")
    assert all(one.done_at for one in opened)


def test_nothing_is_corrected_by_nothing(schedule: Schedule, finance: User) -> None:
    dispute = contested(schedule)

    with pytest.raises(disputing.DisputeError):
        disputing.correct(
            dispute_id=dispute.pk, amount_minor=0, answer="Yes.", actor=finance, at=NOON
        )

    dispute.refresh_from_db()
    assert dispute.state == Dispute.State.OPEN
    assert not Adjustment.objects.exists()


def _correct(dispute: Dispute, actor: User) -> None:
    disputing.correct(
        dispute_id=dispute.pk, amount_minor=1, answer="Yes.", actor=actor, at=NOON
    )


def _refuse(dispute: Dispute, actor: User) -> None:
    disputing.refuse(dispute_id=dispute.pk, answer="No.", actor=actor, at=NOON)


def _withdraw(dispute: Dispute, actor: User) -> None:
    disputing.withdraw(dispute_id=dispute.pk, actor=actor, at=NOON)


def _decided(*, approved: bool) -> Callable[[Dispute, User], None]:
    def act(dispute: Dispute, _actor: User) -> None:
        proposal = dispute.adjustment or AdjustmentFactory.create(partner=dispute.partner)
        if dispute.adjustment is None:
            Dispute.objects.filter(pk=dispute.pk).update(adjustment=proposal)
        proposal.state = "approved" if approved else "refused"
        follow_adjustment(proposal, actor=UserFactory.create(finance=True), at=NOON)

    return act


ACTS = {
    DisputeEvent.PROPOSE: (_correct, Actor.STAFF),
    DisputeEvent.CORRECT: (_decided(approved=True), Actor.STAFF),
    DisputeEvent.REOPEN: (_decided(approved=False), Actor.STAFF),
    DisputeEvent.REFUSE: (_refuse, Actor.STAFF),
    DisputeEvent.WITHDRAW: (_withdraw, Actor.PARTNER),
}


@pytest.mark.parametrize("state", DisputeState)
@pytest.mark.parametrize("event", DisputeEvent)
def test_only_what_the_table_has_can_happen(
    schedule: Schedule, finance: User, state: DisputeState, event: DisputeEvent
) -> None:
    over: dict[str, Any] = {}
    if state != DisputeState.OPEN:
        over = {"decided_at": NOON, "answer": "So.", "decided_by": finance}
    if state == DisputeState.PROPOSED:
        over["adjustment"] = AdjustmentFactory.create(partner=schedule.partner)
    dispute = DisputeFactory.create(schedule=schedule, state=state, **over)
    before = Adjustment.objects.count()
    act, actor = ACTS[event]
    step = DISPUTE_STEPS.get((state, event))

    if step is not None and actor in step.by:
        act(dispute, finance)
        dispute.refresh_from_db()
        assert dispute.state == step.to
    elif event in (DisputeEvent.CORRECT, DisputeEvent.REOPEN):
        # Nobody asks for these: they follow an adjustment, which is about others, too.
        act(dispute, finance)
        dispute.refresh_from_db()
        assert dispute.state == state
        assert not AuditEntry.objects.exists()
    else:
        with pytest.raises(disputing.DisputeError):
            act(dispute, finance)
        dispute.refresh_from_db()
        assert dispute.state == state
        assert Adjustment.objects.count() == before


def test_nothing_is_written_once_it_is_over(schedule: Schedule) -> None:
    dispute = contested(schedule)
    disputing.withdraw(dispute_id=dispute.pk, actor=dispute.opened_by, at=NOON)

    with pytest.raises(disputing.DisputeError, match="over"):
        disputing.write_message(
            dispute_id=dispute.pk,
            text="x",
            internal=False,
            actor=dispute.opened_by,
            at=NOON,
        )


def test_the_page_takes_it_back(schedule: Schedule) -> None:
    dispute = contested(schedule)

    answer = signed_in(dispute.opened_by).post(address("dispute_withdraw", dispute))

    dispute.refresh_from_db()
    assert answer.status_code == 302
    assert dispute.state == Dispute.State.WITHDRAWN
