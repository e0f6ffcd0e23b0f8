"""People of partner companies and what they and their companies hold."""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from partners.models.companies import Partner, partner_scope

if TYPE_CHECKING:
    from partners.models.users import User


class Role(models.TextChoices):
    """What a person may do for the company (design 7)."""

    OWNER = "owner", _("Owner")
    SALES = "sales", _("Sales")
    SERVICES = "services", _("Services")
    FINANCE = "finance", _("Finance")
    READER = "reader", _("Reader")


class PersonQuerySet(models.QuerySet["Person"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(partner_scope(user, "partner__"))

    def active(self) -> Self:
        """Return the people who work for the company: no leaving day is set."""
        return self.filter(left_on=None)


class Person(models.Model):
    """An employee of a partner. Access ends the moment `left_on` is set."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="people",
        verbose_name=_("partner"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
        verbose_name=_("account"),
    )
    email = models.EmailField(_("e-mail"), max_length=254)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    role = models.CharField(_("role"), max_length=10, choices=Role)
    left_on = models.DateField(_("left on"), null=True, blank=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(
                name="one_person_per_partner_and_email", fields=["partner", "email"]
            ),
            models.UniqueConstraint(
                name="one_partner_per_active_email",
                fields=["email"],
                condition=Q(left_on=None),
                violation_error_message=_("This person already works for a partner."),
            ),
            models.CheckConstraint(
                name="person_role_is_known", condition=Q(role__in=Role.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email


M = TypeVar("M", bound=models.Model)


class HoldingQuerySet(models.QuerySet[M]):
    """What certifications and accreditations share: they begin, and may end."""

    begins = "earned_on"

    def valid_on(self, day: date) -> Self:
        """Return what is valid on a day; `expires_on` is the first day it is not."""
        return self.filter(
            Q(expires_on=None) | Q(expires_on__gt=day), **{f"{self.begins}__lte": day}
        )


class CertificationQuerySet(HoldingQuerySet["Certification"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(partner_scope(user, "person__partner__"))

    def solutions_partner_on(self, day: date) -> Self:
        """Return the valid certifications that R8 asks of every partner on a day.

        Of people who worked there on that day, whoever has left since.
        """
        works_there = Q(person__left_on=None) | Q(person__left_on__gt=day)
        kind = Certification.Kind.SOLUTIONS_PARTNER
        return self.valid_on(day).filter(works_there, kind=kind)


class Certification(models.Model):
    """A certification somebody earned (R8, R112, C37)."""

    class Kind(models.TextChoices):
        SOLUTIONS_PARTNER = "solutions_partner", _("Solutions Partner")
        SOFTWARE = "software", _("Software")
        IMPLEMENTATION = "implementation", _("Implementation")
        OTHER = "other", _("Other")

    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        related_name="certifications",
        verbose_name=_("person"),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    name = models.CharField(_("name"), max_length=200)
    earned_on = models.DateField(_("earned on"))
    expires_on = models.DateField(_("expires on"), null=True, blank=True)

    objects = CertificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("certification")
        verbose_name_plural = _("certifications")
        constraints = [
            models.UniqueConstraint(
                name="one_certification_per_person_name_and_day",
                fields=["person", "name", "earned_on"],
            ),
            models.CheckConstraint(
                name="certification_expires_after_it_was_earned",
                condition=Q(expires_on=None) | Q(expires_on__gt=F("earned_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AccreditationQuerySet(HoldingQuerySet["Accreditation"]):
    begins = "granted_on"

    def visible_to(self, user: User) -> Self:
        return self.filter(partner_scope(user, "partner__"))


class Accreditation(models.Model):
    """What the company as a whole was accredited for (R38, R112)."""

    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="accreditations",
        verbose_name=_("partner"),
    )
    name = models.CharField(_("name"), max_length=200)
    granted_on = models.DateField(_("granted on"))
    expires_on = models.DateField(_("expires on"), null=True, blank=True)

    objects = AccreditationQuerySet.as_manager()

    class Meta:
        verbose_name = _("accreditation")
        verbose_name_plural = _("accreditations")
        constraints = [
            models.UniqueConstraint(
                name="one_accreditation_per_partner_name_and_day",
                fields=["partner", "name", "granted_on"],
            ),
            models.CheckConstraint(
                name="accreditation_expires_after_it_was_granted",
                condition=Q(expires_on=None) | Q(expires_on__gt=F("granted_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.name
