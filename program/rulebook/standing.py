"""The parts of an edition from which points and tiers follow (rulebook 2.1 to 2.5)."""

from collections.abc import Mapping
from dataclasses import dataclass

from program.rulebook.words import Kind, Region, Tier, UpgradeSchedule


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsRules:
    """How money becomes points (R20-R25, 3.1, 3.3).

    `rates` are points per unit of MRR, `units` the worth of one unit in minor units of
    each currency on the scale; a currency that is not there earns nothing yet.
    """

    rates: Mapping[Kind, int]
    growth_multiplier: int
    units: Mapping[str, int]
    sold_window_months: int
    managed_split: str
    managed_activity_window_days: int
    managed_min_activities: int
    non_deal_increase_counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthTerritory:
    """A growth market. `boundary` marks the seven codes of C14; `rule` cites its list."""

    code: str
    name_en: str
    name_fr: str
    region: Region
    boundary: bool
    rule: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRules:
    """When a won deal counts: the client's proof of involvement (R45, 3.10).

    The proof is dated at most `max_age_days` before the close and at most `grace_days`
    after it; both limits count.
    """

    required: bool
    max_age_days: int
    grace_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """The minima of one tier, in micro-points."""

    tier: Tier
    sold_minimum: int
    managed_minimum: int
    total: int
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdTable:
    """One table of minima, highest tier first (R12-R16).

    `sold_basis` says which points count for the sold minimum. A managed minimum that is
    not enforced is shown, but nobody loses a tier over it (3.5).
    """

    code: str
    rows: tuple[Threshold, ...]
    sold_basis: frozenset[Kind]
    managed_minimum_enforced: bool
    rule: str

    def rows_by(self, tier: Tier) -> Threshold:
        """Return the row of a tier. KeyError for none, which has no minima."""
        for row in self.rows:
            if row.tier is tier:
                return row
        raise KeyError(tier)


@dataclass(frozen=True, slots=True, kw_only=True)
class TierRules:
    """How a credited tier is earned, kept and lost (3.4).

    `rounding_micro` is the step to which totals are rounded, half up, before they are
    compared with a minimum. An appeal may be made from `appeal_from_days` before an
    evaluation and is decided within `appeal_decide_days`; an edition that names neither
    knows no appeals, and both are 0.
    """

    rounding_micro: int
    protection_months: int
    keep_if_met_once_in_period: bool
    upgrade_schedule: UpgradeSchedule
    requires_valid_certification: bool
    cure_days: int
    elite_requires_invitation: bool
    appeal_from_days: int
    appeal_decide_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationRules:
    """The certification every partner holds and no provider needs (R8, 3.4).

    `warning_days` are the days before the last one ends on which the partner is warned;
    an edition that does not name them warns of nothing.
    """

    required: bool
    kind: str
    cure_days: int
    warning_days: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """A rule in plain words, in the languages of the portal."""

    en: str
    fr: str
