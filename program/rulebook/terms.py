"""The parts of an edition on which money, deals and benefits rest (rulebook 2.6 to 2.9).

Names in `_bps` are basis points, in `_days` and `_months` whole days and months. A date
in `_until` named here as exclusive is the first day on which the rule no longer holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from program.money import Money
from program.rulebook.words import (
    Edition,
    Grant,
    Kind,
    Level,
    MatchingConditions,
    Membership,
    Region,
    Tier,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipRules:
    """What a provider and a partner must own, and how long Gold may take (R9, 3.9)."""

    provider_edition: Edition
    partner_edition: Edition
    partner_minimum: Money
    subscription_cure_days: int
    gold_deadline_enabled: bool
    gold_deadline_months: int
    demotion_notice_days: int
    gold_warning_days: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EliteRules:
    """What a candidate for Elite must show (R115, C34, C37, 3.12, 3.13).

    Customer retention must reach its minimum, revenue retention must exceed its own.
    """

    customer_retention_min_bps: int
    revenue_retention_above_bps: int
    certifications_min: int
    proximity_bps: int
    retention_clients_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionRules:
    """What a sourced deal pays (R33-R36, 3.6)."""

    rate_bps: int
    motion: Kind
    term_months: Mapping[Membership, int]
    first_close_on: date
    base: str
    attribution_model: str
    touchless_window_months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UpmarketPilot:
    """A lower minimum for some months and one region; `until_on` is exclusive (C7)."""

    from_on: date
    until_on: date
    minimum: Money
    region: Region


@dataclass(frozen=True, slots=True, kw_only=True)
class UpmarketRules:
    """What an assisted deal pays to an accredited partner (R37-R40, C2, C4, 3.11).

    The minimum is reached by an amount equal to it, by the point scale.
    """

    rate_bps: int
    motion: Kind
    months: int
    minimum: Money
    minimum_tier: Tier
    accreditation: str
    pilot: UpmarketPilot


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRules:
    """When and how commission is paid, and when it is lost (3.7, 3.8)."""

    frequency: str
    lag_days: int
    fx: str
    minimum_minor: int
    forfeiture_months: int
    forfeiture_warning_days: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DealRules:
    """How long a registration holds and how fast it is answered (3.10)."""

    validity_days: int
    renewals_max: int
    renewal_activity_days: int
    reminder_days: tuple[int, ...]
    review_sla_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialistProduct:
    """A product that brings a specialist: an edition held, or credits above a number."""

    product: str
    editions: frozenset[Edition]
    credits_above: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignRules:
    """Who joins a shared deal without being asked (R47, R48, C3)."""

    engineer_minimum: Money
    specialist_products: Mapping[str, SpecialistProduct]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingRules:
    """Who may be matched with a customer (R112, C9, C10, 3.21)."""

    conditions: MatchingConditions
    window_months: int
    sourced_share_min_bps: int
    retention_min_bps: int
    minimum_tier: Tier
    software_certifications_min: int
    implementation_certifications_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MdfRules:
    """Marketing development funds (R107, C11, 3.20)."""

    match_bps: int
    standard_tier: Tier
    claim_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PgfRules:
    """The partner growth fund (R109, C29)."""

    budget: Money
    tranches: int
    applications_per_year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfRules:
    """The partner development fund: commission paid in advance (R110, 3.20)."""

    minimum_tier: Tier
    advance_months: int
    retention_min_bps: int
    growth_min_bps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalRules:
    """When a client's renewal is shown and until when it can be stopped (3.17)."""

    horizon_days: int
    deadline_days: int
    alert_days: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRules:
    """How the usage score is put together (R95, 3.14). The weights sum to 100."""

    activation_weight: int
    depth_weight: int
    breadth_weight: int
    window_days: int
    target_key_actions: int
    coverage_min_bps: int
    medium_from: int
    high_from: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationRules:
    """How long a complaint weighs, and what is asked of accounts (R10, C28, 3.22).

    With `second_factor_required` everybody of a company signs in with two factors; an
    edition that does not name it does not ask for it.
    """

    recent_months: int
    review_above_marks: int
    second_factor_required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRules:
    """How a client lets a partner in (3.16)."""

    link_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product line and the tools its usage is measured by (3.14)."""

    code: str
    name: str
    tools: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """One row of the benefits matrix (rulebook 2.9).

    `cells` says for each level what the row gives; `ticked` is the guide's own matrix,
    before the resolutions of section 4.
    """

    code: str
    row: int
    group: str
    name_en: str
    name_fr: str
    cells: Mapping[Level, Grant]
    ticked: frozenset[Level]
    eligibility: bool
    paid: bool
    rule: str
    note: str

    def grant(self, level: Level) -> Grant:
        return self.cells[level]
