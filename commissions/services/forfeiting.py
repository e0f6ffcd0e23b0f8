"""What accrued while the papers were not there in time is lost, after warnings (3.8).

A deal is decided about on its day; later only if its schedules, or the partner's papers,
have changed since: what was accepted in time stays accepted. Days before the portal went
live are nobody's to decide here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from commissions.models import (
    DocumentStep,
    Forfeiture,
    ForfeitureWaiver,
    Schedule,
    ScheduleStep,
    StatementLine,
)
from commissions.notifications.forfeiture import (
    Loss,
    tell_forfeited,
    tell_forfeiture_ahead,
    tell_waived,
    warned_of,
)
from commissions.selectors.losses import (
    SLACK,
    Case,
    accrued,
    cases_of,
    kinds,
    late,
    undecided,
)
from commissions.selectors.papers import held_papers
from deals.models import Deal
from outbox.clock import start_of
from outbox.selectors import live_days
from partners.models import Partner, User
from partners.selectors import published_editions
from partners.services import audit
from program.calendar import add_months
from program.forfeiture import lost_through
from program.payout import Need
from program.standing import due_warning

_ONE_DAY = timedelta(days=1)


class ForfeitureError(ValueError):
    """A forfeiture that cannot be waived; the sentence says why."""


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
            *cases_of(_closing_about(day, first=first, last=last)),
            *cases_of(_changed_since(day, first=first, last=last)),
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
    """Warn partners of a range of what they are about to lose; return how many partners.

    One message lists all days on which a partner loses something, each day for each of
    the edition's warnings once. Papers that wait for approval are as good as approved:
    there is nothing left to do.
    """
    editions = published_editions()
    days = editions.on(today).rulebook.payout.forfeiture_warning_days
    months = {each.rulebook.payout.forfeiture_months for each in editions}
    earliest = min(add_months(today, -each) for each in months) - SLACK
    furthest = timedelta(days=max(days, default=0))
    near = undecided(first=first, last=last).filter(
        closed_on__gt=earliest, closed_on__lte=today
    )
    cases = [case for case in cases_of(near) if today < case.lost_on <= today + furthest]
    partners = {case.partner_id for case in cases}
    held = held_papers(partners, waiting=True)
    # A warning was told within the days that it is ahead.
    told = warned_of(partners, since=at - furthest - _ONE_DAY)
    ahead: dict[int, dict[date, list[Case]]] = defaultdict(lambda: defaultdict(list))
    missing: dict[int, dict[str, None]] = defaultdict(dict)
    for case in sorted(cases, key=lambda case: (case.lost_on, case.deal_id)):
        due = due_warning(ends_on=case.lost_on, on=today, days=days)
        assert due is not None
        if (case.partner_id, case.lost_on, due) in told:
            continue
        if needs := late(case, held, until=today + _ONE_DAY):
            ahead[case.partner_id][case.lost_on].append(case)
            missing[case.partner_id].update(dict.fromkeys(kinds(needs)))
    for partner_id, by_day in ahead.items():
        tell_forfeiture_ahead(
            partner_id,
            today=today,
            missing=missing[partner_id],
            losses=[
                Loss(
                    lost_on=lost_on,
                    warning=due_warning(ends_on=lost_on, on=today, days=days) or 0,
                    count=len(its),
                    amounts=accrued(its),
                )
                for lost_on, its in by_day.items()
            ],
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


def _forfeit(partner_id: int, cases: Sequence[Case], *, at: datetime) -> int:
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
    lost: list[tuple[Case, tuple[Need, ...]]] = []
    for case in cases:
        if case.deal_id in decided:
            continue
        missing = late(case, approved, until=case.lost_on)
        # What was filed in time and waits for finance decides later, whatever it is.
        if missing and late(case, hoped, until=case.lost_on):
            lost.append((case, missing))
    for case, missing in lost:
        forfeiture = Forfeiture.objects.create(
            deal_id=case.deal_id,
            partner_id=partner_id,
            on=case.lost_on,
            through_month=lost_through(case.lost_on),
            missing=kinds(missing),
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
        tell_forfeited(
            partner_id,
            key=f"forfeited:{partner_id}:{lost_on}:{min(c.deal_id for c, _m in its)}",
            through=lost_through(lost_on),
            count=len(its),
            missing=kinds(its[0][1]),
            amounts=accrued([case for case, _missing in its]),
            at=at,
        )
    return len(lost)


def _closing_about(day: date, *, first: int, last: int) -> QuerySet[Schedule]:
    """Return the schedules of deals whose months of grace end about a day."""
    about = Q(pk__in=())
    months = {each.rulebook.payout.forfeiture_months for each in published_editions()}
    for each in months:
        closed = add_months(day, -each)
        about |= Q(closed_on__gte=closed - SLACK, closed_on__lte=closed + SLACK)
    return undecided(first=first, last=last).filter(about)


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
    return undecided(first=first, last=last).filter(
        Q(pk__in=schedules.values("schedule"))
        | Q(partner__in=papers.values("document__partner"))
    )
