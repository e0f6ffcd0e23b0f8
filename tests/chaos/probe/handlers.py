"""Work that is easy to interrupt, and work that interrupts others."""

from __future__ import annotations

import os
import signal
import time

from outbox.clock import every_day
from outbox.models import Job
from outbox.registry import Lane, handler, periodic
from tests.chaos.probe.models import Effect, OnceEffect

# Long enough that a kill finds a job in the middle, between its effect and its end.
PAUSE_S = 0.01


@handler("probe.effect", lane=Lane.POINTS)
def effect(*, number: int, **_future: object) -> None:
    """Leave an effect that nothing but the outbox keeps from happening twice."""
    Effect.objects.create(kind="effect", number=number)
    time.sleep(PAUSE_S)


@handler("probe.once", lane=Lane.MAIL)
def once(*, number: int, **_future: object) -> None:
    """Leave an effect with a key, and fail if it is there already."""
    OnceEffect.objects.create(number=number)
    time.sleep(PAUSE_S)


@handler("probe.stumble", lane=Lane.BULK)
def stumble(*, number: int, **_future: object) -> None:
    """Kill the own process in the middle of the first attempt; succeed later."""
    Effect.objects.create(kind="stumble", number=number)
    if Job.objects.get(key=f"stumble-{number}").attempts == 1:
        os.kill(os.getpid(), signal.SIGKILL)


@handler("probe.poison", lane=Lane.BULK)
def poison(*, number: int, **_future: object) -> None:
    """Kill the own process in the middle of every attempt."""
    Effect.objects.create(kind="poison", number=number)
    os.kill(os.getpid(), signal.SIGKILL)


@periodic("probe.daily", days=every_day, lane=Lane.BULK)
def daily(*, day: str, **_future: object) -> None:
    """Leave an effect per day; rows are numbered in the order in which they ran."""
    Effect.objects.create(kind="daily", number=int(day.replace("-", "")))
