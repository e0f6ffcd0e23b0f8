"""The doorbell: a Celery message that says "look into the table", and nothing else.

A lost ring costs the seconds until beat rings (five); a doubled one costs a query. So the
bell may fail, and whoever rings never notices: no error, and no long wait.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from celery import Celery, current_app
from django.db import transaction

from outbox.registry import Lane

logger = logging.getLogger(__name__)

QUIET_S = 10.0
"""For how long a process does not ring after a ring failed: beat does it meanwhile."""

ENOUGH_WAITING = 4
"""More waiting messages per lane would only make a broker of files slow.

Whoever sends looks first: the bell below, and beat through `outbox.tasks`.
"""

PATIENCE_S = 1.0
"""How long to wait for a free connection to the broker."""


class Bell:
    """One process's bell, with a breaker that spares requests a broken broker."""

    def __init__(self) -> None:
        self._quiet_until = 0.0

    def ring(self, lane: Lane) -> bool:
        """Ring for a lane; return whether a message was sent. Never raises.

        How long it can take is bounded by the transport options of the broker.
        """
        if time.monotonic() < self._quiet_until:
            return False
        try:
            return self._ring(lane)
        except Exception as error:  # noqa: BLE001  (whatever a broker's client raises)
            self._quiet_until = time.monotonic() + QUIET_S
            logger.warning("The bell for %s did not ring: %r", lane, error)
            return False

    def _ring(self, lane: Lane) -> bool:
        pool = current_app.producer_pool
        with pool.acquire(block=True, timeout=PATIENCE_S) as producer:
            if messages_waiting(current_app, lane.value, producer) >= ENOUGH_WAITING:
                return False
            # By name: outbox.tasks is above the services that ring.
            current_app.send_task(
                "drain",
                kwargs={"lane": lane.value},
                queue=lane.value,
                producer=producer,
                retry=False,
            )
        return True


def messages_waiting(app: Celery, queue: str, producer: Any) -> int:
    """Return how many messages wait in a queue that nobody has taken yet."""
    declared = app.amqp.queues[queue].bind(producer.channel).queue_declare()
    return int(declared.message_count)


_bell = Bell()


def wake(lane: Lane) -> None:
    """Tell a worker that there is work in a lane. Never raises, never waits for long."""
    _bell.ring(lane)


class PlannedRing:
    """One ring for a lane after one transaction, whoever planned it and how often."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.rung = False

    # A method, because Django names a robust callback by its __qualname__.
    def ring(self) -> None:
        if not self.rung:
            self.rung = True
            wake(self.lane)


def wake_after_commit(lane: Lane) -> None:
    """Ring once when the transaction commits, however many rows it has put."""
    connection = transaction.get_connection()
    open_savepoints = set(connection.savepoint_ids)
    ring = PlannedRing(lane)
    for savepoints, callback, *_ in reversed(connection.run_on_commit):
        planned = getattr(callback, "__self__", None)
        if isinstance(planned, PlannedRing) and planned.lane == lane:
            if savepoints <= open_savepoints:
                return
            # Planned in a savepoint that may yet be rolled back: plan it here as well.
            ring = planned
            break
    transaction.on_commit(ring.ring, robust=True)
