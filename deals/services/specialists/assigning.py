"""Bringing the vendor's specialists onto a deal (R44-R48, rulebook 2.7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from operator import attrgetter

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from deals.models import (
    Assignment,
    Deal,
    Registration,
    Specialist,
    SpecialistAbsence,
)
from deals.notifications.assignments import tell_assigned, tell_nobody_free
from deals.services.activities import locked, note_activity
from partners.models import User
from partners.selectors import published_editions
from partners.services import audit
from program.assignments import Area, Candidate, Choice, Line, Need, Task, choose, needs
from program.money import Money
from program.rulebook import Edition


class AssignmentError(ValueError):
    """An assignment that cannot be made: over, or not this specialist's."""


def lines_of(deal: Deal) -> list[Line]:
    """Return a deal's lines as the rule of assignments reads them."""
    return [
        Line(
            product_line=line.product_line,
            edition=Edition(line.edition),
            mrr=Money(line.mrr_minor, line.currency),
            credits=line.credits,
        )
        for line in sorted(deal.lines.all(), key=attrgetter("pk"))
    ]


@transaction.atomic
def assign(deal: Deal, *, at: datetime, today: date) -> None:
    """Assign to a deal whom it needs and has not yet, by the rule of the day.

    A need for which nobody is free gets a row without a specialist, and a human is told.
    Specialists are locked meanwhile: nobody gets more deals than they take. Repeating it
    adds nothing.
    """
    rulebook = published_editions().on(today).rulebook
    taken = {
        (each.kind, each.product_line)
        for each in Assignment.objects.running().filter(deal=deal)
    }
    wanted = [
        need
        for need in needs(lines_of(deal), rulebook=rulebook)
        if (need.task.value, need.product_line) not in taken
    ]
    if wanted:
        _fill(deal, wanted, at=at, today=today)


def _fill(deal: Deal, wanted: Iterable[Need], *, at: datetime, today: date) -> None:
    candidates, segment = _candidates(today), _segment_of(deal)
    people = {each.pk: each for each in Specialist.objects.select_related("user")}
    for need in wanted:
        choice = choose(
            need,
            candidates,
            territory=deal.client.country,
            segment=segment,
        )
        assignment = Assignment.objects.create(
            deal=deal,
            kind=need.task.value,
            product_line=need.product_line,
            specialist_id=choice.candidate,
            facts=_facts(choice, deal, segment),
            from_at=at,
        )
        # As `choose` sees it: two needs of one deal do not fill a place twice.
        candidates = [_with_one_more(each, choice.candidate) for each in candidates]
        specialist = people.get(choice.candidate) if choice.candidate else None
        _record(assignment, specialist, actor=None, at=at)
        if specialist is None:
            tell_nobody_free(deal, assignment, at=at)
        else:
            tell_assigned(deal, assignment, specialist, at=at)


def _with_one_more(candidate: Candidate, chosen: int | None) -> Candidate:
    if candidate.id != chosen:
        return candidate
    return Candidate(
        id=candidate.id,
        task=candidate.task,
        areas=candidate.areas,
        open_deals=candidate.open_deals + 1,
        capacity=candidate.capacity,
        absent=candidate.absent,
    )


def _candidates(today: date) -> list[Candidate]:
    """Return the active specialists, locked, with their load and absences of today."""
    rows = list(
        Specialist.objects.select_for_update(of=("self",))
        .filter(active=True)
        .order_by("pk")
        .prefetch_related("areas")
    )
    open_deals = dict(
        Assignment.objects.running()
        .filter(deal__stage=Deal.Stage.REGISTERED, specialist__isnull=False)
        .values("specialist_id")
        .annotate(deals=Count("deal", distinct=True))
        .values_list("specialist_id", "deals")
    )
    absent = set(
        SpecialistAbsence.objects.filter(
            Q(from_on__lte=today, until_on__gt=today)
        ).values_list("specialist_id", flat=True)
    )
    return [
        Candidate(
            id=each.pk,
            task=Task(each.kind),
            areas=[
                Area(
                    territory=area.territory,
                    segment=area.segment,
                    product_line=area.product_line,
                )
                for area in each.areas.all()
            ],
            open_deals=open_deals.get(each.pk, 0),
            capacity=each.capacity,
            absent=each.pk in absent,
        )
        for each in rows
    ]


def _segment_of(deal: Deal) -> str:
    """Return the segment that the partner registered; without one, the client's.

    Not the other way round: the client's record may be shared with another partner.
    """
    given = Registration.objects.filter(deal=deal).values_list("segment", flat=True)
    return given.first() or deal.client.segment


def _facts(choice: Choice, deal: Deal, segment: str) -> dict[str, object]:
    area = choice.area
    return {
        "rule": choice.need.rule,
        "reason": choice.need.reason,
        "territory": deal.client.country,
        "segment": segment,
        "area": (
            {
                "territory": area.territory,
                "segment": area.segment,
                "product_line": area.product_line,
            }
            if area
            else None
        ),
        "passed": {why.value: count for why, count in sorted(choice.passed.items())},
    }


@transaction.atomic
def reassign(
    *,
    assignment_id: int,
    specialist_id: int,
    note: str,
    actor: User,
    at: datetime,
) -> Assignment:
    """Give a task on a deal to somebody else, by hand; the reason is kept and shown.

    Capacity and areas are the rule's business, a human may overrule them. Raises
    `AssignmentError` if the assignment has ended, the deal is not open any more, the
    specialist is inactive or of another kind, or has it already.
    """
    old = Assignment.objects.select_related("deal").get(pk=assignment_id)
    deal = locked(old.deal_id)
    old = Assignment.objects.select_for_update(of=("self",)).get(pk=assignment_id)
    specialist = Specialist.objects.select_related("user").get(pk=specialist_id)
    if old.ended_at is not None or deal.stage != Deal.Stage.REGISTERED:
        raise AssignmentError(_("This assignment has ended."))
    if specialist.kind != old.kind or not specialist.active:
        raise AssignmentError(_("This specialist cannot take that task."))
    if old.specialist_id == specialist.pk:
        raise AssignmentError(_("They have this task already."))
    old.ended_at = at
    old.save(update_fields=["ended_at"])
    new = Assignment.objects.create(
        deal=deal,
        kind=old.kind,
        product_line=old.product_line,
        specialist=specialist,
        facts={**old.facts, "by_hand": True},
        note=note,
        from_at=at,
        assigned_by=actor,
    )
    _record(new, specialist, actor=actor, at=at, before=old.specialist_id, note=note)
    tell_assigned(deal, new, specialist, at=at)
    return new


@transaction.atomic
def assign_engineer(deal: Deal, *, at: datetime, today: date) -> None:
    """Assign a solutions engineer that was asked for, below the minimum too (R48)."""
    kind = Task.ENGINEER.value
    if Assignment.objects.running().filter(deal=deal, kind=kind).exists():
        return
    need = Need(task=Task.ENGINEER, product_line="", rule="R48", reason="requested")
    _fill(deal, [need], at=at, today=today)


def assign_waiting(*, today: date, at: datetime, first: int, last: int) -> int:
    """Try again what nobody was free for; return how many deals got somebody.

    Of a range of partners, each deal in a transaction of its own.
    """
    waiting = Assignment.objects.running().filter(
        specialist=None,
        deal__stage=Deal.Stage.REGISTERED,
        deal__partner_id__gte=first,
        deal__partner_id__lte=last,
    )
    found = 0
    for pk in list(waiting.order_by("pk").values_list("pk", flat=True)):
        found += _try_again(pk, today=today, at=at)
    return found


@transaction.atomic
def _try_again(assignment_id: int, *, today: date, at: datetime) -> bool:
    deal = locked(Assignment.objects.get(pk=assignment_id).deal_id)
    row = Assignment.objects.select_for_update(of=("self",)).get(pk=assignment_id)
    if row.ended_at or row.specialist_id or deal.stage != Deal.Stage.REGISTERED:
        return False
    need = Need(
        task=Task(row.kind),
        product_line=row.product_line,
        rule=row.facts["rule"],
        reason=row.facts["reason"],
    )
    segment = _segment_of(deal)
    choice = choose(
        need, _candidates(today), territory=deal.client.country, segment=segment
    )
    if choice.candidate is None:
        return False
    row.specialist_id = choice.candidate
    row.facts, row.from_at = _facts(choice, deal, segment), at
    row.save(update_fields=["specialist", "facts", "from_at"])
    specialist = Specialist.objects.select_related("user").get(pk=choice.candidate)
    _record(row, specialist, actor=None, at=at)
    tell_assigned(deal, row, specialist, at=at)
    return True


def _record(
    assignment: Assignment,
    specialist: Specialist | None,
    *,
    actor: User | None,
    at: datetime,
    before: int | None = None,
    note: str = "",
) -> None:
    deal = assignment.deal
    note_activity(
        deal,
        "assigned",
        actor=actor,
        at=at,
        facts={
            "task": assignment.kind,
            "product_line": assignment.product_line,
            "name": specialist.name if specialist else "",
            "note": note,
        },
    )
    audit.record(
        "deals.assigned",
        actor=actor,
        at=at,
        partner_id=deal.partner_id,
        of=assignment,
        changes={"specialist_id": (before, specialist.pk if specialist else None)},
        note=note,
    )
