"""Which function runs which kind of work, and what the calendar owes.

An app declares both in its `handlers.py`, and what happens in it; the outbox imports
these modules when Django is ready. A handler takes keyword arguments only and tolerates
unknown ones, because web and worker hosts are upgraded at different times.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.utils.translation import gettext_lazy as _

MAX_KIND_LENGTH = 100

GO_LIVE = "go-live"
"""The name under which `PeriodRun` keeps the go-live day: no job may have it."""

Run = Callable[..., None]

DaysBetween = Callable[[date, date], Sequence[date]]
"""The days that exist between two days, both included."""


class Lane(models.TextChoices):
    """Lines of work that do not wait for each other; each has its own Celery queue."""

    POINTS = "points", _("points")
    MONEY = "money", _("money")
    MAIL = "mail", _("mail")
    BULK = "bulk", _("bulk")


class UnknownKindError(LookupError):
    """No handler is registered for a kind of work."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"No handler is registered for {kind!r}: declare it with @handler in the "
            f"handlers.py of an installed app."
        )


class RegistrationError(ImproperlyConfigured):
    """A handler cannot be registered the way it is declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """One kind of work: what runs it, and in which lane."""

    kind: str
    lane: Lane
    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Periodic:
    """What the calendar owes: one run of `job` for each day that `days` returns.

    Nothing is owed before `first`. With `ordered`, the run of a day waits until every
    earlier day of the job is done.
    """

    job: str
    days: DaysBetween
    first: date | None
    ordered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Work that a tick puts whenever `needed` says so."""

    kind: str
    needed: Callable[[], bool]


_handlers: dict[str, Handler] = {}
_events: dict[str, Lane] = {}
_followers: dict[str, list[str]] = {}
_errands: dict[str, Errand] = {}
_periodics: dict[str, Periodic] = {}

RunT = TypeVar("RunT", bound=Run)


def handler(kind: str, *, lane: Lane) -> Callable[[RunT], RunT]:
    """Register the function that runs work of this kind: `@handler("app.verb", lane=…)`.

    It runs in the transaction that also marks the row done, so what it writes happens
    together with that, or not at all. Raises `RegistrationError` if the kind is taken, or
    if the function would refuse what a newer release may send.
    """

    def register(run: RunT) -> RunT:
        _check_kind(kind, run)
        _handlers[kind] = Handler(kind=kind, lane=Lane(lane), run=run)
        return run

    return register


def periodic(
    job: str,
    *,
    days: DaysBetween,
    lane: Lane,
    first: date | None = None,
    ordered: bool = True,
) -> Callable[[RunT], RunT]:
    """Register what runs once for each day that `days(first, last)` returns.

    The function gets the day as `day="2025-07-15"`. Days before the portal went live are
    never owed, nor days before `first`: give it to a job that is added later and shall
    not catch up. `ordered=False` lets days of the job run in any order, and go on when
    one of them is dead.
    """

    def register(run: RunT) -> RunT:
        handler(job, lane=lane)(run)
        _periodics[job] = Periodic(job=job, days=days, first=first, ordered=ordered)
        return run

    return register


def when_needed(
    kind: str, *, needed: Callable[[], bool], lane: Lane
) -> Callable[[RunT], RunT]:
    """Register what a tick puts, once a minute at most, whenever `needed()` is true.

    For work that whoever causes it cannot put without waiting for others who cause it
    too. `needed` is asked every minute: one cheap query. The function gets no facts.
    """

    def register(run: RunT) -> RunT:
        handler(kind, lane=lane)(run)
        _errands[kind] = Errand(kind=kind, needed=needed)
        return run

    return register


def event(kind: str, *, lane: Lane) -> None:
    """Declare something that happens, whoever wants to know: `event("deals.won", …)`.

    It is put like work; its followers each get a row of their own, and there may be none.
    Declare it in the package in which it happens. Raises `RegistrationError` if the kind
    is taken.
    """
    _check_name(kind)
    _events[kind] = Lane(lane)


def follows(happening: str, *, kind: str, lane: Lane) -> Callable[[RunT], RunT]:
    """Register what is to be done whenever an event happens, as work of its own kind.

    The function gets the facts of the event, once per event, and fails and is tried again
    without the other followers. Raises `RegistrationError` like `handler`.
    """

    def register(run: RunT) -> RunT:
        handler(kind, lane=lane)(run)
        _followers.setdefault(happening, []).append(kind)
        return run

    return register


def is_event(kind: str) -> bool:
    """Say whether a kind is an event, which followers handle, and not work."""
    return kind in _events


def events() -> tuple[str, ...]:
    """Return every declared event, sorted."""
    return tuple(sorted(_events))


def followers_of(happening: str) -> tuple[str, ...]:
    """Return the kinds of work that an event leads to, sorted; there may be none."""
    return tuple(sorted(_followers.get(happening, ())))


def lane_of(kind: str) -> Lane:
    """Return the lane of a kind of work or of an event. Raises `UnknownKindError`."""
    return _events[kind] if kind in _events else handler_of(kind).lane


def refuse_strangers() -> None:
    """Raise `RegistrationError` for a follower of an event that nobody declares."""
    for happening, kinds_of_work in _followers.items():
        if happening not in _events:
            raise RegistrationError(
                f"{', '.join(kinds_of_work)} follows {happening!r}, which is no event."
            )


def handler_of(kind: str) -> Handler:
    """Return who runs this kind of work. Raises `UnknownKindError`."""
    try:
        return _handlers[kind]
    except KeyError:
        raise UnknownKindError(kind) from None


def kinds() -> tuple[str, ...]:
    """Return every registered kind, sorted."""
    return tuple(sorted(_handlers))


def periodics() -> tuple[Periodic, ...]:
    """Return what the calendar owes, sorted by job."""
    return tuple(_periodics[job] for job in sorted(_periodics))


def errands() -> tuple[Errand, ...]:
    """Return what a tick puts when it is needed, sorted by kind."""
    return tuple(_errands[kind] for kind in sorted(_errands))


def _check_name(kind: str) -> None:
    if not 0 < len(kind) <= MAX_KIND_LENGTH or kind == GO_LIVE:
        raise RegistrationError(f"{kind!r} cannot name a kind of work.")
    if kind in _events or kind in _handlers:
        raise RegistrationError(f"{kind!r} is declared already.")


def _check_kind(kind: str, run: Run) -> None:
    if taken := _handlers.get(kind):
        raise RegistrationError(
            f"{kind!r} is run by {_name(taken.run)} already; {_name(run)} needs a "
            f"kind of its own."
        )
    _check_name(kind)
    parameters = inspect.signature(run).parameters.values()
    allowed = {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}
    given = {parameter.kind for parameter in parameters}
    if not given <= allowed or inspect.Parameter.VAR_KEYWORD not in given:
        raise RegistrationError(
            f"{_name(run)} must take keyword arguments only and tolerate unknown ones: "
            f"def {getattr(run, '__name__', 'run')}(*, …, **_future: object) -> None"
        )


def _name(run: Run) -> str:
    return f"{run.__module__}.{getattr(run, '__qualname__', repr(run))}"
