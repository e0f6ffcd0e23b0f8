"""Posting what deals are worth, and the facts a win keeps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from deals.models import Deal
from deals.postings import line_postings
from deals.selectors import sold_lines
from partners.models import PointsEntry, TierChange, TierChoice
from partners.selectors import Editions, NoEditionError, published_editions
from partners.services import queue_refresh, settle

DEALS_AT_ONCE = 500


def settle_deals(
    *, deal_ids: Iterable[int], at: datetime, editions: Editions, refresh: bool
) -> list[PointsEntry]:
    """Post what the ledger lacks for the lines of deals the caller has locked.

    With `refresh` the standings concerned are queued for refresh; an import refreshes
    all of them at its end instead.
    """
    wanted = {
        line_id: line_postings(line, editions)
        for line_id, line in sold_lines(deal_id__any_of=deal_ids)
    }
    entries = settle(source_kind=PointsEntry.Source.DEAL_LINE, wanted=wanted, at=at)
    if refresh:
        queue_refresh(entries)
    return entries


def settle_converted(
    *, on: date, at: datetime, first_partner: int, last_partner: int
) -> int:
    """Post the points that waited for a currency the edition of a day adds (3.23).

    For the won deals of a range of partners, in batches. Returns the number of new
    entries; repeating it adds nothing.
    """
    editions = published_editions()
    waiting = Deal.objects.filter(
        stage=Deal.Stage.WON,
        partner_id__gte=first_partner,
        partner_id__lte=last_partner,
        lines__currency__in=editions.currencies_added_on(on),
    )
    ids = list(waiting.order_by("pk").values_list("pk", flat=True).distinct())
    new = 0
    for start in range(0, len(ids), DEALS_AT_ONCE):
        with transaction.atomic():
            locked = Deal.objects.select_for_update(of=("self",)).order_by("pk")
            batch = ids[start : start + DEALS_AT_ONCE]
            deal_ids = [deal.pk for deal in locked.filter(pk__in=batch)]
            new += len(
                settle_deals(deal_ids=deal_ids, at=at, editions=editions, refresh=True)
            )
    return new


def won_facts(
    *,
    closed_on: date,
    membership: str,
    territory: str,
    history: Iterable[tuple[date, str]],
    editions: Editions,
) -> dict[str, object]:
    """Return the fields a deal keeps from the day it was won.

    `history` is the partner's tier changes, oldest first. Before the first edition there
    is no edition to name and no growth list to read.
    """
    tier = TierChoice.NONE.value
    for credited_on, credited in history:
        if credited_on <= closed_on:
            tier = credited
    try:
        edition = editions.on(closed_on)
    except NoEditionError:
        edition = None
    return {
        "won_edition_id": edition.id if edition else None,
        "won_tier": tier,
        "won_membership": membership,
        "won_territory": territory,
        "won_growth": bool(edition and edition.rulebook.is_growth(territory)),
    }


def tier_history(*, partner_ids: Iterable[int]) -> dict[int, list[tuple[date, str]]]:
    """Return partner id → its tier changes as (day, tier), oldest first."""
    history: dict[int, list[tuple[date, str]]] = {}
    for partner_id, on, tier in (
        TierChange.objects.filter(partner_id__any_of=partner_ids)
        .order_by("on", "id")
        .values_list("partner_id", "on", "tier")
    ):
        history.setdefault(partner_id, []).append((on, tier))
    return history
