"""Accounts without a second factor: noted by the clock, day by day (R10, 3.22).

What somebody's account has is true of now only; a tier is credited on what was true of a
day. So the day that finds an account without a second factor opens a gap, and the day
that finds none closes it.
"""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from partners.models import FactorGap, Partner, Person
from partners.receipts.conditions import people_with_one_factor
from partners.services import audit
from partners.services.notifications import settle_notifications
from partners.services.standing.telling import tell
from program.rulebook import Rulebook


@transaction.atomic
def follow_second_factors(
    *, today: date, at: datetime, rulebook: Rulebook, first: int, last: int
) -> None:
    """Open and close gaps of the partners of a range as of today; twice is harmless.

    Nothing is noted of a day that has passed: nobody knows any more what accounts had.
    Where the edition does not ask for two factors, or the portal asks nobody for them,
    gaps end.
    """
    asked = rulebook.escalation.second_factor_required and settings.STAFF_MFA_REQUIRED
    lacking: dict[int, list[Person]] = {}
    if asked:
        lacking = people_with_one_factor(first=first, last=last)
    # Locked, so that of two clocks one opens and one closes.
    partners = {
        partner.pk: partner
        for partner in Partner.objects.select_for_update(of=("self",))
        .filter(pk__range=(first, last))
        .filter(pk__any_of=[*lacking, *_with_gaps(first, last)])
        .order_by("pk")
    }
    gaps = {
        gap.partner_id: gap
        for gap in FactorGap.objects.filter(
            partner_id__any_of=list(partners), until_on=None
        )
    }
    for pk, partner in partners.items():
        people, gap = lacking.get(pk, []), gaps.get(pk)
        if people and gap is None:
            _open(partner, len(people), today=today, at=at)
        elif gap is not None and not people:
            _close(gap, partner, today=today, at=at)


def _with_gaps(first: int, last: int) -> list[int]:
    gaps = FactorGap.objects.filter(
        partner_id__gte=first, partner_id__lte=last, until_on=None
    )
    return list(gaps.values_list("partner_id", flat=True))


def _open(partner: Partner, people: int, *, today: date, at: datetime) -> None:
    gap = FactorGap.objects.create(partner=partner, from_on=today, people=people)
    audit.record(
        "partners.factor_gap_opened",
        actor=None,
        at=at,
        partner_id=partner.pk,
        of=gap,
        changes={"people": (None, people)},
    )
    tell(
        "partners.one_factor",
        key=f"factor-gap:{gap.pk}",
        partner=partner,
        at=at,
        people=people,
    )


def _close(gap: FactorGap, partner: Partner, *, today: date, at: datetime) -> None:
    gap.until_on = today
    gap.save(update_fields=["until_on"])
    audit.record(
        "partners.factor_gap_closed",
        actor=None,
        at=at,
        partner_id=partner.pk,
        of=gap,
        changes={"until_on": (None, today)},
    )
    settle_notifications(key=f"factor-gap:{gap.pk}", at=at)
