"""Workers, beat and the broker are killed in the middle of work; the work happens anyway.

Real Celery workers and a real beat from `portal.celery`, on the stack of this run (SQLite
and Valkey, or PostgreSQL and Redis). While two producers put jobs like requests do, every
process is killed at least once with -9, the broker is emptied and restarted, and some
jobs kill the process they run in. At the end each job has happened exactly once, and the
ones that can never succeed are dead.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.live import LiveBroker, LiveDatabase, Process, kill_group, wait_until

pytestmark = [pytest.mark.chaos, pytest.mark.processes]

EFFECTS = 300
ONCE = 100
STUMBLES = 3
POISONS = 2

LOAD_S = 14
"""For how long the producers put jobs; the faults happen meanwhile and after."""

RECOVERY_S = 90
"""What the slowest machine may need after the last fault; most need fifteen seconds."""


class Portal:
    """A worker and a beat, restarted when they end, as a supervisor does."""

    COMMANDS = {
        "worker": ("worker", "--pool=prefork", "--concurrency=2", "--loglevel=WARNING"),
        "beat": ("beat", "--pidfile=", "--loglevel=WARNING"),
    }

    def __init__(self, database: LiveDatabase, broker: LiveBroker) -> None:
        self.database = database
        self.broker = broker
        self.running: dict[str, Process] = {}

    def look_after(self) -> None:
        for name, command in self.COMMANDS.items():
            if name not in self.running or self.running[name].poll() is not None:
                self.running[name] = self.database.start(
                    *("-m", "celery", "-A", "portal", *command),
                    CELERY_BROKER_URL=self.broker.url,
                    PORTAL_PROCESS="worker",
                )

    def kill(self, name: str) -> None:
        kill_group(self.running[name])

    def kill_one_child_of_the_worker(self) -> None:
        worker = self.running["worker"].pid
        children = Path(f"/proc/{worker}/task/{worker}/children")
        if children.exists():  # Linux only
            for child in children.read_text().split()[:1]:
                with suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGKILL)

    def restart_broker(self) -> None:
        self.broker.kill()
        time.sleep(1)  # long enough for a request and for beat to find it gone
        self.broker.start()

    def produce(self, kind: str, *, count: int) -> Process:
        return self.database.start(
            *("manage.py", "produce", kind, "--count", str(count)),
            *("--seconds", str(LOAD_S)),
            piped=True,
            CELERY_BROKER_URL=self.broker.url,
            PORTAL_PROCESS="web",
        )

    def happened(self) -> Counter[str]:
        """Count each effect, by the key of the job that had it."""
        rows = self.database.rows(
            "SELECT kind, number FROM probe_effect "
            "UNION ALL SELECT 'once', number FROM probe_onceeffect"
        )
        return Counter(f"{kind}-{number}" for kind, number in rows)

    def open_jobs(self) -> int:
        [(count,)] = self.database.rows(
            "SELECT count(*) FROM outbox_job WHERE done_at IS NULL AND dead_at IS NULL"
        )
        return int(count)

    def dead_jobs(self) -> set[str]:
        rows = self.database.rows("SELECT key FROM outbox_job WHERE dead_at IS NOT NULL")
        return {key for (key,) in rows}


@pytest.fixture
def portal(live_database: LiveDatabase, live_broker: LiveBroker) -> Iterator[Portal]:
    yield Portal(live_database, live_broker)
    live_database.kill_all()


def test_killed_workers_and_an_emptied_broker_lose_and_double_nothing(
    portal: Portal,
) -> None:
    for kind, count in (("poison", POISONS), ("stumble", STUMBLES)):
        portal.database.manage("produce", kind, "--count", str(count))
    portal.look_after()
    producers = [
        portal.produce("effect", count=EFFECTS),
        portal.produce("once", count=ONCE),
    ]
    wait_for_progress(portal)

    faults: list[Callable[[], None]] = [
        lambda: portal.kill("worker"),
        portal.broker.empty,
        portal.kill_one_child_of_the_worker,
        portal.restart_broker,
        lambda: portal.kill("beat"),
        lambda: portal.kill("worker"),
        portal.broker.empty,
    ]
    for fault in faults:
        fault()
        portal.look_after()
        wait_for_progress(portal)
    accepted = [key for producer in producers for key in keys_of(producer)]

    wait_until(lambda: settled(portal), what="all jobs end", patience_s=RECOVERY_S)
    assert len(accepted) == EFFECTS + ONCE, "a broken broker broke a request"
    stumbled = [f"stumble-{number + 1}" for number in range(STUMBLES)]
    assert portal.happened() == Counter([*accepted, *stumbled])
    assert portal.dead_jobs() == {f"poison-{number + 1}" for number in range(POISONS)}


def wait_for_progress(portal: Portal) -> None:
    """Let the portal do some work, so that the next fault hits it at work."""
    enough = min(portal.happened().total() + 20, EFFECTS + ONCE)

    def progressed() -> bool:
        portal.look_after()
        return portal.happened().total() >= enough or portal.open_jobs() == 0

    wait_until(progressed, what="some work gets done", patience_s=RECOVERY_S)


def settled(portal: Portal) -> bool:
    portal.look_after()
    return portal.open_jobs() == 0


def keys_of(producer: Process) -> list[str]:
    printed, _ = producer.communicate()
    assert producer.returncode == 0, printed
    # Between the keys stand warnings about the bell, which is what the faults are for.
    return re.findall(r"^[a-z]+-\d+$", printed, re.MULTILINE)
