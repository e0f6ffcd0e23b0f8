"""What months earned, all their lines summed up: the rows of the export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Sum
from django.db.models.functions import Collate

from commissions.models import Accrual
from interchange.writer import export_collation


@dataclass(frozen=True, slots=True, kw_only=True)
class EarnedMonth:
    """What one schedule earned in a month, corrections included; minor units."""

    partner_ref: str
    deal_ref: str
    product_line: str
    month: date
    plan: str
    base: int
    currency: str
    rate_bps: int
    commission: int


def earned_months(*, through: date) -> Iterator[EarnedMonth]:
    """Yield what was earned up to a month, in the order of the export.

    One row for each partner, deal, product line and month (an upgrade counts with its
    line), and for each currency, plan and rate should they differ; those that come to
    nothing are left out.
    """
    collation = export_collation()
    rows = (
        Accrual.objects.filter(month__lte=through)
        .values(
            partner_ref=F("schedule__partner__ref"),
            deal_ref=F("schedule__deal__ref"),
            line=F("schedule__product_line"),
            of_month=F("month"),
            of_plan=F("schedule__plan"),
            of_currency=F("schedule__currency"),
            rate=F("schedule__rate_bps"),
        )
        .annotate(base=Sum("base_minor"), commission=Sum("commission_minor"))
        .exclude(base=0, commission=0)
        .order_by(
            Collate("partner_ref", collation),
            Collate("deal_ref", collation),
            Collate("line", collation),
            "of_month",
            "of_plan",
            "of_currency",
            "rate",
        )
    )
    for row in rows.iterator(chunk_size=5_000):
        yield EarnedMonth(
            partner_ref=row["partner_ref"],
            deal_ref=row["deal_ref"],
            product_line=row["line"],
            month=row["of_month"],
            plan=row["of_plan"],
            base=int(row["base"]),
            currency=row["of_currency"],
            rate_bps=row["rate"],
            commission=int(row["commission"]),
        )
