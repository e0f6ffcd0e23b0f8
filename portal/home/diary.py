"""The diary in sentences: what changed since the last visit, or in any period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from outbox import clock
from partners.models import KindChoice, Partner, User
from partners.receipts import sources
from partners.receipts.addresses import Number, entry_url, number_url
from partners.receipts.diary import Movement, MovementCause, Newest, Period
from ui import formats

FIRST_VISIT_DAYS = 14
ONE_DAY = timedelta(days=1)
BEFORE = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One movement as a person reads it; `points` are micro-points."""

    day: date
    shown_day: str
    points: int
    cause: MovementCause
    sentence: str
    late: bool
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """The newest movements on home, between opening and closing; micro-points."""

    period: Period
    since_visit: bool
    opening: int
    opening_url: str
    moved: int
    closing: int
    closing_url: str
    lines: Sequence[Line]
    count: int
    url: str


def period_of(first: date, last: date, *, today: date, live_on: date | None) -> Period:
    """Return the period of some days, with what was known when it began and ended.

    What the first import brought counts as known: on its day the portal began to know
    anything at all. Before the portal is live all that is there is known.
    """
    everything = clock.start_of(today + 2 * ONE_DAY)
    if live_on is None:
        return Period(first=first, last=last, known_from=everything, known_to=everything)
    learnt = clock.start_of(live_on + 2 * ONE_DAY)
    return Period(
        first=first,
        last=last,
        known_from=max(clock.start_of(first), learnt),
        known_to=max(clock.start_of(last + ONE_DAY), learnt),
    )


def first_day(*, last: date | None, previous: date | None, today: date) -> date:
    """Return the day a diary begins: that of the last visit before today.

    The whole day, for what happened on it after the visit was not seen yet.
    """
    seen = previous if last == today else last
    return seen if seen and seen < today else today - timedelta(days=FIRST_VISIT_DAYS)


def diary_url(first: date, last: date, cause: str = "") -> str:
    params = {"from": first.isoformat(), "to": last.isoformat()}
    if cause:
        params["cause"] = cause
    return f"{reverse('portal:diary')}?{urlencode(params)}"


def opening_url(partner: Partner, period: Period, *, now: datetime) -> str:
    return _total_url(partner, period.first - ONE_DAY, period.known_from, now=now)


def closing_url(partner: Partner, period: Period, *, now: datetime) -> str:
    return _total_url(partner, period.last, period.known_to, now=now)


def _total_url(partner: Partner, day: date, known: datetime, *, now: datetime) -> str:
    """Return the receipt of a total; a moment that is yet to come is left to the page."""
    known_at = known - BEFORE
    return number_url(
        partner, Number.TOTAL, day, known_at=known_at if known_at < now else None
    )


def glimpse(
    partner: Partner,
    newest: Newest,
    *,
    period: Period,
    closing: int,
    since_visit: bool,
    user: User,
    now: datetime,
) -> Glimpse:
    """Return the newest movements in words; `closing` is the total of the standing."""
    return Glimpse(
        period=period,
        since_visit=since_visit,
        opening=closing - newest.sum,
        opening_url=opening_url(partner, period, now=now),
        moved=newest.sum,
        closing=closing,
        closing_url=closing_url(partner, period, now=now),
        lines=lines_of(newest.movements, user=user),
        count=newest.count,
        url=diary_url(period.first, period.last),
    )


def lines_of(movements: Iterable[Movement], *, user: User) -> list[Line]:
    """Return movements in words, with the names their sources have today."""
    movements = list(movements)
    names = sources.names_of(movements, user=user)
    return [
        Line(
            day=movement.day,
            shown_day=formats.day(movement.day),
            points=movement.points,
            cause=movement.cause,
            sentence=_sentence(
                movement, names.get((movement.source_kind, movement.source_id))
            ),
            late=movement.late,
            url=entry_url(movement.public_id),
        )
        for movement in movements
    ]


def _sentence(movement: Movement, name: sources.SourceName | None) -> str:
    facts = {
        "points": signed(movement.points),
        "kind": str(KindChoice(movement.kind).label).lower(),
        "source": name.title if name else movement.source_ref,
        "day": formats.day_long(movement.day),
    }
    sentences = {
        MovementCause.WON: _("%(points)s %(kind)s points: %(source)s was won."),
        MovementCause.EXPIRED: _("%(points)s %(kind)s points: %(source)s expired."),
        MovementCause.CANCELLED: _(
            "%(points)s %(kind)s points: the subscription of %(source)s ended."
        ),
        MovementCause.REDUCED: _(
            "%(points)s %(kind)s points: the subscription of %(source)s was reduced."
        ),
        MovementCause.STOCK: _(
            "%(points)s %(kind)s points: what %(source)s subscribes to, or who serves "
            "it, changed."
        ),
        MovementCause.CORRECTED: _(
            "%(points)s %(kind)s points: the source data of %(source)s was corrected."
        ),
    }
    sentence = sentences[movement.cause] % facts
    if movement.late:
        sentence = f"{sentence} " + _("Learnt late; it counts from %(day)s.") % facts
    return sentence


def signed(micro: int) -> str:
    """Return points with their sign and all the digits they have."""
    text = formats.points_exact(micro)
    return f"+{text}" if micro > 0 else text
