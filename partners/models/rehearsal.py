"""Rehearsals: where every partner would stand under an edition that is not published."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from partners.append_only import AppendOnlyModel, AppendOnlyQuerySet
from partners.models.companies import Partner
from partners.models.of_partner import OfPartnerMixin
from partners.models.rulebook import RulebookEdition
from partners.models.standing import TierChoice


class RulebookRehearsal(models.Model):
    """One rehearsal of a draft, in parts that are ranges of partners.

    It keeps the document it was made with, so that its rows can be explained after the
    draft has changed. `baseline` is the edition the draft would follow.
    """

    edition = models.ForeignKey(
        RulebookEdition,
        on_delete=models.PROTECT,
        related_name="rehearsals",
        verbose_name=_("rulebook edition"),
    )
    baseline = models.ForeignKey(
        RulebookEdition,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("compared with"),
    )
    document = models.TextField(_("document"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("asked for by"),
    )
    requested_at = models.DateTimeField(_("asked for at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    parts = models.PositiveIntegerField(_("parts"))
    parts_done = models.PositiveIntegerField(_("parts done"), default=0)
    partners = models.PositiveIntegerField(_("partners"))
    partners_done = models.PositiveIntegerField(_("partners done"), default=0)

    class Meta:
        verbose_name = _("rulebook rehearsal")
        verbose_name_plural = _("rulebook rehearsals")
        constraints = [
            models.CheckConstraint(
                name="rehearsal_has_no_more_parts_done_than_parts",
                condition=Q(parts_done__lte=F("parts")),
            ),
            models.CheckConstraint(
                name="rehearsal_is_finished_when_all_parts_are_done",
                condition=Q(finished_at=None, parts_done__lt=F("parts"))
                | Q(finished_at__isnull=False, parts_done=F("parts")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition_id}/{self.pk}"


class RehearsalRowQuerySet(OfPartnerMixin, AppendOnlyQuerySet["RehearsalRow"]):
    """Rows of partners, by who may see the partner."""


class RehearsalRow(AppendOnlyModel):
    """One partner in a rehearsal: the sums of a day, the tier under either edition.

    Points in micro-points. Why a tier differs follows from sums and documents.
    """

    class Change(models.TextChoices):
        RISES = "rises", _("Rises")
        FALLS = "falls", _("Falls")
        SAME = "same", _("Stays")

    rehearsal = models.ForeignKey(
        RulebookRehearsal,
        on_delete=models.PROTECT,
        related_name="rows",
        db_index=False,  # the index below begins with it
        verbose_name=_("rehearsal"),
    )
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("partner"),
    )
    as_of = models.DateField(_("as of"))
    sourced = models.BigIntegerField(_("sourced points"))
    assisted = models.BigIntegerField(_("assisted points"))
    managed = models.BigIntegerField(_("managed points"))
    credited_tier = models.CharField(
        _("credited tier"), max_length=10, choices=TierChoice
    )
    tier_now = models.CharField(_("tier now"), max_length=10, choices=TierChoice)
    tier_then = models.CharField(_("tier then"), max_length=10, choices=TierChoice)
    change = models.CharField(_("change"), max_length=5, choices=Change)

    objects = RehearsalRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("rehearsed partner")
        verbose_name_plural = _("rehearsed partners")
        constraints = [
            models.UniqueConstraint(
                name="one_row_per_rehearsal_and_partner", fields=["rehearsal", "partner"]
            ),
            models.CheckConstraint(
                name="rehearsed_change_is_known",
                condition=Q(change__in=("rises", "falls", "same")),
            ),
        ]
        indexes = [
            models.Index(name="rehearsed_changes", fields=["rehearsal", "change", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.tier_now} → {self.tier_then}"
