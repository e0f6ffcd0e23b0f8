"""Points over time: the checks of twelve months, today, and three months ahead.

Drawn here as a line of SVG coordinates; the page colours it, and its table says the same.
Ahead nothing is added: the line shows what is left when points expire.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from partners.models import Partner, Standing
from partners.receipts.addresses import Number, number_url
from portal.models import Outlook
from ui import formats
from ui.columns import points_in_full

WIDTH, HEIGHT, MARGIN = 720, 180, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """A point in words, and its place; `gone` expires for what is left ahead."""

    day: str
    points: str
    url: str
    x: int
    y: int
    ahead: bool
    gone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The line in two parts, which share today's point, as `points` of a polyline."""

    points: Sequence[CurvePoint]
    behind: str
    ahead: str
    highest: str
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def today(self) -> CurvePoint:
        return next(one for one in reversed(self.points) if not one.ahead)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    on: date
    points: int
    url: str
    gone: int = 0
    ahead: bool = False


def curve_of(
    partner: Partner, standing: Standing | None, outlook: Outlook | None
) -> Curve | None:
    """Return the curve of a partner; None where there is nothing to draw."""
    if standing is None:
        return None
    values = [
        *_behind(partner, standing, outlook),
        _Value(
            on=standing.as_of,
            points=standing.total,
            url=number_url(partner, Number.TOTAL, standing.as_of),
        ),
        *_ahead(partner, standing),
    ]
    highest = max(value.points for value in values)
    if highest <= 0:
        return None
    first, last = values[0].on, values[-1].on
    points = [
        CurvePoint(
            day=formats.day(value.on),
            points=points_in_full(value.points),
            url=value.url,
            gone=points_in_full(value.gone),
            ahead=value.ahead,
            x=_scaled((value.on - first).days, (last - first).days, WIDTH),
            y=HEIGHT - _scaled(max(value.points, 0), highest, HEIGHT),
        )
        for value in values
    ]
    behind = [point for point in points if not point.ahead]
    return Curve(
        points=points,
        behind=_line(behind),
        ahead=_line([behind[-1], *(point for point in points if point.ahead)]),
        highest=points_in_full(highest),
    )


def _behind(
    partner: Partner, standing: Standing, outlook: Outlook | None
) -> Iterator[_Value]:
    for text, total, known in outlook.curve if outlook else ():
        day = date.fromisoformat(text)
        if day < standing.as_of:
            known_at = datetime.fromisoformat(known)
            url = number_url(partner, Number.TOTAL, day, known_at=known_at)
            yield _Value(on=day, points=total, url=url)


def _ahead(partner: Partner, standing: Standing) -> Iterator[_Value]:
    for days, gone, number in (
        (30, standing.expiring_30, Number.EXPIRING_30),
        (60, standing.expiring_60, Number.EXPIRING_60),
        (90, standing.expiring_90, Number.EXPIRING_90),
    ):
        yield _Value(
            on=standing.as_of + timedelta(days=days),
            points=standing.total - gone,
            url=number_url(partner, number, standing.as_of),
            gone=gone,
            ahead=True,
        )


def _scaled(part: int, whole: int, length: int) -> int:
    """Return a place on an axis, within the margins."""
    return MARGIN + part * (length - 2 * MARGIN) // max(whole, 1)


def _line(points: Sequence[CurvePoint]) -> str:
    return " ".join(f"{point.x},{point.y}" for point in points)
