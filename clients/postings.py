"""What the points ledger should hold for the partners that serve a client (3.3).

Managed points are a stock: on each day the value of the running subscriptions, split
evenly between the partners whose managed relationship covers the day. The ledger holds
the changes of that stock, so that the sum of a relationship's entries up to a day is its
stock on that day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from partners.models import PointsEntry
from partners.selectors import Edition, Editions
from partners.services.ledger import Posting
from program.money import Money
from program.points import managed_points, managed_share


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days `from_on <= day < until_on`; an open end is None."""

    from_on: date
    until_on: date | None

    def covers(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day < self.until_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSubscription(Period):
    """Monthly recurring revenue of one product line over a period."""

    ref: str
    product_line: str
    mrr_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Period):
    """A partner serves the client over a period; `id` is the relationship's."""

    id: int
    partner_id: int
    partner_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedClient:
    """A client with everything its managed points rest on."""

    ref: str
    territory: str
    subscriptions: Sequence[RunningSubscription]
    services: Sequence[Service]


def client_postings(
    client: ServedClient, editions: Editions, *, until: date
) -> dict[int, list[Posting]]:
    """Return relationship id → its changes of stock up to and including `until`."""
    wanted: dict[int, list[Posting]] = {service.id: [] for service in client.services}
    stock = dict.fromkeys(wanted, 0)
    # Shares are handed out in the order of the partners' references: the same split
    # whatever the order of the rows.
    services = sorted(client.services, key=lambda service: service.partner_ref)
    worth_of = _Worth(client)
    for day in _turning_days(client, editions, until):
        edition = editions.on(day)
        serving = [service for service in services if service.covers(day)]
        lines = worth_of.lines(edition, day)
        whole = sum(line["points"] for line in lines)
        for service in services:
            worth = part = 0
            if service in serving:
                part = serving.index(service)
                worth = managed_share(whole=whole, parts=len(serving), part=part)
            if worth != stock[service.id]:
                wanted[service.id].append(
                    Posting(
                        partner_id=service.partner_id,
                        kind="managed",
                        points=worth - stock[service.id],
                        effective_on=day,
                        expires_on=None,
                        reason=PointsEntry.Reason.STOCK,
                        source_ref=client.ref,
                        edition_id=edition.id,
                        facts={
                            "client": client.ref,
                            "territory": client.territory,
                            "growth": edition.rulebook.is_growth(client.territory),
                            "lines": lines,
                            "whole": whole,
                            "parts": len(serving),
                            "part": part,
                            "serves": service in serving,
                            "worth": worth,
                            "before": stock[service.id],
                        },
                    )
                )
                stock[service.id] = worth
    return wanted


def _turning_days(client: ServedClient, editions: Editions, until: date) -> list[date]:
    """Return the days on which the stock can change, oldest first."""
    days = {edition.effective_on for edition in editions}
    for period in (*client.subscriptions, *client.services):
        days.add(period.from_on)
        if period.until_on is not None:
            days.add(period.until_on)
    begins = min((service.from_on for service in client.services), default=until)
    first = max(editions.first_day, begins)
    # What began before the first edition counts from that edition's first day.
    days.add(first)
    return sorted(day for day in days if first <= day <= until)


class _Worth:
    """What a client's subscriptions are worth, before the split between partners.

    Each is converted once per edition, however many days the stock turns on.
    """

    def __init__(self, client: ServedClient) -> None:
        self._client = client
        self._converted: dict[int, list[Mapping[str, Any] | None]] = {}

    def lines(self, edition: Edition, day: date) -> list[Mapping[str, Any]]:
        """Return the subscriptions running on a day with their points.

        A currency that is not on the scale earns nothing yet (3.23).
        """
        converted = self._converted.get(edition.id)
        if converted is None:
            converted = [self._convert(s, edition) for s in self._client.subscriptions]
            self._converted[edition.id] = converted
        return [
            line
            for subscription, line in zip(
                self._client.subscriptions, converted, strict=True
            )
            if line is not None and subscription.covers(day)
        ]

    def _convert(
        self, line: RunningSubscription, edition: Edition
    ) -> Mapping[str, Any] | None:
        if line.currency not in edition.rulebook.points.units:
            return None
        calculation = managed_points(
            mrr=Money(line.mrr_minor, line.currency),
            territory=self._client.territory,
            parts=1,
            part=0,
            rulebook=edition.rulebook,
        )
        return {
            "subscription": line.ref,
            "product_line": line.product_line,
            "mrr_minor": line.mrr_minor,
            "currency": line.currency,
            "unit_minor": calculation.unit.minor,
            "rate": calculation.rate,
            "multiplier": calculation.multiplier,
            "points": calculation.points,
        }
