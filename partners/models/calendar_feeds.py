"""The private address under which a calendar reads a company's days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from partners.models.companies import Partner, partner_scope

if TYPE_CHECKING:
    from partners.models.users import User


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    def visible_to(self, user: User) -> Self:
        """Return a person's own feeds, as far as the company is still theirs."""
        return self.filter(partner_scope(user, "partner__"), user=user.pk)

    def open(self) -> Self:
        return self.filter(revoked_at=None)


class CalendarFeed(models.Model):
    """A secret address of one person at one company.

    Only the fingerprint of the secret is kept: nobody can read the address here. A feed
    answers while its person works for its company; a new one ends the one before.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="calendar_feeds",
        verbose_name=_("for"),
    )
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("partner")
    )
    fingerprint = models.CharField(_("fingerprint"), max_length=64, unique=True)
    created_at = models.DateTimeField(_("made at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        constraints = [
            models.UniqueConstraint(
                name="one_open_calendar_feed_per_person",
                fields=["user"],
                condition=Q(revoked_at=None),
            ),
            models.CheckConstraint(
                name="calendar_feed_is_revoked_after_it_was_made",
                condition=Q(revoked_at=None) | Q(revoked_at__gte=F("created_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.created_at:%Y-%m-%d}"
