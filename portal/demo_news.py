"""What the people of the demo data find behind the bell, told as it is told to others."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from deals.models import Deal
from deals.notifications import tell_cancelled, tell_won
from partners.models import Partner
from partners.selectors import published_editions
from portal.summaries import tell_summaries

DEALS_EACH = 3


@transaction.atomic
def tell_demo_news(*, today: date, at: datetime) -> None:
    """Tell the newest wins and ends, and the month before; a second time tells nobody."""
    partners = Partner.objects.filter(people__user__isnull=False, people__left_on=None)
    partner_ids = sorted(set(partners.values_list("pk", flat=True)))
    if not partner_ids:
        return
    editions = published_editions()
    for partner_id in partner_ids:
        deals = Deal.objects.filter(partner_id=partner_id).select_related("client")
        won = deals.filter(stage=Deal.Stage.WON).order_by("-closed_on", "-pk")
        for number, deal in enumerate(won[:DEALS_EACH]):
            told_at = at - timedelta(days=number, hours=1)
            tell_won(deal, at=told_at, editions=editions)
        ended = won.exclude(cancelled_on=None).order_by("-cancelled_on", "-pk").first()
        if ended is not None:
            tell_cancelled(ended, at=at - timedelta(days=DEALS_EACH))
    tell_summaries(day=today.replace(day=1), partner_ids=partner_ids, at=at)
