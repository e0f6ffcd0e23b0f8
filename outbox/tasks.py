"""The only two Celery tasks. Both may run twice, late or never (docs/outbox.md)."""

from __future__ import annotations

from typing import Any

from celery import Task, shared_task

from outbox import services
from outbox.clock import now
from outbox.registry import Lane
from outbox.services.bell import ENOUGH_WAITING, messages_waiting


class WakeUp(Task):  # type: ignore[misc]
    """A task that is not sent to a queue in which enough messages wait.

    Beat sends these whether anybody takes them or not. The messages expire, but only a
    worker removes them: without one, a broker would fill up for as long as it is away.
    """

    abstract = True
    enough = ENOUGH_WAITING

    def apply_async(
        self,
        args: Any = None,
        kwargs: Any = None,
        *,
        producer: Any = None,
        queue: str,
        **options: Any,
    ) -> Any:
        """Send the message and return its result; None if enough wait already."""
        with self.app.producer_or_acquire(producer) as sender:
            if messages_waiting(self.app, queue, sender) >= self.enough:
                return None
            return super().apply_async(
                args, kwargs, producer=sender, queue=queue, **options
            )


class Tick(WakeUp):
    """A wake-up with a place of its own: a busy lane must not keep the calendar out."""

    abstract = True
    enough = ENOUGH_WAITING + 1


@shared_task(name="drain", base=WakeUp)  # type: ignore[untyped-decorator]
def drain(*, lane: str, **_future: object) -> None:
    """Run what is due in a lane. Idempotent: each row is claimed, then done, once."""
    services.drain(lane=Lane(lane))


@shared_task(name="tick", base=Tick)  # type: ignore[untyped-decorator]
def tick(**_future: object) -> None:
    """Put what the calendar owes. Idempotent: a period of a job is put once."""
    services.tick(at=now())
