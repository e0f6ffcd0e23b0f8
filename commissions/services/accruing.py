"""Accruing: what a month's receipts earn, written once the month is over (3.6).

The monthly run, receipts that arrive later and schedules that change all come to the same
statement, which writes what is missing. Clients are locked by ranges, so that two who
accrue the same clients do it one after the other, and each sees what the other wrote.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Max, QuerySet

import outbox.services as outbox
from clients.models import Client
from commissions import accrual_sql
from commissions.accrual_sql import Clients
from commissions.models import AccrualMark, Receipt, Schedule, ScheduleStep
from commissions.selectors.unstated import earliest_month
from outbox import clock
from program.calendar import add_months
from program.commission import month_of

RANGE_SIZE = 10_000
"""Clients per piece of bulk work, per lock and per mark: that takes a second or two."""

LOCK_CLASS = 0x5EED
"""The first half of PostgreSQL's advisory locks of who accrues a range of clients."""


class MonthNotOverError(ValueError):
    """A month is accrued once it is over: until then its receipts are not complete."""


@transaction.atomic
def accrue_month(*, month: date, first: int, last: int, at: datetime) -> int:
    """Write what a month lacks for the clients of a range of ids, both ends included.

    One statement for each range of `client_ranges`, whatever the number of schedules;
    returns how many lines it wrote. Doing it again writes nothing, and computes nothing
    where neither receipts nor schedules have changed. Raises `MonthNotOverError`.
    """
    _refuse_unless_over(month, at=at)
    parts = range(first // RANGE_SIZE, _last_part(last) + 1)
    _lock(parts)
    month = month_of(month)
    marks = {mark.part: mark for mark in _marks(month, parts)}
    count = 0
    for part in parts:
        begin, end = part * RANGE_SIZE, (part + 1) * RANGE_SIZE - 1
        if first <= begin and end <= last:
            count += _accrue_part(month, part, marks.get(part), at=at)
        else:
            _touch(month, [part])
            clients = Clients(first=max(first, begin), last=min(last, end))
            count += accrual_sql.accrue(month=month, clients=clients, at=at)
    return count


def _accrue_part(
    month: date, part: int, mark: AccrualMark | None, *, at: datetime
) -> int:
    """Accrue a whole range of clients, unless it rests on what its mark says."""
    first, last = part * RANGE_SIZE, (part + 1) * RANGE_SIZE - 1
    of_range = {"client_id__gte": first, "client_id__lte": last}
    rests_on = {
        "receipts": Receipt.objects.filter(month=month, **of_range).count(),
        "schedules": Schedule.objects.filter(**of_range).count(),
        "whole": True,
    }
    if mark and all(getattr(mark, name) == value for name, value in rests_on.items()):
        return 0
    clients = Clients(first=first, last=last, untouched=mark is None)
    count = accrual_sql.accrue(month=month, clients=clients, at=at)
    AccrualMark.objects.update_or_create(month=month, part=part, defaults=rests_on)
    return count


def _marks(month: date, parts: Iterable[int]) -> QuerySet[AccrualMark]:
    return AccrualMark.objects.filter(month=month, part__any_of=parts)


def _touch(month: date, parts: Iterable[int]) -> None:
    """Note that a range has lines of a month now."""
    AccrualMark.objects.bulk_create(
        [AccrualMark(month=month, part=part) for part in parts], ignore_conflicts=True
    )


def schedules_change(client_ids: Iterable[int]) -> None:
    """Lock clients whose schedules the caller is about to change, and say so.

    Their months are computed anew when they are accrued next.
    """
    lock_clients(ids := set(client_ids))
    parts = {pk // RANGE_SIZE for pk in ids}
    AccrualMark.objects.filter(part__any_of=parts, whole=True).update(whole=False)


@transaction.atomic
def accrue_clients(
    *,
    client_ids: Iterable[int],
    at: datetime,
    since: date | None = None,
    months: Iterable[date] | None = None,
) -> int:
    """Write what the months that are over lack for some clients; return how many lines.

    All months of their schedules, or those from `since` on, or exactly `months`; those
    that are not over are left to the monthly run.
    """
    ids = set(client_ids)
    if not ids:
        return 0
    lock_clients(ids)
    end = month_of(clock.program_day(at))
    wanted = _months_of(ids, since, at=at) if months is None else sorted(set(months))
    clients = Clients(ids=ids)
    parts = sorted({pk // RANGE_SIZE for pk in ids})
    count = 0
    for month in wanted:
        if month < end:
            _touch(month, parts)
            count += accrual_sql.accrue(month=month, clients=clients, at=at)
    return count


def lock_clients(client_ids: Iterable[int]) -> None:
    """Wait until nobody else accrues these clients; nobody will in this transaction."""
    _lock(sorted({pk // RANGE_SIZE for pk in client_ids}))


def client_ranges(size: int = RANGE_SIZE) -> Iterator[tuple[int, int]]:
    """Yield first and last id of the ranges that clients are accrued and locked by."""
    last = Client.objects.aggregate(last=Max("pk"))["last"]
    if last is not None:
        for part in range(last // size + 1):
            yield part * size, (part + 1) * size - 1


def last_month_over(at: datetime) -> date:
    """Return the first day of the youngest month that is over at a moment."""
    return add_months(month_of(clock.program_day(at)), -1)


@transaction.atomic
def queue_month(*, month: date) -> None:
    """Queue a month for all clients as parts of the period that is being run."""
    for first, last in client_ranges():
        outbox.put_part(
            "commissions.accrue_range",
            key=f"accrue:{month.isoformat()}:{first}",
            month=month.isoformat(),
            first=first,
            last=last,
        )


def touched_since(since: datetime) -> list[int]:
    """Return the ids of clients whose receipts or schedules were written since.

    Also of those that a schedule was of before.
    """
    paid = Receipt.objects.filter(recorded_at__gte=since)
    steps = ScheduleStep.objects.filter(at__gte=since)
    settled = Schedule.objects.filter(pk__in=steps.values("schedule_id"))
    # Sales of the client that a deal was wrongly said to be of take what it took.
    left = steps.filter(before__has_key="client_id")
    return sorted(
        {
            *paid.values_list("client_id", flat=True).distinct(),
            *settled.values_list("client_id", flat=True),
            *left.values_list("before__client_id", flat=True),
        }
    )


def months_until(first: date, last: date) -> list[date]:
    """Return the first days of the months from `first` to `last`, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [add_months(first, number) for number in range(max(count, 0))]


def _months_of(
    client_ids: Collection[int], since: date | None, *, at: datetime
) -> list[date]:
    """Return the months in which schedules of these clients may have lines."""
    first = earliest_month(Schedule.objects.filter(client_id__any_of=client_ids))
    if first is None:
        return []
    # To this day: a schedule that was cut may have lines after its end, and one that
    # begins later now has some before its beginning.
    return months_until(max(first, month_of(since or first)), last_month_over(at))


def _refuse_unless_over(month: date, *, at: datetime) -> None:
    if month_of(month) > last_month_over(at):
        raise MonthNotOverError(f"{month:%Y-%m} is not over yet.")


def _last_part(last: int) -> int:
    """Return the number of the range in which a client or the youngest one is."""
    youngest = int(Client.objects.aggregate(last=Max("pk"))["last"] or 0)
    return min(last, youngest) // RANGE_SIZE


def _lock(ranges: Iterable[int]) -> None:
    """Wait until nobody else accrues clients of these ranges, until the transaction ends.

    SQLite has one writer at a time; there the lock is the transaction itself.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for number in ranges:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, number])
