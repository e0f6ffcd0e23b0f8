"""Where companies are, in which currency they pay, and what currencies are worth."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final


@dataclass(frozen=True, slots=True)
class Place:
    """A territory: how many companies of a hundred are there, and how its clients pay.

    `scale` is a currency on the point scale, `other` one that is not (or none), in which
    some of the clients there pay: their points stay pending (3.23).
    """

    code: str
    weight: int
    scale: str
    other: str = ""


PLACES: Final = (
    Place("US", 18, "USD"),
    Place("FR", 13, "EUR"),
    Place("GB", 10, "GBP"),
    Place("DE", 8, "EUR"),
    Place("ES", 5, "EUR"),
    Place("CA", 5, "CAD"),
    Place("AU", 5, "AUD"),
    Place("NL", 4, "EUR"),
    Place("BR", 4, "USD", "BRL"),
    Place("IN", 4, "USD", "INR"),
    Place("PL", 4, "EUR", "PLN"),
    Place("SG", 3, "SGD"),
    Place("JP", 3, "JPY"),
    Place("ZA", 3, "ZAR"),
    Place("MX", 3, "USD", "MXN"),
    Place("CO", 2, "COP"),
    Place("CH", 2, "EUR", "CHF"),
    Place("SE", 2, "EUR", "SEK"),
    Place("IE", 2, "EUR"),
    Place("RE", 2, "EUR"),
    Place("MA", 2, "EUR", "MAD"),
    Place("AE", 1, "USD", "AED"),
)
PLACE: Final = {place.code: place for place in PLACES}

# A rough worth of one unit in US dollars, from which the rates wander.
WORTH: Final = {
    "AED": 0.2723,
    "AUD": 0.655,
    "BRL": 0.182,
    "CAD": 0.73,
    "CHF": 1.14,
    "COP": 0.000245,
    "EUR": 1.09,
    "GBP": 1.28,
    "INR": 0.0118,
    "JPY": 0.0067,
    "MAD": 0.101,
    "MXN": 0.055,
    "PLN": 0.255,
    "SEK": 0.096,
    "SGD": 0.75,
    "ZAR": 0.0545,
}

_WEIGHTS: Final = [place.weight for place in PLACES]
_AT_HOME: Final = 0.7


def any_place(rng: Random) -> Place:
    return rng.choices(PLACES, _WEIGHTS)[0]


def client_place(rng: Random, home: str) -> Place:
    """Return where a client of a company is: mostly in the company's own territory."""
    return PLACE[home] if rng.random() < _AT_HOME else any_place(rng)
