"""Domains of prospects: who asked about one, and who keeps it for a day (3.10)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from deals.models.numbers import number_of
from partners.append_only import AppendOnlyModel, AppendOnlyQuerySet
from partners.models import Partner, partner_scope

if TYPE_CHECKING:
    from partners.models import User

MAX_DOMAIN = 253


class RegisteredDomain(models.Model):
    """A normalised domain that was ever registered or held.

    Its row is the lock under which registrations of the domain are decided: of two at the
    same instant the second one sees the first.
    """

    name = models.CharField(_("domain"), max_length=MAX_DOMAIN, unique=True)

    class Meta:
        verbose_name = _("registered domain")
        verbose_name_plural = _("registered domains")
        constraints = [
            models.CheckConstraint(
                name="registered_domain_is_named", condition=~Q(name="")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DomainCheckQuerySet(AppendOnlyQuerySet["DomainCheck"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(partner_scope(user, "partner__"))


class DomainCheck(AppendOnlyModel):
    """Somebody asked whether a prospect is free: kept against probing."""

    class Answer(models.TextChoices):
        FREE = "free", _("Free")
        YOURS = "yours", _("Already yours")
        PROTECTED = "protected", _("Protected")
        HUMAN = "human", _("Needs a human")
        UNUSABLE = "unusable", _("Not usable")

    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="domain_checks",
        db_index=False,
        verbose_name=_("partner"),
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("asked by"),
    )
    asked = models.CharField(_("asked for"), max_length=300)
    domain = models.CharField(_("domain"), max_length=MAX_DOMAIN, blank=True)
    answer = models.CharField(_("answer"), max_length=10, choices=Answer)
    until_on = models.DateField(_("protected until (excluded)"), null=True, blank=True)
    at = models.DateTimeField(_("at"))

    objects = DomainCheckQuerySet.as_manager()

    class Meta:
        verbose_name = _("domain check")
        verbose_name_plural = _("domain checks")
        constraints = [
            models.CheckConstraint(
                name="domain_check_answer_is_known",
                condition=Q(
                    answer__in=("free", "yours", "protected", "human", "unusable")
                ),
            ),
        ]
        indexes = [
            models.Index(name="domain_checks_of_partner", fields=["partner", "-at"]),
        ]

    def __str__(self) -> str:
        return f"{self.asked}: {self.get_answer_display()}"


class DomainHoldQuerySet(models.QuerySet["DomainHold"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(partner_scope(user, "partner__"))

    def running_at(self, at: datetime) -> Self:
        return self.filter(until_at__gt=at, ended_at=None)


class DomainHold(models.Model):
    """A free domain kept for a company for some hours; the receipt is `public_id`."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="domain_holds",
        verbose_name=_("partner"),
    )
    domain = models.ForeignKey(
        RegisteredDomain,
        on_delete=models.PROTECT,
        related_name="holds",
        db_index=False,
        verbose_name=_("domain"),
    )
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("held by"),
    )
    from_at = models.DateTimeField(_("from"))
    until_at = models.DateTimeField(_("until"))
    # Used by a registration, or given up, before its time.
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = DomainHoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("domain hold")
        verbose_name_plural = _("domain holds")
        constraints = [
            models.CheckConstraint(
                name="domain_hold_ends_after_it_begins",
                condition=Q(until_at__gt=F("from_at")),
            ),
        ]
        indexes = [
            models.Index(name="domain_holds_by_domain", fields=["domain", "-until_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.domain} {self.until_at:%Y-%m-%d %H:%M}"

    @property
    def number(self) -> str:
        """What stands on its receipt."""
        return number_of("HOLD", self.public_id)
