"""Accounts, companies, people, rulebook editions, the points ledger, standings."""

from partners.models.audit import AuditEntry, AuditSeal
from partners.models.companies import MembershipChoice, OwnEdition, Partner, partner_scope
from partners.models.ledger import KindChoice, PointsEntry
from partners.models.notifications import Notification, NotificationPreference
from partners.models.people import Accreditation, Certification, Person, Role
from partners.models.rulebook import RulebookEdition
from partners.models.standing import (
    Evaluation,
    Snapshot,
    Standing,
    TierChange,
    TierChoice,
)
from partners.models.users import StaffRole, User

__all__ = [
    "Accreditation",
    "AuditEntry",
    "AuditSeal",
    "Certification",
    "Evaluation",
    "KindChoice",
    "MembershipChoice",
    "Notification",
    "NotificationPreference",
    "OwnEdition",
    "Partner",
    "Person",
    "PointsEntry",
    "Role",
    "RulebookEdition",
    "Snapshot",
    "StaffRole",
    "Standing",
    "TierChange",
    "TierChoice",
    "User",
    "partner_scope",
]
