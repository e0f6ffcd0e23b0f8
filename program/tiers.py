"""Which tier the numbers give, and which one a partner holds (rulebook 2.5 and 3.4).

Totals are micro-points. Days and checks are passed in; what is decided on a day depends
on nothing else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from program.calendar import add_months
from program.money import divide_half_up
from program.rulebook import Kind, Membership, Rulebook, Tier, UpgradeSchedule

_QUARTER_MONTHS = (1, 4, 7, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a partner has on a day, per kind, in micro-points."""

    sourced: int = 0
    assisted: int = 0
    managed: int = 0

    @property
    def total(self) -> int:
        return self.sourced + self.assisted + self.managed

    def of(self, kinds: Iterable[Kind]) -> int:
        """Return the sum of some kinds, e.g. those of the sold minimum."""
        by_kind = {
            Kind.SOURCED: self.sourced,
            Kind.ASSISTED: self.assisted,
            Kind.MANAGED: self.managed,
        }
        return sum(by_kind[kind] for kind in set(kinds))


class Constraint(StrEnum):
    """The three columns of a threshold table."""

    SOLD = "sold"
    MANAGED = "managed"
    TOTAL = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One minimum of one tier against what a partner has (rulebook 2.5).

    `short` is what is missing after rounding, 0 if the minimum is met. A minimum that is
    not `enforced` is shown but refuses nothing.
    """

    constraint: Constraint
    have: int
    need: int
    short: int
    met: bool
    enforced: bool


def gaps(*, totals: Totals, rulebook: Rulebook, tier: Tier) -> tuple[Gap, ...]:
    """Return the sold, managed and total gap to a tier; nothing for no tier."""
    if tier is Tier.NONE:
        return ()
    table = rulebook.table
    row = table.rows_by(tier)
    step = rulebook.tiers.rounding_micro
    return (
        _gap(Constraint.SOLD, totals.of(table.sold_basis), row.sold_minimum, step),
        _gap(
            Constraint.MANAGED,
            totals.managed,
            row.managed_minimum,
            step,
            enforced=table.managed_minimum_enforced,
        ),
        _gap(Constraint.TOTAL, totals.total, row.total, step),
    )


def _gap(
    constraint: Constraint, have: int, need: int, step: int, *, enforced: bool = True
) -> Gap:
    short = max(0, need - divide_half_up(have, step) * step)
    return Gap(
        constraint=constraint,
        have=have,
        need=need,
        short=short,
        met=short == 0,
        enforced=enforced,
    )


def lowest_meeting(minimum: int, rulebook: Rulebook) -> int:
    """Return the smallest total that meets a minimum once it is rounded half up."""
    step = rulebook.tiers.rounding_micro
    rounded = -(-minimum // step) * step
    # Halves go away from zero: below zero, half a step rounds down.
    return rounded - step // 2 + (rounded <= 0)


def reached_tier(*, totals: Totals, rulebook: Rulebook) -> Tier:
    """Return the highest tier whose minima hold, by numbers alone; it may be Elite."""
    for row in rulebook.table.rows:
        found = gaps(totals=totals, rulebook=rulebook, tier=row.tier)
        if all(gap.met or not gap.enforced for gap in found):
            return row.tier
    return Tier.NONE


def performing_tier(
    *, totals: Totals, rulebook: Rulebook, membership: Membership, elite_admitted: bool
) -> Tier:
    """Return the tier today's numbers give (rulebook 2.5).

    A provider has none. Elite needs admission (credited or invited) on top of the
    numbers; without it the numbers of Elite give Diamond (R115).
    """
    if membership is Membership.PROVIDER:
        return Tier.NONE
    return _admissible(
        reached_tier(totals=totals, rulebook=rulebook),
        admitted=elite_admitted,
        rulebook=rulebook,
    )


def _admissible(tier: Tier, *, admitted: bool, rulebook: Rulebook) -> Tier:
    """Return the tier, or Diamond for an Elite that is not open to this partner."""
    closed = rulebook.tiers.elite_requires_invitation and not admitted
    return Tier.DIAMOND if tier is Tier.ELITE and closed else tier


def is_upgrade_day(*, on: date, rulebook: Rulebook) -> bool:
    """Say whether earned upgrades are granted on this day (rulebook 3.4.2)."""
    schedule = rulebook.tiers.upgrade_schedule
    if schedule is UpgradeSchedule.IMMEDIATE:
        return True
    if not rulebook.calendar.is_snapshot_day(on):
        return False
    return schedule is UpgradeSchedule.MONTHLY or on.month in _QUARTER_MONTHS


def upgrade(
    *, credited: Tier, performing: Tier, certified: bool, rulebook: Rulebook
) -> Tier | None:
    """Return the tier to credit at a check, or None if nothing rises (rulebook 3.4.2).

    Never Elite while that needs an invitation: it is credited when the invitation is
    accepted, not by numbers.
    """
    if rulebook.tiers.requires_valid_certification and not certified:
        return None
    earned = _admissible(performing, admitted=False, rulebook=rulebook)
    return earned if earned > credited else None


def since(history: Sequence[tuple[Tier, date]]) -> tuple[Tier, date]:
    """Return the tier a history ends with, and the day from which it was held unbroken.

    `history` holds each credited tier with its day, oldest first, at least one. Of one
    day the last counts; the same tier again is no new tier (rulebook 3.4.6).
    """
    by_day = {day: tier for tier, day in history}
    tier, first = history[-1]
    for day in reversed(by_day):
        if by_day[day] is not tier:
            break
        first = day
    return tier, first


def last_protected_day(*, credited_on: date, rulebook: Rulebook) -> date:
    """Return the last day on which a tier that was credited on a day cannot fall."""
    return add_months(credited_on, rulebook.tiers.protection_months) - timedelta(days=1)


class Cause(StrEnum):
    """Why a partner holds the tier it holds."""

    KEPT = "kept"
    UPGRADED = "upgraded"
    DOWNGRADED = "downgraded"
    PROTECTED = "protected"
    CERTIFICATION_EXPIRED = "certification_expired"
    CERTIFICATION_LOST = "certification_lost"
    APPEALED = "appealed"
    APPEAL_UPHELD = "appeal_upheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What an evaluation decided (rulebook 3.4.3).

    `best` is the best tier reached at a known check of the period, None if none is
    known. `protected_until` is the last protected day, if the credited tier is protected
    on the day of the evaluation; `cure_until` the last day on which renewing the
    certification saves the tier, if it has expired. Both days are included.
    """

    tier: Tier
    cause: Cause
    best: Tier | None = None
    protected_until: date | None = None
    cure_until: date | None = None


def evaluate(
    *,
    on: date,
    credited: Tier,
    credited_on: date,
    period: Sequence[tuple[date, Tier]],
    certified: bool,
    rulebook: Rulebook,
) -> Decision:
    """Decide on an evaluation day whether a partner keeps its tier (rulebook 3.4.3).

    `period` holds the performing tier of each known check of the period, in any order.
    Never raises the tier: that is `upgrade`, and the order of the two does not matter.
    Not for providers. ValueError if `on` is no evaluation day, or a check is not one of
    its period.
    """
    checks = _counting(on, period, rulebook)
    best = None
    if checks:
        best = _admissible(
            max(checks.values()), admitted=credited is Tier.ELITE, rulebook=rulebook
        )
    decision = Decision(tier=credited, cause=Cause.KEPT, best=best)
    if credited is Tier.NONE:
        return decision
    protected_until = last_protected_day(credited_on=credited_on, rulebook=rulebook)
    if protected_until >= on:
        decision = replace(decision, protected_until=protected_until)
    if rulebook.tiers.requires_valid_certification and not certified:
        cure_until = on + timedelta(days=rulebook.tiers.cure_days)
        return replace(decision, cause=Cause.CERTIFICATION_EXPIRED, cure_until=cure_until)
    if on in checks and checks[on] >= credited:
        return decision
    if decision.protected_until is not None:
        return replace(decision, cause=Cause.PROTECTED)
    if best is None or best >= credited:
        return decision
    return replace(decision, tier=best, cause=Cause.DOWNGRADED)


def after_cure(
    *,
    on: date,
    credited: Tier,
    credited_on: date,
    period: Sequence[tuple[date, Tier]],
    renewed: bool,
    rulebook: Rulebook,
) -> Decision:
    """Decide again when the cure has run out or the certification came back (3.4.4).

    All facts are those of the evaluation day `on`. Renewed: the evaluation as it would
    have been with a valid certification. Not renewed: no tier.
    """
    decision = evaluate(
        on=on,
        credited=credited,
        credited_on=credited_on,
        period=period,
        certified=True,
        rulebook=rulebook,
    )
    if renewed or credited is Tier.NONE:
        return decision
    return Decision(tier=Tier.NONE, cause=Cause.CERTIFICATION_LOST, best=decision.best)


class Appeal(StrEnum):
    """Where an appeal against a demotion stands."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"


def heed_appeal(decision: Decision, *, credited: Tier, appeal: Appeal | None) -> Decision:
    """Return the decision after an appeal against it (rulebook 3.4.7).

    A demotion waits while it is open, does not happen once it is upheld, and happens
    once it is rejected. What is no demotion is left as it is.
    """
    if decision.tier >= credited or appeal in {None, Appeal.REJECTED}:
        return decision
    cause = Cause.APPEALED if appeal is Appeal.OPEN else Cause.APPEAL_UPHELD
    return replace(decision, tier=credited, cause=cause)


def _counting(
    on: date, period: Sequence[tuple[date, Tier]], rulebook: Rulebook
) -> dict[date, Tier]:
    """Return the known checks an evaluation may count, by their day."""
    checks = dict(period)
    if len(checks) != len(period):
        raise ValueError(f"the period that ends {on} has two checks on one day")
    strangers = checks.keys() - set(rulebook.calendar.period(on))
    if strangers:
        raise ValueError(f"{min(strangers)} is not a check of the period that ends {on}")
    if rulebook.tiers.keep_if_met_once_in_period:
        return checks
    return {day: tier for day, tier in checks.items() if day == on}
