"""Commission: what a sold line opens, what a month's receipts earn, when it is paid.

Rulebook 2.7 and 3.6 to 3.11. A schedule says for how long and up to which amount a line
earns; nothing of it is paid before the client paid. What a month brought is dealt out to
the schedules of its client and product line, oldest first, and each earns its rate of
what it got. Every answer carries its reason, also the answer "nothing".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from program.calendar import add_months
from program.money import Money
from program.points import UnknownUnitError, proof_is_valid, unit_of
from program.rulebook import Kind, Membership, Rulebook, Tier


class Plan(StrEnum):
    """Under which terms a schedule pays."""

    DEAL = "deal"
    UPMARKET = "upmarket"


class NoSchedule(StrEnum):
    """Why a won line opens no schedule."""

    NO_PROOF = "no_proof"
    BEFORE_FIRST_CLOSE = "before_first_close"
    PROVIDER = "provider"
    TIER_TOO_LOW = "tier_too_low"
    NOT_ACCREDITED = "not_accredited"
    BELOW_MINIMUM = "below_minimum"


class Nothing(StrEnum):
    """Why a schedule earns nothing in a month."""

    NOT_BEGUN = "not_begun"
    TERM_ENDED = "term_ended"
    CANCELLED = "cancelled"
    DEMOTED = "demoted"
    NOT_PAID = "not_paid"
    OTHER_CURRENCY = "other_currency"
    TAKEN_BY_OLDER = "taken_by_older"
    REDUCED_TO_NOTHING = "reduced_to_nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """The facts of a won deal that decide about the schedules of its lines (3.6, 3.11).

    All of the close date. `mrr` are the amounts of all its lines.
    """

    motion: Kind
    closed_on: date
    poi_on: date | None
    membership: Membership
    tier: Tier
    accredited: bool
    territory: str
    mrr: Sequence[Money]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long and at which rate a sale pays."""

    plan: Plan
    rate_bps: int
    months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What one line earns at most, month by month.

    `order` sorts the schedules of a client and product line: closing day, then the
    deal's reference. `reductions` are days of downgrades and what each leaves. The months
    run from that of `begins_on` for `months`; a cancellation and a demotion to provider
    end before the month of their day.
    """

    order: tuple[date, str]
    plan: Plan
    rate_bps: int
    months: int
    mrr: Money
    begins_on: date
    cancelled_on: date | None = None
    demoted_on: date | None = None
    reductions: tuple[tuple[date, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """What a schedule earns in a month: `commission` is `rate_bps` of `base`.

    `why` says why there is no base; None if there is one.
    """

    base: Money
    commission: Money
    why: Nothing | None = None


def terms_of(sale: Sale, *, rulebook: Rulebook) -> Terms | NoSchedule:
    """Return the terms under which a sale pays, or why it pays nothing.

    Sourced: for a term by membership, the same rate at every tier (R33, R34). Assisted:
    only as an upmarket referral (R37 to R41).
    """
    rules = rulebook.commission
    if not proof_is_valid(
        closed_on=sale.closed_on, poi_on=sale.poi_on, rulebook=rulebook
    ):
        return NoSchedule.NO_PROOF
    if sale.closed_on < rules.first_close_on:
        return NoSchedule.BEFORE_FIRST_CLOSE
    if sale.motion is rules.motion:
        return Terms(
            plan=Plan.DEAL,
            rate_bps=rules.rate_bps,
            months=rules.term_months[sale.membership],
        )
    return _upmarket(sale, rulebook)


def _upmarket(sale: Sale, rulebook: Rulebook) -> Terms | NoSchedule:
    rules = rulebook.upmarket
    conditions = (
        (sale.membership is Membership.PARTNER, NoSchedule.PROVIDER),
        (sale.tier >= rules.minimum_tier, NoSchedule.TIER_TOO_LOW),
        (sale.accredited, NoSchedule.NOT_ACCREDITED),
        (_reaches_minimum(sale, rulebook), NoSchedule.BELOW_MINIMUM),
    )
    for met, reason in conditions:
        if not met:
            return reason
    return Terms(plan=Plan.UPMARKET, rate_bps=rules.rate_bps, months=rules.months)


def _reaches_minimum(sale: Sale, rulebook: Rulebook) -> bool:
    """Say whether the deal as a whole reaches the minimum, by the point scale (2.2).

    In the pilot's months and markets the smaller one (R40, C7).
    """
    rules, pilot = rulebook.upmarket, rulebook.upmarket.pilot
    minimum = rules.minimum
    in_time = pilot.from_on <= sale.closed_on < pilot.until_on
    market = rulebook.growth.get(sale.territory)
    if in_time and market is not None and market.region is pilot.region:
        minimum = pilot.minimum
    # Multiplied out: no amount is rounded before it is compared.
    total, whole = 0, 1
    for amount in sale.mrr:
        try:
            unit = unit_of(amount.currency, rulebook=rulebook).minor
        except UnknownUnitError:
            continue
        total, whole = total * unit + amount.minor * whole, whole * unit
    minimum_unit = unit_of(minimum.currency, rulebook=rulebook).minor
    return total * minimum_unit >= minimum.minor * whole


def month_of(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def last_month(schedule: Schedule) -> date:
    """Return the first day of the last month a schedule may earn in, as it stands now.

    Before `month_of(begins_on)` if it never may.
    """
    last = add_months(month_of(schedule.begins_on), schedule.months - 1)
    ends = [day for day in (schedule.cancelled_on, schedule.demoted_on) if day]
    return min([last, *(add_months(month_of(day), -1) for day in ends)])


def demoted(
    schedule: Schedule, *, on: date, provider_months: int, closed_on: date
) -> Schedule:
    """Return a schedule after its partner became a provider on a day (3.9).

    Provider terms hold from the original sale: a schedule that is older ends at once,
    before the month of the day; a younger one ends when the provider's term does. It is
    never longer than it was, and a later promotion does not bring the months back.
    """
    first = month_of(closed_on)
    if add_months(first, provider_months) <= month_of(on):
        return replace(schedule, demoted_on=min(schedule.demoted_on or on, on))
    begun = (schedule.begins_on.year - closed_on.year) * 12
    begun += schedule.begins_on.month - closed_on.month
    return replace(schedule, months=min(schedule.months, max(provider_months - begun, 0)))


def capacity(schedule: Schedule, *, month: date) -> Money:
    """Return up to which base a schedule earns in a month, downgrades taken off.

    A downgrade holds from the month of its day, as a cancellation does.
    """
    left = schedule.mrr.minor
    for on, minor in sorted(schedule.reductions):
        if month_of(on) <= month:
            left = min(left, minor)
    return Money(left, schedule.mrr.currency)


def why_not_running(schedule: Schedule, *, month: date) -> Nothing | None:
    """Return why a schedule cannot earn in a month at all; None if it can."""
    first = month_of(schedule.begins_on)
    if month < first:
        return Nothing.NOT_BEGUN
    if schedule.cancelled_on and month >= month_of(schedule.cancelled_on):
        return Nothing.CANCELLED
    if month >= add_months(first, schedule.months):
        return Nothing.TERM_ENDED
    if schedule.demoted_on and month >= month_of(schedule.demoted_on):
        return Nothing.DEMOTED
    if not capacity(schedule, month=month).minor:
        return Nothing.REDUCED_TO_NOTHING
    return None


def allocate(
    schedules: Iterable[Schedule], *, received: Iterable[Money], month: date
) -> list[tuple[Schedule, Earned]]:
    """Return what each schedule of one client and product line earns in a month.

    `received` is all that came in for the month, refunds as negative amounts; by currency
    it is never less than nothing. The running schedules are filled oldest first, each up
    to its capacity; what is left over earns nothing. The result is in their order and
    does not depend on that of the arguments.
    """
    pots: dict[str, int] = {}
    came: set[str] = set()
    for amount in received:
        pots[amount.currency] = pots.get(amount.currency, 0) + amount.minor
        came.add(amount.currency)
    left = {currency: max(minor, 0) for currency, minor in pots.items()}
    paid = dict(left)
    result = []
    for schedule in sorted(schedules, key=lambda each: each.order):
        currency = schedule.mrr.currency
        why = why_not_running(schedule, month=month)
        base = 0
        if why is None:
            most = capacity(schedule, month=month).minor
            base = min(left.get(currency, 0), most)
            left[currency] = left.get(currency, 0) - base
            if not base:
                why = _why_empty(currency, paid, came)
        got = Money(base, currency)
        earned = Earned(base=got, commission=got.share(schedule.rate_bps), why=why)
        result.append((schedule, earned))
    return result


def _why_empty(currency: str, paid: Mapping[str, int], came: set[str]) -> Nothing:
    if paid.get(currency, 0):
        return Nothing.TAKEN_BY_OLDER
    if any(paid.get(other, 0) for other in came - {currency}):
        return Nothing.OTHER_CURRENCY
    return Nothing.NOT_PAID


def touchless(
    schedules: Iterable[Schedule],
    *,
    on: date,
    increase: Money,
    rulebook: Rulebook,
) -> Schedule | None:
    """Return the schedule of an increase nobody sold (3.6); None if it earns nothing.

    Within `touchless_window_months` of the first sale of the product line it goes to the
    most recent sale of it, for what is left of that sale's term.
    """
    sold = sorted(
        (each for each in schedules if month_of(each.begins_on) <= month_of(on)),
        key=lambda each: each.order,
    )
    if not sold:
        return None
    window = rulebook.commission.touchless_window_months
    if on >= add_months(sold[0].order[0], window):
        return None
    latest = sold[-1]
    passed = (on.year - latest.begins_on.year) * 12 + on.month - latest.begins_on.month
    left = latest.months - passed
    if left <= 0 or last_month(latest) < month_of(on):
        return None
    return replace(latest, mrr=increase, begins_on=on, months=left, reductions=())


def pay_on(quarter_end: date, *, rulebook: Rulebook) -> date:
    """Return the day on which a quarter is paid (3.7)."""
    return quarter_end + timedelta(days=rulebook.payout.lag_days)


def forfeited_on(closed_on: date, *, rulebook: Rulebook) -> date:
    """Return the first day on which what was accrued without papers is lost (3.8)."""
    return add_months(closed_on, rulebook.payout.forfeiture_months)
