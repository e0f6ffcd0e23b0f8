"""Reads of deals that services, imports and commands share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import QuerySet

from deals.models import DealLine
from deals.postings import SoldLine


def sold_lines(**lookups: object) -> Iterator[tuple[int, SoldLine]]:
    """Yield line id and the facts of its points, for the lines the look-ups name.

    One query; the look-ups are those of `DealLine`, e.g. `deal_id__in=[...]`.
    """
    rows = _rows().filter(**lookups)
    for pk, of_line in groupby(rows, key=itemgetter(0)):
        first, *more = of_line
        (
            _pk, product_line, mrr_minor, currency, partner_id, deal_ref, client_ref,
            motion, stage, closed_on, poi_on, cancelled_on, territory, growth, added_on,
            _on, _left,
        ) = first  # fmt: skip
        reductions = tuple((on, left) for *_line, on, left in (first, *more) if on)
        yield (
            pk,
            SoldLine(
                partner_id=partner_id,
                deal_ref=deal_ref,
                client_ref=client_ref,
                motion=motion,
                stage=stage,
                closed_on=closed_on,
                poi_on=poi_on,
                cancelled_on=cancelled_on,
                territory=territory,
                growth=growth,
                product_line=product_line,
                mrr_minor=mrr_minor,
                currency=currency,
                added_on=added_on,
                reductions=reductions,
            ),
        )


@cache
def _rows() -> QuerySet[DealLine, tuple[Any, ...]]:
    # Once: finding the way to so many columns takes as long as the query.
    return DealLine.objects.order_by("pk", "reductions__on").values_list(
        "pk", "product_line", "mrr_minor", "currency",
        "deal__partner_id", "deal__ref", "deal__client__ref", "deal__motion",
        "deal__stage", "deal__closed_on", "deal__poi_on", "deal__cancelled_on",
        "deal__won_territory", "deal__won_growth", "added_on",
        "reductions__on", "reductions__mrr_minor",
    )  # fmt: skip
