"""What stands in statements stays with the company that they were written to."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Exists, OuterRef, QuerySet

from commissions.models import Schedule, StatementLine
from deals.holding import holds


@holds
def stated_with(deal_ids: Collection[int]) -> dict[int, set[int]]:
    """Return deal id → the partners whose statements have lines of its schedules.

    One query, however many deals; those that stand in no statement are left out.
    """
    found: dict[int, set[int]] = {}
    rows = _stated().filter(deal_id__any_of=deal_ids)
    for deal_id, partner_id in rows.values_list("deal_id", "partner_id").distinct():
        found.setdefault(deal_id, set()).add(partner_id)
    return found


def stated_of(schedule_ids: Iterable[int]) -> set[int]:
    """Return which of these schedules have a line in a statement."""
    rows = _stated().filter(pk__any_of=schedule_ids)
    return set(rows.values_list("pk", flat=True))


def _stated() -> QuerySet[Schedule]:
    lines = StatementLine.objects.filter(schedule__isnull=False, schedule=OuterRef("pk"))
    return Schedule.objects.filter(Exists(lines))
