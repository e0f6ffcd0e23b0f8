"""The companies with a name, and the kinds of which all others are.

A kind says which points a company holds today (measured by the threshold table in force),
which tiers it was credited with, and what else is special about it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from portal.demo_bundle.scale import MICRO
from program.rulebook import Threshold, ThresholdTable, Tier


@dataclass(frozen=True, slots=True)
class Aim:
    """The points a company holds today, in micro-points."""

    sourced: int = 0
    assisted: int = 0
    managed: int = 0

    @property
    def total(self) -> int:
        return self.sourced + self.assisted + self.managed


Aiming = Callable[[Random, ThresholdTable, int], Aim]
"""From random numbers, the table in force and the number of deals to an aim."""


def _aim(total: float, sourced: float, managed: float) -> Aim:
    assisted = total - sourced - managed
    return Aim(sourced=int(sourced), assisted=int(assisted), managed=int(managed))


def within(tier: Tier) -> Aiming:
    """Hold a tier, without reaching the next one."""

    def aim(rng: Random, table: ThresholdTable, _deals: int) -> Aim:
        row = table.rows_by(tier)
        following = tier.next
        end = table.rows_by(following).total if following else row.total * 1.4
        total = rng.uniform(1.06 * row.total, 0.92 * end)
        sourced = rng.uniform(1.1 * row.sold_minimum, 0.5 * total)
        managed = rng.uniform(1.1 * row.managed_minimum, 0.35 * total)
        return _aim(total, sourced, managed)

    return aim


def barely(tier: Tier) -> Aiming:
    """Hold a tier, a little above each of its minima."""

    def aim(_rng: Random, table: ThresholdTable, _deals: int) -> Aim:
        row = table.rows_by(tier)
        return _aim(1.05 * row.total, 1.12 * row.sold_minimum, 1.2 * row.managed_minimum)

    return aim


def short_of(tier: Tier, minimum: str, points: float | None = None) -> Aiming:
    """Miss a tier by a few points of one of its minima: total, sold or managed."""

    def aim(rng: Random, table: ThresholdTable, _deals: int) -> Aim:
        row = table.rows_by(tier)
        gap = (rng.uniform(1, 6) if points is None else points) * MICRO
        total, sourced, managed = 1.04 * row.total, *_enough(rng, row)
        if minimum == "total":
            total = row.total - gap
        elif minimum == "sold":
            sourced = row.sold_minimum - gap
        else:
            managed = row.managed_minimum - gap / 2
        return _aim(total, sourced, managed)

    return aim


def _enough(rng: Random, row: Threshold) -> tuple[float, float]:
    return (
        row.sold_minimum * rng.uniform(1.02, 1.1),
        row.managed_minimum * rng.uniform(1.1, 1.4),
    )


def below_gold(least: float, most: float) -> Aiming:
    """Hold a share of what Gold asks for."""

    def aim(rng: Random, table: ThresholdTable, _deals: int) -> Aim:
        total = table.rows_by(Tier.GOLD).total * rng.uniform(least, most)
        # Sourced stays under Gold's minimum by itself.
        return _aim(total, total * rng.uniform(0.15, 0.3), total * rng.uniform(0.1, 0.3))

    return aim


def as_many(points_per_deal: float) -> Aiming:
    """Hold points in proportion to the number of deals, Diamond at least."""

    def aim(_rng: Random, table: ThresholdTable, deals: int) -> Aim:
        row = table.rows_by(Tier.DIAMOND)
        total = max(1.5 * row.total, points_per_deal * deals * MICRO)
        return _aim(total, 0.4 * total, 0.25 * total)

    return aim


def nothing(_rng: Random, _table: ThresholdTable, _deals: int) -> Aim:
    return Aim()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of company.

    `weight` is its share of the deals. `tiers` are credited tiers with the check day they
    were earned, counted back in months; -1 is the last evaluation. `expiring` are the
    shares of its sourced points that expire within 30, 60 and 90 days.
    """

    aim: Aiming
    weight: float = 1.0
    provider: bool = False
    tiers: tuple[tuple[Tier, int], ...] = ()
    expiring: tuple[float, float, float] = (0.0, 0.0, 0.0)
    certificate: str = "valid"
    accredited: bool = False
    joined_months: int = 40
    certificates: int = 2
    large_deals: bool = False


UNTIERED: Final = Kind(aim=below_gold(0.06, 0.85))
FORMER_GOLD: Final = Kind(
    aim=below_gold(0.5, 0.9), tiers=((Tier.GOLD, 22), (Tier.NONE, -1))
)
NEWCOMER: Final = Kind(aim=nothing, weight=0.0, joined_months=2)
PROVIDER: Final = Kind(
    aim=below_gold(0.05, 0.7),
    weight=0.7,
    provider=True,
    certificate="none",
    certificates=0,
)
GOLD: Final = Kind(
    aim=within(Tier.GOLD), weight=1.8, tiers=((Tier.GOLD, 11),), certificates=4
)
GOLD_LAPSED: Final = Kind(
    aim=within(Tier.GOLD), weight=1.8, tiers=((Tier.GOLD, 14),), certificate="expired"
)
NEAR_GOLD_TOTAL: Final = Kind(aim=short_of(Tier.GOLD, "total"), weight=1.4)
NEAR_GOLD_MANAGED: Final = Kind(aim=short_of(Tier.GOLD, "managed"), weight=1.4)
NEAR_PLATINUM_SOLD: Final = Kind(
    aim=short_of(Tier.PLATINUM, "sold"), weight=2.5, tiers=((Tier.GOLD, 15),)
)
PLATINUM: Final = Kind(
    aim=within(Tier.PLATINUM),
    weight=3.5,
    tiers=((Tier.GOLD, 25), (Tier.PLATINUM, 12)),
    accredited=True,
    certificates=8,
)
PLATINUM_PROTECTED: Final = Kind(
    aim=within(Tier.GOLD),
    weight=2.5,
    tiers=((Tier.GOLD, 16), (Tier.PLATINUM, 1)),
    certificates=8,
)
DIAMOND: Final = Kind(
    aim=within(Tier.DIAMOND),
    weight=7.0,
    tiers=((Tier.PLATINUM, 26), (Tier.DIAMOND, 13)),
    accredited=True,
    certificates=16,
)

ROTATION: Final = (
    UNTIERED, GOLD, PROVIDER, UNTIERED, NEAR_GOLD_TOTAL, PLATINUM, UNTIERED, GOLD,
    UNTIERED, FORMER_GOLD, PROVIDER, UNTIERED, NEAR_GOLD_MANAGED, GOLD, UNTIERED,
    NEWCOMER, DIAMOND, UNTIERED, PROVIDER, NEAR_PLATINUM_SOLD, GOLD, UNTIERED, PLATINUM,
    GOLD_LAPSED, UNTIERED, PROVIDER, PLATINUM_PROTECTED, GOLD, UNTIERED,
)  # fmt: skip
"""The kinds of the companies without a name, in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A company that is the same in every bundle; its people can sign in (demo only).

    `P-<slug>`, `owner@<slug>.example` and so on. `shared` are managed points it owes to
    clients that it serves together with others.
    """

    slug: str
    name: str
    country: str
    kind: Kind
    pdm: int | None = 1


CAST: Final = (
    Named(
        slug="aurora",
        name="Aurora Lane Consulting",
        country="US",
        kind=Kind(
            aim=short_of(Tier.PLATINUM, "total", 21.6),
            weight=3.0,
            tiers=((Tier.GOLD, 9),),
            expiring=(0.0, 0.03, 0.06),
            certificates=6,
        ),
    ),
    Named(
        slug="meridian",
        name="Meridian Harbour Partners",
        country="GB",
        kind=Kind(
            aim=within(Tier.PLATINUM),
            weight=4.0,
            tiers=((Tier.GOLD, 25), (Tier.PLATINUM, 14)),
            accredited=True,
            certificates=10,
            large_deals=True,
        ),
    ),
    Named(
        slug="atelier",
        name="Atelier Lumière Conseil",
        country="FR",
        kind=Kind(aim=below_gold(0.7, 0.72), certificates=3),
    ),
    Named(
        slug="lumen",
        name="Lumen Crest Digital",
        country="FR",
        kind=Kind(
            aim=within(Tier.ELITE),
            weight=12.0,
            tiers=((Tier.PLATINUM, 28), (Tier.DIAMOND, 20), (Tier.ELITE, 8)),
            accredited=True,
            certificates=108,
        ),
        pdm=2,
    ),
    Named(
        slug="nova",
        name="Nova Ridge Studio",
        country="IN",
        kind=Kind(aim=below_gold(0.4, 0.5), provider=True, certificate="none"),
        pdm=None,
    ),
    Named(
        slug="zenith",
        name="Zenith Peak Solutions",
        country="SG",
        kind=Kind(
            aim=barely(Tier.DIAMOND),
            weight=8.0,
            tiers=((Tier.PLATINUM, 27), (Tier.DIAMOND, 15)),
            expiring=(0.15, 0.2, 0.2),
            accredited=True,
            certificates=14,
        ),
    ),
    Named(
        slug="eclipse",
        name="Eclipse Garden Agency",
        country="DE",
        kind=GOLD_LAPSED,
    ),
    Named(
        slug="sable",
        name="Sable Orbit Doradztwo",
        country="PL",
        kind=PLATINUM_PROTECTED,
        pdm=2,
    ),
    Named(slug="sprout", name="Sprout Hill Consultoria", country="BR", kind=NEWCOMER),
    Named(
        slug="lagon",
        name="Lagon Bleu Océan Indien",
        country="RE",
        kind=Kind(aim=short_of(Tier.GOLD, "total", 0.4), weight=1.5),
    ),
    Named(
        slug="baobab",
        name="Baobab Ledge Growth",
        country="ZA",
        kind=Kind(aim=short_of(Tier.GOLD, "sold", 2.2), weight=1.5),
    ),
    Named(
        slug="colossus",
        name="Colossus Bay Partners",
        country="US",
        kind=Kind(
            aim=as_many(12.0),
            weight=0.0,
            tiers=((Tier.DIAMOND, 24),),
            accredited=True,
            certificates=40,
        ),
        pdm=2,
    ),
)
"""`colossus` is far larger than all others: `plan` gives it its share of the deals."""
