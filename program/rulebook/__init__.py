"""Editions of the rulebook: the types, the parser, the shipped documents.

An edition is data (rulebook 1.8). `parse_rulebook` turns its document into one frozen
`Rulebook`, or raises `RulebookError` naming the key and the line; nothing in between.
"""

from program.rulebook.edition import Rulebook
from program.rulebook.errors import RulebookError
from program.rulebook.parse import parse_rulebook
from program.rulebook.shipped import shipped_documents
from program.rulebook.standing import (
    CertificationRules,
    GrowthTerritory,
    PointsRules,
    ProofRules,
    RuleText,
    Threshold,
    ThresholdTable,
    TierRules,
)
from program.rulebook.terms import (
    AccessRules,
    AssignRules,
    Benefit,
    CommissionRules,
    DealRules,
    EliteRules,
    EscalationRules,
    MatchingRules,
    MdfRules,
    MembershipRules,
    PayoutRules,
    PdfRules,
    PgfRules,
    Product,
    RenewalRules,
    SpecialistProduct,
    UpmarketPilot,
    UpmarketRules,
    UsageRules,
)
from program.rulebook.words import (
    Edition,
    Grant,
    Kind,
    Level,
    MatchingConditions,
    Membership,
    Region,
    Tier,
    UpgradeSchedule,
)

__all__ = [
    "AccessRules",
    "AssignRules",
    "Benefit",
    "CertificationRules",
    "CommissionRules",
    "DealRules",
    "Edition",
    "EliteRules",
    "EscalationRules",
    "Grant",
    "GrowthTerritory",
    "Kind",
    "Level",
    "MatchingConditions",
    "MatchingRules",
    "MdfRules",
    "Membership",
    "MembershipRules",
    "PayoutRules",
    "PdfRules",
    "PgfRules",
    "PointsRules",
    "Product",
    "ProofRules",
    "Region",
    "RenewalRules",
    "RuleText",
    "Rulebook",
    "RulebookError",
    "SpecialistProduct",
    "Threshold",
    "ThresholdTable",
    "Tier",
    "TierRules",
    "UpgradeSchedule",
    "UpmarketPilot",
    "UpmarketRules",
    "UsageRules",
    "parse_rulebook",
    "shipped_documents",
]
