"""Schedules follow the facts: what the lines of won deals may earn, brought to date.

Whatever happened (a win, a late proof, a corrected motion, a cancellation, a demotion, an
import) is one question: which schedules do the facts ask for? Those that differ are
written, each difference with a step of its history; the same facts again write nothing.

A schedule of which a line stands in a statement never goes to another partner.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

import outbox.services as outbox
from commissions.models import Schedule, ScheduleStep, TouchlessIncrease
from commissions.selectors.schedules import in_order, opened_by_increase
from commissions.selectors.stated import stated_of
from commissions.selectors.terms import Values, opened_by
from commissions.services.accruing import (
    accrue_clients,
    lock_clients,
    schedules_change,
)
from deals.models import Deal, DealLine
from interchange.bulk import build, insert
from interchange.upsert import find
from outbox.services import JSON
from partners.models import Partner
from partners.selectors import Editions, published_editions
from program.calendar import add_months


@dataclass(slots=True)
class Settled:
    """What settling changed: how many schedules, whose months, and from which on."""

    count: int = 0
    client_ids: set[int] = field(default_factory=set)
    since: date = date.max

    def note(self, schedule: Schedule, before: Mapping[str, Any]) -> None:
        self.count += 1
        self.client_ids |= {
            schedule.client_id,
            before.get("client_id", schedule.client_id),
        }
        first = before.get("first_month", schedule.first_month)
        self.since = min(self.since, first, schedule.first_month)


@transaction.atomic
def settle_schedules(*, deal_ids: Iterable[int], at: datetime) -> int:
    """Bring the schedules of deals to what the facts ask for, and what they earned.

    Returns how many schedules were opened or changed. The same facts again change
    nothing. The months that are over are accrued anew for every client concerned.
    """
    settled = settle(deal_ids=deal_ids, at=at)
    if settled.client_ids:
        accrue_clients(client_ids=settled.client_ids, since=settled.since, at=at)
    return settled.count


@transaction.atomic
def settle(*, deal_ids: Iterable[int], at: datetime) -> Settled:
    """Do what `settle_schedules` does, except for the accruals.

    For imports, which accrue once at their end.
    """
    settled = Settled()
    editions = published_editions()
    locked = Deal.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
    ids = list(locked.filter(pk__any_of=deal_ids).values_list("pk", flat=True))
    if not ids:
        return settled
    opened = opened_by(ids, editions=editions)
    existing = find(Schedule, [(pk,) for pk in opened], key=("line_id",))
    wanted: dict[int, Values] = {}
    for line_id, one in opened.items():
        known = existing.get((line_id,))
        if one is not None:
            wanted[line_id] = one.values
        elif known is not None:
            wanted[line_id] = _withdrawn(known)
    _write(
        "line_id",
        wanted,
        {line_id: known for (line_id,), known in existing.items()},
        settled,
        at=at,
    )
    groups = {
        (known.client_id, known.product_line)
        for known in (*existing.values(), *Schedule.objects.filter(deal_id__any_of=ids))
    }
    settle_increases({client_id for client_id, _line in groups}, editions, settled, at=at)
    return settled


DEALS_AT_ONCE = 500
"""Deals per job: a job takes a second or two."""


@transaction.atomic
def queue_settling(*, partner_id: int, key: str) -> None:
    """Queue all won deals of a partner; `key` names what happened."""
    won = Deal.objects.filter(partner_id=partner_id, stage=Deal.Stage.WON)
    _queue(won.order_by("pk").values_list("pk", flat=True), key=key)


@transaction.atomic
def queue_missed(*, key: str) -> None:
    """Queue the won deals of which a line has no schedule yet; `key` names the day."""
    missed = DealLine.objects.filter(deal__stage=Deal.Stage.WON, schedule=None)
    ids = missed.order_by("deal_id").values_list("deal_id", flat=True).distinct()
    _queue(ids, key=key)


def _queue(deal_ids: Iterable[int], *, key: str) -> None:
    ids = list(deal_ids)
    outbox.put_many(
        outbox.Work(
            "commissions.settle_deals",
            key=f"settle:{key}:{start}",
            facts={"deal_ids": list[JSON](ids[start : start + DEALS_AT_ONCE])},
        )
        for start in range(0, len(ids), DEALS_AT_ONCE)
    )


def settle_increases(
    client_ids: Collection[int], editions: Editions, settled: Settled, *, at: datetime
) -> None:
    """Bring the schedules of what nobody sold to date, for all lines of these clients."""
    increases = TouchlessIncrease.objects.filter(client_id__any_of=client_ids)
    if not increases:
        return
    # One after the other: sales of a client may be settled by several at once.
    lock_clients({increase.client_id for increase in increases})
    existing = {
        one.increase_id: one
        for one in Schedule.objects.filter(
            increase_id__any_of=[increase.pk for increase in increases]
        )
        if one.increase_id is not None
    }
    sold = in_order(
        Schedule.objects.filter(
            client_id__any_of={increase.client_id for increase in increases},
            refused="",
            line__isnull=False,
        )
    )
    sold_to: dict[tuple[int, str], list[Schedule]] = {}
    for one in sold:
        sold_to.setdefault((one.client_id, one.product_line), []).append(one)
    found = {
        one.pk: opened_by_increase(
            one, sold_to.get((one.client_id, one.product_line), []), editions=editions
        )
        for one in increases
    }
    staying = _staying({pk: each for pk, each in found.items() if each}, existing)
    wanted: dict[int, Values] = {}
    for increase in increases:
        known, values = existing.get(increase.pk), found[increase.pk]
        if known and known.pk in staying:
            # A sale of another partner is the newest one now: this stays with its own.
            of_group = sold_to[increase.client_id, increase.product_line]
            own = [one for one in of_group if one.partner_id == known.partner_id]
            values = opened_by_increase(increase, own, editions=editions)
        if values is not None:
            wanted[increase.pk] = values
        elif known is not None:
            wanted[increase.pk] = _withdrawn(known, why=Schedule.Ended.TERM_ENDED)
    _write("increase_id", wanted, existing, settled, at=at)


def _withdrawn(schedule: Schedule, *, why: str = Schedule.Ended.CANCELLED) -> Values:
    """Return the columns of a schedule whose sale turned out not to be one."""
    if schedule.refused:
        return {}
    return {"last_month": add_months(schedule.first_month, -1), "ended": why}


def _write(
    source: str,
    wanted: Mapping[int, Values],
    existing: Mapping[int, Schedule],
    settled: Settled,
    *,
    at: datetime,
) -> None:
    """Open the schedules that are missing, change those that differ; each has a step."""
    new: list[Schedule] = []
    changed: list[tuple[Values, Schedule]] = []
    staying = _staying(wanted, existing)
    for source_id, values in wanted.items():
        known = existing.get(source_id)
        if known is not None and known.pk in staying:
            continue
        if known is None:
            row = {source: source_id, **values, "opened_at": at}
            new.append(build(Schedule, row))
        elif before := _take_over(known, values):
            changed.append((before, known))
    if new or changed:
        schedules_change(
            client_id
            for before, one in (*(({}, one) for one in new), *changed)
            for client_id in {one.client_id, before.get("client_id", one.client_id)}
        )
    insert(new)
    _update(changed)
    numbers = _next_numbers([schedule.pk for _before, schedule in changed])
    insert(
        [
            *(_step(one, 0, {}, _opening(one), at=at) for one in new),
            *(
                _step(
                    one,
                    numbers.get(one.pk, 0),
                    before,
                    {name: getattr(one, name) for name in before},
                    at=at,
                )
                for before, one in changed
            ),
        ]
    )
    for before, schedule in (*(({}, one) for one in new), *changed):
        settled.note(schedule, before)


def _staying(wanted: Mapping[int, Values], existing: Mapping[int, Schedule]) -> set[int]:
    """Return the schedules that would leave a partner whose statements have their lines.

    Nothing of them changes, until people have decided: the facts of the deal are about
    another company by now. An import refuses such a deal; this is for a statement that
    closed between the import and its settling. `ledger_check` and `reconcile_accruals`
    name the deal.

    A statement closes under its partner's lock. Whoever takes a schedule away waits for
    that lock, and looks then: a closing before is seen, one after finds it gone.
    """
    leaving = {
        known.pk: known.partner_id
        for source_id, values in wanted.items()
        if (known := existing.get(source_id))
        and values.get("partner_id", known.partner_id) != known.partner_id
    }
    if not leaving:
        return set()
    # Clients before partners, also those of schedules that are new or stay: who settles
    # locks them later, and must not wait for one that waits for the partner.
    stored = [known for pk in wanted if (known := existing.get(pk))]
    lock_clients(
        {known.client_id for known in stored}
        | {values["client_id"] for values in wanted.values() if "client_id" in values}
    )
    partners = Partner.objects.select_for_update(no_key=True).order_by("pk")
    list(partners.filter(pk__any_of=leaving.values()).values_list("pk"))
    return stated_of(leaving)


def _take_over(known: Schedule, values: Values) -> Values:
    """Set what differs, and return what stood there before."""
    before = {
        name: getattr(known, name)
        for name, value in values.items()
        if getattr(known, name) != value
    }
    for name in before:
        setattr(known, name, values[name])
    return before


def _update(changed: Iterable[tuple[Values, Schedule]]) -> None:
    alike: dict[tuple[str, ...], list[Schedule]] = {}
    for before, schedule in changed:
        alike.setdefault(tuple(sorted(before)), []).append(schedule)
    rows: QuerySet[Schedule] = QuerySet(Schedule)
    for names, schedules in alike.items():
        # Their primary keys exist, so every one of them conflicts and is updated.
        rows.bulk_create(
            schedules, update_conflicts=True, unique_fields=["pk"], update_fields=names
        )


def _next_numbers(schedule_ids: Iterable[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    steps = ScheduleStep.objects.filter(schedule_id__any_of=schedule_ids)
    for pk, number in steps.values_list("schedule_id", "number"):
        found[pk] = max(found.get(pk, 0), number + 1)
    return found


_OPENING = (
    *("plan", "refused", "rate_bps", "months", "mrr_minor", "currency"),
    *("first_month", "last_month", "ended"),
)


def _opening(schedule: Schedule) -> Values:
    return {name: getattr(schedule, name) for name in _OPENING}


def _step(
    schedule: Schedule, number: int, before: Values, after: Values, *, at: datetime
) -> ScheduleStep:
    kind = ScheduleStep.Kind
    if not before:
        of = kind.REFUSED if schedule.refused else kind.OPENED
    elif schedule.ended and before.keys() <= {"ended", "last_month", "facts"}:
        of = kind.ENDED
    else:
        of = kind.CHANGED
    return build(
        ScheduleStep,
        {
            "schedule_id": schedule.pk,
            "number": number,
            "kind": of.value,
            "before": _plain(before),
            "after": _plain(after),
            "at": at,
        },
    )


def _plain(values: Values) -> dict[str, JSON]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }
