"""`manage.py reconcile_points`: recompute every points entry from its source."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand

from clients.models import Client
from clients.postings import client_postings
from clients.services import served_clients
from deals.models import DealLine
from deals.postings import line_postings
from deals.selectors import sold_lines
from outbox import clock
from partners import standing_sql
from partners.models import PointsEntry, Standing
from partners.selectors import Editions, published_editions
from partners.services import Posting, differences

AT_ONCE = 2_000
Wanted = Mapping[int, Sequence[Posting]]


class Command(BaseCommand):
    help = (
        "Recompute every points entry from its deal line or managed client, and every "
        "standing from the ledger; list the differences. Exit code 1 if there are any."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--until",
            type=date.fromisoformat,
            metavar="DAY",
            help="Managed points are posted up to this day; default: today.",
        )

    def handle(self, *args: Any, until: date | None, **options: Any) -> None:
        today = until or clock.today()
        editions = published_editions()
        found = 0
        checked = 0
        sources = (
            (PointsEntry.Source.DEAL_LINE, _sold(editions)),
            (PointsEntry.Source.MANAGED_CLIENT, _managed(editions, today)),
        )
        for source_kind, batches in sources:
            known = 0
            for wanted in batches:
                checked += len(wanted)
                known += _entries(source_kind, wanted)
                for source_id, wrong in differences(
                    source_kind=source_kind, wanted=wanted
                ).items():
                    found += wrong
                    self.stdout.write(f"{source_kind} {source_id}: {wrong} differences")
            # Entries of sources that are no longer there.
            orphans = PointsEntry.objects.filter(source_kind=source_kind).count() - known
            if orphans:
                found += orphans
                self.stdout.write(f"{source_kind}: {orphans} entries without a source")
        for standing in _wrong_standings():
            found += 1
            self.stdout.write(f"standing of {standing}: differs from the ledger")
        self.stdout.write(f"{checked} sources recomputed, {found} differences.")
        if found:
            sys.exit(1)


def _sold(editions: Editions) -> Iterator[Wanted]:
    for ids in _batches(DealLine.objects.order_by("pk").values_list("pk", flat=True)):
        yield {pk: line_postings(line, editions) for pk, line in sold_lines(pk__in=ids)}


def _managed(editions: Editions, today: date) -> Iterator[Wanted]:
    for ids in _batches(Client.objects.order_by("pk").values_list("pk", flat=True)):
        wanted: dict[int, Sequence[Posting]] = {}
        for client in served_clients(Client.objects.filter(pk__in=ids)):
            wanted.update(client_postings(client, editions, until=today))
        yield wanted


def _entries(source_kind: str, wanted: Wanted) -> int:
    return PointsEntry.objects.filter(
        source_kind=source_kind, source_id__in=list(wanted)
    ).count()


def _wrong_standings() -> Iterator[str]:
    """Yield the partners whose standing is not what the ledger says for its day."""
    editions = published_editions()
    for as_of in sorted(set(Standing.objects.values_list("as_of", flat=True).distinct())):
        rows = {row.partner_id: row for row in Standing.objects.filter(as_of=as_of)}
        for fresh in standing_sql.read(on=as_of, edition=editions.on(as_of)):
            row = rows.get(fresh.partner_id)
            if row is not None and (
                (row.sourced, row.assisted, row.managed)
                != (fresh.sourced, fresh.assisted, fresh.managed)
                or row.performing_tier != fresh.performing_tier
                or row.credited_tier != fresh.credited_tier
            ):
                yield fresh.ref


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    remaining = iter(ids)
    while batch := list(islice(remaining, AT_ONCE)):
        yield batch
