"""What lines of registrations and of deals have in common."""

from __future__ import annotations

from typing import Final, Protocol, TypedDict

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models import OwnEdition

MAX_MINOR: Final = 10**15
MAX_CREDITS: Final = 10**9


class ProductLine(models.Model):
    """A product line and what it is worth: monthly recurring revenue, net.

    `mrr_minor` is in minor units of `currency`; `credits` matter for Breeze (R47).
    """

    product_line = models.CharField(_("product line"), max_length=50)
    edition = models.CharField(_("edition"), max_length=12, choices=OwnEdition)
    mrr_minor = models.BigIntegerField(_("monthly recurring revenue, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    credits = models.IntegerField(_("credits"), null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.product_line


class Worth(TypedDict):
    """What a line is worth, as values for another one."""

    product_line: str
    edition: str
    mrr_minor: int
    currency: str
    credits: int | None


class HasWorth(Protocol):
    """A line, stored or as it was filled in."""

    @property
    def product_line(self) -> str: ...
    @property
    def edition(self) -> str: ...
    @property
    def mrr_minor(self) -> int: ...
    @property
    def currency(self) -> str: ...
    @property
    def credits(self) -> int | None: ...


def worth_of(line: HasWorth) -> Worth:
    """Return what a line is worth, for another one that begins as its copy."""
    return Worth(
        product_line=line.product_line,
        edition=line.edition,
        mrr_minor=line.mrr_minor,
        currency=line.currency,
        credits=line.credits,
    )


def mrr_in_range(name: str) -> models.CheckConstraint:
    """Return the constraint on `mrr_minor`, under the name it has in one table."""
    return models.CheckConstraint(
        name=name, condition=Q(mrr_minor__gte=0, mrr_minor__lte=MAX_MINOR)
    )


def credits_in_range(name: str) -> models.CheckConstraint:
    """Return the constraint on `credits`, under the name it has in one table."""
    return models.CheckConstraint(
        name=name,
        condition=Q(credits=None) | Q(credits__gte=0, credits__lte=MAX_CREDITS),
    )
