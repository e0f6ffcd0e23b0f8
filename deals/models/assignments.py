"""The vendor's specialists and who of them is assigned to a deal (R44-R48)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from deals.models.deals import Deal
from deals.models.visibility import deal_scope

if TYPE_CHECKING:
    from partners.models import User


class SpecialistKind(models.TextChoices):
    GROWTH = "growth", _("Growth specialist")
    PRODUCT = "product", _("Product specialist")
    ENGINEER = "engineer", _("Solutions engineer")


class Specialist(models.Model):
    """Somebody of the vendor who can be assigned to deals, with or without an account.

    `capacity` is how many open deals they take at once; None: any number.
    """

    kind = models.CharField(_("kind"), max_length=10, choices=SpecialistKind)
    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("e-mail"), max_length=254)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="specialists",
        verbose_name=_("account"),
    )
    capacity = models.IntegerField(_("open deals at most"), null=True, blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("specialist")
        verbose_name_plural = _("specialists")
        constraints = [
            models.UniqueConstraint(
                name="one_specialist_per_kind_and_email", fields=["kind", "email"]
            ),
            models.CheckConstraint(
                name="specialist_kind_is_known",
                condition=Q(kind__in=("growth", "product", "engineer")),
            ),
            models.CheckConstraint(
                name="specialist_capacity_not_negative",
                condition=Q(capacity=None) | Q(capacity__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SpecialistArea(models.Model):
    """Where a specialist works: blank is any territory, segment or product."""

    specialist = models.ForeignKey(
        Specialist,
        on_delete=models.PROTECT,
        related_name="areas",
        db_index=False,
        verbose_name=_("specialist"),
    )
    territory = models.CharField(_("country or territory"), max_length=2, blank=True)
    segment = models.CharField(
        _("segment"), max_length=10, choices=Client.Segment, blank=True
    )
    product_line = models.CharField(_("product line"), max_length=50, blank=True)

    class Meta:
        verbose_name = _("area of a specialist")
        verbose_name_plural = _("areas of specialists")
        constraints = [
            models.UniqueConstraint(
                name="one_specialist_area",
                fields=["specialist", "territory", "segment", "product_line"],
            ),
        ]

    def __str__(self) -> str:
        parts = (self.territory, self.get_segment_display(), self.product_line)
        return " · ".join(filter(None, parts)) or str(_("everywhere"))


class SpecialistAbsence(models.Model):
    """Days on which a specialist gets no new deals; `until_on` is the first day back."""

    specialist = models.ForeignKey(
        Specialist,
        on_delete=models.PROTECT,
        related_name="absences",
        verbose_name=_("specialist"),
    )
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until (excluded)"))

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        constraints = [
            models.CheckConstraint(
                name="absence_ends_after_it_begins",
                condition=Q(until_on__gt=F("from_on")),
                violation_error_message=_("The end must lie after the beginning."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_on}–{self.until_on}"

    def covers(self, day: date) -> bool:
        return self.from_on <= day < self.until_on


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(deal_scope(user, "deal__"))

    def running(self) -> Self:
        return self.filter(ended_at=None)


class Assignment(models.Model):
    """A specialist on a deal, and why this one. Without a specialist nobody was free.

    `facts` are those of `program.assignments`: rule, territory, segment, product, the
    candidates that were passed over and why.
    """

    deal = models.ForeignKey(
        Deal,
        on_delete=models.PROTECT,
        related_name="assignments",
        db_index=False,
        verbose_name=_("deal"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=SpecialistKind)
    product_line = models.CharField(_("product line"), max_length=50, blank=True)
    specialist = models.ForeignKey(
        Specialist,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="assignments",
        db_index=False,
        verbose_name=_("specialist"),
    )
    facts = models.JSONField(_("facts"), default=dict)
    note = models.CharField(_("note"), max_length=500, blank=True)
    from_at = models.DateTimeField(_("from"))
    # None: by the rule, on creation.
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("assigned by"),
    )
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            models.UniqueConstraint(
                name="one_assignment_per_deal_and_task",
                fields=["deal", "kind", "product_line"],
                condition=Q(ended_at=None),
            ),
            models.CheckConstraint(
                name="assignment_kind_is_known",
                condition=Q(kind__in=("growth", "product", "engineer")),
            ),
        ]
        indexes = [
            models.Index(name="assignments_of_deal", fields=["deal"]),
            models.Index(
                name="assignments_of_specialist",
                fields=["specialist"],
                condition=Q(ended_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.specialist or '–'}"
