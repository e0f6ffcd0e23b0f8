"""What came in, what it earned, and what of that is contested; as rows."""

from datetime import UTC, date, datetime

import factory
from factory.django import DjangoModelFactory

from commissions.models import (
    Accrual,
    Dispute,
    DisputeMessage,
    FxRate,
    Receipt,
    Schedule,
    ScheduleStep,
    TouchlessIncrease,
)
from partners.selectors import edition_on
from program.calendar import add_months
from tests.factories.clients import ClientFactory
from tests.factories.deals import DealLineFactory
from tests.factories.partners import UserFactory

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)


class ReceiptFactory(DjangoModelFactory[Receipt]):
    """USD 1,000 for Sales Hub, January 2026, from an import.

    `by_hand`: entered by finance. `refund`: USD 1,000 went back.
    """

    class Meta:
        model = Receipt

    class Params:
        by_hand = factory.Trait(
            source=Receipt.Source.STAFF,
            actor=factory.SubFactory(UserFactory, finance=True),
        )
        refund = factory.Trait(amount_minor=-100_000)

    ref = factory.Sequence(lambda n: f"R-{n:05}")
    client = factory.SubFactory(ClientFactory)
    product_line = "sales_hub"
    month = date(2026, 1, 1)
    amount_minor = 100_000
    currency = "USD"
    recorded_at = AT


class FxRateFactory(DjangoModelFactory[FxRate]):
    """One euro was worth USD 1.10 on 31 January 2026."""

    class Meta:
        model = FxRate

    day = date(2026, 1, 31)
    currency = "EUR"
    usd_e10 = 11_000_000_000


class TouchlessIncreaseFactory(DjangoModelFactory[TouchlessIncrease]):
    """USD 500 more a month for Sales Hub from 15 March 2026, sold by nobody."""

    class Meta:
        model = TouchlessIncrease

    client = factory.SubFactory(ClientFactory)
    product_line = "sales_hub"
    on = date(2026, 3, 15)
    mrr_minor = 50_000
    currency = "USD"
    note = "Seats added in the shop"
    actor = factory.SubFactory(UserFactory, finance=True)
    at = AT


class ScheduleFactory(DjangoModelFactory[Schedule]):
    """20 % of USD 1,000 for 36 months from January 2026, of a line of a won deal.

    `provider`: for 12 months. `upmarket`: an assisted deal of USD 3,000, 12 months.
    `refused`: no valid proof, hence nothing.
    """

    class Meta:
        model = Schedule

    class Params:
        provider = factory.Trait(months=12)
        upmarket = factory.Trait(
            plan=Schedule.PlanChoice.UPMARKET,
            months=12,
            line=factory.SubFactory(
                DealLineFactory,
                deal__won=True,
                deal__motion="assisted",
                mrr_minor=300_000,
            ),
        )
        without_proof = factory.Trait(
            plan="",
            refused=Schedule.Refused.NO_PROOF,
            months=0,
            rate_bps=0,
            line=factory.SubFactory(DealLineFactory, deal__won=True, deal__poi_on=None),
        )

    line = factory.SubFactory(DealLineFactory, deal__won=True)
    deal = factory.SelfAttribute("line.deal")
    partner = factory.SelfAttribute("deal.partner")
    client = factory.SelfAttribute("deal.client")
    product_line = factory.SelfAttribute("line.product_line")
    closed_on = factory.SelfAttribute("deal.closed_on")
    deal_ref = factory.SelfAttribute("deal.ref")
    begins_on = factory.SelfAttribute("closed_on")
    plan = Schedule.PlanChoice.DEAL
    rate_bps = 2_000
    months = 36
    mrr_minor = factory.SelfAttribute("line.mrr_minor")
    currency = factory.SelfAttribute("line.currency")
    first_month = factory.LazyAttribute(lambda one: one.begins_on.replace(day=1))
    last_month = factory.LazyAttribute(
        lambda one: add_months(one.first_month, one.months - 1)
    )
    facts = factory.LazyAttribute(
        lambda one: {
            "motion": one.deal.motion,
            "closed_on": one.closed_on.isoformat(),
            "poi_on": one.deal.poi_on.isoformat() if one.deal.poi_on else None,
            "membership": one.deal.won_membership,
            "tier": one.deal.won_tier,
            "accredited": one.plan == Schedule.PlanChoice.UPMARKET,
            "territory": one.deal.won_territory,
        }
    )
    edition_id = factory.LazyAttribute(lambda one: edition_on(one.closed_on).id)
    opened_at = AT


class ScheduleStepFactory(DjangoModelFactory[ScheduleStep]):
    """A schedule was opened."""

    class Meta:
        model = ScheduleStep

    schedule = factory.SubFactory(ScheduleFactory)
    number = 0
    kind = ScheduleStep.Kind.OPENED
    before = factory.LazyFunction(dict)
    after = factory.LazyFunction(dict)
    at = AT


class AccrualFactory(DjangoModelFactory[Accrual]):
    """The schedule's first month: its whole amount came in, 20 % of it is earned.

    `nothing`: the client did not pay. A correction is `number=1` with its difference.
    """

    class Meta:
        model = Accrual

    class Params:
        nothing = factory.Trait(base_minor=0, why=Accrual.Why.NOT_PAID, receipts="")

    schedule = factory.SubFactory(ScheduleFactory)
    month = factory.SelfAttribute("schedule.first_month")
    number = 0
    base_minor = factory.SelfAttribute("schedule.mrr_minor")
    commission_minor = factory.LazyAttribute(lambda one: one.base_minor // 5)
    currency = factory.SelfAttribute("schedule.currency")
    rate_bps = factory.SelfAttribute("schedule.rate_bps")
    plan = factory.SelfAttribute("schedule.plan")
    edition_id = factory.SelfAttribute("schedule.edition_id")
    why = ""
    receipts = "1"
    recorded_at = AT


class DisputeFactory(DjangoModelFactory[Dispute]):
    """A partner says January 2026 is wrong; nobody has answered."""

    class Meta:
        model = Dispute

    schedule = factory.SubFactory(ScheduleFactory)
    partner = factory.SelfAttribute("schedule.partner")
    month = factory.SelfAttribute("schedule.first_month")
    evidence = factory.LazyFunction(dict)
    currency = factory.SelfAttribute("schedule.currency")
    opened_by = factory.SubFactory(UserFactory)
    opened_at = AT
    due_at = datetime(2026, 11, 15, 9, tzinfo=UTC)


class DisputeMessageFactory(DjangoModelFactory[DisputeMessage]):
    """What the partner wrote."""

    class Meta:
        model = DisputeMessage

    dispute = factory.SubFactory(DisputeFactory)
    text = "The client paid in January."
    author = factory.SelfAttribute("dispute.opened_by")
    at = AT
