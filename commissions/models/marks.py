"""How far the accrual of a month has come, by ranges of clients."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccrualMark(models.Model):
    """What a month of a range of clients rested on when all of it was accrued.

    Kept so that a run that has nothing to do need not compute anything: receipts are only
    added to, so the same number of them are the same receipts. `whole` ends when a
    schedule of the range changes. No mark means that no line was written. Whoever reads
    or writes it holds the lock of the range; it could be made anew at any time.
    """

    month = models.DateField(_("month"))
    part = models.IntegerField(_("range of clients"))
    whole = models.BooleanField(_("accrued as a whole"), default=False)
    receipts = models.IntegerField(_("receipts of the month"), default=0)
    schedules = models.IntegerField(_("schedules"), default=0)

    objects = models.Manager()

    class Meta:
        verbose_name = _("mark of an accrual")
        verbose_name_plural = _("marks of accruals")
        constraints = [
            models.UniqueConstraint(
                name="one_accrual_mark_per_month_and_range", fields=["month", "part"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month} {self.part}"
