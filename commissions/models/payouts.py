"""Payout runs and their payments: prepared, checked, approved by another, sent, paid."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commissions.models.papers import BankAccount
from commissions.models.receipts import MAX_MINOR
from commissions.models.statements import Statement
from commissions.models.visibility import MoneyMixin
from partners.append_only import AppendOnlyModel, AppendOnlyQuerySet
from partners.models import Partner
from program.payout import Way
from program.payout_life import LIVE_PAYMENTS, PaymentState, RunState

if TYPE_CHECKING:
    from partners.models import User


def _by(label: Any) -> models.ForeignKey[User | None, User | None]:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=label,
    )


class PayoutRun(models.Model):
    """Payments that go to the bank together, in one currency.

    `way`, `total_minor` and `payment_count` are those of its preparation and never
    change. `way` is "" for runs that were prepared before it was kept: SEPA where all of
    it reaches the first account, else a list.
    """

    class State(models.TextChoices):
        PREPARED = RunState.PREPARED.value, pgettext_lazy("payout", "Prepared")
        CHECKED = RunState.CHECKED.value, pgettext_lazy("payout", "Checked")
        APPROVED = RunState.APPROVED.value, pgettext_lazy("payout", "Approved")
        EXECUTED = RunState.EXECUTED.value, pgettext_lazy("payout", "Sent to the bank")
        CANCELLED = RunState.CANCELLED.value, pgettext_lazy("payout", "Cancelled")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    currency = models.CharField(_("currency"), max_length=3)
    way = models.CharField(_("way"), max_length=8, blank=True, default="")
    execute_on = models.DateField(_("execute on"))
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.PREPARED
    )
    total_minor = models.BigIntegerField(_("total, minor units"))
    payment_count = models.IntegerField(_("payments"))
    prepared_by = _by(_("prepared by"))
    prepared_at = models.DateTimeField(_("prepared at"))
    checked_by = _by(_("checked by"))
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)
    approved_by = _by(_("approved by"))
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    executed_by = _by(_("sent by"))
    executed_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    # Of the payment file that was handed out: another one would be another payment.
    file_sha256 = models.CharField(
        _("fingerprint of the file"), max_length=64, blank=True
    )

    objects = models.Manager()

    class Meta:
        verbose_name = _("payout run")
        verbose_name_plural = _("payout runs")
        constraints = [
            models.CheckConstraint(
                name="payout_run_state_is_known",
                condition=Q(state__in=[state.value for state in RunState]),
            ),
            models.CheckConstraint(
                name="payout_run_way_is_known",
                condition=Q(way__in=["", *(way.value for way in Way)]),
            ),
            models.CheckConstraint(
                name="payout_run_approved_by_another",
                condition=Q(approved_by=None)
                | Q(prepared_by=None)
                | ~Q(approved_by=F("prepared_by")),
                violation_error_message=_("A second person approves a payout run."),
            ),
            models.CheckConstraint(
                name="payout_run_approved_before_it_is_sent",
                condition=~Q(state__in=("approved", "executed"))
                | Q(approved_by__isnull=False, approved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="payout_run_totals_in_range",
                condition=Q(
                    total_minor__gte=1, total_minor__lte=MAX_MINOR, payment_count__gte=1
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.execute_on} {self.currency} {self.pk}"


class RunFile(AppendOnlyModel):
    """The file of a run as it went to the bank, once for each run that was sent.

    `sealed` is its content, encrypted: it has account numbers. `sha256` is of what is
    sealed.
    """

    run = models.OneToOneField(
        PayoutRun,
        on_delete=models.PROTECT,
        related_name="file",
        verbose_name=_("payout run"),
    )
    name = models.CharField(_("file name"), max_length=100)
    media_type = models.CharField(_("type"), max_length=100)
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    sealed = models.BinaryField(_("content, encrypted"))
    at = models.DateTimeField(_("at"))

    class RunFileQuerySet(AppendOnlyQuerySet["RunFile"]):
        pass

    objects = RunFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file of a payout run")
        verbose_name_plural = _("files of payout runs")

    def __str__(self) -> str:
        return self.name


class PaymentQuerySet(MoneyMixin, models.QuerySet["Payment"]):
    def live(self) -> PaymentQuerySet:
        """Return those that count as paid: prepared, sent or paid."""
        return self.filter(state__in=LIVE_PAYMENTS)


class Payment(models.Model):
    """What is paid from one statement; a rejected one makes way for another attempt.

    `statement`, `amount_minor`, `currency` and `account` never change.
    """

    class State(models.TextChoices):
        PREPARED = PaymentState.PREPARED.value, pgettext_lazy("payment", "Prepared")
        SENT = PaymentState.SENT.value, pgettext_lazy("payment", "Sent to the bank")
        PAID = PaymentState.PAID.value, pgettext_lazy("payment", "Paid")
        REJECTED = PaymentState.REJECTED.value, pgettext_lazy("payment", "Rejected")
        CANCELLED = PaymentState.CANCELLED.value, pgettext_lazy("payment", "Cancelled")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = models.ForeignKey(
        PayoutRun,
        on_delete=models.PROTECT,
        related_name="payments",
        verbose_name=_("payout run"),
    )
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="payments",
        verbose_name=_("partner"),
    )
    statement = models.ForeignKey(
        Statement,
        on_delete=models.PROTECT,
        related_name="payments",
        db_index=False,
        verbose_name=_("statement"),
    )
    attempt = models.SmallIntegerField(_("attempt"))
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    account = models.ForeignKey(
        BankAccount,
        on_delete=models.PROTECT,
        related_name="payments",
        db_index=False,
        verbose_name=_("bank account"),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.PREPARED
    )
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    reason = models.CharField(_("why it was rejected"), max_length=200, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(
                name="one_payment_per_statement_and_attempt",
                fields=["statement", "attempt"],
            ),
            models.UniqueConstraint(
                name="one_live_payment_per_statement",
                fields=["statement"],
                condition=Q(state__in=("prepared", "sent", "paid")),
            ),
            models.CheckConstraint(
                name="payment_state_is_known",
                condition=Q(state__in=[state.value for state in PaymentState]),
            ),
            models.CheckConstraint(
                name="payment_in_range",
                condition=Q(
                    amount_minor__gte=1, amount_minor__lte=MAX_MINOR, attempt__gte=1
                ),
            ),
            models.CheckConstraint(
                name="payment_has_its_day_iff_paid",
                condition=Q(state="paid", paid_on__isnull=False)
                | (~Q(state="paid") & Q(paid_on=None)),
            ),
        ]

    def __str__(self) -> str:
        return self.end_to_end

    @property
    def end_to_end(self) -> str:
        """What the bank and the receiver know it by (pain.001, at most 35 characters)."""
        return f"PP{self.public_id.hex}"


class PaymentStep(AppendOnlyModel):
    """A step of a payment's life: who, when, why."""

    payment = models.ForeignKey(
        Payment,
        on_delete=models.PROTECT,
        related_name="steps",
        verbose_name=_("payment"),
    )
    from_state = models.CharField(_("from"), max_length=10, blank=True)
    to_state = models.CharField(_("to"), max_length=10)
    note = models.CharField(_("note"), max_length=200, blank=True)
    actor = _by(_("by"))
    at = models.DateTimeField(_("at"))

    class PaymentStepQuerySet(MoneyMixin, AppendOnlyQuerySet["PaymentStep"]):
        of_partner = "payment__partner__"

    objects = PaymentStepQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of a payment")
        verbose_name_plural = _("steps of payments")

    def __str__(self) -> str:
        return f"{self.from_state} > {self.to_state}"
