"""The smallest valid object of each model; traits name states.

A test writes every value its assertion depends on, and leaves the rest to these. What a
factory makes is a row and nothing more: points are posted by the services, or written by
`PointsEntryFactory` where only the ledger matters.
"""

from tests.factories.clients import (
    ClientFactory,
    RelationshipFactory,
    SubscriptionFactory,
)
from tests.factories.deals import DealFactory, DealLineFactory
from tests.factories.partners import (
    AccreditationFactory,
    CertificationFactory,
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
    TierChangeFactory,
    UserFactory,
)
from tests.factories.standing import stand

__all__ = [
    "AccreditationFactory",
    "CertificationFactory",
    "ClientFactory",
    "DealFactory",
    "DealLineFactory",
    "PartnerFactory",
    "PersonFactory",
    "PointsEntryFactory",
    "RelationshipFactory",
    "SubscriptionFactory",
    "TierChangeFactory",
    "UserFactory",
    "stand",
]
