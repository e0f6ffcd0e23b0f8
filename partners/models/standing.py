"""Where partners stand: today's row, the monthly snapshots, the tiers and decisions."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.append_only import AppendOnlyModel, AppendOnlyQuerySet
from partners.models.companies import Partner, partner_scope
from partners.models.rulebook import RulebookEdition

if TYPE_CHECKING:
    from partners.models.users import User


class TierChoice(models.TextChoices):
    """The tiers, lowest first (R1)."""

    NONE = "none", _("No tier")
    GOLD = "gold", "Gold"
    PLATINUM = "platinum", "Platinum"
    DIAMOND = "diamond", "Diamond"
    ELITE = "elite", "Elite"


class StandingQuerySet(models.QuerySet["Standing"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(partner_scope(user, "partner__"))


class Standing(models.Model):
    """A partner's standing on the day `as_of`; all points in micro-points.

    Derived from the ledger by one statement (`partners.standing_sql`), after each
    posting for one partner and every day for all. Pages read it and never sum.
    """

    partner = models.OneToOneField(
        Partner,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="standing",
        verbose_name=_("partner"),
    )
    as_of = models.DateField(_("as of"))
    sourced = models.BigIntegerField(_("sourced points"), default=0)
    assisted = models.BigIntegerField(_("assisted points"), default=0)
    managed = models.BigIntegerField(_("managed points"), default=0)
    # What counts on `as_of` and no longer does 30, 60, 90 days later.
    expiring_30 = models.BigIntegerField(_("expires in 30 days"), default=0)
    expiring_60 = models.BigIntegerField(_("expires in 60 days"), default=0)
    expiring_90 = models.BigIntegerField(_("expires in 90 days"), default=0)
    # What counts on `as_of` and no longer does on the next evaluation day.
    sourced_expiring = models.BigIntegerField(_("sourced, expires before"), default=0)
    assisted_expiring = models.BigIntegerField(_("assisted, expires before"), default=0)
    performing_tier = models.CharField(
        _("performing tier"), max_length=10, choices=TierChoice, default=TierChoice.NONE
    )
    credited_tier = models.CharField(
        _("credited tier"), max_length=10, choices=TierChoice, default=TierChoice.NONE
    )
    credited_on = models.DateField(_("credited on"), null=True)
    edition = models.ForeignKey(
        RulebookEdition,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("rulebook edition"),
    )

    objects = StandingQuerySet.as_manager()

    class Meta:
        verbose_name = _("standing")
        verbose_name_plural = _("standings")

    def __str__(self) -> str:
        return f"{self.as_of}"

    @property
    def total(self) -> int:
        """All points, in micro-points (R16)."""
        return self.sourced + self.assisted + self.managed


M = TypeVar("M", bound=AppendOnlyModel)


class PartnerHistoryQuerySet(AppendOnlyQuerySet[M]):
    """What the append-only tables about a partner's tier and membership share."""

    def visible_to(self, user: User) -> Self:
        return self.filter(partner_scope(user, "partner__"))


class SnapshotQuerySet(PartnerHistoryQuerySet["Snapshot"]):
    pass


class Snapshot(AppendOnlyModel):
    """The totals of a check day, the 15th of a month (3.4); in micro-points.

    `taken_at` is also the cutoff: what was recorded later is not in it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="snapshots",
        db_index=False,
        verbose_name=_("partner"),
    )
    on = models.DateField(_("on"))
    sourced = models.BigIntegerField(_("sourced points"))
    assisted = models.BigIntegerField(_("assisted points"))
    managed = models.BigIntegerField(_("managed points"))
    performing_tier = models.CharField(
        _("performing tier"), max_length=10, choices=TierChoice
    )
    certified = models.BooleanField(_("certified"))
    edition = models.ForeignKey(
        RulebookEdition,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("rulebook edition"),
    )
    taken_at = models.DateTimeField(_("taken at"))

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        verbose_name = _("monthly snapshot")
        verbose_name_plural = _("monthly snapshots")
        constraints = [
            models.UniqueConstraint(
                name="one_snapshot_per_partner_and_day", fields=["partner", "on"]
            ),
            models.CheckConstraint(
                name="snapshot_tier_is_known",
                condition=Q(performing_tier__in=TierChoice.values),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on}"


class EvaluationQuerySet(PartnerHistoryQuerySet["Evaluation"]):
    pass


class Evaluation(AppendOnlyModel):
    """The decision of 15 January or 15 July, or of the end of a cure, with its facts.

    `facts` holds the check days with their tiers, the certification and the protection,
    and `sha256` the fingerprint of edition and facts: the decision can be repeated.
    """

    class Cause(models.TextChoices):
        KEPT = "kept", _("Kept")
        PROTECTED = "protected", _("Kept: protected for six months after it was earned")
        UPGRADED = "upgraded", _("Upgraded")
        DOWNGRADED = "downgraded", _("Downgraded to the best tier of the period")
        CERTIFICATION_EXPIRED = (
            "certification_expired",
            _("Kept while the certification can be renewed"),
        )
        CERTIFICATION_LOST = "certification_lost", _("Lost: certification not renewed")
        APPEALED = "appealed", _("Waits for the decision on an appeal")
        APPEAL_UPHELD = "appeal_upheld", _("Kept: an appeal was upheld")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="evaluations",
        db_index=False,
        verbose_name=_("partner"),
    )
    on = models.DateField(_("on"))
    credited_before = models.CharField(
        _("tier before"), max_length=10, choices=TierChoice
    )
    tier = models.CharField(_("tier"), max_length=10, choices=TierChoice)
    cause = models.CharField(_("cause"), max_length=30, choices=Cause)
    best_tier = models.CharField(
        _("best tier of the period"), max_length=10, choices=TierChoice
    )
    protected_until = models.DateField(_("protected until"), null=True)
    # The day by which an expired certification must be renewed; null: nothing to cure.
    cure_until = models.DateField(_("to be renewed by"), null=True)
    # The evaluation whose cure this one ends.
    ends_cure_of = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="cure_ended_by",
        verbose_name=_("ends the cure of"),
    )
    facts = models.JSONField(_("facts"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    edition = models.ForeignKey(
        RulebookEdition,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("rulebook edition"),
    )
    decided_at = models.DateTimeField(_("decided at"))

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")
        constraints = [
            models.UniqueConstraint(
                name="one_evaluation_per_partner_and_day", fields=["partner", "on"]
            ),
        ]
        indexes = [
            # The daily search for cures that end.
            models.Index(
                name="evaluation_cures",
                fields=["cure_until"],
                condition=Q(cure_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on}"


class TierChangeQuerySet(PartnerHistoryQuerySet["TierChange"]):
    pass


class TierChange(AppendOnlyModel):
    """A tier credited to a partner from a day on; the last one is the credited tier."""

    class Cause(models.TextChoices):
        IMPORTED = "imported", _("Recorded before the portal")
        UPGRADED = "upgraded", _("Earned at a monthly snapshot")
        DOWNGRADED = "downgraded", _("Evaluation")
        CERTIFICATION_LOST = "certification_lost", _("Certification not renewed")
        APPEAL_REJECTED = "appeal_rejected", _("Evaluation, after an appeal was rejected")
        ELITE_ACCEPTED = "elite_accepted", _("Invitation to Elite accepted")
        ELITE_ENDED = "elite_ended", _("Elite ended after a review")
        MEMBERSHIP_ENDED = "membership_ended", _("Became a provider")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="tier_changes",
        db_index=False,
        verbose_name=_("partner"),
    )
    on = models.DateField(_("credited on"))
    tier = models.CharField(_("tier"), max_length=10, choices=TierChoice)
    cause = models.CharField(_("cause"), max_length=20, choices=Cause)
    snapshot = models.ForeignKey(
        Snapshot,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("snapshot"),
    )
    evaluation = models.ForeignKey(
        Evaluation,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("evaluation"),
    )
    corrects = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="corrected_by",
        verbose_name=_("corrects"),
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    objects = TierChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("tier change")
        verbose_name_plural = _("tier changes")
        constraints = [
            # A correction of imported history names what it corrects.
            models.UniqueConstraint(
                name="one_tier_change_per_partner_day_and_cause",
                fields=["partner", "on", "cause"],
                condition=Q(corrects=None),
            ),
            models.CheckConstraint(
                name="tier_change_tier_is_known", condition=Q(tier__in=TierChoice.values)
            ),
        ]
        indexes = [
            # The credited tier on a day: the last row up to it.
            models.Index(name="tier_changes_of_partner", fields=["partner", "on", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.get_tier_display()}"


class EliteAdmissionQuerySet(PartnerHistoryQuerySet["EliteAdmission"]):
    def holds_on(self, day: date, *, known_at: datetime | None = None) -> bool:
        """Say whether one partner's rows admit it on a day, as known at a moment."""
        known = self if known_at is None else self.filter(recorded_at__lte=known_at)
        last = known.filter(on__lte=day).order_by("-on", "-id").first()
        return last is not None and last.admitted


class EliteAdmission(AppendOnlyModel):
    """Admitted to Elite's numbers from a day on, or not any more; the last row holds.

    `Partner.elite_invited_on` is a copy of the day that holds now, for the statements
    that recompute standings.
    """

    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="elite_admissions",
        db_index=False,  # the index below begins with it
        verbose_name=_("partner"),
    )
    on = models.DateField(_("from"))
    admitted = models.BooleanField(_("admitted to Elite"))
    recorded_at = models.DateTimeField(_("recorded at"))

    objects = EliteAdmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("admission to Elite")
        verbose_name_plural = _("admissions to Elite")
        indexes = [
            models.Index(
                name="elite_admissions_of_partner", fields=["partner", "on", "id"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on}"
