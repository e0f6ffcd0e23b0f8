"""Partner companies and who may see them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models.users import StaffRole

if TYPE_CHECKING:
    from partners.models.users import User

MAX_MINOR = 10**15


class MembershipChoice(models.TextChoices):
    """The two levels of membership; a tier stands only on `partner` (C1)."""

    PROVIDER = "provider", _("Solutions Provider")
    PARTNER = "partner", _("Solutions Partner")


class OwnEdition(models.TextChoices):
    """The edition of a subscription, also the partner's own (R9)."""

    STARTER = "starter", _("Starter")
    PROFESSIONAL = "professional", _("Professional")
    ENTERPRISE = "enterprise", _("Enterprise")


class PartnerQuerySet(models.QuerySet["Partner"]):
    def visible_to(self, user: User) -> Self:
        """Return the partners this account may see.

        Staff see all, a partner development manager only the portfolio, the people of
        a partner only their own company. Every page on tenant data starts here or at a
        `visible_to` that asks here, so that a foreign object is a 404.
        """
        return self.filter(partner_scope(user))


def partner_scope(user: User, prefix: str = "") -> Q:
    """Return the condition that keeps rows of partners this account may see.

    `prefix` is the path from the filtered model to the partner, e.g. `partner__`.
    Rights are read from the account and its person at each request, so what is taken
    away is gone on the next one.
    """
    if not user.is_active:
        return Q(pk__in=())
    if user.is_staff:
        if user.staff_role == StaffRole.PDM:
            return Q(**{f"{prefix}pdm": user.pk})
        if user.is_superuser or user.staff_role:
            return Q()
        return Q(pk__in=())
    if user.person is None:
        return Q(pk__in=())
    return Q(**{f"{prefix}pk": user.person.partner_id})


def works_by_territory(user: User) -> bool:
    """Say whether an account sees only what is in its territories (R44)."""
    return user.is_staff and user.staff_role == StaffRole.GROWTH_SPECIALIST


def partner_scope_or_none(user: User) -> Q:
    """Return the condition that keeps rows of no partner, and of those one may see.

    Not `Q(partner=None) | partner_scope(…)`: of nothing and a condition Django keeps the
    condition, and whoever may see all partners would see none.
    """
    scope = partner_scope(user, "partner__")
    return Q(partner=None) | scope if scope else scope


class Partner(models.Model):
    """A company in the programme: provider or partner, never both (domain 3.9)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ref = models.CharField(_("reference"), max_length=100, unique=True)
    name = models.CharField(_("name"), max_length=200)
    membership = models.CharField(
        _("membership"), max_length=10, choices=MembershipChoice
    )
    country = models.CharField(_("country or territory"), max_length=2)
    joined_on = models.DateField(_("joined on"))
    payout_currency = models.CharField(_("payout currency"), max_length=3, default="USD")
    domain = models.CharField(_("domain"), max_length=253, blank=True)
    pdm = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="portfolio",
        limit_choices_to={"staff_role": StaffRole.PDM},
        verbose_name=_("partner development manager"),
    )
    own_edition = models.CharField(
        _("own subscription"), max_length=12, choices=OwnEdition, blank=True
    )
    own_monthly_usd_minor = models.BigIntegerField(
        _("own subscription, US cents a month"), null=True, blank=True
    )
    own_ends_on = models.DateField(
        _("own subscription paid until"),
        null=True,
        blank=True,
        help_text=_("The first day that is no longer paid."),
    )
    elite_invited_on = models.DateField(_("invited to Elite on"), null=True, blank=True)

    objects = PartnerQuerySet.as_manager()

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        constraints = [
            models.CheckConstraint(
                name="partner_membership_is_known",
                condition=Q(membership__in=MembershipChoice.values),
            ),
            models.CheckConstraint(
                name="partner_own_monthly_usd_in_range",
                condition=Q(own_monthly_usd_minor=None)
                | Q(own_monthly_usd_minor__gte=0, own_monthly_usd_minor__lte=MAX_MINOR),
            ),
        ]

    def __str__(self) -> str:
        return self.name
