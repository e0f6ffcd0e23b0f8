"""Client accounts, their subscriptions, and which partners sold to or serve them."""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.visibility import narrowing_of
from partners.models import OwnEdition, Partner, partner_scope

if TYPE_CHECKING:
    from partners.models import User

MAX_MINOR = 10**15


M = TypeVar("M", bound=models.Model)


class PeriodQuerySet(models.QuerySet[M]):
    """What subscriptions and relationships share: `from_on <= day < until_on`."""

    def running_on(self, day: date) -> Self:
        return self.filter(Q(until_on=None) | Q(until_on__gt=day), from_on__lte=day)

    def turning_on(self, day: date) -> Self:
        """Return the periods that begin or end on a day."""
        return self.filter(Q(from_on=day) | Q(until_on=day))


def _sees_all(user: User) -> bool:
    return (
        user.is_staff
        and user.is_active
        and partner_scope(user) == Q()
        and narrowing_of(user) is None
    )


class ClientQuerySet(models.QuerySet["Client"]):
    def visible_to(self, user: User) -> Self:
        """Return the clients a partner of this account sold to or serves, or served.

        A growth specialist sees those in the own territories, and of the own deals.
        """
        if _sees_all(user):
            return self
        narrowing = narrowing_of(user)
        if narrowing is not None:
            return self.filter(partner_scope(user), narrowing)
        mine = Relationship.objects.filter(partner_scope(user, "partner__"))
        return self.filter(pk__in=mine.values("client_id"))

    def matching(self, text: str) -> Self:
        return self.filter(
            Q(name__icontains=text) | Q(domain__icontains=text) | Q(ref__icontains=text)
        )


class Client(models.Model):
    """A common customer of the vendor and of partners (R99).

    `country` is the territory by its own code: Réunion is RE, not FR (R30).
    """

    class Segment(models.TextChoices):
        SMALL = "small", _("Small business")
        MID_MARKET = "mid_market", _("Mid-market")
        ENTERPRISE = "enterprise", pgettext_lazy("segment", "Enterprise")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ref = models.CharField(_("reference"), max_length=100, unique=True)
    # A client that was made of a registration has its reference for a name until the
    # vendor gives it one: partners who share it read no word of each other.
    name = models.CharField(_("name"), max_length=200)
    # `program.domains.company_key` of the name: what look-alikes are found by.
    name_key = models.CharField(_("key of the name"), max_length=200, blank=True)
    country = models.CharField(_("country or territory"), max_length=2)
    domain = models.CharField(_("domain"), max_length=253, blank=True)
    segment = models.CharField(_("segment"), max_length=10, choices=Segment, blank=True)

    objects = ClientQuerySet.as_manager()

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        indexes = [models.Index(name="clients_by_name_key", fields=["name_key"])]

    def __str__(self) -> str:
        return self.name

    @property
    def known_as(self) -> str:
        """Its name, for staff; until somebody gives it one, its domain.

        Not for the people of partners: the domain may be what another one typed.
        """
        return (self.name if self.name != self.ref else self.domain) or self.name


class ClientDomain(models.Model):
    """A domain of a client, normalised (`program.domains`); a client may have several.

    The first one is a copy of `Client.domain`. Two clients may share one: a group and its
    subsidiary, or a record that the vendor has twice.
    """

    client = models.ForeignKey(
        Client,
        on_delete=models.PROTECT,
        related_name="domains",
        db_index=False,
        verbose_name=_("client"),
    )
    name = models.CharField(_("domain"), max_length=253)

    class Meta:
        verbose_name = _("domain of a client")
        verbose_name_plural = _("domains of clients")
        constraints = [
            models.UniqueConstraint(
                name="one_row_per_client_and_domain", fields=["client", "name"]
            ),
        ]
        indexes = [models.Index(name="client_domains_by_name", fields=["name"])]

    def __str__(self) -> str:
        return self.name


class SubscriptionQuerySet(PeriodQuerySet["Subscription"]):
    def visible_to(self, user: User) -> Self:
        clients = Client.objects.visible_to(user)
        return self.filter(client__in=clients)

    def running_for(self, user: User, *, on: date) -> Self:
        """Return what runs on a day at clients a partner of the account works with then.

        What a client pays today is no longer the business of a former partner.
        """
        running = self.running_on(on)
        if _sees_all(user):
            return running
        if narrowing_of(user) is not None:
            return running.visible_to(user)
        related = Relationship.objects.visible_to(user).running_on(on)
        return running.filter(client__in=related.values("client_id"))


class Subscription(models.Model):
    """A period of constant monthly recurring revenue of one product line of a client.

    Consecutive rows of a client and product line are its history; they do not overlap,
    and a trigger sees to it. `mrr_minor` is in minor units of `currency`, after discount.
    """

    ref = models.CharField(_("reference"), max_length=100, unique=True)
    client = models.ForeignKey(
        Client,
        on_delete=models.PROTECT,
        related_name="subscriptions",
        db_index=False,
        verbose_name=_("client"),
    )
    product_line = models.CharField(_("product line"), max_length=50)
    edition = models.CharField(_("edition"), max_length=12, choices=OwnEdition)
    mrr_minor = models.BigIntegerField(_("monthly recurring revenue, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until (excluded)"), null=True, blank=True)
    renews_on = models.DateField(_("renews on"), null=True, blank=True)
    seats = models.IntegerField(_("seats"), null=True, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            models.CheckConstraint(
                name="subscription_ends_after_it_begins",
                condition=Q(until_on=None) | Q(until_on__gt=F("from_on")),
            ),
            models.CheckConstraint(
                name="subscription_mrr_in_range",
                condition=Q(mrr_minor__gte=0, mrr_minor__lte=MAX_MINOR),
            ),
            models.CheckConstraint(
                name="subscription_seats_not_negative",
                condition=Q(seats=None) | Q(seats__gte=0, seats__lte=10_000_000),
            ),
        ]
        indexes = [
            # A client's history, and the trigger that refuses overlaps.
            models.Index(
                name="subscriptions_of_client",
                fields=["client", "product_line", "from_on"],
            ),
            # What turns on a day: the daily posting of managed points.
            models.Index(name="subscriptions_by_start", fields=["from_on"]),
            models.Index(
                name="subscriptions_by_end",
                fields=["until_on"],
                condition=Q(until_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.ref


class RelationshipQuerySet(PeriodQuerySet["Relationship"]):
    def visible_to(self, user: User) -> Self:
        scope = self.filter(partner_scope(user, "partner__"))
        if narrowing_of(user) is None:
            return scope
        return scope.filter(client__in=Client.objects.visible_to(user))

    def managed(self) -> Self:
        return self.filter(kind=Relationship.Kind.MANAGED)


class Relationship(models.Model):
    """A partner sold to a client, or serves it, over a period (3.3, 3.15).

    Periods of one partner, client and kind do not overlap; a trigger sees to it.
    """

    class Kind(models.TextChoices):
        SOLD = "sold", _("Sold")
        MANAGED = "managed", _("Managed")

    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="relationships",
        db_index=False,
        verbose_name=_("partner"),
    )
    client = models.ForeignKey(
        Client,
        on_delete=models.PROTECT,
        related_name="relationships",
        verbose_name=_("client"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until (excluded)"), null=True, blank=True)

    objects = RelationshipQuerySet.as_manager()

    class Meta:
        verbose_name = _("relationship")
        verbose_name_plural = _("relationships")
        constraints = [
            models.UniqueConstraint(
                name="one_relationship_per_start",
                fields=["partner", "client", "kind", "from_on"],
            ),
            models.CheckConstraint(
                name="relationship_ends_after_it_begins",
                condition=Q(until_on=None) | Q(until_on__gt=F("from_on")),
            ),
        ]
        indexes = [
            models.Index(name="relationships_by_start", fields=["from_on"]),
            models.Index(
                name="relationships_by_end",
                fields=["until_on"],
                condition=Q(until_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.from_on}"


class UsageReading(models.Model):
    """What was measured of one tool of a client over the last 30 days (3.14)."""

    client = models.ForeignKey(
        Client,
        on_delete=models.PROTECT,
        related_name="usage_readings",
        db_index=False,
        verbose_name=_("client"),
    )
    tool = models.CharField(_("tool"), max_length=50)
    measured_on = models.DateField(_("measured on"))
    activated = models.BooleanField(_("activated"))
    active_users = models.IntegerField(_("active users"), null=True, blank=True)
    key_actions = models.IntegerField(_("key actions"), null=True, blank=True)

    class Meta:
        verbose_name = _("usage reading")
        verbose_name_plural = _("usage readings")
        constraints = [
            models.UniqueConstraint(
                name="one_usage_reading_per_tool_and_day",
                fields=["client", "tool", "measured_on"],
            ),
            models.CheckConstraint(
                name="usage_reading_counts_in_range",
                condition=(
                    Q(active_users=None) | Q(active_users__gte=0, active_users__lte=10**9)
                )
                & (Q(key_actions=None) | Q(key_actions__gte=0, key_actions__lte=10**9)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tool} {self.measured_on}"
