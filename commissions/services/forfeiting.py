"""What accrued while the papers were not there in time is lost, after warnings (3.8).

A deal is decided about on its day; later only if its schedules, or the partner's papers,
have changed since: what was accepted in time stays accepted. Days before the portal went
live are nobody's to decide here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from commissions.models import (
    Accrual,
    DocumentStep,
    Forfeiture,
    ForfeitureWaiver,
    Schedule,
    ScheduleStep,
    StatementLine,
)
from commissions.notifications.papers import ahead_key, tell_forfeiture, tell_waived
from commissions.selectors.papers import held_papers
from deals.models import Deal
from outbox.clock import start_of
from outbox.selectors import live_days
from partners.models import Partner, User
from partners.selectors import published_editions
from partners.services import audit
from program.calendar import add_months
from program.commission import forfeited_on
from program.forfeiture import Held, late_needs, lost_through
from program.payout import Need, lasting, needs_of
from program.standing import due_warning

_SLACK = timedelta(days=4)
"""A month has up to three days more or less than another one."""
_ONE_DAY = timedelta(days=1)


class ForfeitureError(ValueError):
    """A forfeiture that cannot be waived; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A deal that may lose what it accrued: whose, since when, from which day on."""

    deal_id: int
    partner_id: int
    country: str
    closed_on: date
    lost_on: date


@transaction.atomic
def forfeit_day(*, day: date, at: datetime, first: int, last: int) -> int:
    """Decide about the deals of a range of partners whose day has come.

    Those whose day it is, and those of earlier days of which something has changed since
    the day before. Return how many lost something. Twice is harmless: what is decided is
    a row, and a deal has one at most.
    """
    cases = [
        case
        for case in (
            *_cases(_closing_about(day, first=first, last=last)),
            *_cases(_changed_since(day, first=first, last=last)),
        )
        if case.lost_on <= day
    ]
    live = live_days().first()
    due = {
        case.deal_id: case for case in cases if live is None or case.lost_on > live
    }.values()
    lost = 0
    for partner_id, its in groupby(
        sorted(due, key=lambda case: (case.partner_id, case.lost_on, case.deal_id)),
        key=lambda case: case.partner_id,
    ):
        lost += _forfeit(partner_id, list(its), at=at)
    return lost


@transaction.atomic
def warn_of_forfeiture(*, today: date, at: datetime, first: int, last: int) -> int:
    """Warn partners of a range of what they are about to lose; return how many warnings.

    One for all deals that lose on the same day, for each of the edition's warnings once.
    Papers that wait for approval are as good as approved: there is nothing left to do.
    """
    editions = published_editions()
    days = editions.on(today).rulebook.payout.forfeiture_warning_days
    months = {each.rulebook.payout.forfeiture_months for each in editions}
    earliest = min(add_months(today, -each) for each in months) - _SLACK
    latest = today + timedelta(days=max(days, default=0))
    near = _undecided(first=first, last=last).filter(
        closed_on__gt=earliest, closed_on__lte=today
    )
    cases = [case for case in _cases(near) if today < case.lost_on <= latest]
    held = held_papers({case.partner_id for case in cases}, waiting=True)
    ahead: dict[tuple[int, date], list[tuple[_Case, tuple[Need, ...]]]] = defaultdict(
        list
    )
    for case in cases:
        missing = _late(case, held, until=today + _ONE_DAY)
        if missing:
            ahead[case.partner_id, case.lost_on].append((case, missing))
    for (partner_id, lost_on), found in ahead.items():
        due = due_warning(ends_on=lost_on, on=today, days=days)
        assert due is not None
        tell_forfeiture(
            partner_id,
            key=ahead_key(partner_id, lost_on, due),
            lost_on=lost_on,
            through=None,
            count=len(found),
            missing=_kinds(found[0][1]),
            amounts=_accrued([case for case, _missing in found]),
            at=at,
        )
    return len(ahead)


@transaction.atomic
def waive_forfeiture(
    *, deal_id: int, reason: str, actor: User, at: datetime
) -> ForfeitureWaiver:
    """Decide that a deal loses nothing, although its papers are late.

    Before its day, or after it as long as no statement took the loss in; later an
    adjustment gives it back. Raises `ForfeitureError` otherwise, without a reason, for a
    deal that earns nothing, and the second time.
    """
    deal = Deal.objects.get(pk=deal_id)
    partner = Partner.objects.select_for_update().get(pk=deal.partner_id)
    if not reason.strip():
        raise ForfeitureError(_("Say why."))
    if ForfeitureWaiver.objects.filter(deal=deal).exists():
        raise ForfeitureError(_("This deal loses nothing already."))
    if not Schedule.objects.filter(deal=deal, refused="").exists():
        raise ForfeitureError(_("This deal earns no commission."))
    if StatementLine.objects.filter(forfeiture__deal=deal).exists():
        raise ForfeitureError(
            _("A statement has taken the loss in. An adjustment gives it back.")
        )
    waiver = ForfeitureWaiver.objects.create(
        deal=deal, partner=partner, reason=reason.strip(), actor=actor, at=at
    )
    audit.record(
        "commissions.forfeiture_waived",
        actor=actor,
        at=at,
        partner_id=partner.pk,
        of=waiver,
        note=waiver.reason,
    )
    tell_waived(
        partner_id=partner.pk,
        deal_pk=deal.pk,
        deal=deal.name,
        reason=waiver.reason,
        at=at,
    )
    return waiver


def _forfeit(partner_id: int, cases: Sequence[_Case], *, at: datetime) -> int:
    """Write down what a partner lost, of these deals, and tell it; return how many."""
    Partner.objects.select_for_update().get(pk=partner_id)
    decided = {
        *Forfeiture.objects.filter(partner=partner_id).values_list("deal", flat=True),
        *ForfeitureWaiver.objects.filter(partner=partner_id).values_list(
            "deal", flat=True
        ),
    }
    approved = held_papers([partner_id], waiting=False)
    hoped = held_papers([partner_id], waiting=True)
    lost: list[tuple[_Case, tuple[Need, ...]]] = []
    for case in cases:
        if case.deal_id in decided:
            continue
        missing = _late(case, approved, until=case.lost_on)
        # What was filed in time and waits for finance decides later, whatever it is.
        if missing and _late(case, hoped, until=case.lost_on):
            lost.append((case, missing))
    for case, missing in lost:
        forfeiture = Forfeiture.objects.create(
            deal_id=case.deal_id,
            partner_id=partner_id,
            on=case.lost_on,
            through_month=lost_through(case.lost_on),
            missing=_kinds(missing),
            at=at,
        )
        audit.record(
            "commissions.forfeited",
            actor=None,
            at=at,
            partner_id=partner_id,
            of=forfeiture,
            changes={"through_month": (None, forfeiture.through_month)},
        )
    for lost_on, found in groupby(lost, key=lambda each: each[0].lost_on):
        its = list(found)
        tell_forfeiture(
            partner_id,
            key=f"forfeited:{partner_id}:{lost_on}:{min(c.deal_id for c, _m in its)}",
            lost_on=lost_on,
            through=lost_through(lost_on),
            count=len(its),
            missing=_kinds(its[0][1]),
            amounts=_accrued([case for case, _missing in its]),
            at=at,
        )
    return len(lost)


def _late(
    case: _Case, held: Mapping[int, tuple[Held, ...]], *, until: date
) -> tuple[Need, ...]:
    return late_needs(
        lasting(needs_of(case.country)),
        held.get(case.partner_id, ()),
        closed_on=case.closed_on,
        lost_on=until,
    )


def _undecided(*, first: int, last: int) -> QuerySet[Schedule]:
    """Return the schedules of a range of partners that may lose what they accrued."""
    return Schedule.objects.filter(
        partner_id__gte=first,
        partner_id__lte=last,
        refused="",
        last_month__gte=F("first_month"),
        deal__forfeiture=None,
        deal__forfeiture_waiver=None,
    )


def _closing_about(day: date, *, first: int, last: int) -> QuerySet[Schedule]:
    """Return the schedules of deals whose months of grace end about a day."""
    about = Q(pk__in=())
    months = {each.rulebook.payout.forfeiture_months for each in published_editions()}
    for each in months:
        closed = add_months(day, -each)
        about |= Q(closed_on__gte=closed - _SLACK, closed_on__lte=closed + _SLACK)
    return _undecided(first=first, last=last).filter(about)


def _changed_since(day: date, *, first: int, last: int) -> QuerySet[Schedule]:
    """Return the schedules that changed since the day before, or whose papers did."""
    since, until = start_of(day - _ONE_DAY), start_of(day + _ONE_DAY)
    schedules = ScheduleStep.objects.filter(
        schedule__partner_id__gte=first,
        schedule__partner_id__lte=last,
        at__gte=since,
        at__lt=until,
    )
    papers = DocumentStep.objects.filter(
        document__partner_id__gte=first,
        document__partner_id__lte=last,
        document__quarter=None,
        at__gte=since,
        at__lt=until,
    )
    return _undecided(first=first, last=last).filter(
        Q(pk__in=schedules.values("schedule"))
        | Q(partner__in=papers.values("document__partner"))
    )


def _cases(schedules: QuerySet[Schedule]) -> list[_Case]:
    """Return the deals of some schedules, each with the day on which it loses."""
    editions = published_editions()
    rows = schedules.values_list(
        "deal_id", "partner_id", "partner__country", "closed_on"
    ).distinct()
    found: dict[int, _Case] = {}
    for deal_id, partner_id, country, closed_on in rows:
        if deal_id in found and found[deal_id].closed_on <= closed_on:
            continue
        rulebook = editions.on(max(closed_on, editions.first_day)).rulebook
        found[deal_id] = _Case(
            deal_id=deal_id,
            partner_id=partner_id,
            country=country,
            closed_on=closed_on,
            lost_on=forfeited_on(closed_on, rulebook=rulebook),
        )
    return list(found.values())


def _accrued(cases: Iterable[_Case]) -> list[tuple[str, int]]:
    """Return what these deals accrued for the months that are lost, by currency.

    (currency, minor units); what came to nothing is left out.
    """
    sums: dict[str, int] = defaultdict(int)
    for case in cases:
        months = [case.closed_on.replace(day=1)]
        while months[-1] < lost_through(case.lost_on):
            months.append(add_months(months[-1], 1))
        rows = (
            Accrual.objects.filter(
                month__in=months,
                schedule__in=Schedule.objects.filter(deal=case.deal_id).values("pk"),
            )
            .values_list("currency")
            .annotate(minor=Sum("commission_minor"))
        )
        for currency, minor in rows:
            sums[currency] += minor
    return sorted((currency, minor) for currency, minor in sums.items() if minor)


def _kinds(needs: Iterable[Need]) -> list[str]:
    """Return what was missing: of a need that several papers meet, the first."""
    return [need.papers[0].value for need in needs]
