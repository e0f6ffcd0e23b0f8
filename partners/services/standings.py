"""Keeping standings current: one partner after a posting, all of them every day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from operator import itemgetter

from django.db import transaction

from partners import standing_sql
from partners.models import Partner, Standing, TierChange
from partners.selectors import edition_on
from program.rulebook import Tier
from program.tiers import since

RANGE_SIZE = 2_000
"""Partners per piece of bulk work: a piece takes well under a worker's time limit."""


@transaction.atomic(savepoint=False)
def refresh_standings(
    *, on: date, first: int = 0, last: int = standing_sql.NO_LAST_ID
) -> int:
    """Recompute the standings of partners `first`..`last` as of a day.

    One statement, whatever the number of partners; returns how many rows changed.
    Repeating it changes nothing. Raises `NoEditionError` before the first edition.
    """
    return standing_sql.refresh(on=on, edition=edition_on(on), first=first, last=last)


@transaction.atomic
def open_standings(*, partner_ids: Iterable[int], on: date) -> None:
    """Give new partners their row; those who have one keep it."""
    edition = edition_on(on)
    Standing.objects.bulk_create(
        [
            Standing(partner_id=partner_id, as_of=on, edition_id=edition.id)
            for partner_id in partner_ids
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def show_credited_tiers(*, partner_ids: Iterable[int], on: date) -> None:
    """Copy the credited tier of a day from the tier history to the standings."""
    credited = credited_tiers(partner_ids=partner_ids, on=on)
    standings = list(
        Standing.objects.select_for_update()
        .filter(partner_id__in=list(credited))
        .order_by("pk")
    )
    for standing in standings:
        standing.credited_tier, standing.credited_on = credited[standing.partner_id]
    Standing.objects.bulk_update(
        standings, ["credited_tier", "credited_on"], batch_size=500
    )


def partner_ranges(size: int = RANGE_SIZE) -> Iterator[tuple[int, int]]:
    """Yield first and last id of consecutive groups of `size` partners."""
    ids = Partner.objects.order_by("pk").values_list("pk", flat=True)
    first = None
    last = 0
    for number, pk in enumerate(ids.iterator(chunk_size=10_000)):
        if number % size == 0:
            if first is not None:
                yield first, last
            first = pk
        last = pk
    if first is not None:
        yield first, last


def credited_tiers(
    *, partner_ids: Iterable[int], on: date
) -> dict[int, tuple[Tier, date]]:
    """Return partner id → credited tier and the day it was credited, as of a day.

    A tier recorded again while it is held was credited when it was first: a repeated
    row does not start its protection anew.
    """
    changes = (
        TierChange.objects.filter(partner_id__in=list(partner_ids), on__lte=on)
        .order_by("partner_id", "on", "id")
        .values_list("partner_id", "tier", "on")
    )
    return {
        pk: since([(Tier(tier), day) for _pk, tier, day in history])
        for pk, history in groupby(changes, key=itemgetter(0))
    }
