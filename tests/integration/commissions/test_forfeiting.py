"""What is lost for want of papers: on its day, after warnings, unless it is waived."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from commissions.handlers import papers_of_partners
from commissions.models import Forfeiture, PayoutDocument, Schedule
from commissions.services.forfeiting import (
    ForfeitureError,
    forfeit_day,
    waive_forfeiture,
    warn_of_forfeiture,
)
from commissions.services.papers import reject_paper, restart_paper
from outbox import clock
from outbox.models import PeriodRun
from outbox.registry import GO_LIVE
from partners.models import AuditEntry, Notification, Partner, User
from partners.notifications import words_of
from program.payout import Paper
from tests.factories import PartnerFactory, UserFactory
from tests.factories.money import (
    AccrualFactory,
    PayoutDocumentFactory,
    ScheduleFactory,
    ScheduleStepFactory,
    StatementFactory,
    StatementLineFactory,
)
from tests.integration.commissions.filing import approved, filed
from tests.integration.pages import account_of

pytestmark = pytest.mark.django_db

CLOSED = date(2026, 3, 10)
LOST = date(2026, 9, 10)
ALL = {"first": 0, "last": 2**62}


def at(day: date) -> datetime:
    return datetime.fromisoformat(f"{day}T08:00Z")


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(country="US")


@pytest.fixture
def owner(partner: Partner) -> User:
    return account_of(partner, role="owner")


@pytest.fixture
def finance() -> User:
    return UserFactory.create(finance=True)


def won(partner: Partner, closed_on: date = CLOSED, **more: Any) -> Schedule:
    return ScheduleFactory.create(
        line__deal__partner=partner,
        line__deal__closed_on=closed_on,
        **more,
    )


def bank_form(partner: Partner, day: date = CLOSED) -> PayoutDocument:
    return PayoutDocumentFactory.create(
        partner=partner, bank_form=True, approved=True, filed_at=at(day)
    )


def run(*days: date) -> list[int]:
    """Do the work of these days; return how many deals lost something on each."""
    return [forfeit_day(day=day, at=at(day), **ALL) for day in days]


def lost() -> list[tuple[int, date, list[str]]]:
    rows = Forfeiture.objects.order_by("pk")
    return [(each.deal_id, each.through_month, each.missing) for each in rows]


def told(kind: str, user: User) -> list[Notification]:
    rows = Notification.objects.filter(kind=f"commissions.{kind}", user=user)
    return list(rows.order_by("pk"))


# --- On its day -----------------------------------------------------------------------


def test_what_accrued_is_lost_on_the_day(partner: Partner, owner: User) -> None:
    schedule = won(partner)
    AccrualFactory.create(schedule=schedule, month=date(2026, 3, 1))
    AccrualFactory.create(schedule=schedule, month=date(2026, 8, 1))
    AccrualFactory.create(schedule=schedule, month=date(2026, 9, 1))
    bank_form(partner)

    assert run(LOST - timedelta(days=1), LOST, LOST, LOST + timedelta(days=1)) == [
        *(0, 1, 0, 0)
    ]

    assert lost() == [(schedule.deal_id, date(2026, 8, 1), ["w9"])]
    [news] = told("forfeited", owner)
    assert news.facts["amounts"] == [[schedule.currency, 40_000]]
    assert AuditEntry.objects.filter(action="commissions.forfeited").count() == 1


def test_papers_in_time_save_it(partner: Partner, owner: User, finance: User) -> None:
    won(partner)
    bank_form(partner)
    day = LOST - timedelta(days=1)
    approved(filed(owner, Paper.W9, signed_on=day, at=at(day)), finance, at(LOST))

    assert run(LOST, LOST + timedelta(days=1)) == [0, 0]
    assert lost() == []


def test_papers_on_the_day_are_late(partner: Partner, owner: User, finance: User) -> None:
    won(partner)
    bank_form(partner)
    approved(filed(owner, Paper.W9, signed_on=LOST, at=at(LOST)), finance, at(LOST))

    assert run(LOST) == [1]


def test_what_waits_for_finance_is_decided_when_finance_has(
    partner: Partner, owner: User, finance: User
) -> None:
    schedule = won(partner)
    bank_form(partner)
    before, after = LOST - timedelta(days=1), LOST + timedelta(days=20)
    paper = filed(owner, Paper.W9, signed_on=before, at=at(before))
    assert run(LOST, LOST + timedelta(days=1)) == [0, 0]

    reject_paper(
        document_id=paper.pk,
        filed_at=paper.filed_at,
        reason="Unreadable",
        actor=finance,
        at=at(after),
    )

    assert run(after + timedelta(days=1)) == [1]
    assert lost() == [(schedule.deal_id, date(2026, 8, 1), ["w9"])]


def test_who_takes_the_paper_back_after_the_day_loses(
    partner: Partner, owner: User
) -> None:
    won(partner)
    bank_form(partner)
    before, after = LOST - timedelta(days=1), LOST + timedelta(days=3)
    paper = filed(owner, Paper.W9, signed_on=before, at=at(before))
    restart_paper(document_id=paper.pk, actor=owner, at=at(after))

    assert run(after) == [1]


def test_a_deal_that_turns_up_late_is_decided_the_next_day(partner: Partner) -> None:
    day = date(2026, 11, 20)
    schedule = won(partner)
    ScheduleStepFactory.create(schedule=schedule, at=at(day))

    assert run(day) == [1]


def test_what_earns_nothing_loses_nothing(partner: Partner) -> None:
    schedule = won(partner, without_proof=True)
    ScheduleStepFactory.create(schedule=schedule, at=at(LOST))

    assert run(LOST) == [0]


def test_the_last_of_august_is_lost_on_the_last_of_february(partner: Partner) -> None:
    schedule = won(partner, date(2025, 8, 31))

    assert run(date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1)) == [0, 1, 0]
    assert lost()[0][:2] == (schedule.deal_id, date(2026, 1, 1))


def test_days_before_the_portal_went_live_are_not_its_own(partner: Partner) -> None:
    won(partner)
    PeriodRun.objects.create(job=GO_LIVE, period=LOST)

    assert run(LOST) == [0]


def test_other_partners_are_not_asked(partner: Partner) -> None:
    won(partner)
    beyond = {"first": partner.pk + 1, "last": partner.pk + 10}

    assert forfeit_day(day=LOST, at=at(LOST), **beyond) == 0
    assert warn_of_forfeiture(today=LOST - timedelta(days=7), at=at(LOST), **beyond) == 0


@pytest.mark.time_machine(datetime.fromisoformat("2026-12-20T08:00Z"), tick=False)
def test_a_clock_that_was_down_makes_up_for_it(partner: Partner, owner: User) -> None:
    """Closed on 10 June: lost on 10 December; the portal stood still from the 1st on."""
    PeriodRun.objects.create(job=GO_LIVE, period=date(2026, 12, 1))
    won(partner, date(2026, 6, 10))
    won(partner, date(2026, 7, 1))

    for day in clock.every_day(date(2026, 12, 2), date(2026, 12, 20)):
        with transaction.atomic():
            papers_of_partners(day=day.isoformat(), **ALL)

    assert len(lost()) == 1
    [news] = told("forfeiture_ahead", owner)
    assert ahead(news) == [("2027-01-01", 30)]  # 30 days, and not 90 as well


# --- Warned ---------------------------------------------------------------------------


def ahead(news: Notification) -> list[tuple[str, int]]:
    """Return the days that a warning lists, each with how many days before it is."""
    return [(loss["lost_on"], loss["warning"]) for loss in news.facts["losses"]]


def warned(user: User, *days: date) -> list[int]:
    for day in days:
        warn_of_forfeiture(today=day, at=at(day), **ALL)
    return [
        warning
        for news in told("forfeiture_ahead", user)
        for _day, warning in ahead(news)
    ]


def test_each_warning_is_told_once(partner: Partner, owner: User) -> None:
    schedules = [won(partner), won(partner)]
    AccrualFactory.create(schedule=schedules[0], month=date(2026, 4, 1))

    days = (91, 90, 89, 30, 30, 29, 8, 7, 1, 0)
    assert warned(owner, *(LOST - timedelta(days=each) for each in days)) == [
        *(90, 30, 7)
    ]

    first = told("forfeiture_ahead", owner)[0]
    assert first.facts["losses"][0]["count"] == 2
    assert first.facts["missing"] == ["bank_form", "w9"]
    assert first.due_on == LOST
    said = words_of(first)
    assert said.title == "On 10 Sept 2026 you lose commission of 2 deals"
    assert [row.value for row in said.rows] == ["US$200.00"]


def test_one_message_lists_all_days_on_which_something_is_lost(
    partner: Partner, owner: User
) -> None:
    for number in range(3):
        schedule = won(partner, CLOSED + timedelta(days=5 * number))
        AccrualFactory.create(schedule=schedule, month=date(2026, 4, 1))
    day = LOST - timedelta(days=30)

    assert warned(owner, day, day) == [30, 90, 90]

    [news] = told("forfeiture_ahead", owner)
    assert news.due_on == LOST
    said = words_of(news)
    assert said.title == "From 10 Sept 2026 on you lose commission of 3 deals, on 3 days"
    assert [(row.label, row.value) for row in said.rows] == [
        ("10 Sept 2026, 1 deal", "US$200.00"),
        ("15 Sept 2026, 1 deal", "US$200.00"),
        ("20 Sept 2026, 1 deal", "US$200.00"),
    ]
    # What was told is not told again; what is due by now is.
    assert warned(owner, day + timedelta(days=5)) == [30, 90, 90, 30]


def test_nobody_is_warned_whose_papers_are_there_or_wait(
    partner: Partner, owner: User, finance: User
) -> None:
    won(partner)
    bank_form(partner)
    day = LOST - timedelta(days=30)
    assert warned(owner, LOST - timedelta(days=90)) == [90]

    paper = filed(owner, Paper.W9, signed_on=day, at=at(day))
    assert warned(owner, day) == [90]
    approved(paper, finance, at(day))

    assert warned(owner, LOST - timedelta(days=7)) == [90]
    assert told("forfeiture_ahead", owner)[0].done_at == at(day)


# --- Waived ---------------------------------------------------------------------------


def waive(deal_id: int, finance: User, reason: str = "Our form was broken") -> None:
    waive_forfeiture(deal_id=deal_id, reason=reason, actor=finance, at=at(LOST))


def test_what_is_waived_is_not_lost(partner: Partner, owner: User, finance: User) -> None:
    schedule = won(partner)
    waive(schedule.deal_id, finance)

    assert run(LOST) == [0]
    assert warned(owner, LOST - timedelta(days=7)) == []
    assert [each.user for each in told("forfeiture_waived", owner)] == [owner]
    with pytest.raises(ForfeitureError, match="already"):
        waive(schedule.deal_id, finance)


def test_a_loss_is_waived_until_a_statement_took_it_in(
    partner: Partner, finance: User
) -> None:
    first, second = won(partner), won(partner)
    run(LOST)
    statement = StatementFactory.create(partner=partner)
    StatementLineFactory.create(
        statement=statement,
        schedule=second,
        kind="forfeiture",
        forfeiture=Forfeiture.objects.get(deal=second.deal_id),
    )

    waive(first.deal_id, finance)
    with pytest.raises(ForfeitureError, match="adjustment"):
        waive(second.deal_id, finance)

    assert [each.deal_id for each in Forfeiture.objects.standing()] == [second.deal_id]


def test_a_waiver_has_a_reason_and_something_to_waive(
    partner: Partner, finance: User
) -> None:
    with pytest.raises(ForfeitureError, match="Say why"):
        waive(won(partner).deal_id, finance, " ")
    with pytest.raises(ForfeitureError, match="no commission"):
        waive(won(partner, without_proof=True).deal_id, finance)
