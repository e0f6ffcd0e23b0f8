"""Deals and their lines."""

from datetime import date

import factory
from factory.django import DjangoModelFactory

from deals.models import Deal, DealLine
from partners.models import MembershipChoice, OwnEdition, TierChoice
from tests.factories.clients import ClientFactory
from tests.factories.partners import PartnerFactory


class DealFactory(DjangoModelFactory[Deal]):
    """A registered deal without lines.

    `won`: closed on 10 January 2026 with a proof of the same day, outside the growth
    markets. `lost`: closed on that day. `cancelled`: won, and ended on 10 April 2026.
    """

    class Meta:
        model = Deal

    class Params:
        won = factory.Trait(
            stage=Deal.Stage.WON,
            closed_on=date(2026, 1, 10),
            poi_on=factory.SelfAttribute("closed_on"),
            won_tier=TierChoice.NONE,
            won_membership=MembershipChoice.PARTNER,
            won_territory=factory.SelfAttribute("client.country"),
            won_growth=False,
        )
        lost = factory.Trait(stage=Deal.Stage.LOST, closed_on=date(2026, 1, 10))
        cancelled = factory.Trait(won=True, cancelled_on=date(2026, 4, 10))

    ref = factory.Sequence(lambda n: f"D-{n:05}")
    partner = factory.SubFactory(PartnerFactory)
    client = factory.SubFactory(ClientFactory)
    name = factory.Sequence(lambda n: f"Deal {n}")
    motion = Deal.Motion.SOURCED
    registered_on = date(2025, 12, 1)


class DealLineFactory(DjangoModelFactory[DealLine]):
    """USD 1,000 a month for Sales Hub."""

    class Meta:
        model = DealLine

    deal = factory.SubFactory(DealFactory)
    product_line = "sales_hub"
    edition = OwnEdition.PROFESSIONAL
    mrr_minor = 100_000
    currency = "USD"
