"""Receipts are only added to: by an import, by hand, taken back, and what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

import outbox.services as outbox
from commissions.models import Accrual, Receipt, Schedule, TouchlessIncrease
from commissions.services import (
    IncreaseError,
    MonthNotOverError,
    ReceiptError,
    Stated,
    accrue_month,
    enter_receipt,
    record_increase,
    record_receipts,
    settle_schedules,
    take_back_receipt,
)
from outbox import clock
from partners.models import AuditEntry
from tests.factories import (
    ClientFactory,
    DealFactory,
    DealLineFactory,
    ReceiptFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
MARCH = date(2026, 3, 1)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


def schedule_of_march() -> Schedule:
    line = DealLineFactory.create(deal=DealFactory.create(won=True))
    settle_schedules(deal_ids=[line.deal_id], at=AT)
    return Schedule.objects.get(line=line)


def stated(schedule: Schedule, **changes: object) -> Stated:
    facts = {
        "ref": "R-1",
        "client_id": schedule.client_id,
        "product_line": "sales_hub",
        "month": MARCH,
        "amount_minor": 100_000,
        "currency": "USD",
    }
    return Stated(**(facts | changes))  # type: ignore[arg-type]


def lines(schedule: Schedule, month: date = MARCH) -> list[tuple[int, int, str]]:
    rows = Accrual.objects.filter(schedule=schedule, month=month).order_by("number")
    return [(row.number, row.commission_minor, row.why) for row in rows]


def test_an_unchanged_reference_adds_nothing_a_changed_one_is_taken_back() -> None:
    schedule = schedule_of_march()
    said = stated(schedule)
    first = record_receipts([said], source="import", actor=None, at=AT)
    assert (first.new, first.changed, first.unchanged) == (1, 0, 0)
    again = record_receipts([said], source="import", actor=None, at=AT)
    assert (again.new, again.changed, again.unchanged, again.touched) == (0, 0, 1, set())
    changed = record_receipts(
        [replace(said, amount_minor=80_000, month=date(2026, 4, 1))],
        source="import", actor=None, at=AT,
    )  # fmt: skip
    assert (changed.new, changed.changed, changed.unchanged) == (0, 1, 0)
    assert changed.touched == {
        (schedule.client_id, MARCH),
        (schedule.client_id, date(2026, 4, 1)),
    }
    rows = list(Receipt.objects.order_by("entry"))
    assert [(row.entry, row.amount_minor, row.takes_back_id) for row in rows] == [
        (0, 100_000, None),
        (1, -100_000, rows[0].pk),
        (2, 80_000, None),
    ]
    back = record_receipts([said], source="import", actor=None, at=AT)
    assert (back.changed, Receipt.objects.count()) == (1, 5)


def test_a_receipt_by_hand_is_accrued_with_its_id_and_taken_back_again() -> None:
    schedule = schedule_of_march()
    assert lines(schedule) == [(0, 0, "not_paid")]
    finance = UserFactory.create(finance=True)
    receipt = enter_receipt(stated(schedule), note="By phone", actor=finance, at=AT)
    outbox.run_due()
    assert lines(schedule) == [(0, 0, "not_paid"), (1, 20_000, "")]
    line = Accrual.objects.get(schedule=schedule, month=MARCH, number=1)
    assert (line.base_minor, line.receipts) == (100_000, str(receipt.pk))

    back = take_back_receipt(
        receipt_id=receipt.pk, reason="It was another client’s", actor=finance, at=AT
    )
    outbox.run_due()
    assert lines(schedule)[2:] == [(2, -20_000, "not_paid")]
    line = Accrual.objects.get(schedule=schedule, month=MARCH, number=2)
    assert line.receipts == f"{receipt.pk},{back.pk}"
    acts = AuditEntry.objects.filter(action__startswith="commissions.")
    assert [entry.action for entry in acts.order_by("pk")] == [
        "commissions.receipt_entered",
        "commissions.receipt_taken_back",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount_minor": 0}, "Nothing was received"),
        ({"amount_minor": 10**15 + 1}, "larger than the portal holds"),
        ({"amount_minor": -(10**15) - 1}, "larger than the portal holds"),
        ({"currency": "XXX"}, "no currency"),
        ({"product_line": "tea_hub"}, "no such product line"),
        ({"client_id": 10**9}, "no such client"),
        ({"month": date(2026, 3, 2)}, "first day"),
        ({"month": date(2026, 12, 1)}, "has not begun"),
        ({"ref": " "}, "has a reference"),
        ({"ref": "R-0"}, "already"),
    ],
)
def test_what_is_no_receipt_gets_a_clear_error_and_changes_nothing(
    changes: dict[str, object], words: str
) -> None:
    schedule = schedule_of_march()
    ReceiptFactory.create(ref="R-0")
    with pytest.raises(ReceiptError, match=words):
        enter_receipt(
            stated(schedule, **changes),
            note="",
            actor=UserFactory.create(finance=True),
            at=AT,
        )
    assert Receipt.objects.count() == 1
    assert not AuditEntry.objects.filter(action__startswith="commissions.").exists()


def test_a_receipt_is_taken_back_once_and_with_a_reason() -> None:
    receipt = ReceiptFactory.create()
    finance = UserFactory.create(finance=True)
    with pytest.raises(ReceiptError, match="why"):
        take_back_receipt(receipt_id=receipt.pk, reason=" ", actor=finance, at=AT)
    back = take_back_receipt(receipt_id=receipt.pk, reason="Wrong", actor=finance, at=AT)
    for pk, words in ((receipt.pk, "already"), (back.pk, "none itself")):
        with pytest.raises(ReceiptError, match=words):
            take_back_receipt(receipt_id=pk, reason="Again", actor=finance, at=AT)
    assert Receipt.objects.count() == 2


def test_a_month_is_accrued_once_it_is_over() -> None:
    schedule = schedule_of_march()
    november = date(2026, 11, 1)
    ReceiptFactory.create(client=schedule.client, month=november)
    with pytest.raises(MonthNotOverError):
        accrue_month(month=november, first=0, last=10**9, at=AT)
    later = datetime(2026, 12, 1, 6, tzinfo=UTC)
    assert accrue_month(month=november, first=0, last=10**9, at=later) == 1
    assert lines(schedule, november) == [(0, 20_000, "")]
    assert accrue_month(month=november, first=0, last=10**9, at=later) == 0
    other = ClientFactory.create()
    assert accrue_month(month=MARCH, first=other.pk, last=other.pk, at=later) == 0


def test_m8_what_was_posted_and_not_paid_is_taken_back() -> None:
    """800 a month, three months that the client paid and got back: 480 (X8)."""
    line = DealLineFactory.create(deal=DealFactory.create(won=True), mrr_minor=80_000)
    settle_schedules(deal_ids=[line.deal_id], at=AT)
    schedule = Schedule.objects.get(line=line)
    months = [date(2026, month, 1) for month in (2, 3, 4)]
    finance = UserFactory.create(finance=True)
    for sign in (1, -1):
        for month in months:
            enter_receipt(
                stated(
                    schedule, ref=f"R{sign}{month}", month=month,
                    amount_minor=sign * 80_000,
                ),
                note="", actor=finance, at=AT,
            )  # fmt: skip
        outbox.run_due()
    taken = [row for month in months for row in lines(schedule, month) if row[1] < 0]
    assert sum(minor for _number, minor, _why in taken) == -48_000


def increase(schedule: Schedule, **changes: object) -> Schedule:
    facts: dict[str, object] = {
        "client_id": schedule.client_id,
        "product_line": "sales_hub",
        "on": date(2026, 3, 15),
        "mrr_minor": 50_000,
        "currency": "USD",
        "note": "Seats added in the shop",
        "actor": UserFactory.create(finance=True),
        "at": AT,
    }
    return record_increase(**(facts | changes))  # type: ignore[arg-type]


def test_an_increase_that_nobody_sold_is_the_most_recent_sellers() -> None:
    first = schedule_of_march()
    ReceiptFactory.create(client=first.client, month=MARCH, amount_minor=130_000)
    schedule = increase(first)
    assert (schedule.partner, schedule.deal) == (first.partner, first.deal)
    assert (schedule.first_month, schedule.last_month) == (MARCH, first.last_month)
    # The sale is filled first; what is left of the month is the increase's.
    assert lines(first)[-1][1] == 20_000
    assert lines(schedule) == [(0, 6_000, "")]
    entry = AuditEntry.objects.get(action="commissions.increase_recorded")
    assert entry.partner_id == first.partner_id


def test_it_follows_the_sale_it_belongs_to() -> None:
    first = schedule_of_march()
    schedule = increase(first)
    deal = first.deal
    deal.cancelled_on = date(2026, 6, 5)
    deal.save(update_fields=["cancelled_on"])
    settle_schedules(deal_ids=[deal.pk], at=AT)
    schedule.refresh_from_db()
    assert (schedule.last_month, schedule.ended) == (date(2026, 5, 1), "cancelled")
    assert settle_schedules(deal_ids=[deal.pk], at=AT) == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mrr_minor": 0}, "more than nothing"),
        ({"mrr_minor": -1}, "more than nothing"),
        ({"currency": "EURO"}, "no currency"),
        ({"product_line": "tea_hub"}, "no such product line"),
        ({"product_line": "service_hub"}, "Nobody earns"),
        ({"on": date(2025, 12, 1)}, "Nobody earns"),
        ({"on": date(2026, 11, 21)}, "future"),
        ({"client_id": 10**9}, "no such client"),
    ],
)
def test_what_is_no_increase_gets_a_clear_error_and_changes_nothing(
    changes: dict[str, object], words: str
) -> None:
    first = schedule_of_march()
    with pytest.raises(IncreaseError, match=words):
        increase(first, **changes)
    assert (TouchlessIncrease.objects.count(), Schedule.objects.count()) == (0, 1)


def test_one_increase_a_day() -> None:
    first = schedule_of_march()
    increase(first)
    with pytest.raises(IncreaseError, match="already"):
        increase(first, mrr_minor=60_000)
    assert Schedule.objects.count() == 2


def test_the_calendar_accrues_the_month_before_in_ranges(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = DealLineFactory.create(deal=DealFactory.create(won=True))
    settle_schedules(deal_ids=[line.deal_id], at=datetime(2026, 10, 20, tzinfo=UTC))
    schedule = Schedule.objects.get(line=line)
    october = date(2026, 10, 1)
    at = datetime(2026, 11, 1, 6, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: at)
    monkeypatch.setattr("outbox.services.calendar.database_now", lambda: at)
    outbox.go_live(on=date(2026, 10, 15))
    outbox.tick(at=at)
    assert lines(schedule, october) == []
    outbox.run_due(lane="money")
    assert lines(schedule, october) == [(0, 0, "not_paid")]
    outbox.tick(at=at)
    outbox.run_due(lane="money")
    assert Accrual.objects.filter(month=october).count() == 1
