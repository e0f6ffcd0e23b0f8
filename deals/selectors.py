"""Reads of deals that services, imports and commands share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from deals.models import DealLine, LineReduction
from deals.postings import SoldLine


def sold_lines(**lookups: object) -> Iterator[tuple[int, SoldLine]]:
    """Yield line id and the facts of its points, for the lines the look-ups name.

    Two queries; the look-ups are those of `DealLine`, e.g. `deal_id__in=[...]`.
    """
    lines = DealLine.objects.filter(**lookups)
    reductions: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for line_id, on, mrr_minor in (
        LineReduction.objects.filter(line__in=lines)
        .order_by("on")
        .values_list("line_id", "on", "mrr_minor")
    ):
        reductions[line_id].append((on, mrr_minor))
    rows = lines.order_by("pk").values_list(
        "pk", "product_line", "mrr_minor", "currency",
        "deal__partner_id", "deal__ref", "deal__client__ref", "deal__motion",
        "deal__stage", "deal__closed_on", "deal__poi_on", "deal__cancelled_on",
        "deal__won_territory", "deal__won_growth",
    )  # fmt: skip
    for (
        pk, product_line, mrr_minor, currency, partner_id, deal_ref, client_ref, motion,
        stage, closed_on, poi_on, cancelled_on, territory, growth,
    ) in rows:  # fmt: skip
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
                reductions=tuple(reductions.get(pk, ())),
            ),
        )
