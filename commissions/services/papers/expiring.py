"""Papers that run out: warned of in time, and said when they have (3.8)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from commissions.models import PayoutDocument
from commissions.notifications.papers import tell_expiring
from commissions.services.papers.steps import State
from partners.selectors import edition_on
from program.payout import TAX_FORMS, Paper
from program.standing import due_warning

EXPIRED_IS_NEWS: Final = timedelta(days=30)
"""How long after its last day a paper is still said to have run out, if nobody was."""


@transaction.atomic
def warn_of_expiry(*, today: date, at: datetime, first: int, last: int) -> int:
    """Warn partners of a range of papers that run out; return how many were warned of.

    Each of the edition's warnings once, and on the day that it has; the narrowest alone
    if the portal stood still. Not while its successor waits for approval: there is
    nothing left for the partner to do.
    """
    warned = 0
    days = edition_on(today).rulebook.payout.forfeiture_warning_days
    papers = PayoutDocument.objects.filter(
        partner_id__gte=first,
        partner_id__lte=last,
        state=State.APPROVED,
        expires_on__gt=today - EXPIRED_IS_NEWS,
        expires_on__lte=today + timedelta(days=max(days, default=0)),
    ).select_related("partner")
    for paper in papers:
        assert paper.expires_on
        if _is_succeeded(paper):
            continue
        due = due_warning(ends_on=paper.expires_on, on=today, days=days)
        tell_expiring(paper, days=due, today=today, at=at)
        warned += 1
    return warned


def _is_succeeded(paper: PayoutDocument) -> bool:
    """Say whether another paper for the same need waits, or was approved beside it."""
    kinds = TAX_FORMS if Paper(paper.kind) in TAX_FORMS else (paper.kind,)
    return (
        PayoutDocument.objects.filter(
            partner=paper.partner_id,
            kind__in=kinds,
            quarter=paper.quarter,
            state__in=(State.PENDING, State.APPROVED),
        )
        .exclude(pk=paper.pk)
        .exists()
    )
