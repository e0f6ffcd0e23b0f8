"""Which deals may lose what they accrued for want of papers, and on which day (3.8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from django.db.models import F, QuerySet, Sum

from commissions.models import Accrual, Schedule
from commissions.selectors.papers import held_papers
from partners.models import Partner
from partners.selectors import published_editions
from program.calendar import add_months
from program.commission import forfeited_on
from program.forfeiture import Held, late_needs, lost_through
from program.money import Money
from program.payout import Need, lasting, needs_of

SLACK = timedelta(days=4)
"""A month has up to three days more or less than another one."""
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A deal that may lose what it accrued: whose, since when, from which day on."""

    deal_id: int
    partner_id: int
    country: str
    closed_on: date
    lost_on: date


def late(
    case: Case, held: Mapping[int, tuple[Held, ...]], *, until: date
) -> tuple[Need, ...]:
    return late_needs(
        lasting(needs_of(case.country)),
        held.get(case.partner_id, ()),
        closed_on=case.closed_on,
        lost_on=until,
    )


def undecided(*, first: int, last: int) -> QuerySet[Schedule]:
    """Return the schedules of a range of partners that may lose what they accrued."""
    return Schedule.objects.filter(
        partner_id__gte=first,
        partner_id__lte=last,
        refused="",
        last_month__gte=F("first_month"),
        deal__forfeiture=None,
        deal__forfeiture_waiver=None,
    )


def cases_of(schedules: QuerySet[Schedule]) -> list[Case]:
    """Return the deals of some schedules, each with the day on which it loses."""
    editions = published_editions()
    rows = schedules.values_list(
        "deal_id", "partner_id", "partner__country", "closed_on"
    ).distinct()
    found: dict[int, Case] = {}
    for deal_id, partner_id, country, closed_on in rows:
        if deal_id in found and found[deal_id].closed_on <= closed_on:
            continue
        rulebook = editions.on(max(closed_on, editions.first_day)).rulebook
        found[deal_id] = Case(
            deal_id=deal_id,
            partner_id=partner_id,
            country=country,
            closed_on=closed_on,
            lost_on=forfeited_on(closed_on, rulebook=rulebook),
        )
    return list(found.values())


def kinds(needs: Iterable[Need]) -> list[str]:
    """Return what was missing: of a need that several papers meet, the first."""
    return [need.papers[0].value for need in needs]


def accrued(cases: Iterable[Case]) -> list[tuple[str, int]]:
    """Return what these deals accrued for the months that are lost, by currency.

    (currency, minor units); what came to nothing is left out.
    """
    through = {case.deal_id: lost_through(case.lost_on) for case in cases}
    closed = {case.deal_id: case.closed_on.replace(day=1) for case in cases}
    if not through:
        return []
    months = [min(closed.values())]
    while months[-1] < max(through.values()):
        months.append(add_months(months[-1], 1))
    rows = (
        Accrual.objects.filter(
            month__in=months,
            schedule__in=Schedule.objects.filter(deal__in=list(through)).values("pk"),
        )
        .values_list("schedule__deal", "month", "currency")
        .annotate(minor=Sum("commission_minor"))
    )
    sums: dict[str, int] = defaultdict(int)
    for deal_id, month, currency, minor in rows:
        if closed[deal_id] <= month <= through[deal_id]:
            sums[currency] += minor
    return sorted((currency, minor) for currency, minor in sums.items() if minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class LossAhead:
    """A day on which so many deals of a partner lose what they accrued so far."""

    lost_on: date
    count: int
    amounts: Sequence[Money]


def losses_ahead(partner: Partner, on: date) -> list[LossAhead]:
    """Return the days on which a partner loses commission, the first one first.

    As things stand on a day; papers that wait for approval are as good as approved.
    """
    months = {each.rulebook.payout.forfeiture_months for each in published_editions()}
    earliest = min(add_months(on, -each) for each in months) - SLACK
    near = undecided(first=partner.pk, last=partner.pk).filter(
        closed_on__gt=earliest, closed_on__lte=on
    )
    cases = [case for case in cases_of(near) if on < case.lost_on]
    held = held_papers([partner.pk], waiting=True) if cases else {}
    threatened = sorted(
        (case for case in cases if late(case, held, until=on + _ONE_DAY)),
        key=lambda case: case.lost_on,
    )
    found = []
    for lost_on, group in groupby(threatened, key=lambda case: case.lost_on):
        its = list(group)
        amounts = [Money(minor, currency) for currency, minor in accrued(its)]
        found.append(LossAhead(lost_on=lost_on, count=len(its), amounts=amounts))
    return found
