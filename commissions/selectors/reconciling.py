"""Whether schedules and accruals are what facts and receipts say, by the pure rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Model, Sum

from clients.models import Client
from commissions.models import Accrual, Receipt, Schedule
from commissions.selectors.schedules import Group, groups_of, reductions_of, rule_of
from commissions.selectors.terms import opened_by
from deals.models import Deal
from partners.selectors import published_editions
from program.calendar import add_months
from program.commission import Earned, Nothing, allocate, why_not_running
from program.commission import Schedule as Rule
from program.money import Money

AT_ONCE = 500
"""Clients, or deals, that are looked at together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """A line of a won deal whose schedule is missing, or not what the facts ask for."""

    deal_ref: str
    line_id: int
    columns: tuple[str, ...]
    """What differs; nothing if there is no schedule."""


def strays() -> Iterator[Stray]:
    """Yield the lines whose schedule is missing or wrong; every won deal is looked at."""
    editions = published_editions()
    for ids in _parts(Deal):
        opened = opened_by(ids, editions=editions)
        known = {
            one.line_id: one for one in Schedule.objects.filter(line_id__any_of=opened)
        }
        for line_id, one in opened.items():
            schedule = known.get(line_id)
            if one is None:
                continue
            if schedule is None:
                ref = one.values["deal_ref"]
                yield Stray(deal_ref=ref, line_id=line_id, columns=())
                continue
            differing = tuple(
                name
                for name, value in one.values.items()
                if getattr(schedule, name) != value
            )
            if differing:
                yield Stray(
                    deal_ref=schedule.deal_ref, line_id=line_id, columns=differing
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A month of a schedule whose lines are not what the rules say; minor units.

    `base` and `commission` are None where there is no line, and there should be one.
    """

    schedule: Schedule
    month: date
    base: int | None
    commission: int | None
    should: Earned


def differences(*, through: date) -> Iterator[Difference]:
    """Yield the months, up to one, whose lines differ from what the pure rules say.

    Every line is recomputed from schedules, downgrades and receipts, client by client.
    """
    for ids in _parts(Client):
        yield from _of_clients(ids, through)


def _parts(model: type[Model]) -> Iterator[list[int]]:
    rows: Any = model._default_manager.order_by("pk").values_list("pk", flat=True)
    found: list[int] = []
    for pk in rows.iterator(chunk_size=10_000):
        found.append(pk)
        if len(found) == AT_ONCE:
            yield found
            found = []
    yield found


def _of_clients(client_ids: list[int], through: date) -> Iterator[Difference]:
    groups = groups_of(client_ids)
    schedules = [one for group in groups.values() for one in group]
    if not schedules:
        return
    lines = _lines([one.pk for one in schedules], schedules, through)
    came = _came(client_ids)
    reductions = reductions_of(one.line_id for one in schedules if one.line_id)
    for group, of_group in sorted(groups.items()):
        rules: list[tuple[Schedule, Rule]] = []
        for one in of_group:
            rule = rule_of(one, reductions=reductions.get(one.line_id or 0, ()))
            assert rule is not None  # refused ones are in no group
            rules.append((one, rule))
        month = min(one.first_month for one in of_group)
        while month <= through:
            yield from _of_month(rules, month, came.get(group, {}).get(month, []), lines)
            month = add_months(month, 1)


def _of_month(
    rules: list[tuple[Schedule, Rule]],
    month: date,
    received: list[Money],
    lines: dict[tuple[int, date], tuple[int, int]],
) -> Iterator[Difference]:
    earned = allocate([rule for _one, rule in rules], received=received, month=month)
    # Sorted alike: by closing day and reference, and of equals the older row first.
    for (schedule, rule), (_rule, should) in zip(rules, earned, strict=True):
        line = lines.get((schedule.pk, month))
        # One that has nothing left runs all the same, and has a line that says so.
        not_running = why_not_running(rule, month=month)
        is_due = not_running in (None, Nothing.REDUCED_TO_NOTHING)
        if line is None:
            if is_due:
                yield Difference(
                    schedule=schedule, month=month, base=None, commission=None,
                    should=should,
                )  # fmt: skip
        elif line != (should.base.minor, should.commission.minor):
            yield Difference(
                schedule=schedule, month=month, base=line[0], commission=line[1],
                should=should,
            )  # fmt: skip


def _lines(
    ids: list[int], schedules: list[Schedule], through: date
) -> dict[tuple[int, date], tuple[int, int]]:
    """Return (schedule, month) → base and commission, all lines summed up."""
    month = min(one.first_month for one in schedules)
    months = []
    while month <= through:
        months.append(month)
        month = add_months(month, 1)
    rows = (
        Accrual.objects.filter(month__any_of=months, schedule_id__any_of=ids)
        .values_list("schedule_id", "month")
        .annotate(base=Sum("base_minor"), commission=Sum("commission_minor"))
    )
    return {
        (pk, month): (int(base), int(commission)) for pk, month, base, commission in rows
    }


def _came(client_ids: list[int]) -> dict[Group, dict[date, list[Money]]]:
    """Return group → month → what came in, one amount a receipt."""
    rows: Any = (
        Receipt.objects.filter(client_id__any_of=client_ids)
        .order_by("client_id", "product_line", "month")
        .values_list("client_id", "product_line", "month", "amount_minor", "currency")
    )
    found: dict[Group, dict[date, list[Money]]] = {}
    for (client_id, line, month), of_month in groupby(rows, key=itemgetter(0, 1, 2)):
        found.setdefault((client_id, line), {})[month] = [
            Money(minor, currency) for *_key, minor, currency in of_month
        ]
    return found
