"""What staff write down about a partner, and what they mean to do."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from partners.append_only import AppendOnlyModel, AppendOnlyQuerySet
from partners.models.companies import Partner
from partners.models.of_partner import OfStaffMixin


class PartnerNoteQuerySet(OfStaffMixin, AppendOnlyQuerySet["PartnerNote"]):
    """Notes, as members of staff may read them."""


class PartnerNote(AppendOnlyModel):
    """A note of staff about a partner, which the partner never sees."""

    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="notes",
        db_index=False,  # the index below begins with it
        verbose_name=_("partner"),
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("author"),
    )
    text = models.TextField(_("note"), max_length=4_000)
    at = models.DateTimeField(_("written at"))

    objects = PartnerNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        constraints = [
            models.CheckConstraint(name="note_says_something", condition=~Q(text="")),
        ]
        indexes = [models.Index(name="notes_of_partner", fields=["partner", "-id"])]

    def __str__(self) -> str:
        return Truncator(self.text).chars(60)


class PartnerTaskQuerySet(OfStaffMixin, models.QuerySet["PartnerTask"]):
    def open(self) -> Self:
        return self.filter(done_at=None)


class PartnerTask(models.Model):
    """Something a member of staff means to do for a partner by a day."""

    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="tasks",
        verbose_name=_("partner"),
    )
    title = models.CharField(_("task"), max_length=200)
    due_on = models.DateField(_("due on"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("author"),
    )
    created_at = models.DateTimeField(_("written at"))
    done_at = models.DateTimeField(_("done at"), null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("done by"),
    )

    objects = PartnerTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.CheckConstraint(name="task_has_a_title", condition=~Q(title="")),
            models.CheckConstraint(
                name="task_done_by_iff_done",
                condition=Q(done_at=None, done_by=None)
                | Q(done_at__isnull=False, done_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="open_tasks", fields=["due_on"], condition=Q(done_at=None)),
        ]

    def __str__(self) -> str:
        return self.title
