"""What speaks against a partner, and what it was before."""

from datetime import UTC, date, datetime

import factory
from factory.django import DjangoModelFactory

from partners.models import (
    BenefitSuspension,
    ConditionFinding,
    Escalation,
    MembershipChange,
    MembershipChoice,
)
from tests.factories.partners import PartnerFactory


class EscalationFactory(DjangoModelFactory[Escalation]):
    """An open complaint of a client; a trait closes it."""

    class Meta:
        model = Escalation

    class Params:
        settled = factory.Trait(
            state=Escalation.State.SETTLED,
            closed_on=date(2026, 2, 1),
            outcome="They made peace.",
        )

    partner = factory.SubFactory(PartnerFactory)
    severity = Escalation.Severity.SERIOUS
    raised_by = Escalation.Source.CLIENT
    summary = "Nobody answered for a month."
    reported_on = date(2026, 1, 10)


class ConditionFindingFactory(DjangoModelFactory[ConditionFinding]):
    """Security measures that are not followed."""

    class Meta:
        model = ConditionFinding

    partner = factory.SubFactory(PartnerFactory)
    condition = ConditionFinding.Condition.SECURITY
    from_on = date(2026, 1, 10)
    reason = "Passwords are shared."


class BenefitSuspensionFactory(DjangoModelFactory[BenefitSuspension]):
    """Benefits suspended by somebody of the programme."""

    class Meta:
        model = BenefitSuspension

    partner = factory.SubFactory(PartnerFactory)
    from_on = date(2026, 1, 10)
    reason = "In default of the agreement."


class MembershipChangeFactory(DjangoModelFactory[MembershipChange]):
    """The joining of a partner."""

    class Meta:
        model = MembershipChange

    partner = factory.SubFactory(PartnerFactory)
    on = date(2024, 1, 1)
    membership = MembershipChoice.PARTNER
    cause = MembershipChange.Cause.JOINED
    recorded_at = factory.LazyAttribute(
        lambda change: datetime(
            change.on.year, change.on.month, change.on.day, 6, tzinfo=UTC
        )
    )
