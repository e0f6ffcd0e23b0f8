"""The forecast by month: the rows of its table, and a chart for each currency.

Amounts of several currencies never make a sum, so each currency has a chart of its own;
the table says the same in numbers.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.http import urlencode

from deals.models import Deal, DealQuerySet
from program.pipeline import Month, OpenDeal, forecast
from ui import formats
from ui.columns import amounts

WIDTH: Final = 720
HEIGHT: Final = 180
GAP: Final = 12
MAX_BARS: Final = 12
"""Months in a chart; what lies further ahead stands in the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A month of the table; `url` is the list of its deals, which adds up to it."""

    month: str
    deals: int
    late: int
    whole: str
    weighted: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A month of a chart: the whole amount behind, the weighted one in front."""

    month: str
    short: str
    whole: str
    weighted: str
    x: int
    width: int
    whole_y: int
    whole_height: int
    weighted_y: int
    weighted_height: int

    @property
    def middle(self) -> int:
        return self.x + self.width // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The months of one currency, as rectangles in SVG coordinates."""

    currency: str
    bars: Sequence[Bar]
    highest: str
    width: int = WIDTH
    height: int = HEIGHT
    months_y: int = HEIGHT + 16
    high_with_months: int = HEIGHT + 22


Alike = tuple[str, date | None]
"""Stage and expected close: deals that share both are added up by the database."""


def forecast_of(
    counts: Mapping[Alike, int],
    worth: Mapping[Alike, Mapping[str, int]],
    *,
    on: date,
    kept: Mapping[str, str],
) -> dict[str, Any]:
    """Return the rows, their sums and the charts of open deals.

    `counts` and `worth` are what `open_counts` and `open_worth` say of them, `kept` is
    the filter of the page, for the lists that the numbers lead to.
    """
    alike = (
        OpenDeal(
            pipeline=pipeline,
            expected_close_on=day,
            amounts=worth.get((pipeline, day), {}),
            deals=count,
        )
        for (pipeline, day), count in counts.items()
    )
    months = forecast(alike, on=on)
    whole = _total(month.whole for month in months)
    weighted = _total(month.weighted for month in months)
    return {
        "rows": [
            Row(
                month=formats.month(month.begins_on) if month.begins_on else "",
                deals=month.deals,
                late=month.late,
                whole=amounts(month.whole),
                weighted=amounts(month.weighted),
                url=_month_url(month, kept, on=on),
            )
            for month in months
        ],
        "total": Row(
            month="",
            deals=sum(month.deals for month in months),
            late=sum(month.late for month in months),
            whole=amounts(whole),
            weighted=amounts(weighted),
            url=_list_url(kept),
        ),
        "charts": [
            chart
            for currency in sorted(whole)
            if (chart := _chart(currency, months)) is not None
        ],
    }


def _month_url(month: Month, kept: Mapping[str, str], *, on: date) -> str:
    """Return the list of the deals of a month; what is overdue counts in this one."""
    begins = month.begins_on
    if begins is None:
        return _list_url({**kept, "missing": "day"})
    ends = begins + timedelta(days=monthrange(begins.year, begins.month)[1] - 1)
    narrowed = {**kept}
    if begins > on:
        narrowed["expected_since"] = begins.isoformat()
    narrowed["expected_until"] = min(
        ends.isoformat(), kept.get("expected_until", ends.isoformat())
    )
    return _list_url(narrowed)


def _list_url(params: Mapping[str, str]) -> str:
    params = {**params, "stage": Deal.Stage.REGISTERED.value}
    return f"{reverse('deals:list')}?{urlencode(params)}"


def open_counts(deals: DealQuerySet) -> dict[Alike, int]:
    """Return how many open deals there are; from an index alone, however many."""
    alike = deals.order_by().values_list("pipeline", "expected_close_on")
    return {
        (pipeline, day): count
        for pipeline, day, count in alike.annotate(deals=Count("pk"))
    }


def open_worth(deals: DealQuerySet) -> dict[Alike, dict[str, int]]:
    """Return currency → minor units of open deals; it reads all their lines."""
    worth: dict[Alike, dict[str, int]] = {}
    with_lines = (
        deals.filter(lines__isnull=False)
        .order_by()
        .values_list("pipeline", "expected_close_on", "lines__currency")
    )
    for pipeline, day, currency, minor in with_lines.annotate(
        minor=Sum("lines__mrr_minor")
    ):
        worth.setdefault((pipeline, day), {})[currency] = minor
    return worth


def _total(parts: Iterator[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for currency, minor in part.items():
            total[currency] = total.get(currency, 0) + minor
    return total


def _chart(currency: str, months: Sequence[Month]) -> Chart | None:
    """Return the chart of a currency; None where nothing of it has a month."""
    dated = [month for month in months if month.begins_on is not None][:MAX_BARS]
    highest = max((month.whole.get(currency, 0) for month in dated), default=0)
    if highest <= 0:
        return None
    width = WIDTH // len(dated)
    return Chart(
        currency=currency,
        highest=formats.money(highest, currency),
        bars=[
            _bar(month, currency, highest, x=place * width, width=width)
            for place, month in enumerate(dated)
        ],
    )


def _bar(month: Month, currency: str, highest: int, *, x: int, width: int) -> Bar:
    assert month.begins_on is not None
    whole = month.whole.get(currency, 0)
    weighted = month.weighted.get(currency, 0)
    whole_height, weighted_height = (
        HEIGHT * minor // highest for minor in (whole, weighted)
    )
    return Bar(
        month=formats.month(month.begins_on),
        short=f"{month.begins_on:%m/%Y}",
        whole=formats.money(whole, currency),
        weighted=formats.money(weighted, currency),
        x=x + GAP // 2,
        width=max(width - GAP, 1),
        whole_y=HEIGHT - whole_height,
        whole_height=whole_height,
        weighted_y=HEIGHT - weighted_height,
        weighted_height=weighted_height,
    )
