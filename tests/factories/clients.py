"""Clients, what they subscribe to, and which partner sold to or serves them."""

from datetime import date

import factory
from factory.django import DjangoModelFactory

from clients.models import Client, Relationship, Subscription
from partners.models import OwnEdition
from tests.factories.partners import PartnerFactory


class ClientFactory(DjangoModelFactory[Client]):
    """A client in the United States, no growth market, without subscriptions."""

    class Meta:
        model = Client

    class Params:
        in_growth_market = factory.Trait(country="PL")

    ref = factory.Sequence(lambda n: f"C-{n:05}")
    name = factory.Sequence(lambda n: f"Client {n}")
    country = "US"


class SubscriptionFactory(DjangoModelFactory[Subscription]):
    """USD 1,000 a month for Sales Hub, running."""

    class Meta:
        model = Subscription

    ref = factory.Sequence(lambda n: f"S-{n:05}")
    client = factory.SubFactory(ClientFactory)
    product_line = "sales_hub"
    edition = OwnEdition.PROFESSIONAL
    mrr_minor = 100_000
    currency = "USD"
    from_on = date(2025, 1, 1)


class RelationshipFactory(DjangoModelFactory[Relationship]):
    """A partner serves a client, to this day."""

    class Meta:
        model = Relationship

    class Params:
        sold = factory.Trait(kind=Relationship.Kind.SOLD)

    partner = factory.SubFactory(PartnerFactory)
    client = factory.SubFactory(ClientFactory)
    kind = Relationship.Kind.MANAGED
    from_on = date(2025, 1, 1)
