"""The smallest valid object of each model; traits name states.

A test writes every value its assertion depends on, and leaves the rest to these. What a
factory makes is a row and nothing more: points are posted by the services, or written by
`PointsEntryFactory` where only the ledger matters.
"""

from tests.factories.audit import AuditEntryFactory
from tests.factories.clients import (
    ClientFactory,
    RelationshipFactory,
    SubscriptionFactory,
)
from tests.factories.conditions import (
    BenefitSuspensionFactory,
    ConditionFindingFactory,
    EscalationFactory,
    MembershipChangeFactory,
)
from tests.factories.deals import DealFactory, DealLineFactory
from tests.factories.lists import ExportFactory, SavedViewFactory
from tests.factories.money import (
    AccrualFactory,
    AdjustmentFactory,
    BankAccountFactory,
    DisputeFactory,
    DisputeMessageFactory,
    DocumentStepFactory,
    ForfeitureFactory,
    ForfeitureWaiverFactory,
    FxRateFactory,
    PaymentFactory,
    PaymentStepFactory,
    PayoutDocumentFactory,
    PayoutRunFactory,
    ReceiptFactory,
    ScheduleFactory,
    ScheduleStepFactory,
    StatementFactory,
    StatementLineFactory,
    TouchlessIncreaseFactory,
)
from tests.factories.notifications import NotificationFactory
from tests.factories.outlooks import OutlookFactory
from tests.factories.partners import (
    AccreditationFactory,
    CertificationFactory,
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
    TierChangeFactory,
    UserFactory,
)
from tests.factories.registrations import RegistrationFactory
from tests.factories.rulebook import DraftFactory, RehearsalFactory, RehearsalRowFactory
from tests.factories.specialists import SpecialistAreaFactory, SpecialistFactory
from tests.factories.standing import stand
from tests.factories.tier_life import (
    EliteReviewFactory,
    EvaluationFactory,
    SnapshotFactory,
    TierAppealFactory,
    TierOverrideFactory,
)

__all__ = [
    "AccreditationFactory",
    "AccrualFactory",
    "AdjustmentFactory",
    "AuditEntryFactory",
    "BankAccountFactory",
    "BenefitSuspensionFactory",
    "CertificationFactory",
    "ClientFactory",
    "ConditionFindingFactory",
    "DealFactory",
    "DealLineFactory",
    "DisputeFactory",
    "DisputeMessageFactory",
    "DocumentStepFactory",
    "DraftFactory",
    "EliteReviewFactory",
    "EscalationFactory",
    "EvaluationFactory",
    "ExportFactory",
    "ForfeitureFactory",
    "ForfeitureWaiverFactory",
    "FxRateFactory",
    "MembershipChangeFactory",
    "NotificationFactory",
    "OutlookFactory",
    "PartnerFactory",
    "PaymentFactory",
    "PaymentStepFactory",
    "PayoutDocumentFactory",
    "PayoutRunFactory",
    "PersonFactory",
    "PointsEntryFactory",
    "ReceiptFactory",
    "RegistrationFactory",
    "RehearsalFactory",
    "RehearsalRowFactory",
    "RelationshipFactory",
    "SavedViewFactory",
    "ScheduleFactory",
    "ScheduleStepFactory",
    "SnapshotFactory",
    "SpecialistAreaFactory",
    "SpecialistFactory",
    "StatementFactory",
    "StatementLineFactory",
    "SubscriptionFactory",
    "TierAppealFactory",
    "TierChangeFactory",
    "TierOverrideFactory",
    "TouchlessIncreaseFactory",
    "UserFactory",
    "stand",
]
