"""What the points ledger should hold for a deal line (rulebook: sold points).

A line is worth something only if the deal is won and proven. It is worth its points from
the closing day until the window ends, less after a downgrade, nothing after the
cancellation (3.1, 3.2). What was true at the win stays: territory and growth flag are
those stored with the deal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from partners.models import PointsEntry
from partners.selectors import Edition, Editions
from partners.services.ledger import Posting
from program.money import Money
from program.points import PointsCalculation, proof_is_valid, sold_expiry, sold_points
from program.rulebook import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLine:
    """The facts of a deal and one of its lines that its points rest on."""

    partner_id: int
    deal_ref: str
    client_ref: str
    motion: str
    stage: str
    closed_on: date | None
    poi_on: date | None
    cancelled_on: date | None
    territory: str
    growth: bool | None
    product_line: str
    mrr_minor: int
    currency: str
    # An upgrade is sold on its own day: its window of points begins then (3.1, 3.6).
    added_on: date | None = None
    reductions: tuple[tuple[date, int], ...] = ()

    @property
    def source_ref(self) -> str:
        whole = f"{self.deal_ref}/{self.product_line}"
        return f"{whole}/{self.added_on}" if self.added_on else whole

    @property
    def sold_on(self) -> date | None:
        """The day it was sold, from which its points count."""
        return self.added_on or self.closed_on


def line_postings(line: SoldLine, editions: Editions) -> Sequence[Posting]:
    """Return the postings a line is worth; empty while it earns nothing."""
    if line.stage != "won" or line.closed_on is None:
        return ()
    if line.closed_on < editions.first_day:
        return ()
    rulebook = editions.on(line.closed_on).rulebook
    if not proof_is_valid(
        closed_on=line.closed_on, poi_on=line.poi_on, rulebook=rulebook
    ):
        return ()
    sold_on = line.sold_on or line.closed_on
    converting = editions.converting(line.currency, sold_on)
    if converting is None:
        return ()
    edition, begins = converting
    expires_on = sold_expiry(sold_on, editions.on(sold_on).rulebook)
    if begins >= expires_on:
        return ()
    return tuple(
        posting
        for posting in _steps(line, edition, begins, expires_on)
        if posting.points and posting.effective_on < expires_on
    )


def _steps(
    line: SoldLine, edition: Edition, begins: date, expires_on: date
) -> Iterator[Posting]:
    """Yield the change of each event: the win, the downgrades, the end.

    A downgrade never adds: an import may have corrected the line to less than what the
    downgrade left of it.
    """
    won = _calculate(line, line.mrr_minor, edition)
    events = [(begins, "won", won, won.points)]
    worth = won.points
    for on, mrr_minor in sorted(line.reductions):
        reduced = _calculate(line, mrr_minor, edition)
        worth = min(worth, reduced.points)
        events.append((max(on, begins), "reduced", reduced, worth))
    if line.cancelled_on is not None:
        if line.cancelled_on <= begins:
            return
        events = [event for event in events if event[0] < line.cancelled_on]
        events.append((line.cancelled_on, "cancelled", won, 0))
    worth_before = 0
    for on, reason, calculation, worth in events:
        yield _posting(
            line,
            points=worth - worth_before,
            effective_on=on,
            expires_on=expires_on,
            reason=reason,
            edition=edition,
            calculation=calculation,
        )
        worth_before = worth


def _calculate(line: SoldLine, mrr_minor: int, edition: Edition) -> PointsCalculation:
    return sold_points(
        mrr=Money(mrr_minor, line.currency),
        kind=Kind(line.motion),
        territory=line.territory,
        growth=line.growth,
        rulebook=edition.rulebook,
    )


def _posting(
    line: SoldLine,
    *,
    points: int,
    effective_on: date,
    expires_on: date,
    reason: str,
    edition: Edition,
    calculation: PointsCalculation,
) -> Posting:
    return Posting(
        partner_id=line.partner_id,
        kind=line.motion,
        points=points,
        effective_on=effective_on,
        expires_on=expires_on,
        reason=PointsEntry.Reason(reason),
        source_ref=line.source_ref,
        edition_id=edition.id,
        facts={
            "deal": line.deal_ref,
            "client": line.client_ref,
            "product_line": line.product_line,
            "mrr_minor": calculation.mrr.minor,
            "currency": line.currency,
            "unit_minor": calculation.unit.minor,
            "rate": calculation.rate,
            "multiplier": calculation.multiplier,
            "territory": line.territory,
            "growth": calculation.growth,
            "worth": calculation.points,
        },
    )
