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
    RuleText,
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
    `title_fr` is "" in an edition that has one title only.
    `rules` maps each entry of the document ("points.rates.sourced") to the rule it cites
    ("R20", "R12, C6"), so that a receipt can name the rule behind a number, and
    `rule_texts` each single rule to its wording.
    """

    code: str
    title: str
    title_fr: str
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
    rule_texts: Mapping[str, RuleText]

    def is_growth(self, territory: str) -> bool:
        """Say whether a client's territory is a growth market in this edition (R22)."""
        return territory in self.growth

    def texts_of(self, key: str) -> tuple[tuple[str, RuleText], ...]:
        """Return the rules an entry cites, each with its wording, in citing order.

        Rules without a wording are left out. KeyError if the edition has no such entry.
        """
        cited = self.rules[key].split(", ")
        return tuple(
            (rule, self.rule_texts[rule]) for rule in cited if rule in self.rule_texts
        )

    def __hash__(self) -> int:
        return hash((self.code, self.effective_on))
