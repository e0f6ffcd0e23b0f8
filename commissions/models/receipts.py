"""What the vendor received from clients, and the exchange rates of month ends."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client
from partners.append_only import AppendOnlyModel, AppendOnlyQuerySet

MAX_MINOR = 10**15


class IsFirstDay(models.Func):
    """Whether a date is the first of its month, in words every SQLite knows.

    Django's `__day` calls a function which it adds to its own connections. A schema that
    names it cannot be opened by anything else: not by `sqlite3`, hence not for a backup.
    """

    arity = 1
    output_field = models.BooleanField()
    template = "EXTRACT(DAY FROM %(expressions)s) = 1"

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        template = "substr(%(expressions)s, 9) = '01'"
        return self.as_sql(compiler, connection, template=template, **context)


class Receipt(AppendOnlyModel):
    """What a client paid for a product line and month; negative is a refund.

    `amount_minor` is in minor units of `currency`; `month` is its first day. What came in
    is the sum of all rows. A receipt that was wrong is taken back by a row that names it
    (`takes_back`) and stated anew: `entry` numbers the rows of one reference.
    """

    class Source(models.TextChoices):
        IMPORT = "import", _("Import")
        STAFF = "staff", pgettext_lazy("source of a receipt", "Entered by hand")

    ref = models.CharField(_("reference"), max_length=100)
    entry = models.SmallIntegerField(_("number within the reference"), default=0)
    client = models.ForeignKey(
        Client,
        on_delete=models.PROTECT,
        related_name="receipts",
        db_index=False,
        verbose_name=_("client"),
    )
    product_line = models.CharField(_("product line"), max_length=50)
    month = models.DateField(_("month"))
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    takes_back = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="taken_back_by",
        verbose_name=_("takes back"),
    )
    source = models.CharField(
        _("source"), max_length=10, choices=Source, default=Source.IMPORT
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            models.UniqueConstraint(
                name="one_receipt_per_reference_and_entry", fields=["ref", "entry"]
            ),
            models.CheckConstraint(
                name="receipt_amount_in_range",
                condition=Q(amount_minor__gte=-MAX_MINOR, amount_minor__lte=MAX_MINOR),
            ),
            models.CheckConstraint(name="receipt_not_zero", condition=~Q(amount_minor=0)),
            models.CheckConstraint(
                name="receipt_month_is_a_first_day", condition=IsFirstDay("month")
            ),
        ]
        indexes = [
            # The base of a month: its receipts by client and product line, whatever
            # other months have brought.
            models.Index(
                name="receipts_by_month", fields=["month", "client", "product_line"]
            ),
            # All that came from a client, for pages.
            models.Index(
                name="receipts_of_month", fields=["client", "product_line", "month"]
            ),
        ]

    def __str__(self) -> str:
        return self.ref


class FxRate(models.Model):
    """What one unit of a currency was worth in US dollars on a day, in 10^-10 dollars.

    Lines of statements keep the rates they were converted with: a rate that is corrected
    changes none of them.
    """

    day = models.DateField(_("day"))
    currency = models.CharField(_("currency"), max_length=3)
    usd_e10 = models.BigIntegerField(_("US dollars, ten decimals"))

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        constraints = [
            models.UniqueConstraint(
                name="one_rate_per_day_and_currency", fields=["day", "currency"]
            ),
            models.CheckConstraint(
                name="fx_rate_in_range", condition=Q(usd_e10__gte=1, usd_e10__lte=10**15)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.currency}"
