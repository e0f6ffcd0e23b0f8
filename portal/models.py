"""What the portal itself keeps: rehearsed evaluations, and who was here when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from partners.models import (
    Evaluation,
    Partner,
    RulebookEdition,
    TierChoice,
    partner_scope,
)

if TYPE_CHECKING:
    from partners.models import User


class OutlookQuerySet(models.QuerySet["Outlook"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(partner_scope(user, "partner__"))


class Outlook(models.Model):
    """What the next evaluation would decide if it were on the day `as_of`.

    Derived, for all partners every night, by the rules that decide on the evaluation day
    (`portal.rehearsals`); only the newest is kept. `facts` are what the decision rests
    on, `curve` holds [day, micro-points] of the checks of the last twelve months.
    """

    partner = models.OneToOneField(
        Partner,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="outlook",
        verbose_name=_("partner"),
    )
    as_of = models.DateField(_("as of"))
    evaluation_on = models.DateField(_("evaluation on"))
    credited_tier = models.CharField(
        _("credited tier"), max_length=10, choices=TierChoice
    )
    performing_tier = models.CharField(
        _("performing tier"), max_length=10, choices=TierChoice
    )
    tier = models.CharField(_("tier after it"), max_length=10, choices=TierChoice)
    cause = models.CharField(_("cause"), max_length=30, choices=Evaluation.Cause)
    facts = models.JSONField(_("facts"))
    curve = models.JSONField(_("points of earlier checks"), default=list)
    edition = models.ForeignKey(
        RulebookEdition,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("rulebook edition"),
    )
    computed_at = models.DateTimeField(_("computed at"))

    objects = OutlookQuerySet.as_manager()

    class Meta:
        verbose_name = _("rehearsed evaluation")
        verbose_name_plural = _("rehearsed evaluations")
        constraints = [
            models.CheckConstraint(
                name="outlook_tiers_are_known",
                condition=Q(
                    credited_tier__in=TierChoice.values,
                    performing_tier__in=TierChoice.values,
                    tier__in=TierChoice.values,
                ),
            ),
            models.CheckConstraint(
                name="outlook_looks_ahead", condition=Q(evaluation_on__gte=F("as_of"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.evaluation_on}: {self.credited_tier} → {self.tier}"


class Glance(models.Model):
    """What home says of a company's deals and renewals, kept for a minute.

    Derived (`portal.home.glance`) when somebody looks and what is kept is older, of
    another day, or of another total of points.
    """

    partner = models.OneToOneField(
        Partner,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="glance",
        verbose_name=_("partner"),
    )
    on = models.DateField(_("on"))
    total = models.BigIntegerField(_("total points"))
    facts = models.JSONField(_("facts"))
    computed_at = models.DateTimeField(_("computed at"))

    class Meta:
        verbose_name = _("glance")
        verbose_name_plural = _("glances")

    def __str__(self) -> str:
        return f"{self.on}"


class Visit(models.Model):
    """The last day somebody looked at home, and the one before it.

    Written once a day and person at most; the diary begins where they left off.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="visit",
        verbose_name=_("person"),
    )
    last_on = models.DateField(_("last on"))
    previous_on = models.DateField(_("before that on"), null=True)

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = [
            models.CheckConstraint(
                name="visit_days_are_in_order",
                condition=Q(previous_on=None) | Q(previous_on__lt=F("last_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.last_on}"
