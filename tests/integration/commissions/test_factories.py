"""Every factory of money makes rows that the database accepts, in each of its states."""

from typing import Any

import pytest
from factory.django import DjangoModelFactory

from tests.factories import money

MADE = (
    (money.ReceiptFactory, ()),
    (money.ReceiptFactory, ("by_hand",)),
    (money.ReceiptFactory, ("refund",)),
    (money.FxRateFactory, ()),
    (money.TouchlessIncreaseFactory, ()),
    (money.ScheduleFactory, ()),
    (money.ScheduleFactory, ("provider",)),
    (money.ScheduleFactory, ("upmarket",)),
    (money.ScheduleFactory, ("without_proof",)),
    (money.ScheduleStepFactory, ()),
    (money.AccrualFactory, ()),
    (money.AccrualFactory, ("nothing",)),
    (money.AdjustmentFactory, ()),
    (money.AdjustmentFactory, ("approved",)),
    (money.StatementFactory, ()),
    (money.StatementFactory, ("withheld",)),
    (money.StatementLineFactory, ()),
    (money.StatementLineFactory, ("of_adjustment",)),
    (money.ForfeitureFactory, ()),
    (money.ForfeitureWaiverFactory, ()),
    (money.BankAccountFactory, ()),
    (money.PayoutDocumentFactory, ()),
    (money.PayoutDocumentFactory, ("approved",)),
    (money.PayoutDocumentFactory, ("rejected",)),
    (money.PayoutDocumentFactory, ("bank_form", "approved")),
    (money.PayoutDocumentFactory, ("invoice",)),
    (money.DocumentStepFactory, ()),
    (money.PaperDemandFactory, ()),
    (money.PayoutRunFactory, ()),
    (money.PayoutRunFactory, ("checked",)),
    (money.PayoutRunFactory, ("approved",)),
    (money.PayoutRunFactory, ("executed",)),
    (money.RunFileFactory, ()),
    (money.PaymentFactory, ()),
    (money.PaymentFactory, ("sent",)),
    (money.PaymentFactory, ("paid",)),
    (money.PaymentFactory, ("rejected",)),
    (money.PaymentStepFactory, ()),
    (money.DisputeFactory, ()),
    (money.DisputeMessageFactory, ()),
)


@pytest.mark.django_db
@pytest.mark.parametrize(("factory", "traits"), MADE)
def test_what_a_factory_makes_is_a_row(
    factory: type[DjangoModelFactory[Any]], traits: tuple[str, ...]
) -> None:
    made = factory.create(**dict.fromkeys(traits, True))

    made.refresh_from_db()
    assert made.pk
