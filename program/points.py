"""Points from money: sold deals, managed clients, the proof and the window.

Rulebook 2.1 to 2.4, 3.1 and 3.3. Points are integers of one millionth of a point, and
every result carries the facts it was computed from, so that a receipt can show them.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from program import MICRO
from program.calendar import add_months
from program.money import Money, divide_half_up, split_evenly
from program.rulebook import Kind, Rulebook


class UnknownUnitError(LookupError):
    """The currency is not on the edition's scale: the points stay pending (3.23)."""

    def __init__(self, currency: str, *, edition: str) -> None:
        self.currency = currency
        self.edition = edition
        super().__init__(f"{currency} is not on the point scale of edition {edition}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsCalculation:
    """Points and the arithmetic behind them (rulebook 2.1).

    `points` are micro-points: mrr / unit × rate × multiplier, and of that the share
    number `part` of `parts`, counted from 0.
    """

    points: int
    mrr: Money
    unit: Money
    rate: int
    multiplier: int
    growth: bool
    territory: str
    kind: Kind
    parts: int = 1
    part: int = 0


def sold_points(
    *,
    mrr: Money,
    kind: Kind,
    territory: str,
    growth: bool | None = None,
    rulebook: Rulebook,
) -> PointsCalculation:
    """Return the points of one deal line, sourced or assisted (rulebook 2.1, R20).

    `growth` is the flag frozen on the deal; None reads it from the edition. A negative
    `mrr` gives exactly the opposite points. Raises UnknownUnitError for a currency that
    is not on the scale, ValueError for managed points.
    """
    if kind is Kind.MANAGED:
        raise ValueError("managed points are not sold: use managed_points")
    return _points(
        mrr=mrr,
        kind=kind,
        territory=territory,
        growth=rulebook.is_growth(territory) if growth is None else growth,
        rulebook=rulebook,
    )


def managed_points(
    *, mrr: Money, territory: str, parts: int, part: int, rulebook: Rulebook
) -> PointsCalculation:
    """Return one partner's share of a managed client's points (rulebook 2.3, 3.3).

    The points are computed whole and then split between `parts` partners, as
    `managed_share` does for a client with several subscriptions. Raises UnknownUnitError
    for a currency that is not on the scale.
    """
    whole = _points(
        mrr=mrr,
        kind=Kind.MANAGED,
        territory=territory,
        growth=rulebook.is_growth(territory),
        rulebook=rulebook,
    )
    share = managed_share(whole=whole.points, parts=parts, part=part)
    return replace(whole, points=share, parts=parts, part=part)


def managed_share(*, whole: int, parts: int, part: int) -> int:
    """Return one partner's share of a client's managed points (rulebook 2.3).

    `whole` is the sum over the client's subscriptions, in micro-points; `part` counts the
    partners from 0 in the order of their references. The micro-points that do not divide
    go to the partners that follow number `whole // parts`, modulo `parts`: the shares
    add up, anybody can repeat the split, and no partner is favoured on all its clients.
    """
    if not 0 <= part < parts:
        raise ValueError(f"part {part} is not one of {parts} parts")
    return split_evenly(whole, parts)[(part - whole // parts) % parts]


def _points(
    *, mrr: Money, kind: Kind, territory: str, growth: bool, rulebook: Rulebook
) -> PointsCalculation:
    rules = rulebook.points
    rate = rules.rates[kind]
    multiplier = rules.growth_multiplier if growth else 1
    unit = unit_of(mrr.currency, rulebook=rulebook)
    return PointsCalculation(
        points=divide_half_up(mrr.minor * rate * multiplier * MICRO, unit.minor),
        mrr=mrr,
        unit=unit,
        rate=rate,
        multiplier=multiplier,
        growth=growth,
        territory=territory,
        kind=kind,
    )


def unit_of(currency: str, *, rulebook: Rulebook) -> Money:
    """Return what one unit is worth (R24). UnknownUnitError if it is not on the scale."""
    minor = rulebook.points.units.get(currency)
    if minor is None:
        raise UnknownUnitError(currency, edition=rulebook.code)
    return Money(minor, currency)


def reaches(*, amount: Money, minimum: Money, rulebook: Rulebook) -> bool:
    """Say whether an amount is at least a minimum in another currency, by the scale.

    Amounts are compared in units, exactly and without rounding (rulebook 2.2): EUR 2,250
    are 30 units, as are USD 3,000. Raises UnknownUnitError for either currency.
    """
    unit = unit_of(amount.currency, rulebook=rulebook)
    minimum_unit = unit_of(minimum.currency, rulebook=rulebook)
    return amount.minor * minimum_unit.minor >= minimum.minor * unit.minor


def proof_is_valid(*, closed_on: date, poi_on: date | None, rulebook: Rulebook) -> bool:
    """Say whether the proof of involvement is in time for the deal to count (3.10).

    Both limits count: `max_age_days` before the close and `grace_days` after it.
    """
    rules = rulebook.proof
    if not rules.required:
        return True
    if poi_on is None:
        return False
    return (
        -timedelta(days=rules.max_age_days)
        <= poi_on - closed_on
        <= timedelta(days=rules.grace_days)
    )


def sold_expiry(closed_on: date, rulebook: Rulebook) -> date:
    """Return the first day on which the points of a deal no longer count (3.1)."""
    return add_months(closed_on, rulebook.points.sold_window_months)
