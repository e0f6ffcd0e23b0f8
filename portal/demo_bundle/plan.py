"""Who is in the bundle, and how many clients and deals each company gets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from portal.demo_bundle.cast import CAST, ROTATION, Kind
from portal.demo_bundle.places import any_place
from portal.demo_bundle.words import AGENCY_ENDINGS, FIRST, PLAIN_ENDINGS, SECOND

MIN_DEALS = 8
MIN_CLIENTS = 4
GIANT = "colossus"


class SizeError(ValueError):
    """The numbers do not make a bundle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many companies, clients and deals a bundle has, exactly."""

    partners: int
    clients: int
    deals: int

    def __post_init__(self) -> None:
        if self.partners < len(CAST):
            raise SizeError(f"at least {len(CAST)} partners: those with a name")
        if self.clients < MIN_CLIENTS * self.partners + 2:
            raise SizeError(
                f"at least {MIN_CLIENTS} clients for each partner, and two they share"
            )
        if self.deals < 2 * MIN_DEALS * self.partners:
            raise SizeError(f"at least {2 * MIN_DEALS} deals for each partner")


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company of the bundle, and how much of it there is."""

    number: int
    slug: str
    name: str
    country: str
    kind: Kind
    pdm: int | None
    named: bool
    clients: int
    deals: int

    @property
    def ref(self) -> str:
        return f"P-{self.slug}"

    @property
    def domain(self) -> str:
        return f"{self.slug}.example"


def plan(size: Size, seed: int) -> Iterator[Company]:
    """Yield the companies, those with a name first."""
    rng = Random(f"plan {seed}")
    kinds = [each.kind for each in CAST]
    kinds += [ROTATION[n % len(ROTATION)] for n in range(size.partners - len(CAST))]
    weights = [kind.weight * rng.lognormvariate(0, 0.35) for kind in kinds]
    giant = next(n for n, each in enumerate(CAST) if each.slug == GIANT)
    # Three in a hundred of all deals, or six times the average in a small bundle.
    share = max(0.03, 6 / size.partners)
    weights[giant] = sum(weights) * share / (1 - share)
    deals = allot(size.deals, weights, MIN_DEALS)
    # Large companies have larger clients: clients grow slower than deals.
    clients = allot(size.clients - 2, [n**0.8 for n in deals], MIN_CLIENTS)
    pdms = max(3, size.partners // 60)
    for number, kind in enumerate(kinds):
        if number < len(CAST):
            each = CAST[number]
            slug, name, country, pdm = each.slug, each.name, each.country, each.pdm
        else:
            name, slug, country = _invent(number, rng)
            pdm = None if kind.provider else number % pdms + 1
        yield Company(
            number=number,
            slug=slug,
            name=name,
            country=country,
            kind=kind,
            pdm=pdm,
            named=number < len(CAST),
            clients=clients[number],
            deals=deals[number],
        )


def allot(total: int, weights: list[float], least: int) -> list[int]:
    """Return whole shares that sum to `total`, at least `least` where there is weight.

    What the floor takes is taken from the largest.
    """
    whole = sum(weights)
    shares = [
        max(least, int(total * weight / whole)) if weight else 0 for weight in weights
    ]
    order = sorted(range(len(shares)), key=lambda n: -shares[n])
    rest = total - sum(shares)
    while rest:
        for n in order:
            step = (rest > 0) - (rest < 0)
            if step and shares[n] + step >= least and weights[n]:
                shares[n] += step
                rest -= step
    return shares


def _invent(number: int, rng: Random) -> tuple[str, str, str]:
    """Return name, slug and territory of a company that no other one shares."""
    place = any_place(rng)
    # A prime step walks through all pairs of words before one comes again.
    pair = number * 1009 % (len(FIRST) * len(SECOND))
    first, second = FIRST[pair % len(FIRST)], SECOND[pair // len(FIRST)]
    ending = rng.choice(AGENCY_ENDINGS.get(place.code, PLAIN_ENDINGS))
    slug = f"{first}-{second}-{number}".lower()
    return f"{first} {second} {ending}", slug, place.code
