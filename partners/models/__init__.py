"""Accounts, companies, people, rulebook editions, the points ledger, standings."""

from partners.models.companies import MembershipChoice, OwnEdition, Partner, partner_scope
from partners.models.ledger import KindChoice, PointsEntry
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
    "Certification",
    "Evaluation",
    "KindChoice",
    "MembershipChoice",
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
