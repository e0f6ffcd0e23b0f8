"""Statements: what a quarter came to, frozen, numbered and chained (3.7)."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commissions.models.forfeitures import Forfeiture
from commissions.models.receipts import MAX_MINOR, IsFirstDay
from commissions.models.schedules import Schedule
from commissions.models.visibility import MoneyMixin
from partners.append_only import AppendOnlyModel, AppendOnlyQuerySet
from partners.models import Partner, RulebookEdition
from program.payout_life import AdjustmentState


class AdjustmentQuerySet(MoneyMixin, models.QuerySet["Adjustment"]):
    pass


class Adjustment(models.Model):
    """An amount that people add or take off, with a reason, decided by a second person.

    In minor units of the partner's payout currency. Amount, partner and currency never
    change; once approved it stands in the next statement.
    """

    class State(models.TextChoices):
        PROPOSED = AdjustmentState.PROPOSED.value, pgettext_lazy("adjustment", "Proposed")
        APPROVED = AdjustmentState.APPROVED.value, pgettext_lazy("adjustment", "Approved")
        REFUSED = AdjustmentState.REFUSED.value, pgettext_lazy("adjustment", "Refused")
        WITHDRAWN = (
            AdjustmentState.WITHDRAWN.value,
            pgettext_lazy("adjustment", "Withdrawn"),
        )

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="adjustments",
        verbose_name=_("partner"),
    )
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    reason = models.CharField(_("reason"), max_length=500)
    # The line it corrects, if it corrects one: of a statement, by its number.
    corrects = models.ForeignKey(
        "StatementLine",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="adjustments",
        verbose_name=_("corrects the line"),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.PROPOSED
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("proposed by"),
    )
    proposed_at = models.DateTimeField(_("proposed at"))
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
    answer = models.CharField(_("reason of the decision"), max_length=500, blank=True)

    objects = AdjustmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        constraints = [
            models.CheckConstraint(
                name="adjustment_in_range",
                condition=Q(amount_minor__gte=-MAX_MINOR, amount_minor__lte=MAX_MINOR)
                & ~Q(amount_minor=0),
            ),
            models.CheckConstraint(
                name="adjustment_state_is_known",
                condition=Q(state__in=[state.value for state in AdjustmentState]),
            ),
            models.CheckConstraint(
                name="adjustment_approved_by_another",
                condition=~Q(state="approved")
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by"))),
                violation_error_message=_("A second person approves an adjustment."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner} {self.proposed_at:%Y-%m-%d}"


class StatementQuerySet(MoneyMixin, AppendOnlyQuerySet["Statement"]):
    pass


class Statement(AppendOnlyModel):
    """What a partner's quarter came to, in one currency; all amounts in its minor units.

    `quarter` is its first day. Opening + accrued + adjusted - forfeited - paid = closing:
    each is the sum of the lines of its kind. `digest` seals it with its lines and with
    the digest of the statement before (`previous`), so that none can be changed, taken
    out or put in between.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="statements",
        db_index=False,
        verbose_name=_("partner"),
    )
    number = models.IntegerField(_("number"))
    quarter = models.DateField(_("quarter"))
    currency = models.CharField(_("currency"), max_length=3)
    opening_minor = models.BigIntegerField(_("opening balance, minor units"))
    accrued_minor = models.BigIntegerField(_("accrued, minor units"))
    adjusted_minor = models.BigIntegerField(_("adjusted, minor units"))
    forfeited_minor = models.BigIntegerField(_("forfeited, minor units"))
    paid_minor = models.BigIntegerField(_("paid since the last one, minor units"))
    closing_minor = models.BigIntegerField(_("closing balance, minor units"))
    recovered_minor = models.BigIntegerField(_("recovered, minor units"))
    withheld_minor = models.BigIntegerField(_("withheld for papers, minor units"))
    payable_minor = models.BigIntegerField(_("payable, minor units"))
    line_count = models.IntegerField(_("lines"))
    # By source currency: how many lines and their sum; what was missing at the closing.
    controls = models.JSONField(_("control totals"))
    missing = models.JSONField(_("papers that were missing"))
    pay_on = models.DateField(_("pay on"))
    closed_on = models.DateField(_("closed on"))
    closed_at = models.DateTimeField(_("closed at"))
    edition = models.ForeignKey(
        RulebookEdition,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("rulebook edition"),
    )
    previous = models.CharField(_("digest of the one before"), max_length=64, blank=True)
    digest = models.CharField(_("digest"), max_length=64)

    objects = StatementQuerySet.as_manager()

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        constraints = [
            models.UniqueConstraint(
                name="one_statement_per_partner_and_quarter",
                fields=["partner", "quarter"],
            ),
            models.UniqueConstraint(
                name="one_statement_per_partner_and_number", fields=["partner", "number"]
            ),
            models.UniqueConstraint(
                name="one_statement_after_each", fields=["partner", "previous"]
            ),
            models.CheckConstraint(
                name="statement_quarter_is_a_first_day", condition=IsFirstDay("quarter")
            ),
            models.CheckConstraint(
                name="statement_adds_up",
                condition=Q(
                    closing_minor=F("opening_minor")
                    + F("accrued_minor")
                    + F("adjusted_minor")
                    - F("forfeited_minor")
                    - F("paid_minor")
                ),
            ),
            models.CheckConstraint(
                name="statement_pays_no_more_than_it_owes",
                condition=Q(payable_minor=0)
                | Q(payable_minor__gte=0, payable_minor__lte=F("closing_minor")),
            ),
            models.CheckConstraint(
                name="statement_withheld_or_payable",
                condition=Q(withheld_minor=0) | Q(withheld_minor__gte=0, payable_minor=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner} {self.number}"


class StatementLineQuerySet(MoneyMixin, AppendOnlyQuerySet["StatementLine"]):
    of_partner = "statement__partner__"


class StatementLine(AppendOnlyModel):
    """One line of a statement, and the one thing it stands for.

    An accrual (`schedule`, `month`, `accrual` its number), the forfeiture of one (the
    same three, and `forfeiture`), an adjustment, or a payment made since the statement
    before. `source_minor` in `source_currency` became `minor` in the statement's currency
    at the two rates, of `rate_on`: what one unit is worth in 10^-10 US dollars. `minor`
    has the sign with which it moves the balance.
    """

    class Kind(models.TextChoices):
        ACCRUAL = "accrual", _("Commission")
        FORFEITURE = "forfeiture", _("Forfeited")
        ADJUSTMENT = "adjustment", _("Adjustment")
        PAYMENT = "payment", _("Payment")

    statement = models.ForeignKey(
        Statement,
        on_delete=models.PROTECT,
        related_name="lines",
        db_index=False,
        verbose_name=_("statement"),
    )
    number = models.IntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    schedule = models.ForeignKey(
        Schedule,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("schedule"),
    )
    month = models.DateField(_("month"), null=True, blank=True)
    accrual = models.SmallIntegerField(_("line of the month"), null=True, blank=True)
    forfeiture = models.ForeignKey(
        Forfeiture,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="lines",
        db_index=False,
        verbose_name=_("forfeiture"),
    )
    adjustment = models.OneToOneField(
        Adjustment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="statement_line",
        verbose_name=_("adjustment"),
    )
    payment = models.OneToOneField(
        "commissions.Payment",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="statement_line",
        verbose_name=_("payment"),
    )
    source_minor = models.BigIntegerField(_("amount, minor units"))
    source_currency = models.CharField(_("currency"), max_length=3)
    rate_e10 = models.BigIntegerField(_("rate, US dollars, ten decimals"), null=True)
    into_e10 = models.BigIntegerField(_("rate into, US dollars, ten decimals"), null=True)
    rate_on = models.DateField(_("rates of"), null=True, blank=True)
    minor = models.BigIntegerField(_("amount in the statement's currency, minor units"))

    objects = StatementLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of a statement")
        verbose_name_plural = _("lines of statements")
        constraints = [
            models.UniqueConstraint(
                name="one_statement_line_per_number", fields=["statement", "number"]
            ),
            # An accrual is in one statement, and is lost once.
            models.UniqueConstraint(
                name="one_statement_per_accrual",
                fields=["schedule", "month", "accrual", "kind"],
                condition=Q(schedule__isnull=False),
            ),
            models.CheckConstraint(
                name="statement_line_stands_for_one_thing",
                condition=(
                    Q(kind="accrual", forfeiture=None)
                    | Q(kind="forfeiture", forfeiture__isnull=False)
                )
                & Q(
                    schedule__isnull=False,
                    month__isnull=False,
                    accrual__isnull=False,
                    adjustment=None,
                    payment=None,
                )
                | Q(
                    kind="adjustment",
                    adjustment__isnull=False,
                    payment=None,
                    schedule=None,
                    forfeiture=None,
                )
                | Q(
                    kind="payment",
                    payment__isnull=False,
                    adjustment=None,
                    schedule=None,
                    forfeiture=None,
                ),
            ),
            models.CheckConstraint(
                name="statement_line_has_both_rates_or_none",
                condition=Q(rate_e10=None, into_e10=None, rate_on=None)
                | Q(rate_e10__gte=1, into_e10__gte=1, rate_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.statement_id} {self.number}"
