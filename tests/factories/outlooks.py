"""Rehearsed evaluations. Where the decision matters, a test lets `rehearse` make them."""

from datetime import UTC, date, datetime

import factory
from factory.django import DjangoModelFactory

from partners.models import Evaluation, TierChoice
from partners.selectors import edition_on
from portal.models import Outlook
from tests.factories.partners import PartnerFactory


class OutlookFactory(DjangoModelFactory[Outlook]):
    """A partner without tier and points, which keeps what it has."""

    class Meta:
        model = Outlook

    partner = factory.SubFactory(PartnerFactory)
    as_of = date(2026, 11, 23)
    evaluation_on = date(2027, 1, 15)
    credited_tier = TierChoice.NONE
    performing_tier = TierChoice.NONE
    tier = TierChoice.NONE
    cause = Evaluation.Cause.KEPT
    facts = factory.LazyFunction(
        lambda: {
            "sourced": 0,
            "assisted": 0,
            "managed": 0,
            "credited_on": None,
            "period": [["2027-01-15", "none"]],
            "certified": True,
            "best": "none",
            "protected_until": None,
            "cure_until": None,
        }
    )
    edition_id = factory.LazyAttribute(
        lambda outlook: edition_on(outlook.evaluation_on).id
    )
    computed_at = datetime(2026, 11, 23, 12, tzinfo=UTC)
