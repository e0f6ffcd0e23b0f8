"""Who is in the bundle, and how many clients and deals each company gets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from portal.demo_bundle.cast import CAST, ROTATION, Kind
from portal.demo_bundle.places import any_place
from portal.demo_bundle.words import AGENCY_ENDINGS, FIRST, PLAIN_ENDINGS, SECOND

ENOUGH_DEALS = 8
"""With so many a company has deals of every fate."""

ENOUGH_CLIENTS = 4

SHARED_CLIENTS = 2
"""Clients that several companies with a name serve."""

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
        if min(self.partners, self.clients, self.deals) < 1:
            raise SizeError("at least one partner, one client and one deal")

    @property
    def shared_clients(self) -> int:
        """Return how many of the clients are shared: none while they are few."""
        roomy = self.clients >= ENOUGH_CLIENTS * self.partners + SHARED_CLIENTS
        return SHARED_CLIENTS if roomy and self.partners >= len(CAST) else 0


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
    """Yield the companies, those with a name first.

    A small bundle has the first of these only. Where clients or deals do not suffice for
    all, the companies of the greatest weight have them.
    """
    rng = Random(f"plan {seed}")
    cast = CAST[: size.partners]
    kinds = [each.kind for each in cast]
    kinds += [ROTATION[n % len(ROTATION)] for n in range(size.partners - len(cast))]
    weights = [kind.weight * rng.lognormvariate(0, 0.35) for kind in kinds]
    for n, each in enumerate(cast):
        if each.slug == GIANT:
            # Three in a hundred of all deals, or six times the average in a small bundle.
            share = max(0.03, 6 / size.partners)
            weights[n] = sum(weights) * share / (1 - share)
    own_clients = size.clients - size.shared_clients
    active = sum(map(bool, weights))
    if active > (room := min(own_clients, size.deals)):
        least = sorted(weights, reverse=True)[room - 1]
        weights = [weight if weight >= least else 0.0 for weight in weights]
        active = room
    deals = allot(size.deals, weights, min(ENOUGH_DEALS, size.deals // active))
    # Large companies have larger clients: clients grow slower than deals.
    clients = allot(
        own_clients, [n**0.8 for n in deals], min(ENOUGH_CLIENTS, own_clients // active)
    )
    pdms = max(3, size.partners // 60)
    for number, kind in enumerate(kinds):
        if number < len(cast):
            each = cast[number]
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
            named=number < len(cast),
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
