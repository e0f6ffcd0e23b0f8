"""One edition of the rulebook: every number and list of the programme, on one date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from program.calendar import EvaluationCalendar
from program.rulebook.standing import (
    CertificationRules,
    GrowthTerritory,
    PointsRules,
    ProofRules,
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
    UpmarketRules,
    UsageRules,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """A whole edition (rulebook 1.8). Built by `parse_rulebook`, and only complete.

    `effective_on` is the first day it holds; the next edition's first day ends it.
    `rules` maps each entry of the document ("points.rates.sourced") to the rule it cites
    ("R20"), so that a receipt can name the rule behind a number.
    """

    code: str
    title: str
    effective_on: date
    points: PointsRules
    growth: Mapping[str, GrowthTerritory]
    proof: ProofRules
    table: ThresholdTable
    tiers: TierRules
    calendar: EvaluationCalendar
    certification: CertificationRules
    membership: MembershipRules
    elite: EliteRules
    commission: CommissionRules
    upmarket: UpmarketRules
    payout: PayoutRules
    deal: DealRules
    assign: AssignRules
    matching: MatchingRules
    mdf: MdfRules
    pgf: PgfRules
    pdf: PdfRules
    renewal: RenewalRules
    usage: UsageRules
    escalation: EscalationRules
    access: AccessRules
    products: Mapping[str, Product]
    benefits: Mapping[str, Benefit]
    rules: Mapping[str, str]

    def is_growth(self, territory: str) -> bool:
        """Say whether a client's territory is a growth market in this edition (R22)."""
        return territory in self.growth

    def __hash__(self) -> int:
        return hash((self.code, self.effective_on))
