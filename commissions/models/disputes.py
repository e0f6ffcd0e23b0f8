"""A partner contests a line: the evidence as it stood, a thread, an answer in time."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commissions.models.receipts import IsFirstDay
from commissions.models.schedules import Schedule
from commissions.models.statements import Adjustment
from commissions.models.visibility import MoneyMixin
from partners.append_only import AppendOnlyModel, AppendOnlyQuerySet
from partners.models import Partner
from program.payout_life import UNDECIDED_DISPUTES, DisputeState
from ui import formats


class DisputeQuerySet(MoneyMixin, models.QuerySet["Dispute"]):
    def undecided(self) -> DisputeQuerySet:
        """Return those that somebody waits for an answer to."""
        return self.filter(state__in=UNDECIDED_DISPUTES)

    def overdue_at(self, moment: datetime) -> DisputeQuerySet:
        return self.undecided().filter(due_at__lt=moment)


class Dispute(models.Model):
    """What a partner says is wrong about a month of a schedule.

    `evidence` is the line with everything it rested on when it was contested: amounts,
    rate, receipts, rule and edition. It ends in an adjustment that two people agreed on,
    or in a refusal with a reason, or the partner withdraws it. `adjustment` is the newest
    that was proposed; of an open one, it was not approved.
    """

    class State(models.TextChoices):
        OPEN = DisputeState.OPEN.value, pgettext_lazy("dispute", "Open")
        PROPOSED = (
            DisputeState.PROPOSED.value,
            pgettext_lazy("dispute", "Correction being checked"),
        )
        CORRECTED = DisputeState.CORRECTED.value, pgettext_lazy("dispute", "Corrected")
        REFUSED = DisputeState.REFUSED.value, pgettext_lazy("dispute", "Refused")
        WITHDRAWN = DisputeState.WITHDRAWN.value, pgettext_lazy("dispute", "Withdrawn")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="disputes",
        verbose_name=_("partner"),
    )
    schedule = models.ForeignKey(
        Schedule,
        on_delete=models.PROTECT,
        related_name="disputes",
        verbose_name=_("schedule"),
    )
    month = models.DateField(_("month"))
    evidence = models.JSONField(_("evidence"))
    expected_minor = models.BigIntegerField(
        _("what the partner expects, minor units"), null=True, blank=True
    )
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("opened by"),
    )
    opened_at = models.DateTimeField(_("opened at"))
    due_at = models.DateTimeField(_("answer due at"))
    late_told_at = models.DateTimeField(_("lateness told at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=1_000, blank=True)
    adjustment = models.OneToOneField(
        Adjustment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="dispute",
        verbose_name=_("adjustment"),
    )

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints = [
            models.CheckConstraint(
                name="dispute_state_is_known",
                condition=Q(state__in=[state.value for state in DisputeState]),
            ),
            models.CheckConstraint(
                name="dispute_month_is_a_first_day", condition=IsFirstDay("month")
            ),
            models.CheckConstraint(
                name="dispute_decided_has_an_answer",
                condition=~Q(state__in=("proposed", "corrected", "refused"))
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(answer="")),
            ),
            models.CheckConstraint(
                name="dispute_proposed_has_its_correction",
                condition=~Q(state="proposed") | Q(adjustment__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_open_dispute_per_month_and_schedule",
                fields=["schedule", "month"],
                condition=Q(state__in=("open", "proposed")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule.deal_ref}, {formats.month(self.month)}"

    @property
    def is_undecided(self) -> bool:
        """Whether somebody waits for an answer to it."""
        return self.state in UNDECIDED_DISPUTES


class DisputeMessage(AppendOnlyModel):
    """What one side says to the other about a contested line."""

    dispute = models.ForeignKey(
        Dispute,
        on_delete=models.PROTECT,
        related_name="messages",
        verbose_name=_("dispute"),
    )
    text = models.TextField(_("text"), max_length=4_000)
    # Staff among themselves; the partner never sees it.
    internal = models.BooleanField(_("internal"), default=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("author"),
    )
    at = models.DateTimeField(_("at"))

    class DisputeMessageQuerySet(MoneyMixin, AppendOnlyQuerySet["DisputeMessage"]):
        of_partner = "dispute__partner__"

    objects = DisputeMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message of a dispute")
        verbose_name_plural = _("messages of disputes")

    def __str__(self) -> str:
        return f"{self.dispute_id} {self.at:%Y-%m-%d}"
