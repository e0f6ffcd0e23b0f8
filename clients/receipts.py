"""What the points ledger shows of a managed client: its name, its facts, what waits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from clients.models import (
    Client,
    Relationship,
    RelationshipQuerySet,
    Subscription,
    SubscriptionQuerySet,
)
from partners.models import PointsEntry, User
from partners.receipts.sources import Fact, PendingSource, SourceName, register
from partners.selectors import Edition, Editions
from program.money import Money
from ui import formats


def relationships_with_points(
    relationships: RelationshipQuerySet, *, on: date
) -> RelationshipQuerySet:
    """Return relationships, their partners, managed points and newest entries.

    `points_now` are micro-points on a day, `entry_id` the public id of the newest entry
    (None where nothing was ever posted), `is_running` whether the day is in the period.
    """
    posted = PointsEntry.objects.filter(
        source_kind=PointsEntry.Source.MANAGED_CLIENT,
        source_id=OuterRef("pk"),
        partner=OuterRef("partner"),
    ).order_by()
    now = posted.counting_on(on).values("source_id").annotate(sum=Sum("points"))
    return (
        relationships.select_related("partner")
        .annotate(
            points_now=Coalesce(Subquery(now.values("sum")), 0),
            entry_id=Subquery(
                posted.order_by("-effective_on", "-seq").values("public_id")[:1]
            ),
            is_running=Q(from_on__lte=on) & (Q(until_on=None) | Q(until_on__gt=on)),
        )
        .order_by("from_on", "pk")
    )


class ManagedClients:
    """Speaks for managed relationships, the sources of managed points."""

    def named(self, source_ids: Collection[int], *, user: User) -> QuerySet[Any, Any]:
        return (
            Relationship.objects.visible_to(user)
            .filter(pk__in=source_ids)
            .order_by()
            .values_list("pk", "client__name", Value(""), "client__ref")
        )

    def name(self, title: str, detail: str, page: str) -> SourceName:
        return SourceName(
            title=title, detail=detail or _("Managed client"), url=_client_url(page)
        )

    def matching(self, text: str, *, user: User) -> QuerySet[Any, Any]:
        clients = Client.objects.matching(text)
        return (
            Relationship.objects.visible_to(user).filter(client__in=clients).values("pk")
        )

    def facts(self, source_id: int, *, user: User, edition: Edition) -> Sequence[Fact]:
        relationship = (
            Relationship.objects.visible_to(user)
            .select_related("client")
            .filter(pk=source_id)
            .first()
        )
        if relationship is None:
            return ()
        client = relationship.client
        served = formats.day_long(relationship.from_on)
        if relationship.until_on is not None:
            served = _("from %(first)s until before %(last)s") % {
                "first": served,
                "last": formats.day_long(relationship.until_on),
            }
        else:
            served = _("since %(day)s") % {"day": served}
        return (
            Fact(label=_("Client"), value=client.name, url=_client_url(client.ref)),
            Fact(
                label=_("Territory"),
                value=f"{formats.territory(client.country)} ({client.country})",
            ),
            Fact(label=_("Managed"), value=served),
        )

    def pending(
        self, *, user: User, on: date, editions: Editions
    ) -> Sequence[PendingSource]:
        rows = (
            _off_scale(user, on, editions)
            .order_by("-from_on", "pk")
            .values_list(
                "client__name", "client__ref", "product_line", "mrr_minor", "currency",
                "from_on",
            )
        )  # fmt: skip
        products = editions.on(on).rulebook.products
        return [
            PendingSource(
                kind=PointsEntry.Source.MANAGED_CLIENT,
                name=SourceName(
                    title=name,
                    detail=products[line].name if line in products else line,
                    url=_client_url(ref),
                ),
                mrr=Money(minor, currency),
                since=from_on,
            )
            for name, ref, line, minor, currency, from_on in rows
        ]

    def pending_count(self, *, user: User, on: date, editions: Editions) -> int:
        return _off_scale(user, on, editions).count()

    def perhaps_pending(
        self, *, user: User, on: date, editions: Editions
    ) -> SubscriptionQuerySet:
        return _off_scale(user, on, editions)


def _client_url(ref: str) -> str:
    return f"{reverse('clients:list')}?{urlencode({'q': ref})}"


def _off_scale(user: User, on: date, editions: Editions) -> SubscriptionQuerySet:
    """Return running subscriptions of managed clients that no unit converts (3.23)."""
    served = Relationship.objects.visible_to(user).managed().running_on(on)
    return (
        Subscription.objects.running_on(on)
        .filter(client__in=served.values("client_id"), mrr_minor__gt=0)
        .exclude(currency__in=list(editions.on(on).rulebook.points.units))
    )


register(PointsEntry.Source.MANAGED_CLIENT, ManagedClients())
