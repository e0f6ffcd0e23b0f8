"""What was imported when, and what was refused."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportRun(models.Model):
    """One import of a bundle that changed the database; dry runs leave no trace.

    `counts` maps file names to new, changed, unchanged and refused; `refusals` are the
    first thousand, each with file, line, column, value, reason and advice. A run without
    `finished_at` was interrupted: what its finished batches stored stays, and importing
    the same bundle again completes it.
    """

    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    folder = models.CharField(_("folder"), max_length=255)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    refusals = models.JSONField(_("refused rows"), default=list, blank=True)
    refused_count = models.IntegerField(_("refused"), default=0)
    exit_code = models.SmallIntegerField(_("exit code"), null=True, blank=True)

    class Meta:
        verbose_name = _("import run")
        verbose_name_plural = _("import runs")
        constraints = [
            models.CheckConstraint(
                name="import_run_exit_code_iff_finished",
                condition=models.Q(finished_at=None, exit_code=None)
                | models.Q(finished_at__isnull=False, exit_code__isnull=False),
            ),
        ]
        indexes = [
            # The list in admin: newest first.
            models.Index(name="import_runs_newest", fields=["-started_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.folder} {self.started_at:%Y-%m-%d %H:%M}"
