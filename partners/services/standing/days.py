"""What a day owes of standing: warnings, cures that end, deadlines that pass (3.9)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from partners.models import MembershipChange, Partner, TierChange
from partners.selectors import edition_on
from partners.services.standing.certificates import warn_of_certificates
from partners.services.standing.gold import follow_gold_deadlines
from partners.services.standing.own import follow_own_subscriptions


@transaction.atomic
def run_standing_day(
    *, on: date, today: date, at: datetime, first: int, last: int
) -> None:
    """Do what a day owes for the partners of a range; twice is harmless.

    Days are worked off in order. Warnings are about `today`, however late the work of a
    day is done: nobody is warned of what has passed.
    """
    edition = edition_on(on)
    in_range = Partner.objects.filter(pk__range=(first, last)).order_by("pk")
    partners = list(in_range)
    warn_of_certificates(partners, today=today, at=at, rulebook=edition.rulebook)
    later = _decided_after(on=on, first=first, last=last)
    follow_own_subscriptions(
        [partner for partner in partners if partner.pk not in later],
        on=on,
        today=today,
        at=at,
        rulebook=edition.rulebook,
    )
    # Read anew: a lapse may have made providers of some.
    partners = [partner for partner in in_range.all() if partner.pk not in later]
    follow_gold_deadlines(partners, on=on, today=today, at=at, edition=edition)


def _decided_after(*, on: date, first: int, last: int) -> set[int]:
    """Return the partners whose tier or membership changed after a day: it is history."""
    later: set[int] = set()
    for model in (TierChange, MembershipChange):
        changes = model.objects.filter(
            partner_id__gte=first, partner_id__lte=last, on__gt=on
        )
        later |= set(changes.values_list("partner_id", flat=True))
    return later
