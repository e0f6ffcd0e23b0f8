"""What keeps the next payment back, in words, and who can lift it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from commissions.models import Payment, PayoutDocument, PayoutRun
from commissions.selectors.blockers import FINANCE, NOBODY, YOU, Code, blockers_of
from partners.models import Partner
from program.payout import Paper
from tests.factories import PartnerFactory
from tests.factories.money import (
    AccrualFactory,
    FxRateFactory,
    PaymentFactory,
    PayoutDocumentFactory,
    ScheduleFactory,
    StatementFactory,
)

pytestmark = pytest.mark.django_db

ON = date(2026, 5, 1)
State = PayoutDocument.State


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(country="US")


def paper(partner: Partner, kind: Paper = Paper.W9, **given: Any) -> PayoutDocument:
    return PayoutDocumentFactory.create(partner=partner, kind=kind, **given)


def complete(partner: Partner) -> None:
    paper(partner, approved=True)
    PayoutDocumentFactory.create(partner=partner, bank_form=True, approved=True)


def codes(partner: Partner, on: date = ON) -> list[Code]:
    return [each.code for each in blockers_of(partner, on)]


def words(partner: Partner, on: date = ON) -> str:
    return " ".join(each.words for each in blockers_of(partner, on))


def test_each_state_of_a_paper_is_a_blocker_of_its_own(partner: Partner) -> None:
    StatementFactory.create(partner=partner, withheld=True)
    assert codes(partner) == [Code.PAPER_MISSING, Code.PAPER_MISSING]
    assert "Bank form" in words(partner)

    document = paper(partner, state=State.PENDING)
    found = {each.code: each for each in blockers_of(partner, ON)}
    assert found[Code.PAPER_WAITS].who is FINANCE
    assert found[Code.PAPER_MISSING].who is YOU
    assert found[Code.PAPER_MISSING].link == "/commissions/bank/"

    PayoutDocument.objects.filter(pk=document.pk).update(
        state=State.REJECTED, reason="Unreadable."
    )
    assert Code.PAPER_REJECTED in codes(partner)
    assert "Unreadable." in words(partner)


def test_a_paper_that_has_run_out() -> None:
    partner = PartnerFactory.create(country="HK")
    paper(partner, Paper.W8BEN, approved=True, expires_on=ON)

    assert Code.PAPER_EXPIRED in codes(partner)
    assert Code.PAPER_EXPIRED not in codes(partner, date(2026, 4, 30))


def test_nothing_blocks_what_may_be_paid(partner: Partner) -> None:
    complete(partner)
    StatementFactory.create(partner=partner)

    assert codes(partner) == []


def test_an_invoice_is_asked_for_while_its_statement_is_open() -> None:
    partner = PartnerFactory.create(country="AU")
    PayoutDocumentFactory.create(partner=partner, bank_form=True, approved=True)
    paper(partner, Paper.W8BEN, approved=True)
    assert "invoice" not in words(partner)
    statement = StatementFactory.create(partner=partner, withheld=True)
    assert "VAT or GST invoice" in words(partner)

    PaymentFactory.create(statement=statement, paid=True, amount_minor=20_000)

    assert "invoice" not in words(partner)


def test_nothing_due_below_the_minimum_and_a_debt(partner: Partner) -> None:
    complete(partner)
    [nothing] = blockers_of(partner, ON)
    assert (nothing.code, nothing.who) == (Code.NOTHING_DUE, NOBODY)

    first = StatementFactory.create(partner=partner, payable_minor=0)
    assert codes(partner) == [Code.BELOW_MINIMUM]
    StatementFactory.create(
        partner=partner,
        number=2,
        quarter=date(2026, 4, 1),
        opening_minor=20_000,
        accrued_minor=-35_000,
        previous=first.digest,
    )

    assert codes(partner) == [Code.DEBT]
    assert "150.00" in words(partner)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (PayoutRun.State.PREPARED, "waits to be checked"),
        (PayoutRun.State.CHECKED, "second person"),
        (PayoutRun.State.APPROVED, "waits to be sent"),
    ],
)
def test_a_run_waits(partner: Partner, state: str, said: str) -> None:
    complete(partner)
    traits = {"checked": True} if state == "checked" else {}
    if state == "approved":
        traits = {"approved": True}
    PaymentFactory.create(
        statement=StatementFactory.create(partner=partner),
        **{f"run__{name}": value for name, value in traits.items()},
    )

    assert codes(partner) == [Code.RUN_WAITS]
    assert said in words(partner)


def test_a_payment_that_came_back(partner: Partner) -> None:
    complete(partner)
    payment = PaymentFactory.create(
        statement=StatementFactory.create(partner=partner), rejected=True
    )
    [blocker] = blockers_of(partner, ON)
    assert (blocker.code, blocker.who) == (Code.PAYMENT_REJECTED, YOU)
    assert "AC04 Account closed" in blocker.words

    PaymentFactory.create(statement=payment.statement, attempt=2, sent=True)

    assert codes(partner) == []
    assert Payment.objects.count() == 2


def test_a_rate_that_is_missing_names_currency_and_day() -> None:
    partner = PartnerFactory.create(country="HK", payout_currency="EUR")
    PayoutDocumentFactory.create(partner=partner, bank_form=True, approved=True)
    paper(partner, Paper.W8BEN, approved=True)
    schedule = ScheduleFactory.create(
        line__deal__partner=partner, first_month=date(2026, 1, 1)
    )
    AccrualFactory.create(schedule=schedule, month=date(2026, 1, 1))

    assert codes(partner) == [Code.RATE_MISSING]
    assert words(partner) == "No rate of EUR is known on 31 Jan 2026."
    FxRateFactory.create()

    assert codes(partner) == [Code.NOT_CLOSED]
    assert codes(partner, date(2026, 4, 14)) == []  # its day has not come
