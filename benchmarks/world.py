"""A made-up programme of any size: who is in it. The same size gives the same rows.

Companies are as unequal as in life: number n of the ranking has a share of 1 / (n + 19),
so that of 100,000 the largest owns about six in a thousand of all clients, and many have
none. Rows are tuples in the order of `Table.columns`, days as ISO text.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import Any, Final

from benchmarks.sizes import SEED, Size

TODAY: Final = date(2026, 9, 30)
NOON: Final = datetime.combine(TODAY, time(12), UTC)
"""The day and the moment at which all benchmarks take place, whatever the clock says."""

HISTORY_DAYS: Final = 900
HISTORY_BEGINS: Final = TODAY - timedelta(days=HISTORY_DAYS)

Row = tuple[Any, ...]

_FLATTER: Final = 19
_COUNTRIES: Final = ("US", "FR", "DE", "GB", "PL", "IN", "CA", "RE", "JP")
_CURRENCIES: Final = ("USD", "USD", "USD", "EUR", "EUR", "GBP")
_SEGMENTS: Final = ("small", "mid_market", "enterprise", "")
_TIERS: Final = ("gold", "gold", "platinum", "diamond")
_PRODUCTS: Final = ("marketing_hub", "sales_hub", "service_hub", "content_hub")


@dataclass(frozen=True, slots=True)
class Table:
    """A table to fill, and the order of the values in its rows."""

    name: str
    columns: Sequence[str]


def chance(what: str) -> Random:
    """Return the random numbers of one kind of rows, which no other kind disturbs."""
    return Random(f"{SEED} {what}")  # noqa: S311  (a made-up world; no secret)


def public_id(rng: Random) -> str:
    return f"{rng.getrandbits(128):032x}"


PARTNERS = Table(
    "partners_partner",
    (
        "id", "public_id", "ref", "name", "membership", "country", "joined_on",
        "payout_currency", "domain", "own_edition",
    ),
)  # fmt: skip


def partners(size: Size) -> Iterator[Row]:
    rng = chance("partners")
    for pk in range(1, size.partners + 1):
        yield (
            pk, public_id(rng), f"P-{pk}", f"Partner {pk}",
            "provider" if pk % 10 == 0 else "partner", rng.choice(_COUNTRIES),
            "2023-01-01", rng.choice(_CURRENCIES), f"partner{pk}.example", "professional",
        )  # fmt: skip


PEOPLE = Table(
    "partners_person",
    ("id", "public_id", "partner_id", "email", "first_name", "last_name", "role"),
)


def people(size: Size) -> Iterator[Row]:
    rng = chance("people")
    for pk in range(1, size.partners + 1):
        yield (
            pk, public_id(rng), pk, f"owner@partner{pk}.example", "Olive", f"Owner {pk}",
            "owner",
        )  # fmt: skip


CERTIFICATIONS = Table(
    "partners_certification",
    ("id", "person_id", "kind", "name", "earned_on", "expires_on"),
)


def certifications(size: Size) -> Iterator[Row]:
    for pk in range(1, size.partners + 1):
        ends = "2026-03-01" if pk % 7 == 0 else "2027-03-01"
        yield pk, pk, "solutions_partner", "Solutions Partner", "2025-03-01", ends


TIER_CHANGES = Table(
    "partners_tierchange",
    ("id", "public_id", "partner_id", '"on"', "tier", "cause", "recorded_at"),
)


def tier_changes(size: Size) -> Iterator[Row]:
    rng = chance("tiers")
    for pk in range(1, size.partners + 1):
        if tier := credited_tier(pk):
            yield (
                pk, public_id(rng), pk, "2026-01-15", tier, "imported",
                "2026-01-15 12:00:00",
            )  # fmt: skip


def credited_tier(partner_id: int) -> str:
    """Return the tier a company is credited with, "" for none."""
    if partner_id % 10 == 0 or partner_id % 3:
        return ""
    return _TIERS[partner_id % len(_TIERS)]


STANDINGS = Table(
    "partners_standing",
    (
        "partner_id", "as_of", "sourced", "assisted", "managed", "expiring_30",
        "expiring_60", "expiring_90", "sourced_expiring", "assisted_expiring",
        "performing_tier", "credited_tier", "credited_on", "edition_id",
    ),
)  # fmt: skip


def standings(size: Size, edition_id: int) -> Iterator[Row]:
    """Yield empty standings; the project's own statement fills them in."""
    for pk in range(1, size.partners + 1):
        tier = credited_tier(pk)
        yield (
            pk, str(TODAY), 0, 0, 0, 0, 0, 0, 0, 0, "none", tier or "none",
            "2026-01-15" if tier else None, edition_id,
        )  # fmt: skip


CLIENTS = Table(
    "clients_client",
    ("id", "public_id", "ref", "name", "name_key", "country", "domain", "segment"),
)


def clients(size: Size) -> Iterator[Row]:
    rng = chance("clients")
    for pk in range(1, size.clients + 1):
        yield (
            pk, public_id(rng), f"C-{pk}", f"Client {pk}", f"client{pk}",
            country_of_client(pk), f"client{pk}.example", rng.choice(_SEGMENTS),
        )  # fmt: skip


def country_of_client(client_id: int) -> str:
    return _COUNTRIES[client_id % len(_COUNTRIES)]


def partner_of_clients(size: Size) -> array[int]:
    """Return for each client, by its id, the partner it belongs to; 0 for no client."""
    ids = list(range(1, size.partners + 1))
    chance("ranking").shuffle(ids)
    shares = accumulate(1 / (rank + 1 + _FLATTER) for rank in range(size.partners))
    drawn = chance("shares").choices(ids, cum_weights=list(shares), k=size.clients)
    return array("l", [0, *drawn])


SUBSCRIPTIONS = Table(
    "clients_subscription",
    (
        "id", "ref", "client_id", "product_line", "edition", "mrr_minor", "currency",
        "from_on", "seats",
    ),
)  # fmt: skip


def subscriptions(size: Size) -> Iterator[Row]:
    """Yield two running subscriptions of each client, one in fifty off the scale."""
    rng = chance("subscriptions")
    for pk in range(1, 2 * size.clients + 1):
        client_id = (pk + 1) // 2
        currency = "CHF" if client_id % 50 == 0 else rng.choice(_CURRENCIES)
        yield (
            pk, f"S-{pk}", client_id, _PRODUCTS[pk % 2], "professional",
            rng.randrange(5_000, 200_000), currency, str(HISTORY_BEGINS),
            rng.randrange(1, 50),
        )  # fmt: skip


RELATIONSHIPS = Table(
    "clients_relationship", ("id", "partner_id", "client_id", "kind", "from_on")
)


def relationships(owners: array[int]) -> Iterator[Row]:
    """Yield the sale (odd ids) and the service (even ids) of each client."""
    begins = str(HISTORY_BEGINS)
    for client_id in range(1, len(owners)):
        owner = owners[client_id]
        yield sold_relationship(client_id), owner, client_id, "sold", begins
        yield managed_relationship(client_id), owner, client_id, "managed", begins


def sold_relationship(client_id: int) -> int:
    return 2 * client_id - 1


def managed_relationship(client_id: int) -> int:
    return 2 * client_id
