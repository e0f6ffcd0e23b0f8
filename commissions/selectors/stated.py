"""What stands in statements, or is contested, stays with the company that it is of."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from commissions.models import Dispute, Schedule, StatementLine
from deals.holding import holds


@holds(
    why=_(
        "The commissions of this deal stand in statements or are contested: it stays "
        "with its partner."
    ),
    instead=_(
        "Have finance correct them by an adjustment, or cancel the deal and import the "
        "sale under a new reference."
    ),
)
def stated_with(deal_ids: Collection[int]) -> dict[int, set[int]]:
    """Return deal id → the partners that have its lines in a statement or contest them.

    Two queries, however many deals; those that nobody holds are left out.
    """
    found: dict[int, set[int]] = {}
    stated = _stated().filter(deal_id__any_of=deal_ids)
    contested = Dispute.objects.undecided().filter(schedule__deal_id__any_of=deal_ids)
    for deal_id, partner_id in (
        *stated.values_list("deal_id", "partner_id").distinct(),
        *contested.values_list("schedule__deal_id", "partner_id"),
    ):
        found.setdefault(deal_id, set()).add(partner_id)
    return found


def stated_of(schedule_ids: Iterable[int]) -> set[int]:
    """Return which of these schedules have a line in a statement."""
    rows = _stated().filter(pk__any_of=schedule_ids)
    return set(rows.values_list("pk", flat=True))


def _stated() -> QuerySet[Schedule]:
    lines = StatementLine.objects.filter(schedule__isnull=False, schedule=OuterRef("pk"))
    return Schedule.objects.filter(Exists(lines))
