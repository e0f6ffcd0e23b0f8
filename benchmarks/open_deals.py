"""Very many open deals of one partner, for the pages that are about open deals.

More than any partner has: what grows with them must not be felt.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from django.db import transaction

from benchmarks.fill import tidy
from benchmarks.traces import leaving_none
from benchmarks.world import TODAY
from deals.models import Deal, DealLine
from interchange.bulk import build, insert

_STAGES: Final = tuple(Deal.Pipeline.values)
_CURRENCIES: Final = ("USD", "USD", "EUR")


@contextmanager
def open_deals(partner_id: int, count: int) -> Iterator[None]:
    """Give a partner open deals with a line each for as long as the block runs."""
    client_id = (
        Deal.objects.filter(partner_id=partner_id)
        .order_by("pk")
        .values_list("client_id", flat=True)[0]
    )
    with leaving_none(partner_ids=[]):
        with transaction.atomic():
            deals = [
                build(
                    Deal,
                    {
                        "ref": f"BENCH-OPEN-{number}",
                        "partner_id": partner_id,
                        "client_id": client_id,
                        "name": f"Open deal {number}",
                        "motion": "sourced" if number % 3 else "assisted",
                        "registered_on": TODAY - timedelta(days=number % 180),
                        "pipeline": _STAGES[number % len(_STAGES)],
                        # One in eight without a day, the others within a year.
                        "expected_close_on": TODAY + timedelta(days=number % 365 - 20)
                        if number % 8
                        else None,
                    },
                )
                for number in range(count)
            ]
            insert(deals)
            insert(
                [
                    build(
                        DealLine,
                        {
                            "deal_id": deal.pk,
                            "product_line": "sales_hub",
                            "edition": "professional",
                            "mrr_minor": 5_000 + 100 * (number % 700),
                            "currency": _CURRENCIES[number % len(_CURRENCIES)],
                        },
                    )
                    for number, deal in enumerate(deals)
                ]
            )
        tidy()
        yield
    tidy()
