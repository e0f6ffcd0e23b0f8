"""Accounts, companies, people, rulebook editions, the points ledger, standings."""

from partners.models.audit import AuditEntry, AuditSeal
from partners.models.calendar_feeds import CalendarFeed
from partners.models.companies import MembershipChoice, OwnEdition, Partner, partner_scope
from partners.models.conditions import (
    BenefitSuspension,
    ConditionFinding,
    Escalation,
    EscalationTransition,
    FactorGap,
)
from partners.models.exports import Export
from partners.models.invitations import Invitation, JoinQuestion, JoinRequest
from partners.models.ledger import KindChoice, PointsEntry
from partners.models.membership import (
    GoldNotice,
    MembershipChange,
    OwnLapse,
    UpgradeHeld,
)
from partners.models.notes import PartnerNote, PartnerTask
from partners.models.notifications import Notification, NotificationPreference
from partners.models.people import Accreditation, Certification, Person, Role
from partners.models.rehearsal import RehearsalRow, RulebookRehearsal
from partners.models.rulebook import RulebookEdition
from partners.models.saved_views import DefaultView, SavedView
from partners.models.standing import (
    EliteAdmission,
    Evaluation,
    Snapshot,
    Standing,
    TierChange,
    TierChoice,
)
from partners.models.tier_life import EliteReview, TierAppeal, TierOverride
from partners.models.users import StaffRole, User

__all__ = [
    "Accreditation",
    "AuditEntry",
    "AuditSeal",
    "BenefitSuspension",
    "CalendarFeed",
    "Certification",
    "ConditionFinding",
    "DefaultView",
    "EliteAdmission",
    "EliteReview",
    "Escalation",
    "EscalationTransition",
    "Evaluation",
    "Export",
    "FactorGap",
    "GoldNotice",
    "Invitation",
    "JoinQuestion",
    "JoinRequest",
    "KindChoice",
    "MembershipChange",
    "MembershipChoice",
    "Notification",
    "NotificationPreference",
    "OwnEdition",
    "OwnLapse",
    "Partner",
    "PartnerNote",
    "PartnerTask",
    "Person",
    "PointsEntry",
    "RehearsalRow",
    "Role",
    "RulebookEdition",
    "RulebookRehearsal",
    "SavedView",
    "Snapshot",
    "StaffRole",
    "Standing",
    "TierAppeal",
    "TierChange",
    "TierChoice",
    "TierOverride",
    "UpgradeHeld",
    "User",
    "partner_scope",
]
