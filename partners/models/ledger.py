"""The points ledger (design 4)."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from partners.append_only import AppendOnlyModel, AppendOnlyQuerySet
from partners.models.companies import Partner
from partners.models.of_partner import OfPartnerMixin
from partners.models.rulebook import RulebookEdition

MAX_MICROPOINTS = 10**15


class KindChoice(models.TextChoices):
    """Where points come from (R20)."""

    SOURCED = "sourced", _("Sourced")
    ASSISTED = "assisted", _("Assisted")
    MANAGED = "managed", _("Managed")


class PointsEntryQuerySet(OfPartnerMixin, AppendOnlyQuerySet["PointsEntry"]):
    def counting_on(self, day: date) -> Self:
        """Return the entries that are part of the totals of a day.

        `effective_on` is the first day an entry counts, `expires_on` the first on which
        it no longer does.
        """
        return self.filter(
            Q(expires_on=None) | Q(expires_on__gt=day), effective_on__lte=day
        )

    def expiring(self, after: date, until: date) -> Self:
        """Return the entries counting on `after` that no longer do on `until`."""
        return self.filter(
            effective_on__lte=after, expires_on__gt=after, expires_on__lte=until
        )

    def known_at(self, moment: datetime) -> Self:
        """Return the entries as they were known at a moment: later ones are left out."""
        return self.filter(recorded_at__lte=moment)


class PointsEntry(AppendOnlyModel):
    """A change of a partner's points, in millionths of a point, with what it rests on.

    An entry counts on the days `effective_on <= day < expires_on`. The sum of the
    entries of a source is what the source is worth; a correction is a further entry.
    `seq` numbers the entries of one source, so that posting the same change twice
    breaks the unique key and stays without effect.
    """

    class Source(models.TextChoices):
        DEAL_LINE = "deal_line", _("Deal line")
        MANAGED_CLIENT = "managed_client", _("Managed client")

    class Reason(models.TextChoices):
        WON = "won", _("Deal won")
        CANCELLED = "cancelled", _("Subscription ended")
        REDUCED = "reduced", _("Subscription reduced")
        STOCK = "stock", _("Managed stock changed")
        CORRECTED = "corrected", _("Source data corrected")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="points_entries",
        db_index=False,  # the indexes below begin with it
        verbose_name=_("partner"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=KindChoice)
    points = models.BigIntegerField(_("micro-points"))
    effective_on = models.DateField(_("effective on"))
    expires_on = models.DateField(_("expires on"), null=True)
    recorded_at = models.DateTimeField(_("recorded at"))
    source_kind = models.CharField(_("source kind"), max_length=20, choices=Source)
    source_id = models.BigIntegerField(_("source id"))
    seq = models.IntegerField(_("number within the source"))
    source_ref = models.CharField(_("source"), max_length=210)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    facts = models.JSONField(_("facts"))
    edition = models.ForeignKey(
        RulebookEdition,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,  # nobody asks for the entries of an edition
        verbose_name=_("rulebook edition"),
    )
    corrects = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="corrections",
        db_index=False,  # corrections are found by their source
        db_constraint=False,  # ours alone to write; saves a look-up per row on import
        verbose_name=_("corrects"),
    )

    objects = PointsEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("points entry")
        verbose_name_plural = _("points entries")
        constraints = [
            models.UniqueConstraint(
                name="one_points_entry_per_source_event",
                fields=["source_kind", "source_id", "seq"],
            ),
            models.CheckConstraint(name="points_entry_not_zero", condition=~Q(points=0)),
            models.CheckConstraint(
                name="points_entry_in_range",
                condition=Q(points__gte=-MAX_MICROPOINTS, points__lte=MAX_MICROPOINTS),
            ),
            models.CheckConstraint(
                name="points_entry_expires_after_it_begins",
                condition=Q(expires_on=None) | Q(expires_on__gt=F("effective_on")),
            ),
            models.CheckConstraint(
                name="points_entry_sold_expires_managed_does_not",
                condition=Q(kind="managed", expires_on=None)
                | Q(kind__in=("sourced", "assisted"), expires_on__isnull=False),
            ),
        ]
        indexes = [
            # Totals, of one partner or of all: read from the index alone.
            models.Index(
                name="points_totals",
                fields=["partner", "kind", "effective_on", "expires_on", "points"],
            ),
            # The points page: newest first. The diary finds in it what was learnt late.
            models.Index(
                name="points_page",
                fields=["partner", "-effective_on", "-id", "recorded_at", "expires_on"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_ref} {self.effective_on}"
