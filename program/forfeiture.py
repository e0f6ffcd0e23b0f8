"""Forfeiture: what accrued while the papers were not there in time is lost (3.8)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from program.calendar import add_months
from program.payout import Need, Paper


@dataclass(frozen=True, slots=True)
class Held:
    """A paper that was approved from a day on, until another one; None: it still is."""

    paper: Paper
    from_on: date
    until_on: date | None = None

    def on(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day < self.until_on)


def late_needs(
    needs: Sequence[Need], held: Iterable[Held], *, closed_on: date, lost_on: date
) -> tuple[Need, ...]:
    """Return the needs for want of which a deal loses what it accrued; () for none.

    The papers came in time if on some day from the close to the last one before
    `lost_on` all needs were met together. What is returned were not met on that last day.
    """
    held = [one for one in held if any(one.paper in need.papers for need in needs)]
    # All are met together, if ever, on the close or on a day on which one begins.
    days = [closed_on, *(one.from_on for one in held)]
    if any(closed_on <= day < lost_on and not unmet(needs, held, on=day) for day in days):
        return ()
    return unmet(needs, held, on=lost_on - timedelta(days=1))


def unmet(needs: Iterable[Need], held: Iterable[Held], *, on: date) -> tuple[Need, ...]:
    """Return the needs that no paper meets on a day."""
    papers = {one.paper for one in held if one.on(on)}
    return tuple(need for need in needs if papers.isdisjoint(need.papers))


def lost_through(lost_on: date) -> date:
    """Return the last month whose commission is lost, by its first day.

    The month of the day itself is not: it accrues when it is over.
    """
    return add_months(lost_on.replace(day=1), -1)
