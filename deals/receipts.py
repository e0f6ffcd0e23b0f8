"""What the points ledger shows of a deal line, and why a line earned nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import CharField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from deals.models import Deal, DealLine, client_shown
from partners.models import PointsEntry, User, partner_scope
from partners.receipts.sources import Fact, PendingSource, SourceName, register
from partners.selectors import Edition, Editions
from program.money import Money
from program.points import proof_is_valid, sold_expiry
from program.rulebook import Rulebook
from ui import formats


class Nothing(StrEnum):
    """Why a deal line earns no points on a day."""

    OPEN = "open"
    LOST = "lost"
    BEFORE_EDITIONS = "before_editions"
    NO_PROOF = "no_proof"
    PROOF_OUT_OF_TIME = "proof_out_of_time"
    CURRENCY = "currency"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NO_VALUE = "no_value"


REASONS = {
    Nothing.OPEN: gettext_lazy("not won yet"),
    Nothing.LOST: gettext_lazy("lost"),
    Nothing.BEFORE_EDITIONS: gettext_lazy("won before the first rulebook edition"),
    Nothing.NO_PROOF: gettext_lazy("no proof of involvement"),
    Nothing.PROOF_OUT_OF_TIME: gettext_lazy("proof of involvement out of time"),
    Nothing.CURRENCY: gettext_lazy("currency not on the scale: pending"),
    Nothing.CANCELLED: gettext_lazy("subscription ended"),
    Nothing.EXPIRED: gettext_lazy("window of sold points over"),
    Nothing.NO_VALUE: gettext_lazy("worth no points"),
}


def why_nothing(line: DealLine, *, on: date, editions: Editions) -> Nothing | None:
    """Return why a line (with its deal) earns nothing on a day; None if it earns.

    The same conditions as `deals.postings`, in the order a person would ask them.
    """
    deal = line.deal
    if deal.stage != Deal.Stage.WON or deal.closed_on is None:
        return Nothing.LOST if deal.stage == Deal.Stage.LOST else Nothing.OPEN
    if deal.closed_on < editions.first_day:
        return Nothing.BEFORE_EDITIONS
    rulebook = editions.on(deal.closed_on).rulebook
    proven = proof_is_valid(
        closed_on=deal.closed_on, poi_on=deal.poi_on, rulebook=rulebook
    )
    sold_on = line.added_on or deal.closed_on
    ended = deal.cancelled_on is not None and deal.cancelled_on <= on
    conditions = (
        (Nothing.NO_PROOF, not proven and deal.poi_on is None),
        (Nothing.PROOF_OUT_OF_TIME, not proven),
        (Nothing.CANCELLED, ended),
        (Nothing.EXPIRED, sold_expiry(sold_on, editions.on(sold_on).rulebook) <= on),
        (Nothing.CURRENCY, _waits(line.currency, sold_on, on, editions)),
        (Nothing.NO_VALUE, not line.mrr_minor),
    )
    return next((reason for reason, holds in conditions if holds), None)


def lines_with_points(*, on: date) -> QuerySet[DealLine]:
    """Return deal lines with the points they give on a day and their last entry.

    `points_now` are micro-points; `entry_id` is the public id of the newest entry, whose
    receipt tells the whole history, and None where nothing was ever posted.
    """
    posted = PointsEntry.objects.filter(
        source_kind=PointsEntry.Source.DEAL_LINE,
        source_id=OuterRef("pk"),
        partner=OuterRef("deal__partner"),
    ).order_by()
    now = posted.counting_on(on).values("source_id").annotate(sum=Sum("points"))
    return DealLine.objects.annotate(
        points_now=Coalesce(Subquery(now.values("sum")), 0),
        entry_id=Subquery(posted.order_by("-seq").values("public_id")[:1]),
    ).order_by("pk")


class DealLines:
    """Speaks for deal lines, the sources of sold points."""

    def named(self, source_ids: Collection[int], *, user: User) -> QuerySet[Any, Any]:
        return (
            _visible_lines(user)
            .filter(pk__in=source_ids)
            .order_by()
            .values_list(
                "pk",
                "deal__name",
                client_shown("deal__"),
                Cast("deal__public_id", CharField()),
            )
        )

    def name(self, title: str, detail: str, page: str) -> SourceName:
        url = reverse("deals:detail", args=[UUID(page)])
        return SourceName(title=title, detail=detail, url=url)

    def matching(self, text: str, *, user: User) -> QuerySet[Any, Any]:
        deals = Deal.objects.visible_to(user).matching(text)
        return DealLine.objects.filter(deal__in=deals).values("pk")

    def facts(self, source_id: int, *, user: User, edition: Edition) -> Sequence[Fact]:
        line = (
            _visible_lines(user)
            .select_related("deal__client")
            .filter(pk=source_id)
            .first()
        )
        if line is None:
            return ()
        deal = line.deal
        facts = [
            Fact(
                label=_("Deal"),
                value=deal.name,
                url=reverse("deals:detail", args=[deal.public_id]),
                note=deal.get_stage_display(),
            ),
            Fact(label=_("Motion"), value=deal.get_motion_display()),
            Fact(
                label=_("Client"),
                value=deal.client_label,
                url=f"{reverse('clients:list')}?{urlencode({'q': deal.client.ref})}",
            ),
        ]
        if deal.closed_on is not None:
            facts.append(Fact(label=_("Closed"), value=formats.day_long(deal.closed_on)))
            facts.append(
                proof_fact(deal.closed_on, deal.poi_on, rulebook=edition.rulebook)
            )
        if deal.cancelled_on is not None:
            facts.append(
                Fact(label=_("Ended"), value=formats.day_long(deal.cancelled_on))
            )
        return facts

    def pending(
        self, *, user: User, on: date, editions: Editions
    ) -> Sequence[PendingSource]:
        lines = (
            _perhaps_pending(user, on, editions)
            .select_related("deal__client")
            .order_by("-deal__closed_on", "pk")
        )
        return [
            PendingSource(
                kind=PointsEntry.Source.DEAL_LINE,
                name=SourceName(
                    title=line.deal.name,
                    detail=line.deal.client_label,
                    url=reverse("deals:detail", args=[line.deal.public_id]),
                ),
                mrr=Money(line.mrr_minor, line.currency),
                since=line.deal.closed_on or on,
            )
            for line in lines
            if why_nothing(line, on=on, editions=editions) is Nothing.CURRENCY
        ]

    def pending_count(self, *, user: User, on: date, editions: Editions) -> int:
        # The proof is judged by the edition of each closing day, so not in SQL.
        rows = _perhaps_pending(user, on, editions).values_list(
            "deal__closed_on", "deal__poi_on", "currency"
        )
        return sum(
            count
            for (closed_on, poi_on, currency), count in Counter(rows).items()
            if closed_on is not None
            and closed_on >= editions.first_day
            and _is_proven(closed_on, poi_on, editions.on(closed_on).rulebook, on)
            and _waits(currency, closed_on, on, editions)
        )

    def perhaps_pending(
        self, *, user: User, on: date, editions: Editions
    ) -> QuerySet[DealLine]:
        return _perhaps_pending(user, on, editions)


def proof_fact(closed_on: date, poi_on: date | None, *, rulebook: Rulebook) -> Fact:
    """Return the proof of involvement as a fact, judged by the rules of a day."""
    label = _("Proof of involvement")
    if poi_on is None:
        return Fact(label=label, value=_("none"), note=_("The deal earns nothing."))
    days = (poi_on - closed_on).days
    in_time = proof_is_valid(closed_on=closed_on, poi_on=poi_on, rulebook=rulebook)
    distance = {"days": formats.number(abs(days))}
    if days < 0:
        note = ngettext(
            "%(days)s day before the close: in time",
            "%(days)s days before the close: in time",
            -days,
        )
        late = ngettext(
            "%(days)s day before the close: too early",
            "%(days)s days before the close: too early",
            -days,
        )
    elif days == 0:
        note = late = _("on the day of the close: in time")
    else:
        note = ngettext(
            "%(days)s day after the close: in time",
            "%(days)s days after the close: in time",
            days,
        )
        late = ngettext(
            "%(days)s day after the close: too late",
            "%(days)s days after the close: too late",
            days,
        )
    said = (note if in_time else late) % distance
    return Fact(label=label, value=formats.day_long(poi_on), note=said)


def _visible_lines(user: User) -> QuerySet[DealLine]:
    return DealLine.objects.filter(partner_scope(user, "deal__partner__"))


def _is_proven(
    closed_on: date, poi_on: date | None, rulebook: Rulebook, on: date
) -> bool:
    return sold_expiry(closed_on, rulebook) > on and proof_is_valid(
        closed_on=closed_on, poi_on=poi_on, rulebook=rulebook
    )


def _waits(currency: str, closed_on: date, on: date, editions: Editions) -> bool:
    """Say whether no edition has converted a currency since the closing day (3.23)."""
    converting = editions.converting(currency, closed_on)
    return converting is None or converting[1] > on


def _perhaps_pending(user: User, on: date, editions: Editions) -> QuerySet[DealLine]:
    """Return the lines that may wait: the edition of the day lacks their currency."""
    return (
        _visible_lines(user)
        .filter(
            deal__stage=Deal.Stage.WON,
            deal__closed_on__gt=on - timedelta(days=_LONGEST_WINDOW_DAYS),
            mrr_minor__gt=0,
        )
        .exclude(deal__cancelled_on__lte=on)
        .exclude(currency__in=list(editions.on(on).rulebook.points.units))
    )


_LONGEST_WINDOW_DAYS = 5 * 366
"""No edition counts sold points for longer; what is older cannot be pending."""

register(PointsEntry.Source.DEAL_LINE, DealLines())
