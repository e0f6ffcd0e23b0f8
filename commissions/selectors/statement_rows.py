"""The lines of a statement as people read them: which deal, which client, which rates.

Read in order and one by one: a statement of any length needs the memory of one batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from commissions.models import PayoutDocument, Statement, StatementLine
from deals.models import client_shown

BATCH = 2_000

_FIELDS = (
    *("number", "kind", "month", "accrual", "source_minor", "source_currency"),
    *("rate_e10", "into_e10", "rate_on", "minor", "schedule__deal__name"),
    *("schedule__deal_ref", "client_shown", "schedule__product_line"),
    *("schedule__public_id", "adjustment__reason", "payment__paid_on"),
)


class LineRow(NamedTuple):
    """A line with the names of what it stands for; amounts in minor units.

    `correction` says that it corrects an earlier line of its month.
    """

    number: int
    kind: str
    month: date | None
    accrual: int | None
    source_minor: int
    source_currency: str
    rate_e10: int | None
    into_e10: int | None
    rate_on: date | None
    minor: int
    deal: str | None
    deal_ref: str | None
    client: str | None
    product_line: str | None
    schedule: object
    reason: str | None
    paid_on: date | None

    @property
    def correction(self) -> bool:
        return bool(self.accrual)

    @property
    def rate(self) -> Decimal | None:
        """What one unit of the source is worth in the statement's currency, 6 decimals.

        For the eye: the amount was converted with the two rates themselves.
        """
        if self.rate_e10 is None or self.into_e10 is None:
            return None
        return Decimal((self.rate_e10 * 10**6) // self.into_e10).scaleb(-6)


def lines_of(statement: Statement) -> QuerySet[StatementLine]:
    """Return the lines of a statement in their order, with what pages name of them."""
    return (
        StatementLine.objects.filter(statement=statement)
        .select_related("schedule__deal__client", "adjustment", "payment")
        .order_by("number")
    )


def line_rows(statement: Statement) -> Iterator[LineRow]:
    """Yield the lines of a statement in their order."""
    rows = (
        StatementLine.objects.filter(statement=statement)
        .annotate(client_shown=client_shown("schedule__deal__"))
        .order_by("number")
    )
    for values in rows.values_list(*_FIELDS).iterator(chunk_size=BATCH):
        yield LineRow(*values)


def missing_words(statement: Statement) -> list[str]:
    """Return the papers that were missing when a statement closed, in words."""
    names = dict(PayoutDocument.Kind.choices)
    return [
        _(" or ").join(str(names.get(paper, paper)) for paper in need.split("|"))
        for need in statement.missing
    ]
