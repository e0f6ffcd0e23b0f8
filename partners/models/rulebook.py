"""Published rulebook editions: the numbers of the programme, as dated documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from partners.models.users import StaffRole
from program.rulebook import titles

if TYPE_CHECKING:
    from partners.models.users import User

SEE_DRAFTS = frozenset({StaffRole.PROGRAMME_MANAGER, StaffRole.AUDITOR})
"""Staff who see an edition before it is published; a superuser without a role does."""


class RulebookEditionQuerySet(models.QuerySet["RulebookEdition"]):
    def published(self) -> Self:
        return self.filter(state=RulebookEdition.State.PUBLISHED)

    def visible_to(self, user: User) -> Self:
        """Return the published editions, and the others to whom they concern."""
        if not user.is_active:
            return self.none()
        no_role = user.is_superuser and not user.staff_role
        if user.is_staff and (user.staff_role in SEE_DRAFTS or no_role):
            return self
        return self.published()


class RulebookEdition(models.Model):
    """One edition of the rulebook, a TOML document (design 3).

    It holds from `effective_on` until the day before the next published edition does.
    A published edition never changes: decisions name it. What is published was rehearsed
    word for word (`rehearsed_sha256`) and approved by somebody who did not write it; only
    the editions that ship with the portal have neither author nor approver.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        REHEARSED = "rehearsed", _("Rehearsed")
        PUBLISHED = "published", _("Published")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    code = models.CharField(_("code"), max_length=30, unique=True)
    title = models.CharField(_("title"), max_length=200)
    effective_on = models.DateField(_("effective on"))
    document = models.TextField(_("document"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    rehearsed_sha256 = models.CharField(
        _("fingerprint that was rehearsed"), max_length=64, blank=True
    )
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
            models.CheckConstraint(
                name="edition_state_is_known",
                condition=Q(state__in=("draft", "rehearsed", "published", "withdrawn")),
            ),
            models.CheckConstraint(
                name="edition_is_rehearsed_as_it_is",
                condition=Q(state__in=("draft", "withdrawn"))
                | Q(state="published", author=None, approver=None)
                | Q(rehearsed_sha256=F("sha256"), author__isnull=False),
            ),
            models.CheckConstraint(
                name="edition_written_here_has_an_approver",
                condition=~Q(state="published")
                | Q(author=None, approver=None)
                | Q(author__isnull=False, approver__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def title_here(self) -> str:
        """The title in the active language, as far as the document has one."""
        french = (get_language() or "").startswith("fr") and titles(self.document)[1]
        return french or self.title
