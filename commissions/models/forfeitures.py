"""What is lost for want of papers (3.8)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commissions.models.receipts import IsFirstDay
from commissions.models.visibility import MoneyMixin
from deals.models import Deal
from partners.append_only import AppendOnlyModel, AppendOnlyQuerySet
from partners.models import Partner


class Forfeiture(AppendOnlyModel):
    """What a deal accrued up to a day is lost: papers did not come in time (3.8).

    All lines of its schedules for months up to `through_month` are lost, those that are
    corrected later included; what accrues for later months is not.
    """

    deal = models.OneToOneField(
        Deal,
        on_delete=models.PROTECT,
        related_name="forfeiture",
        verbose_name=_("deal"),
    )
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="forfeitures",
        verbose_name=_("partner"),
    )
    on = models.DateField(_("on"))
    through_month = models.DateField(_("through the month"))
    missing = models.JSONField(_("papers that were missing"))
    at = models.DateTimeField(_("at"))

    class ForfeitureQuerySet(MoneyMixin, AppendOnlyQuerySet["Forfeiture"]):
        def standing(self) -> Forfeiture.ForfeitureQuerySet:
            """Return those that were not waived afterwards: what a statement takes."""
            return self.filter(deal__forfeiture_waiver=None)

    objects = ForfeitureQuerySet.as_manager()

    class Meta:
        verbose_name = _("forfeiture")
        verbose_name_plural = _("forfeitures")
        constraints = [
            models.CheckConstraint(
                name="forfeiture_month_is_a_first_day",
                condition=IsFirstDay("through_month"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deal} {self.on}"


class ForfeitureWaiver(AppendOnlyModel):
    """Finance decided that a deal loses nothing although its papers are late (3.8).

    Before the day, or after it as long as no statement has taken the forfeiture in.
    """

    deal = models.OneToOneField(
        Deal,
        on_delete=models.PROTECT,
        related_name="forfeiture_waiver",
        verbose_name=_("deal"),
    )
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="forfeiture_waivers",
        verbose_name=_("partner"),
    )
    reason = models.CharField(_("reason"), max_length=500)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))

    class ForfeitureWaiverQuerySet(MoneyMixin, AppendOnlyQuerySet["ForfeitureWaiver"]):
        pass

    objects = ForfeitureWaiverQuerySet.as_manager()

    class Meta:
        verbose_name = _("forfeiture waiver")
        verbose_name_plural = _("forfeiture waivers")

    def __str__(self) -> str:
        return f"{self.deal}"
