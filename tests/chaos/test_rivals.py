"""Several real processes at the same work at once: each effect happens once.

SQLite lets one writer in at a time and hides races; these tests prove most when the suite
runs on PostgreSQL.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.live import LiveDatabase, kill_group, wait_until

pytestmark = pytest.mark.processes

GO_LIVE_40_DAYS_AGO = """
from datetime import timedelta
from outbox import services
from outbox.clock import database_now, program_day
services.go_live(on=program_day(database_now()) - timedelta(days=40))
"""


def effects(database: LiveDatabase, kind: str) -> Counter[int]:
    rows = database.rows(f"SELECT number FROM probe_effect WHERE kind = '{kind}'")  # noqa: S608
    return Counter(number for (number,) in rows)


def open_jobs(database: LiveDatabase) -> int:
    [(count,)] = database.rows(
        "SELECT count(*) FROM outbox_job WHERE done_at IS NULL AND dead_at IS NULL"
    )
    return int(count)


def numbers_printed(printed: str) -> int:
    return sum(int(number) for number in re.findall(r"^(\d+) ", printed, re.MULTILINE))


def run_at_once(database: LiveDatabase, count: int, *arguments: str) -> list[str]:
    """Run a management command in several processes that start at the same moment."""
    go = database.folder / "go"
    go.unlink(missing_ok=True)
    processes = [
        database.start_manage("at_the_sign", "--", *arguments) for _ in range(count)
    ]
    ready = [database.folder / f"ready-{process.pid}" for process in processes]
    wait_until(lambda: all(path.exists() for path in ready), what="all are ready")
    go.touch()
    printed = [process.communicate()[0] for process in processes]
    codes = [process.returncode for process in processes]
    assert codes == [0] * count, printed
    return printed


def test_four_drains_do_five_hundred_jobs_once_each(live_database: LiveDatabase) -> None:
    live_database.manage("produce", "effect", "--count", "500")

    printed = run_at_once(live_database, 4, "drain")

    assert effects(live_database, "effect") == Counter(range(1, 501))
    assert open_jobs(live_database) == 0
    assert sum(map(numbers_printed, printed)) == 500


def test_two_ticks_put_forty_days_once_and_in_order(live_database: LiveDatabase) -> None:
    live_database.manage("shell", "-c", GO_LIVE_40_DAYS_AGO)

    printed = run_at_once(live_database, 2, "tick")

    # Two periodic jobs: the probe's, and the outbox's own purge. Midnight may pass.
    [(days,)] = live_database.rows(
        "SELECT count(*) FROM outbox_periodrun WHERE job = 'probe.daily'"
    )
    assert days in {40, 41}
    run_at_once(live_database, 2, "drain")
    ran = [
        number
        for (number,) in live_database.rows(
            "SELECT number FROM probe_effect WHERE kind = 'daily' ORDER BY id"
        )
    ]
    assert ran == sorted(set(ran))
    assert len(ran) == days
    assert sum(map(numbers_printed, printed)) >= days


def test_the_first_ticks_agree_on_the_go_live_day(live_database: LiveDatabase) -> None:
    run_at_once(live_database, 3, "tick")

    rows = live_database.rows("SELECT job FROM outbox_periodrun")
    assert rows == [("go-live",)]


def test_two_producers_of_the_same_events_put_each_once(
    live_database: LiveDatabase,
) -> None:
    run_at_once(live_database, 2, "produce", "effect", "--count", "200")

    live_database.manage("drain")

    assert effects(live_database, "effect") == Counter(range(1, 201))


def test_a_drain_that_is_killed_leaves_nothing_undone_and_nothing_twice(
    live_database: LiveDatabase,
) -> None:
    live_database.manage("produce", "effect", "--count", "150")
    victim = live_database.start_manage("drain")
    wait_until(lambda: bool(effects(live_database, "effect")), what="it has begun")
    kill_group(victim)
    assert open_jobs(live_database) > 0

    def finished() -> bool:
        live_database.manage("drain")
        return open_jobs(live_database) == 0

    # The rows it held are free when their lease of two seconds ends.
    wait_until(finished, what="everything is done")
    assert effects(live_database, "effect") == Counter(range(1, 151))
