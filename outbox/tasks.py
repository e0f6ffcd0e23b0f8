"""The only two Celery tasks. Both may run twice, late or never (docs/outbox.md)."""

from __future__ import annotations

from celery import shared_task

from outbox import services
from outbox.clock import now
from outbox.registry import Lane


@shared_task(name="drain")  # type: ignore[untyped-decorator]
def drain(*, lane: str, **_future: object) -> None:
    """Run what is due in a lane. Idempotent: each row is claimed, then done, once."""
    services.drain(lane=Lane(lane))


@shared_task(name="tick")  # type: ignore[untyped-decorator]
def tick(**_future: object) -> None:
    """Put what the calendar owes. Idempotent: a period of a job is put once."""
    services.tick(at=now())
