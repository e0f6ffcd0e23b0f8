"""What people were told."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from partners.models import Notification
from tests.factories.partners import UserFactory


class NotificationFactory(DjangoModelFactory[Notification]):
    """An unread piece of news about a won deal, for the daily digest.

    `act`: a certification to renew, mailed at once.
    """

    class Meta:
        model = Notification

    class Params:
        act = factory.Trait(
            kind="partners.tier_cure_begun",
            urgency=Notification.Urgency.ACT,
            facts={
                "company": "Aurora",
                "tier": "gold",
                "before": "gold",
                "on": "2026-07-15",
                "cause": "certification_expired",
                "protected_until": None,
            },
            mail="at_once",
        )

    user = factory.SubFactory(UserFactory)
    kind = "deals.won"
    key = factory.Sequence(lambda n: f"event:{n}")
    urgency = Notification.Urgency.INFORMATION
    facts = factory.Sequence(
        lambda n: {"deal": f"Deal {n}", "client": "Client", "currencies": []}
    )
    path = "/deals/"
    created_at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    mail = "daily"
