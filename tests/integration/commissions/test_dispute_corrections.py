"""A contested month ends with its correction, or goes on if that is not approved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from commissions.models import Adjustment, Dispute, Schedule
from commissions.services import (
    approve_adjustment,
    disputing,
    refuse_adjustment,
    withdraw_adjustment,
)
from commissions.services.contested import answer_days
from partners.models import AuditEntry, Notification, User
from tests.factories import PartnerFactory, UserFactory
from tests.factories.money import AdjustmentFactory, DisputeFactory
from tests.integration.commissions.money_pages import address, contested, schedule_of
from tests.integration.pages import NOON, TODAY, browser_of, signed_in, words

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

LATER = NOON + timedelta(days=3)


@pytest.fixture
def schedule() -> Schedule:
    return schedule_of(
        PartnerFactory.create(name="Aurora", with_pdm=True),
        months=1,
        deal__name="Nordlicht",
    )


@pytest.fixture
def finance() -> User:
    return UserFactory.create(finance=True)


@pytest.fixture
def second() -> User:
    return UserFactory.create(finance=True)


@pytest.fixture
def dispute(schedule: Schedule, finance: User) -> Dispute:
    """Return a contested month with a correction of USD 100 that nobody has checked."""
    return proposed(contested(schedule), finance)


def proposed(dispute: Dispute, by: User, *, at: datetime = NOON) -> Dispute:
    return disputing.correct(
        dispute_id=dispute.pk,
        amount_minor=10_000,
        answer="A receipt was missing.",
        actor=by,
        at=at,
    )


def approve(dispute: Dispute, by: User) -> None:
    assert dispute.adjustment_id
    approve_adjustment(
        adjustment_id=dispute.adjustment_id, factor_at=LATER, actor=by, at=LATER
    )


def refuse(dispute: Dispute, by: User) -> None:
    assert dispute.adjustment_id
    refuse_adjustment(
        adjustment_id=dispute.adjustment_id, answer="Not ours.", actor=by, at=LATER
    )


def told(user: User | None) -> list[str]:
    found = Notification.objects.filter(user=user).order_by("pk")
    return [one.kind.removeprefix("commissions.dispute_") for one in found]


def page_of(dispute: Dispute, user: User) -> str:
    return words(signed_in(user).get(address("dispute", dispute)))


def test_approved_it_is_corrected_and_the_partner_is_told(
    dispute: Dispute, second: User
) -> None:
    approve(dispute, second)

    dispute.refresh_from_db()
    assert (dispute.state, dispute.decided_at) == (Dispute.State.CORRECTED, LATER)
    assert told(dispute.opened_by) == ["proposed", "decided"]
    acts = AuditEntry.objects.filter(action__startswith="commissions.dispute_")
    assert [one.action.rpartition("_")[2] for one in acts.order_by("pk")] == [
        *("opened", "proposed", "corrected"),
    ]
    text = page_of(dispute, dispute.opened_by)
    assert "Correction: US$100.00. It stands in the next statement." in text
    assert "is being checked" not in text


@pytest.mark.parametrize("how", ["refused", "taken back"])
def test_what_is_not_approved_leaves_it_open_with_a_new_promise(
    dispute: Dispute, finance: User, second: User, how: str
) -> None:
    Dispute.objects.update(late_told_at=NOON)
    if how == "refused":
        refuse(dispute, second)
    else:
        assert dispute.adjustment_id
        withdraw_adjustment(adjustment_id=dispute.adjustment_id, actor=finance, at=LATER)

    dispute.refresh_from_db()
    assert dispute.state == Dispute.State.OPEN
    assert (dispute.answer, dispute.decided_by, dispute.decided_at) == ("", None, None)
    assert dispute.due_at == LATER + timedelta(days=answer_days(TODAY))
    assert dispute.late_told_at is None
    assert told(dispute.opened_by) == ["proposed", "reopened"]
    assert told(finance) == ["opened", "reopened_to_staff"]
    assert told(dispute.partner.pdm) == ["opened", "reopened_to_staff"]
    text = page_of(dispute, dispute.opened_by)
    assert "A correction of US$100.00 was proposed, and not approved" in text
    assert "A receipt was missing." not in text.replace("The client paid more.", "")
    # Why the second person refused is between people of finance.
    assert "Not ours." not in text


def test_another_correction_may_follow(
    dispute: Dispute, finance: User, second: User
) -> None:
    refuse(dispute, second)
    first = dispute.adjustment_id

    again = proposed(dispute, finance, at=LATER)
    approve(again, second)

    again.refresh_from_db()
    assert again.state == Dispute.State.CORRECTED
    assert again.adjustment_id != first
    assert told(dispute.opened_by) == ["proposed", "reopened", "proposed", "decided"]
    assert not Notification.objects.filter(
        kind__in=("commissions.dispute_opened", "commissions.dispute_reopened_to_staff"),
        done_at=None,
    ).exists()


def test_while_it_is_checked_nobody_decides_and_both_sides_write(
    dispute: Dispute, finance: User
) -> None:
    acts: list[Callable[[], object]] = [
        lambda: proposed(dispute, finance),
        lambda: disputing.refuse(
            dispute_id=dispute.pk, answer="No.", actor=finance, at=NOON
        ),
        lambda: disputing.withdraw(
            dispute_id=dispute.pk, actor=dispute.opened_by, at=NOON
        ),
        lambda: contested(dispute.schedule),
    ]
    for act in acts:
        with pytest.raises(disputing.DisputeError, match=r"second person|already"):
            act()
    disputing.write_message(
        dispute_id=dispute.pk,
        text="When will it be paid?",
        internal=False,
        actor=dispute.opened_by,
        at=NOON,
    )

    text = page_of(dispute, dispute.opened_by)
    assert "When will it be paid?" in text
    assert "Withdraw" not in text
    assert Adjustment.objects.count() == 1


def test_a_proposal_does_not_stop_the_clock(
    dispute: Dispute, finance: User, second: User
) -> None:
    late = dispute.due_at + timedelta(minutes=1)

    assert disputing.tell_late_disputes(at=late) == 1
    assert disputing.tell_late_disputes(at=late) == 0
    refuse(dispute, second)

    # And the promise that follows is another one.
    dispute.refresh_from_db()
    assert disputing.tell_late_disputes(at=dispute.due_at + timedelta(minutes=1)) == 1
    assert told(finance).count("late") == 2
    open_ones = Notification.objects.filter(
        user=finance, kind="commissions.dispute_late", done_at=None
    )
    assert open_ones.count() == 1


def test_an_adjustment_of_its_own_touches_no_dispute(
    dispute: Dispute, second: User
) -> None:
    other = AdjustmentFactory.create(partner=dispute.partner)

    refuse_adjustment(adjustment_id=other.pk, answer="No.", actor=second, at=LATER)

    dispute.refresh_from_db()
    assert dispute.state == Dispute.State.PROPOSED


def test_pages_count_it_as_open(dispute: Dispute) -> None:
    browser = browser_of(dispute.partner)

    listed = words(browser.get(reverse("commissions:disputes")))
    home = words(browser.get("/commissions/"))

    assert "Correction being checked" in listed
    assert "days left" in listed
    assert "Contested lines 1 open" in home


def test_the_back_office_leads_from_one_to_the_other(
    dispute: Dispute, finance: User
) -> None:
    browser = signed_in(finance)
    of_dispute = reverse("admin:commissions_dispute_change", args=[dispute.pk])
    of_adjustment = reverse(
        "admin:commissions_adjustment_change", args=[dispute.adjustment_id]
    )

    assert of_adjustment in browser.get(of_dispute).content.decode()
    assert of_dispute in browser.get(of_adjustment).content.decode()


def test_the_database_keeps_the_way(dispute: Dispute, schedule: Schedule) -> None:
    def refused(**values: object) -> bool:
        try:
            with transaction.atomic():
                Dispute.objects.filter(pk=dispute.pk).update(**values)
        except IntegrityError:
            return True
        return False

    assert refused(state="refused")
    assert refused(adjustment=None)
    assert refused(answer="")
    assert refused(evidence={})
    with pytest.raises(IntegrityError), transaction.atomic():
        DisputeFactory.create(schedule=schedule, month=dispute.month)


def test_what_is_another_companys_by_now_is_not_shown(
    dispute: Dispute, schedule: Schedule
) -> None:
    """An import gave the deal away before a statement had a line of it."""
    receipt = reverse("commissions:month", args=[schedule.public_id, dispute.month])
    owner = dispute.opened_by
    assert receipt in signed_in(owner).get(address("dispute", dispute)).content.decode()
    assert "As it stands now US$200.00" in page_of(dispute, owner)

    Schedule.objects.update(partner=PartnerFactory.create(), rate_bps=1_000)

    answer = signed_in(owner).get(address("dispute", dispute))
    assert receipt not in answer.content.decode()
    assert "As it stands now" not in words(answer)
    assert "Earned US$200.00" in words(answer)
