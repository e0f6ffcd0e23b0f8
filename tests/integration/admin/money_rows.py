"""One row of every model of money that has a page in the back office, for a partner."""

from __future__ import annotations

from django.db.models import Model

from clients.models import Client
from commissions.models import (
    Adjustment,
    BankAccount,
    Dispute,
    Forfeiture,
    ForfeitureWaiver,
    PaperDemand,
    Payment,
    PayoutDocument,
    PayoutRun,
    Schedule,
    Statement,
    StatementLine,
    TouchlessIncrease,
)
from partners.models import Partner
from tests.factories import DealFactory, UserFactory
from tests.factories.money import (
    AdjustmentFactory,
    DisputeFactory,
    DisputeMessageFactory,
    DocumentStepFactory,
    ForfeitureFactory,
    ForfeitureWaiverFactory,
    PaperDemandFactory,
    PaymentFactory,
    PaymentStepFactory,
    PayoutDocumentFactory,
    ScheduleFactory,
    ScheduleStepFactory,
    StatementLineFactory,
    TouchlessIncreaseFactory,
)


def money_rows(
    partner: Partner, *, client: Client, name: str
) -> dict[type[Model], Model]:
    """Return model → a row of a partner; all texts begin with `name`."""
    form = PayoutDocumentFactory.create(
        partner=partner, bank_form=True, account__holder=f"{name} holder"
    )
    DocumentStepFactory.create(document=form)
    assert form.account
    lost, waived = (
        ScheduleFactory.create(
            line__deal__partner=partner, line__deal__name=f"{name} {what}"
        ).deal
        for what in ("lost", "waived")
    )
    line = StatementLineFactory.create(
        statement__partner=partner, schedule__line__deal__name=f"{name} stated"
    )
    payment = PaymentFactory.create(
        statement=line.statement, account=form.account, reason=f"{name} reason"
    )
    PaymentStepFactory.create(payment=payment)
    deal = DealFactory.create(partner=partner, won=True, name=f"{name} increased")
    increase = TouchlessIncreaseFactory.create(
        client=client, note=f"{name} note", actor=UserFactory.create(finance=True)
    )
    ScheduleStepFactory.create(
        schedule=ScheduleFactory.create(
            line=None,
            increase=increase,
            deal=deal,
            client=client,
            product_line=increase.product_line,
            mrr_minor=increase.mrr_minor,
            currency=increase.currency,
        ),
        after={"plan": f"{name} plan"},
    )
    contested = DisputeFactory.create(
        schedule__line__deal__partner=partner,
        schedule__line__deal__name=f"{name} contested",
        evidence={"earned": [20_000, "USD"]},
        answer=f"{name} answer",
    )
    DisputeMessageFactory.create(dispute=contested, text=f"{name} message")
    return {
        Dispute: contested,
        Statement: line.statement,
        StatementLine: line,
        Payment: payment,
        PayoutRun: payment.run,
        Adjustment: AdjustmentFactory.create(partner=partner, reason=f"{name} reason"),
        PayoutDocument: form,
        Schedule: increase.schedule,
        TouchlessIncrease: increase,
        BankAccount: form.account,
        PaperDemand: PaperDemandFactory.create(partner=partner, reason=f"{name} reason"),
        Forfeiture: ForfeitureFactory.create(deal=lost),
        ForfeitureWaiver: ForfeitureWaiverFactory.create(
            deal=waived, reason=f"{name} reason"
        ),
    }
