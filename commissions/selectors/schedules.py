"""Schedules as rules, and in groups that share a month's receipts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from commissions.models import Schedule, TouchlessIncrease
from commissions.selectors.terms import Values, reductions_of, running
from partners.selectors import Editions
from program.calendar import add_months
from program.commission import Plan, Terms, month_of, touchless
from program.commission import Schedule as Rule
from program.money import Money

__all__ = ["groups_of", "in_order", "opened_by_increase", "reductions_of", "rule_of"]

Group = tuple[int, str]
"""A client's id and a product line: the schedules that share what a month brought."""


def rule_of(
    schedule: Schedule, *, reductions: Iterable[tuple[date, int]] = ()
) -> Rule | None:
    """Return what `program.commission` knows a schedule as; None if it is refused.

    `reductions` are the downgrades of its line: day, and what is left in minor units.
    """
    if schedule.refused:
        return None
    after = add_months(schedule.last_month, 1)
    months = schedule.months
    if schedule.ended == Schedule.Ended.TERM_ENDED:
        first = schedule.first_month
        months = (after.year - first.year) * 12 + after.month - first.month
    return Rule(
        order=(schedule.closed_on, schedule.deal_ref),
        plan=Plan(schedule.plan),
        rate_bps=schedule.rate_bps,
        months=months,
        mrr=Money(schedule.mrr_minor, schedule.currency),
        begins_on=schedule.begins_on,
        cancelled_on=after if schedule.ended == Schedule.Ended.CANCELLED else None,
        demoted_on=after if schedule.ended == Schedule.Ended.DEMOTED else None,
        reductions=tuple(reductions),
    )


def in_order(schedules: Iterable[Schedule]) -> list[Schedule]:
    """Return schedules in the order in which receipts are dealt out, oldest first."""
    return sorted(schedules, key=lambda one: (one.closed_on, one.deal_ref, one.pk))


def groups_of(client_ids: Iterable[int]) -> dict[Group, list[Schedule]]:
    """Return the schedules of clients by group, each in order; refused ones left out."""
    rows = Schedule.objects.filter(client_id__any_of=client_ids, refused="")
    found: dict[Group, list[Schedule]] = {}
    for schedule in in_order(rows):
        group = schedule.client_id, schedule.product_line
        found.setdefault(group, []).append(schedule)
    return found


def opened_by_increase(
    increase: TouchlessIncrease, sold: Sequence[Schedule], *, editions: Editions
) -> Values | None:
    """Return the columns of an increase's schedule; None if it earns nothing (3.6).

    `sold` are the schedules of its client and product line that rest on lines, in order.
    """
    rules = {one.pk: rule for one in sold if (rule := rule_of(one)) is not None}
    begun = [
        one
        for one in sold
        if one.pk in rules and one.first_month <= month_of(increase.on)
    ]
    rule = touchless(
        rules.values(),
        on=increase.on,
        increase=Money(increase.mrr_minor, increase.currency),
        rulebook=editions.on(max(increase.on, editions.first_day)).rulebook,
    )
    if rule is None:
        return None
    latest = begun[-1]
    terms = Terms(plan=rule.plan, rate_bps=rule.rate_bps, months=rule.months)
    facts: dict[str, Any] = latest.facts | {
        "sold_on": increase.on.isoformat(),
        "reductions": [],
    }
    return {
        "deal_id": latest.deal_id,
        "partner_id": latest.partner_id,
        "client_id": increase.client_id,
        "product_line": increase.product_line,
        "closed_on": latest.closed_on,
        "deal_ref": latest.deal_ref,
        "begins_on": increase.on,
        "mrr_minor": increase.mrr_minor,
        "currency": increase.currency,
        "edition_id": latest.edition_id,
        **running(rule, terms),
        "facts": facts,
    }
