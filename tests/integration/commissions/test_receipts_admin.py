"""Receipts and increases by hand, in the back office; schedules to read."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client as Browser
from django.urls import reverse

import outbox.services as outbox
from commissions.models import Accrual, Receipt, Schedule, TouchlessIncrease
from commissions.services import settle_schedules
from partners.models import User
from tests.factories import DealFactory, DealLineFactory, ReceiptFactory, UserFactory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
MARCH = date(2026, 3, 1)
RECEIPTS = "admin:commissions_receipt"


@pytest.fixture
def schedule() -> Schedule:
    line = DealLineFactory.create(deal=DealFactory.create(won=True))
    settle_schedules(deal_ids=[line.deal_id], at=AT)
    return Schedule.objects.get(line=line)


def signed_in(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def receipt(schedule: Schedule, **changes: str) -> dict[str, str]:
    facts = {
        "ref": "H-1",
        "client": str(schedule.client_id),
        "product_line": "sales_hub",
        "month": "2026-03",
        "amount_minor": "1000.00",
        "currency": "USD",
        "note": "By phone",
    }
    return facts | changes


def test_finance_enters_a_receipt_and_takes_it_back(schedule: Schedule) -> None:
    finance = signed_in(UserFactory.create(finance=True))
    answer = finance.post(reverse(f"{RECEIPTS}_add"), receipt(schedule))
    assert answer.status_code == 302
    row = Receipt.objects.get()
    assert (row.amount_minor, row.month, row.source, row.note) == (
        100_000, MARCH, "staff", "By phone",
    )  # fmt: skip
    outbox.run_due(lane="money")
    asked = {"action": "take_back", "_selected_action": [row.pk]}
    page = finance.post(reverse(f"{RECEIPTS}_changelist"), asked)
    assert "USD" in page.content.decode() or "$" in page.content.decode()
    answer = finance.post(
        reverse(f"{RECEIPTS}_changelist"),
        asked | {"apply": "1", "reason": "Another client’s"},
    )
    assert answer.status_code == 302
    outbox.run_due(lane="money")
    lines = Accrual.objects.filter(schedule=schedule, month=MARCH).order_by("number")
    assert [line.commission_minor for line in lines] == [0, 20_000, -20_000]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("amount_minor", "10,5", "10,5"),
        ("amount_minor", "1.005", "1.005"),
        ("amount_minor", "0", "Nothing was received"),
        ("currency", "XXX", "XXX"),
        ("month", "2026-13", "month"),
        ("month", "2027-03", "not begun"),
        ("product_line", "tea_hub", "tea_hub"),
        ("ref", "R-0", "already"),
    ],
)
def test_what_is_no_receipt_is_said_and_nothing_is_stored(
    schedule: Schedule, name: str, value: str, words: str
) -> None:
    ReceiptFactory.create(ref="R-0")
    finance = signed_in(UserFactory.create(finance=True))
    page = finance.post(
        reverse(f"{RECEIPTS}_add"), receipt(schedule, **{name: value}), follow=True
    )
    assert words in page.content.decode()
    assert Receipt.objects.count() == 1


def test_others_read_and_cannot_add_or_take_back(schedule: Schedule) -> None:
    row = ReceiptFactory.create(client=schedule.client)
    for trait in ("programme_manager", "auditor"):
        browser = signed_in(UserFactory.create(**{trait: True}))
        assert browser.get(reverse(f"{RECEIPTS}_changelist")).status_code == 200
        answer = browser.post(reverse(f"{RECEIPTS}_add"), receipt(schedule))
        assert answer.status_code == 403
        browser.post(
            reverse(f"{RECEIPTS}_changelist"),
            {
                "action": "take_back", "_selected_action": [row.pk], "apply": "1",
                "reason": "No",
            },
        )  # fmt: skip
    assert Receipt.objects.count() == 1


def test_finance_records_an_increase(schedule: Schedule) -> None:
    finance = signed_in(UserFactory.create(finance=True))
    address = reverse("admin:commissions_touchlessincrease_add")
    facts = {
        "client": str(schedule.client_id),
        "product_line": "sales_hub",
        "on": "2026-03-15",
        "mrr_minor": "500",
        "currency": "USD",
        "note": "Seats added in the shop",
    }
    assert finance.post(address, facts).status_code == 302
    increase = TouchlessIncrease.objects.get()
    assert (increase.mrr_minor, increase.schedule.deal) == (50_000, schedule.deal)
    page = finance.post(address, facts | {"product_line": "service_hub"}, follow=True)
    assert "Nobody earns" in page.content.decode()
    assert TouchlessIncrease.objects.count() == 1


def test_a_schedules_page_shows_what_it_earned(schedule: Schedule) -> None:
    page = signed_in(UserFactory.create(auditor=True)).get(
        reverse("admin:commissions_schedule_change", args=[schedule.pk])
    )
    text = page.content.decode()
    assert "The client did not pay" in text
    assert "March 2026" in text
