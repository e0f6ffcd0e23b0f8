"""What-ifs that are kept."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from deals.models import Scenario
from tests.factories.partners import PartnerFactory, PersonFactory

SAVED_AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


class ScenarioFactory(DjangoModelFactory[Scenario]):
    """A scenario without choices; `is_shared` with the partner manager."""

    class Meta:
        model = Scenario

    class Params:
        is_shared = factory.Trait(shared=True)

    partner = factory.SubFactory(PartnerFactory)
    name = factory.Sequence(lambda n: f"Scenario {n}")
    created_by = factory.LazyAttribute(
        lambda scenario: (
            PersonFactory.create(partner=scenario.partner, with_account=True).user
        )
    )
    created_at = SAVED_AT
    saved_at = SAVED_AT
