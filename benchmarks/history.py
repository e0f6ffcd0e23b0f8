"""What happened in the made-up programme: deals, their lines, the points ledger.

Deals are closed one after another over 900 days, by companies in turn, so that the rows
of one company lie scattered over the tables as they do after years of operation. Eight
of ten are won; each deal comes with a change of some client's managed stock, which makes
about two ledger entries a deal.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any, Final

from benchmarks.sizes import Size
from benchmarks.world import (
    HISTORY_BEGINS,
    HISTORY_DAYS,
    TODAY,
    Row,
    Table,
    chance,
    country_of_client,
    managed_relationship,
    public_id,
)
from partners.selectors import Edition, Editions
from program.money import Money
from program.points import sold_expiry, sold_points
from program.rulebook import Kind

DEALS = Table(
    "deals_deal",
    (
        "id", "public_id", "ref", "partner_id", "client_id", "name", "motion",
        "registered_on", "stage", "closed_on", "poi_on", "cancelled_on",
        "won_edition_id", "won_tier", "won_membership", "won_territory", "won_growth",
        "motion_state", "pipeline", "next_step", "need", "extensions", "lost_reason",
        "client_name",
    ),
)  # fmt: skip
LINES = Table(
    "deals_dealline",
    ("id", "deal_id", "product_line", "edition", "mrr_minor", "currency", "credits"),
)
ENTRIES = Table(
    "partners_pointsentry",
    (
        "public_id", "partner_id", "kind", "points", "effective_on", "expires_on",
        "recorded_at", "source_kind", "source_id", "seq", "source_ref", "reason",
        "facts", "edition_id", "corrects_id",
    ),
)  # fmt: skip

_CHUNK: Final = 20_000
_AMOUNTS: Final = tuple(range(5_000, 85_000, 2_500))
_CURRENCIES: Final = ("USD",) * 58 + ("EUR",) * 30 + ("GBP",) * 10 + ("CHF",) * 2
_PRODUCTS: Final = ("sales_hub", "marketing_hub")
_STAGES: Final = ("won",) * 8 + ("lost", "registered")
_EDITION: Final = "professional"


@dataclass(slots=True)
class Chunk:
    """Rows that happened together, and can be loaded in this order."""

    deals: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    entries: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Day:
    """A closing day with what follows from it."""

    text: str
    moment: str
    registered: str
    cancelled: str | None
    expires: str
    edition: Edition


def history(size: Size, owners: Sequence[int], editions: Editions) -> Iterator[Chunk]:
    """Yield all that happened, oldest first. `owners` are the partners by client id."""
    teller = _Teller(owners, editions)
    days = [_day(number, editions) for number in range(HISTORY_DAYS)]
    chunk = Chunk()
    for number in range(1, size.deals + 1):
        teller.tell(number, days[(number - 1) * HISTORY_DAYS // size.deals], chunk)
        if number % _CHUNK == 0:
            yield chunk
            chunk = Chunk()
    yield chunk


def _day(number: int, editions: Editions) -> _Day:
    day = HISTORY_BEGINS + timedelta(days=number)
    edition = editions.on(day)
    ends = day + timedelta(days=120)
    return _Day(
        text=str(day),
        moment=f"{day} 12:00:00",
        registered=str(day - timedelta(days=45)),
        cancelled=str(ends) if ends < TODAY else None,
        expires=str(sold_expiry(day, edition.rulebook)),
        edition=edition,
    )


class _Teller:
    """Invents one deal after another."""

    def __init__(self, owners: Sequence[int], editions: Editions) -> None:
        self._owners = owners
        self._rng = chance("history")
        self._ids = chance("public ids of the history")
        self._line_id = 0
        self._stock_changes = array("l", bytes(array("l").itemsize * len(owners)))

    def tell(self, number: int, day: _Day, chunk: Chunk) -> None:
        random = self._rng.random
        client_id = 1 + int(random() * (len(self._owners) - 1))
        partner_id = self._owners[client_id]
        motion = "sourced" if random() < 0.7 else "assisted"  # noqa: PLR2004
        stage = _STAGES[int(random() * len(_STAGES))]
        won = stage == "won"
        cancelled = day.cancelled if won and number % 50 == 0 else None
        territory = country_of_client(client_id)
        growth = day.edition.rulebook.is_growth(territory)
        chunk.deals.append(
            (
                number, public_id(self._ids), f"D-{number}", partner_id, client_id,
                f"Deal {number}", motion, day.registered, stage,
                None if stage == "registered" else day.text, day.text, cancelled,
                day.edition.id if won else None, "none" if won else "",
                "partner" if won else "", territory if won else "",
                growth if won else None, "decided", "discovery", "", "", 0, "",
                "",
            )
        )  # fmt: skip
        for product in _PRODUCTS[: 2 if number % 4 == 0 else 1]:
            self._line_id += 1
            minor = _AMOUNTS[int(random() * len(_AMOUNTS))]
            currency = _CURRENCIES[int(random() * len(_CURRENCIES))]
            chunk.lines.append(
                (self._line_id, number, product, _EDITION, minor, currency, None)
            )
            if won and currency in day.edition.rulebook.points.units:
                worth, facts = _worth(motion, minor, currency, territory, day.edition)
                self._entry(
                    chunk, day, partner_id, motion, worth, source="deal_line",
                    source_id=self._line_id, seq=0, ref=f"D-{number}/{product}",
                    reason="won", begins=day.text, expires=day.expires,
                    facts=f'{{"deal": "D-{number}", "client": "C-{client_id}", {facts}',
                )  # fmt: skip
                if cancelled:
                    self._entry(
                        chunk, day, partner_id, motion, -worth, source="deal_line",
                        source_id=self._line_id, seq=1, ref=f"D-{number}/{product}",
                        reason="cancelled", begins=cancelled, expires=day.expires,
                        facts=f'{{"deal": "D-{number}", {facts}',
                    )  # fmt: skip
        self._stock_change(chunk, day)

    def _stock_change(self, chunk: Chunk, day: _Day) -> None:
        client_id = 1 + int(self._rng.random() * (len(self._owners) - 1))
        seq = self._stock_changes[client_id]
        self._stock_changes[client_id] = seq + 1
        whole = 1_000_000 + client_id % 40 * 250_000
        # The first change is the whole stock; later ones go up and down a little.
        points = whole if seq == 0 else whole // (10 if seq % 2 else -20)
        self._entry(
            chunk, day, self._owners[client_id], "managed", points,
            source="managed_client", source_id=managed_relationship(client_id), seq=seq,
            ref=f"C-{client_id}", reason="stock", begins=day.text, expires=None,
            facts=f'{{"client": "C-{client_id}", "parts": 1, "worth": {whole}}}',
        )  # fmt: skip

    def _entry(
        self,
        chunk: Chunk,
        day: _Day,
        partner_id: int,
        kind: str,
        points: int,
        *,
        source: str,
        source_id: int,
        seq: int,
        ref: str,
        reason: str,
        begins: str,
        expires: str | None,
        facts: str,
    ) -> None:
        chunk.entries.append(
            (
                public_id(self._ids), partner_id, kind, points, begins, expires,
                day.moment, source, source_id, seq, ref, reason, facts, day.edition.id,
                None,
            )
        )  # fmt: skip


@cache
def _worth(
    motion: str, minor: int, currency: str, territory: str, edition: Edition
) -> tuple[int, str]:
    """Return the micro-points of a line, and its facts as the rest of a JSON object."""
    won = sold_points(
        mrr=Money(minor, currency),
        kind=Kind(motion),
        territory=territory,
        rulebook=edition.rulebook,
    )
    facts: dict[str, Any] = {
        "mrr_minor": minor,
        "currency": currency,
        "unit_minor": won.unit.minor,
        "rate": won.rate,
        "multiplier": won.multiplier,
        "territory": territory,
        "growth": won.growth,
        "worth": won.points,
    }
    return won.points, json.dumps(facts).removeprefix("{")
