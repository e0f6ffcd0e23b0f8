"""Published rulebook editions: the numbers of the programme, as dated documents."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class RulebookEditionQuerySet(models.QuerySet["RulebookEdition"]):
    def published(self) -> Self:
        return self.filter(state=RulebookEdition.State.PUBLISHED)


class RulebookEdition(models.Model):
    """One edition of the rulebook, a TOML document (design 3).

    It holds from `effective_on` until the day before the next published edition does.
    A published edition never changes: decisions name it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        REHEARSED = "rehearsed", _("Rehearsed")
        PUBLISHED = "published", _("Published")

    code = models.CharField(_("code"), max_length=30, unique=True)
    title = models.CharField(_("title"), max_length=200)
    effective_on = models.DateField(_("effective on"))
    document = models.TextField(_("document"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.DRAFT
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("author"),
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approver"),
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    objects = RulebookEditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("rulebook edition")
        verbose_name_plural = _("rulebook editions")
        constraints = [
            models.UniqueConstraint(
                name="one_published_edition_per_day",
                fields=["effective_on"],
                condition=Q(state="published"),
            ),
            models.CheckConstraint(
                name="edition_published_at_iff_published",
                condition=Q(state="published", published_at__isnull=False)
                | (~Q(state="published") & Q(published_at=None)),
            ),
            models.CheckConstraint(
                name="edition_approver_is_not_the_author",
                condition=Q(approver=None) | Q(author=None) | ~Q(approver=F("author")),
            ),
        ]

    def __str__(self) -> str:
        return self.code
