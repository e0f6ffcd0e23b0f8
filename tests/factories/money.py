"""Commissions: what came in, what it earned, what is owed and paid; as rows.

Nothing is computed here: what schedules open and months earn, what statements come to,
the services say. Amounts of one factory fit those of the others.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

import factory
from django.db.models import Model
from factory.django import DjangoModelFactory

from commissions.models import (
    Adjustment,
    Forfeiture,
    ForfeitureWaiver,
    Payment,
    PaymentStep,
    PayoutRun,
    RunFile,
    Statement,
    StatementLine,
)
from commissions.services.sealing import seal_file
from partners.selectors import edition_on
from program.commission import pay_on
from program.payout import closes_on, quarter_end
from tests.factories.earnings import (
    AccrualFactory,
    DisputeFactory,
    DisputeMessageFactory,
    FxRateFactory,
    ReceiptFactory,
    ScheduleFactory,
    ScheduleStepFactory,
    TouchlessIncreaseFactory,
)
from tests.factories.papers import (
    BankAccountFactory,
    DocumentStepFactory,
    PaperDemandFactory,
    PayoutDocumentFactory,
)
from tests.factories.partners import PartnerFactory, UserFactory

__all__ = [
    "AccrualFactory",
    "AdjustmentFactory",
    "BankAccountFactory",
    "DisputeFactory",
    "DisputeMessageFactory",
    "DocumentStepFactory",
    "ForfeitureFactory",
    "ForfeitureWaiverFactory",
    "FxRateFactory",
    "PaperDemandFactory",
    "PaymentFactory",
    "PaymentStepFactory",
    "PayoutDocumentFactory",
    "PayoutRunFactory",
    "ReceiptFactory",
    "RunFileFactory",
    "ScheduleFactory",
    "ScheduleStepFactory",
    "StatementFactory",
    "StatementLineFactory",
    "TouchlessIncreaseFactory",
]

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)


class AdjustmentFactory(DjangoModelFactory[Adjustment]):
    """USD 50 more, proposed. `approved`: by another person."""

    class Meta:
        model = Adjustment

    class Params:
        approved = factory.Trait(
            state=Adjustment.State.APPROVED,
            decided_by=factory.SubFactory(UserFactory, finance=True),
            decided_at=AT,
        )

    partner = factory.SubFactory(PartnerFactory)
    amount_minor = 5_000
    currency = "USD"
    reason = "A month that was counted short"
    proposed_by = factory.SubFactory(UserFactory, finance=True)
    proposed_at = AT


class StatementFactory(DjangoModelFactory[Statement]):
    """The first statement of a partner: USD 200 of the first quarter of 2026, payable.

    `withheld`: the same, papers are missing. Its lines are `StatementLineFactory`'s.
    """

    class Meta:
        model = Statement

    class Params:
        withheld = factory.Trait(
            payable_minor=0,
            withheld_minor=factory.SelfAttribute("closing_minor"),
            missing=["bank_form", "w9"],
        )

    partner = factory.SubFactory(PartnerFactory)
    number = 1
    quarter = date(2026, 1, 1)
    currency = "USD"
    opening_minor = 0
    accrued_minor = 20_000
    adjusted_minor = 0
    forfeited_minor = 0
    paid_minor = 0
    closing_minor = factory.LazyAttribute(
        lambda one: (
            one.opening_minor
            + one.accrued_minor
            + one.adjusted_minor
            - one.forfeited_minor
            - one.paid_minor
        )
    )
    recovered_minor = 0
    withheld_minor = 0
    payable_minor = factory.LazyAttribute(lambda one: max(one.closing_minor, 0))
    line_count = 1
    controls = factory.LazyFunction(dict)
    missing = factory.LazyFunction(list)
    pay_on = factory.LazyAttribute(lambda one: pay_day(one.quarter))
    closed_on = factory.LazyAttribute(lambda one: closes_on(one.quarter))
    closed_at = AT
    edition_id = factory.LazyAttribute(lambda one: edition_on(one.closed_on).id)
    previous = ""
    digest = factory.Sequence(lambda n: f"{n:064x}")


class StatementLineFactory(DjangoModelFactory[StatementLine]):
    """USD 200 for January 2026. Other kinds: the test says what they stand for."""

    class Meta:
        model = StatementLine

    class Params:
        of_adjustment = factory.Trait(
            kind=StatementLine.Kind.ADJUSTMENT,
            schedule=None,
            month=None,
            accrual=None,
            adjustment=factory.SubFactory(
                AdjustmentFactory,
                approved=True,
                partner=factory.SelfAttribute("..statement.partner"),
            ),
        )

    statement = factory.SubFactory(StatementFactory)
    number = 1
    kind = StatementLine.Kind.ACCRUAL
    schedule = factory.SubFactory(
        ScheduleFactory,
        line__deal__partner=factory.SelfAttribute("....statement.partner"),
    )
    month = date(2026, 1, 1)
    accrual = 0
    source_minor = 20_000
    source_currency = "USD"
    minor = factory.SelfAttribute("source_minor")


class ForfeitureFactory(DjangoModelFactory[Forfeiture]):
    """What a deal won on 10 January 2026 earned up to June is lost."""

    class Meta:
        model = Forfeiture

    deal = factory.LazyAttribute(lambda _one: ScheduleFactory().deal)
    partner = factory.SelfAttribute("deal.partner")
    on = date(2026, 7, 10)
    through_month = date(2026, 6, 1)
    missing = factory.LazyFunction(lambda: ["bank_form"])
    at = AT


class ForfeitureWaiverFactory(DjangoModelFactory[ForfeitureWaiver]):
    """Finance decided that a deal loses nothing."""

    class Meta:
        model = ForfeitureWaiver

    deal = factory.LazyAttribute(lambda _one: ScheduleFactory().deal)
    partner = factory.SelfAttribute("deal.partner")
    reason = "The form was lost by the vendor"
    actor = factory.SubFactory(UserFactory, finance=True)
    at = AT


class PayoutRunFactory(DjangoModelFactory[PayoutRun]):
    """One payment of USD 200, prepared. `checked`, `approved` and `executed` follow."""

    class Meta:
        model = PayoutRun

    class Params:
        checked = factory.Trait(
            state=PayoutRun.State.CHECKED,
            checked_by=factory.SelfAttribute("prepared_by"),
            checked_at=AT,
        )
        approved = factory.Trait(
            checked=True,
            state=PayoutRun.State.APPROVED,
            approved_by=factory.SubFactory(UserFactory, finance=True),
            approved_at=AT,
        )
        executed = factory.Trait(
            approved=True,
            state=PayoutRun.State.EXECUTED,
            executed_by=factory.SelfAttribute("prepared_by"),
            executed_at=AT,
            file_sha256="0" * 64,
        )

    currency = "USD"
    execute_on = date(2026, 5, 15)
    total_minor = 20_000
    payment_count = 1
    prepared_by = factory.SubFactory(UserFactory, finance=True)
    prepared_at = AT


class RunFileFactory(DjangoModelFactory[RunFile]):
    """The list of a run that was sent, under its seal."""

    class Meta:
        model = RunFile

    run = factory.SubFactory(PayoutRunFactory, executed=True)
    name = "payout.csv"
    media_type = "text/csv; charset=utf-8"
    sha256 = factory.SelfAttribute("run.file_sha256")
    sealed = factory.LazyFunction(lambda: seal_file(b"end_to_end"))
    at = AT


class PaymentFactory(DjangoModelFactory[Payment]):
    """What a statement of USD 200 owes, prepared. `sent`, `paid`, `rejected` follow."""

    class Meta:
        model = Payment

    class Params:
        sent = factory.Trait(
            state=Payment.State.SENT,
            run=factory.SubFactory(PayoutRunFactory, executed=True),
        )
        paid = factory.Trait(
            sent=True, state=Payment.State.PAID, paid_on=date(2026, 5, 18)
        )
        rejected = factory.Trait(
            sent=True, state=Payment.State.REJECTED, reason="AC04 Account closed"
        )

    run = factory.SubFactory(PayoutRunFactory)
    statement = factory.SubFactory(StatementFactory)
    partner = factory.SelfAttribute("statement.partner")
    attempt = 1
    amount_minor = factory.SelfAttribute("statement.payable_minor")
    currency = factory.SelfAttribute("statement.currency")
    account = factory.SubFactory(
        BankAccountFactory, partner=factory.SelfAttribute("..partner")
    )


class PaymentStepFactory(DjangoModelFactory[PaymentStep]):
    """A payment was prepared."""

    class Meta:
        model = PaymentStep

    payment = factory.SubFactory(PaymentFactory)
    from_state = ""
    to_state = Payment.State.PREPARED
    actor = factory.SelfAttribute("payment.run.prepared_by")
    at = AT


def pay_day(quarter: date) -> date:
    """Return the day on which a quarter is paid by the edition of its closing (3.7)."""
    rulebook = edition_on(closes_on(quarter)).rulebook
    return pay_on(quarter_end(quarter), rulebook=rulebook)


MONEY_LEDGERS: Mapping[type[Model], Callable[[], Model]] = {
    factory_class._meta.model: factory_class.create
    for factory_class in (
        *(ReceiptFactory, TouchlessIncreaseFactory, ScheduleStepFactory),
        *(AccrualFactory, ForfeitureFactory, ForfeitureWaiverFactory),
        *(StatementFactory, StatementLineFactory, BankAccountFactory),
        *(DocumentStepFactory, PaperDemandFactory, PaymentStepFactory),
        *(DisputeMessageFactory, RunFileFactory),
    )
}
"""Model → what makes a row, of those that are only added to."""
