"""After an import: settle what it brought, then accrue what that earned, once.

Deals come before receipts in a bundle. Accrued at once, every month would be a line of
nothing and another one that corrects it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

import outbox.services as outbox
from commissions.models import Receipt, Schedule
from commissions.services.accruing import accrue_clients, touched_since
from commissions.services.schedules import settle
from interchange.statistics import gather_of
from outbox.registry import Lane
from outbox.services import JSON

CLIENTS_AT_ONCE: Final = 1_000
"""Clients per transaction, with all their months: a second or two."""

IF_KILLED: Final = timedelta(hours=2)
"""When what an import touched is accrued if the import does not come to its end."""


@transaction.atomic
def settle_imported(*, deal_ids: list[int], since: str, at: datetime) -> int:
    """Bring the schedules of imported deals to date; return how many changed.

    `since` is the moment of the import. What they earned is accrued at its end; two hours
    later, should it have been killed.
    """
    settled = settle(deal_ids=deal_ids, at=at)
    if settled.count:
        queue_end(since=since)
    return settled.count


def queue_end(*, since: str) -> None:
    """Queue, for later, the accrual of all that was touched since; once an import."""
    outbox.put(
        "commissions.accrue_touched",
        key=f"accrue-touched:{since}",
        due_at=datetime.fromisoformat(since) + IF_KILLED,
        since=since,
    )


@transaction.atomic
def queue_touched(*, since: str) -> None:
    """Queue all months of the clients whose receipts or schedules changed since."""
    outbox.put_many(
        outbox.Work(
            "commissions.accrue_all_months",
            key=f"accrue-all:{since}:{ids[0]}",
            facts={"client_ids": list[JSON](ids)},
        )
        for ids in _touched(datetime.fromisoformat(since))
    )


def catch_up(*, since: datetime, at: datetime) -> int:
    """Do now what an import that began at `since` left to do; return how many lines.

    In a transaction for each part, so that it may be killed and begin again. What other
    workers are doing meanwhile is left to them.
    """
    outbox.run_due(lane=Lane.MONEY)
    gather_of(Receipt, Schedule)
    return sum(accrue_clients(client_ids=ids, at=at) for ids in _touched(since))


def _touched(since: datetime) -> Iterator[list[int]]:
    ids = touched_since(since)
    for start in range(0, len(ids), CLIENTS_AT_ONCE):
        yield ids[start : start + CLIENTS_AT_ONCE]
