"""What a won line may earn, for how long, and what became of that (3.6, 3.9, 3.11)."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from commissions.models.receipts import MAX_MINOR, IsFirstDay
from commissions.models.visibility import MoneyMixin
from deals.models import Deal, DealLine
from partners.append_only import AppendOnlyModel, AppendOnlyQuerySet
from partners.models import Partner, RulebookEdition
from program.commission import NoSchedule, Nothing, Plan


class TouchlessIncrease(AppendOnlyModel):
    """A client bought more without a seller: an explicit record, never inferred (3.6).

    `mrr_minor` is the increase per month, in minor units of `currency`.
    """

    client = models.ForeignKey(
        Client,
        on_delete=models.PROTECT,
        related_name="touchless_increases",
        db_index=False,
        verbose_name=_("client"),
    )
    product_line = models.CharField(_("product line"), max_length=50)
    on = models.DateField(_("on"))
    mrr_minor = models.BigIntegerField(_("increase per month, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    note = models.CharField(_("note"), max_length=200)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("touchless increase")
        verbose_name_plural = _("touchless increases")
        constraints = [
            models.UniqueConstraint(
                name="one_touchless_increase_per_day",
                fields=["client", "product_line", "on"],
            ),
            models.CheckConstraint(
                name="touchless_increase_in_range",
                condition=Q(mrr_minor__gte=1, mrr_minor__lte=MAX_MINOR),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client} {self.product_line} {self.on}"


class ScheduleQuerySet(MoneyMixin, models.QuerySet["Schedule"]):
    def running_in(self, first: date, last: date) -> Self:
        """Return those that may earn in a month from `first` to `last` (first days)."""
        return self.filter(first_month__lte=last, last_month__gte=first)


class Schedule(models.Model):
    """What one line of a won deal may earn: its rate, its term, the most per month.

    One for each line, also for those that earn nothing (`refused` says why). It is
    derived: plan, rate and months from the facts of the close date, which `facts` keeps;
    `last_month` from what happened since. `first_month` and `last_month` are first days,
    `last_month` is before `first_month` if it never earns. The months themselves are
    never stored: pages derive those to come, the accruals are those that were.
    """

    class PlanChoice(models.TextChoices):
        DEAL = Plan.DEAL.value, _("Deal commission")
        UPMARKET = Plan.UPMARKET.value, _("Upmarket referral")

    class Refused(models.TextChoices):
        NO_PROOF = NoSchedule.NO_PROOF.value, _("No valid proof of involvement")
        BEFORE_FIRST_CLOSE = (
            NoSchedule.BEFORE_FIRST_CLOSE.value,
            _("Closed before commissions began"),
        )
        PROVIDER = NoSchedule.PROVIDER.value, _("Assisted, and a provider")
        TIER_TOO_LOW = NoSchedule.TIER_TOO_LOW.value, _("Assisted, below the tier")
        NOT_ACCREDITED = (
            NoSchedule.NOT_ACCREDITED.value,
            _("Assisted, without the accreditation"),
        )
        BELOW_MINIMUM = NoSchedule.BELOW_MINIMUM.value, _("Assisted, below the minimum")

    class Ended(models.TextChoices):
        CANCELLED = Nothing.CANCELLED.value, _("The client cancelled")
        DEMOTED = Nothing.DEMOTED.value, _("The partner became a provider")
        TERM_ENDED = Nothing.TERM_ENDED.value, _("The term was shortened")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    line = models.OneToOneField(
        DealLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="schedule",
        verbose_name=_("deal line"),
    )
    increase = models.OneToOneField(
        TouchlessIncrease,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="schedule",
        verbose_name=_("touchless increase"),
    )
    deal = models.ForeignKey(
        Deal, on_delete=models.PROTECT, related_name="schedules", verbose_name=_("deal")
    )
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="schedules",
        verbose_name=_("partner"),
    )
    client = models.ForeignKey(
        Client,
        on_delete=models.PROTECT,
        related_name="schedules",
        db_index=False,
        verbose_name=_("client"),
    )
    product_line = models.CharField(_("product line"), max_length=50)
    # The order in which a month's receipts are dealt out: closing day, then the deal's
    # reference, then the row.
    closed_on = models.DateField(_("closed on"))
    deal_ref = models.CharField(_("reference of the deal"), max_length=100)
    begins_on = models.DateField(_("begins on"))
    plan = models.CharField(_("plan"), max_length=10, choices=PlanChoice, blank=True)
    refused = models.CharField(
        _("why it earns nothing"), max_length=20, choices=Refused, blank=True
    )
    rate_bps = models.IntegerField(_("rate, basis points"))
    months = models.SmallIntegerField(_("months"))
    mrr_minor = models.BigIntegerField(_("most per month, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    first_month = models.DateField(_("first month"))
    last_month = models.DateField(_("last month"))
    ended = models.CharField(
        _("why it ends early"), max_length=12, choices=Ended, blank=True
    )
    facts = models.JSONField(_("facts of the close date"))
    edition = models.ForeignKey(
        RulebookEdition,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("rulebook edition"),
    )
    opened_at = models.DateTimeField(_("opened at"))

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        verbose_name = _("commission schedule")
        verbose_name_plural = _("commission schedules")
        constraints = [
            models.CheckConstraint(
                name="schedule_is_of_a_line_or_an_increase",
                condition=Q(line__isnull=False, increase=None)
                | Q(line=None, increase__isnull=False),
            ),
            models.CheckConstraint(
                name="schedule_has_a_plan_or_a_reason",
                condition=Q(plan__in=("deal", "upmarket"), refused="", months__gte=0)
                | (Q(plan="", months=0) & ~Q(refused="")),
            ),
            models.CheckConstraint(
                name="schedule_numbers_in_range",
                condition=Q(
                    rate_bps__gte=0,
                    rate_bps__lte=10_000,
                    months__lte=600,
                    mrr_minor__gte=0,
                    mrr_minor__lte=MAX_MINOR,
                ),
            ),
            models.CheckConstraint(
                name="schedule_months_are_first_days",
                condition=IsFirstDay("first_month") & IsFirstDay("last_month"),
            ),
        ]
        indexes = [
            # Who shares a month's receipts, oldest first; the monthly run walks it.
            models.Index(
                name="schedules_in_order",
                fields=["client", "product_line", "closed_on", "deal_ref", "id"],
            ),
            # The pages of a partner.
            models.Index(
                name="schedules_of_partner", fields=["partner", "last_month", "id"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deal_ref} {self.product_line}"

    @property
    def never_earns(self) -> bool:
        return self.last_month < self.first_month


class ScheduleStep(AppendOnlyModel):
    """A change of a schedule: what it was and what it became, and because of what."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("Opened")
        REFUSED = "refused", _("Opened without earning")
        ENDED = "ended", _("Ends early")
        CHANGED = "changed", _("Corrected")

    schedule = models.ForeignKey(
        Schedule,
        on_delete=models.PROTECT,
        related_name="steps",
        db_index=False,
        verbose_name=_("schedule"),
    )
    number = models.SmallIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))
    at = models.DateTimeField(_("at"))

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of a schedule")
        verbose_name_plural = _("steps of schedules")
        constraints = [
            models.UniqueConstraint(
                name="one_schedule_step_per_number", fields=["schedule", "number"]
            ),
            models.CheckConstraint(
                name="schedule_step_number_not_negative", condition=Q(number__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.number}"


class AccrualQuerySet(MoneyMixin, AppendOnlyQuerySet["Accrual"]):
    of_partner = "schedule__partner__"


class Accrual(AppendOnlyModel):
    """What a schedule earned in a month: one line, and a line for each correction.

    `number` 0 is the month's first line, also when nothing was earned (`why` says why).
    A later line corrects those before it: its amounts are differences, and the sum of
    all lines is what the month earned. `receipts` are the ids of the rows that were the
    month's base then, with commas between; they never change.

    The key is (month, schedule, number) and there is no other index: a month of millions
    of schedules is written in order, whatever has been written before.
    """

    class Why(models.TextChoices):
        CANCELLED = Nothing.CANCELLED.value, _("The client had cancelled")
        DEMOTED = Nothing.DEMOTED.value, _("The partner had become a provider")
        TERM_ENDED = Nothing.TERM_ENDED.value, _("The term had ended")
        NOT_BEGUN = Nothing.NOT_BEGUN.value, _("The term had not begun")
        NOT_PAID = Nothing.NOT_PAID.value, _("The client did not pay")
        OTHER_CURRENCY = (
            Nothing.OTHER_CURRENCY.value,
            _("The client paid in another currency"),
        )
        TAKEN_BY_OLDER = (
            Nothing.TAKEN_BY_OLDER.value,
            _("What the client paid belongs to older sales"),
        )
        REDUCED_TO_NOTHING = (
            Nothing.REDUCED_TO_NOTHING.value,
            _("The subscription was reduced to nothing"),
        )
        # Only of a correction: the sale turned out to be one that earns nothing.
        NO_PROOF = NoSchedule.NO_PROOF.value, _("No valid proof of involvement")
        BEFORE_FIRST_CLOSE = (
            NoSchedule.BEFORE_FIRST_CLOSE.value,
            _("Closed before commissions began"),
        )
        PROVIDER = NoSchedule.PROVIDER.value, _("Assisted, and a provider")
        TIER_TOO_LOW = NoSchedule.TIER_TOO_LOW.value, _("Assisted, below the tier")
        NOT_ACCREDITED = (
            NoSchedule.NOT_ACCREDITED.value,
            _("Assisted, without the accreditation"),
        )
        BELOW_MINIMUM = NoSchedule.BELOW_MINIMUM.value, _("Assisted, below the minimum")

    pk = models.CompositePrimaryKey("month", "schedule_id", "number")
    month = models.DateField(_("month"))
    schedule = models.ForeignKey(
        Schedule,
        on_delete=models.PROTECT,
        related_name="accruals",
        db_index=False,
        db_constraint=False,  # doubles a monthly run; `ledger_check` looks for strays
        verbose_name=_("schedule"),
    )
    number = models.SmallIntegerField(_("number"))
    base_minor = models.BigIntegerField(_("base, minor units"))
    commission_minor = models.BigIntegerField(_("commission, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    rate_bps = models.IntegerField(_("rate, basis points"))
    plan = models.CharField(_("plan"), max_length=10, choices=Schedule.PlanChoice)
    edition = models.ForeignKey(
        RulebookEdition,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("rulebook edition"),
    )
    why = models.CharField(_("why nothing"), max_length=20, choices=Why, blank=True)
    receipts = models.TextField(_("receipts"), blank=True)
    recorded_at = models.DateTimeField(_("recorded at"))

    objects = AccrualQuerySet.as_manager()

    class Meta:
        verbose_name = _("accrual")
        verbose_name_plural = _("accruals")
        constraints = [
            models.CheckConstraint(
                name="accrual_amounts_in_range",
                condition=Q(
                    base_minor__gte=-MAX_MINOR,
                    base_minor__lte=MAX_MINOR,
                    commission_minor__gte=-MAX_MINOR,
                    commission_minor__lte=MAX_MINOR,
                ),
            ),
            models.CheckConstraint(
                name="accrual_first_line_is_not_negative",
                condition=Q(number__gte=1)
                | Q(number=0, base_minor__gte=0, commission_minor__gte=0),
            ),
            models.CheckConstraint(
                name="accrual_never_more_than_its_base",
                condition=Q(number__gte=1) | Q(commission_minor__lte=F("base_minor")),
            ),
        ]
        indexes = [
            # Corrections are few; statements look for them whatever their month.
            models.Index(
                name="accrual_corrections",
                fields=["schedule"],
                condition=Q(number__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.month} {self.number}"
