"""The open pipeline: how likely stages are, what stands still, what may close when.

Weights and days are ours: the guide says nothing about them, and points and money never
rest on them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from program.money import divide_half_up

WEIGHTS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "discovery": 10,
        "qualified": 25,
        "presented": 45,
        "deciding": 65,
        "contract": 85,
    }
)
"""Pipeline stage → chance in per cent that such a deal is won."""

STALLED_DAYS: Final = 21
"""A deal nobody touched for so long stands still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDeal:
    """What the forecast needs of an open deal: minor units by currency.

    It may stand for several that share stage and day, with their amounts added up.
    """

    pipeline: str
    expected_close_on: date | None
    amounts: Mapping[str, int]
    deals: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What may close in a month; `begins_on` None: no day is expected.

    `whole` and `weighted` are minor units by currency. What should have closed before the
    month of `on` counts in that month, as `late`.
    """

    begins_on: date | None
    deals: int
    late: int
    whole: Mapping[str, int]
    weighted: Mapping[str, int]


def is_stalled(*, active_on: date | None, registered_on: date, on: date) -> bool:
    """Say whether nobody has touched an open deal for `STALLED_DAYS`."""
    return on - max(active_on or registered_on, registered_on) >= timedelta(
        days=STALLED_DAYS
    )


def forecast(deals: Iterable[OpenDeal], *, on: date) -> list[Month]:
    """Return the months in which open deals may close, in order; undated ones last."""
    this_month = on.replace(day=1)
    grouped: dict[date | None, list[tuple[OpenDeal, bool]]] = {}
    for deal in deals:
        day = deal.expected_close_on
        month = None if day is None else max(day.replace(day=1), this_month)
        late = day is not None and day < on
        grouped.setdefault(month, []).append((deal, late))
    order = sorted(grouped, key=lambda month: (month is None, month or on))
    return [_month(month, grouped[month]) for month in order]


def _month(begins_on: date | None, deals: Iterable[tuple[OpenDeal, bool]]) -> Month:
    whole: dict[str, int] = {}
    hundredfold: dict[str, int] = {}
    count = late_count = 0
    for deal, late in deals:
        count += deal.deals
        late_count += deal.deals if late else 0
        for currency, minor in deal.amounts.items():
            whole[currency] = whole.get(currency, 0) + minor
            weighted = minor * WEIGHTS[deal.pipeline]
            hundredfold[currency] = hundredfold.get(currency, 0) + weighted
    return Month(
        begins_on=begins_on,
        deals=count,
        late=late_count,
        whole=MappingProxyType(dict(sorted(whole.items()))),
        weighted=MappingProxyType(
            {
                currency: divide_half_up(minor, 100)
                for currency, minor in sorted(hundredfold.items())
            }
        ),
    )
