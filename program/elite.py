"""What a candidate for Elite must show beside the points (rulebook 3.12, R115-R117).

Retention is in basis points. What nobody has found out yet is None: it is not met, and
not failed either.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from program.money import divide_half_up
from program.rulebook import Rulebook, Tier
from program.standing import Condition
from program.tiers import Totals, gaps

_ALL_BPS = 10_000


class Criterion(StrEnum):
    """One line of the checklist."""

    POINTS = "points"
    CUSTOMER_RETENTION = "customer_retention"
    REVENUE_RETENTION = "revenue_retention"
    CERTIFICATIONS = "certifications"
    STANDING = "standing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A criterion with what was found. `met` is None as long as nobody knows."""

    criterion: Criterion
    value: int | None
    need: int
    met: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What is known of a candidate.

    `certifications` are valid ones of active employees: two people with the same one
    count twice (C37). `conditions` says of each condition of R10 whether it is met.
    """

    totals: Totals
    certifications: int
    customer_retention_bps: int | None = None
    revenue_retention_bps: int | None = None
    conditions: Mapping[Condition, bool]


def reaches_elite(totals: Totals, rulebook: Rulebook) -> bool:
    """Say whether the points alone are those of Elite."""
    found = gaps(totals=totals, rulebook=rulebook, tier=Tier.ELITE)
    return all(gap.met or not gap.enforced for gap in found)


def is_near_elite(totals: Totals, rulebook: Rulebook) -> bool:
    """Say whether each minimum of Elite is reached to the edition's share (R117)."""
    step = rulebook.tiers.rounding_micro
    share = rulebook.elite.proximity_bps
    return all(
        divide_half_up(gap.have, step) * step * _ALL_BPS >= gap.need * share
        for gap in gaps(totals=totals, rulebook=rulebook, tier=Tier.ELITE)
        if gap.enforced
    )


def checklist(candidate: Candidate, rulebook: Rulebook) -> tuple[Finding, ...]:
    """Return every criterion with its value, its minimum and whether it is met.

    Customer retention must reach its minimum, revenue retention must exceed its own
    (C34).
    """
    rules = rulebook.elite
    customers = candidate.customer_retention_bps
    customers_need = rules.customer_retention_min_bps
    revenue = candidate.revenue_retention_bps
    revenue_need = rules.revenue_retention_above_bps
    return (
        Finding(
            criterion=Criterion.POINTS,
            value=candidate.totals.total,
            need=rulebook.table.rows_by(Tier.ELITE).total,
            met=reaches_elite(candidate.totals, rulebook),
        ),
        Finding(
            criterion=Criterion.CUSTOMER_RETENTION,
            value=customers,
            need=customers_need,
            met=None if customers is None else customers >= customers_need,
        ),
        Finding(
            criterion=Criterion.REVENUE_RETENTION,
            value=revenue,
            need=revenue_need,
            met=None if revenue is None else revenue > revenue_need,
        ),
        Finding(
            criterion=Criterion.CERTIFICATIONS,
            value=candidate.certifications,
            need=rules.certifications_min,
            met=candidate.certifications >= rules.certifications_min,
        ),
        Finding(
            criterion=Criterion.STANDING,
            value=sum(candidate.conditions.values()),
            need=len(candidate.conditions),
            met=all(candidate.conditions.values()),
        ),
    )
