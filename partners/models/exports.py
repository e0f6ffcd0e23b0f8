"""Files of long lists, made in the background and kept for a day."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models.companies import Partner, partner_scope_or_none

if TYPE_CHECKING:
    from partners.models.users import User

MAX_QUERY = 2_000
"""Longest query string of a list that is kept, in characters."""


class ExportQuerySet(models.QuerySet["Export"]):
    def visible_to(self, user: User) -> Self:
        """Return a person's own exports, as far as the company is still theirs."""
        return self.filter(partner_scope_or_none(user), user=user.pk)

    def unfinished(self) -> Self:
        return self.filter(state=Export.State.PREPARING)

    def downloadable(self, at: datetime) -> Self:
        """Return what is ready and has not expired."""
        return self.filter(state=Export.State.READY, expires_at__gt=at)


class Export(models.Model):
    """A list as a file: which one, narrowed how, and what became of it.

    The file holds what its owner may see when it is made. `query` is the list's own
    query string. `file_name` is the file's random name in the storage.
    """

    class State(models.TextChoices):
        PREPARING = "preparing", _("Being prepared")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Not made")

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="exports",
        db_index=False,  # the index below begins with it
        verbose_name=_("for"),
    )
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("partner"),
    )
    page = models.CharField(_("list"), max_length=30)
    query = models.CharField(_("query"), max_length=MAX_QUERY, blank=True)
    file_format = models.CharField(_("format"), max_length=4, choices=Format)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.PREPARING
    )
    row_count = models.IntegerField(_("rows"), null=True)
    file_name = models.CharField(_("file"), max_length=100, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("asked for at"))
    expires_at = models.DateTimeField(_("expires at"), null=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.CheckConstraint(
                name="export_format_is_known",
                condition=Q(file_format__in=("csv", "xlsx")),
            ),
            models.CheckConstraint(
                name="export_has_its_file_iff_ready",
                condition=(
                    Q(state="ready", expires_at__isnull=False, row_count__isnull=False)
                    & ~Q(file_name="")
                )
                | Q(state__in=("preparing", "failed"), file_name="", row_count=None),
            ),
        ]
        indexes = [models.Index(name="exports_of", fields=["user", "-created_at", "-id"])]

    def __str__(self) -> str:
        return f"{self.page}.{self.file_format}"
