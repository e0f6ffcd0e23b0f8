"""The summary of a month for every partner: what there was, came, went, and is left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Sum
from django.urls import reverse

from outbox import services as outbox
from outbox.services import JSON
from partners.models import (
    MembershipChoice,
    NotificationPreference,
    Partner,
    Person,
    PointsEntry,
    Role,
)
from partners.notifications import Mail
from partners.receipts.addresses import Number, credited_tier_url, number_url
from partners.selectors import edition_on
from partners.services.notifications import notify
from partners.services.standings import credited_tiers
from partners.standing_sql import StandingOn, read
from program.calendar import add_months
from program.rulebook import Tier

KIND: Final = "portal.monthly_summary"
PARTNERS_AT_ONCE: Final = 100
ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movements:
    """What came, was taken back, and expired in a month, in micro-points."""

    added: int = 0
    taken_back: int = 0
    expired: int = 0


def queue_summaries(*, day: date, first: int, last: int) -> None:
    """On the first of a month, queue the summaries of the month before for a range.

    In the transaction of the day's work, which has settled all days before it.
    """
    if day.day != 1:
        return
    ids = Partner.objects.filter(pk__range=(first, last), joined_on__lt=day)
    concerned = list(ids.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(concerned), PARTNERS_AT_ONCE):
        part: list[JSON] = list(concerned[start : start + PARTNERS_AT_ONCE])
        outbox.put(
            "portal.monthly_summary",
            key=f"summary:{day}:{part[0]}",
            day=day.isoformat(),
            partners=part,
        )


@transaction.atomic
def tell_summaries(*, day: date, partner_ids: list[int], at: datetime) -> None:
    """Tell partners how the month before `day`, a first, went; once per person.

    Owners are told, and others who chose it. As known `at`, which the receipts name.
    """
    month, closed_on = add_months(day, -1), day - ONE_DAY
    edition = edition_on(closed_on)
    low, high = min(partner_ids), max(partner_ids)
    opening, closing = (
        {
            row.partner_id: row
            for row in read(on=on, edition=edition, first=low, last=high)
        }
        for on in (month - ONE_DAY, closed_on)
    )
    movements = _movements(partner_ids, month, day)
    tiers = credited_tiers(partner_ids=partner_ids, on=closed_on)
    readers = _readers(partner_ids)
    evaluation_on = edition.rulebook.calendar.next_evaluation(day)
    for partner in Partner.objects.filter(pk__in=readers).order_by("pk"):
        tier, _since = tiers.get(partner.pk, (Tier.NONE, None))
        is_provider = partner.membership == MembershipChoice.PROVIDER
        moved = movements.get(partner.pk, Movements())
        notify(
            KIND,
            key=f"summary:{partner.pk}:{month}",
            user_ids=readers[partner.pk],
            at=at,
            partner_id=partner.pk,
            facts={
                "company": partner.name,
                "month": month.isoformat(),
                "closed_on": closed_on.isoformat(),
                "opening": _total(opening, partner),
                "added": moved.added,
                "taken_back": moved.taken_back,
                "expired": moved.expired,
                "closing": _total(closing, partner),
                "expiring": closing[partner.pk].expiring_30,
                "tier": None if is_provider else str(tier),
                "evaluation_on": evaluation_on.isoformat(),
                "paths": _paths(partner, month, closed_on, at),
            },
            path=number_url(partner, Number.TOTAL, closed_on, known_at=at),
        )


def _total(standings: Mapping[int, StandingOn], partner: Partner) -> int:
    return standings[partner.pk].total


def _movements(partner_ids: list[int], month: date, day: date) -> dict[int, Movements]:
    """Return partner → what moved from `month` until before `day`.

    An entry that counts for a part of the month came and expired. So opening + added +
    taken back + expired is the closing sum; the last two are not above zero.
    """
    began = Q(effective_on__gte=month, effective_on__lt=day)
    ended = Q(expires_on__gte=month, expires_on__lt=day, effective_on__lt=day)
    rows = (
        PointsEntry.objects.filter(began | ended, partner_id__in=partner_ids)
        .values("partner_id")
        .annotate(
            added=Sum("points", filter=began & Q(points__gt=0), default=0),
            taken_back=Sum("points", filter=began & Q(points__lt=0), default=0),
            expired=Sum("points", filter=ended, default=0),
        )
    )
    return {
        row["partner_id"]: Movements(
            added=row["added"], taken_back=row["taken_back"], expired=-row["expired"]
        )
        for row in rows
    }


def _readers(partner_ids: list[int]) -> dict[int, list[int]]:
    """Return partner → the accounts of its owners and of who chose the summary."""
    chose = NotificationPreference.objects.filter(
        user=OuterRef("user"), kind=KIND
    ).exclude(mail=Mail.NEVER)
    people = Person.objects.active().filter(
        Q(role=Role.OWNER) | Exists(chose),
        partner_id__in=partner_ids,
        user__is_active=True,
    )
    readers: dict[int, list[int]] = defaultdict(list)
    for partner_id, user_id in people.values_list("partner_id", "user_id"):
        assert user_id is not None  # the filter
        readers[partner_id].append(user_id)
    return readers


def _paths(
    partner: Partner, month: date, closed_on: date, at: datetime
) -> dict[str, JSON]:
    """Return where each number of the summary comes from."""
    period = {"since": month.isoformat(), "until": closed_on.isoformat()}
    points = reverse("partners:points")
    opened_on = month - ONE_DAY
    return {
        "opening": number_url(partner, Number.TOTAL, opened_on, known_at=at),
        "added": f"{points}?{urlencode(period)}",
        "taken_back": f"{points}?{urlencode({**period, 'state': 'taken_back'})}",
        "expired": f"{points}?{urlencode({'state': 'expired'})}",
        "closing": number_url(partner, Number.TOTAL, closed_on, known_at=at),
        "tier": credited_tier_url(partner, closed_on, known_at=at),
    }
