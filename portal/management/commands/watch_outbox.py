"""Do the outbox's work when nobody else does: `manage.py watch_outbox`.

The runner keeps it beside the worker. Normally it only looks. When the oldest due row has
waited longer than beat and a worker need between them, something between database and
worker is broken (a dead broker, a worker that answers pings and takes no work), and the
watch drains the queue itself. So the portal works without any broker, only later.
"""

import logging
import signal
import threading
import time
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, connections

from outbox import services
from outbox.clock import now

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
TICK_EVERY_S = 60.0
OVERDUE = timedelta(seconds=15)

JOBS_AT_ONCE = 50
"""Between two looks, so that a stop does not wait for a long queue."""


class Command(BaseCommand):
    help = "Drain the outbox whenever its rows wait too long; runs until SIGTERM."
    requires_migrations_checks = False

    def handle(self, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        watch(stop)


def watch(stop: threading.Event) -> None:
    """Look every few seconds until told to stop; a database that is away is no end."""
    next_tick = time.monotonic()
    # What waited while the portal was down belongs to the workers that start now.
    first_look = time.monotonic() + OVERDUE.total_seconds()
    while not stop.is_set():
        busy = False
        try:
            if time.monotonic() >= next_tick:
                # Beat ticks too: a period is put once, whoever comes first.
                services.tick(at=now())
                next_tick = time.monotonic() + TICK_EVERY_S
            busy = time.monotonic() >= first_look and look() > 0
        except Error as error:
            logger.warning("The database does not answer the watch: %s", error)
            connections.close_all()
        if not busy:
            stop.wait(LOOK_EVERY_S)


def look() -> int:
    """Drain some of the queue if it waits too long; return how many jobs were done."""
    age = services.oldest_due_age()
    if age is None or age <= OVERDUE:
        return 0
    logger.warning("The outbox waits for %d s; working on it here", age.total_seconds())
    return services.run_due(limit=JOBS_AT_ONCE)
