"""What people decide about tiers, as rows: the services write the same."""

from datetime import UTC, date, datetime

import factory
from factory.django import DjangoModelFactory

from partners.models import (
    EliteReview,
    Evaluation,
    Snapshot,
    TierAppeal,
    TierChoice,
    TierOverride,
)
from partners.receipts.fingerprints import fingerprint_of
from partners.selectors import edition_on
from tests.factories.partners import PartnerFactory, UserFactory

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)


class SnapshotFactory(DjangoModelFactory[Snapshot]):
    """The check of 15 October 2026: nothing yet."""

    class Meta:
        model = Snapshot

    partner = factory.SubFactory(PartnerFactory)
    on = date(2026, 10, 15)
    sourced = 0
    assisted = 0
    managed = 0
    performing_tier = TierChoice.NONE
    certified = True
    edition_id = factory.LazyAttribute(lambda row: edition_on(row.on).id)
    taken_at = datetime(2026, 10, 15, 6, tzinfo=UTC)


class EvaluationFactory(DjangoModelFactory[Evaluation]):
    """Gold kept on 15 July 2026, because it was reached that day."""

    class Meta:
        model = Evaluation

    partner = factory.SubFactory(PartnerFactory)
    on = date(2026, 7, 15)
    credited_before = TierChoice.GOLD
    tier = TierChoice.GOLD
    cause = Evaluation.Cause.KEPT
    best_tier = TierChoice.GOLD
    facts = {
        "credited_on": "2025-01-15",
        "period": [["2026-07-15", "gold"]],
        "certified": True,
    }
    sha256 = factory.LazyAttribute(
        lambda row: fingerprint_of(
            edition=edition_on(row.on).code, partner_id=row.partner.pk, facts=row.facts
        )
    )
    edition_id = factory.LazyAttribute(lambda row: edition_on(row.on).id)
    decided_at = datetime(2026, 7, 15, 6, tzinfo=UTC)


class TierOverrideFactory(DjangoModelFactory[TierOverride]):
    """A proposal of Diamond for the winter; `approved` grants it."""

    class Meta:
        model = TierOverride

    class Params:
        approved = factory.Trait(
            state=TierOverride.State.APPROVED,
            decided_by=factory.SubFactory(UserFactory, programme_manager=True),
            decided_at=AT,
        )

    partner = factory.SubFactory(PartnerFactory)
    tier = TierChoice.DIAMOND
    from_on = date(2026, 11, 1)
    until_on = date(2027, 2, 1)
    reason = "A client moved its contract."
    proposed_by = factory.SubFactory(UserFactory, pdm=True)
    proposed_at = AT


class TierAppealFactory(DjangoModelFactory[TierAppeal]):
    """An open appeal against the evaluation of 15 January 2027."""

    class Meta:
        model = TierAppeal

    partner = factory.SubFactory(PartnerFactory)
    evaluation_on = date(2027, 1, 15)
    tier = TierChoice.PLATINUM
    feared_tier = TierChoice.GOLD
    text = "Two deals are signed and wait for their proof."
    filed_by = factory.SubFactory(UserFactory)
    filed_at = datetime(2026, 12, 20, 9, tzinfo=UTC)
    filed_on = date(2026, 12, 20)
    decide_by = date(2027, 1, 3)


class EliteReviewFactory(DjangoModelFactory[EliteReview]):
    """A candidate for Elite that its points brought up."""

    class Meta:
        model = EliteReview

    class Params:
        invited = factory.Trait(
            state=EliteReview.State.INVITED,
            checked_by=factory.SubFactory(UserFactory, pdm=True),
            checked_at=AT,
            invited_by=factory.SubFactory(UserFactory, programme_manager=True),
            invited_at=AT,
            invited_on=AT.date(),
        )

    partner = factory.SubFactory(PartnerFactory)
    state = EliteReview.State.CANDIDATE
    opened_on = date(2026, 10, 15)
    opened_at = datetime(2026, 10, 15, 6, tzinfo=UTC)
