"""Two sealers at once, late commits and a killed sealer, with real processes.

Races show on PostgreSQL only; on SQLite these tests show that nobody gets an error for
waiting.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live import (
    LiveDatabase,
    Process,
    live_database,
    live_settings,
    live_stack,
    wait_until,
)

__all__ = ["live_database", "live_settings", "live_stack"]

pytestmark = pytest.mark.processes

ACTS = 60
WRITERS, SEALERS = 2, 2

START_S = 120.0
"""Several interpreters begin at once, on a machine that may be busy with other tests."""

SETUP = """
import sys, time
from pathlib import Path
import django
django.setup()
from django.db import transaction
from outbox import clock
from partners.services import audit
from partners.services.audit_seals import seal_entries
Path(sys.argv[1]).touch()
while not Path(sys.argv[2]).exists():
    time.sleep(0.005)
"""

# Two acts in a transaction that takes its time: rivals commit higher ids before it.
WRITER = (
    SETUP
    + f"""
for n in range({ACTS} // 2):
    with transaction.atomic():
        audit.record("test.first", actor=None, at=clock.now(), partner_id=None)
        time.sleep(0.01)
        audit.record("test.second", actor=None, at=clock.now(), partner_id=None)
"""
)

SEALER = (
    SETUP
    + f"""
from outbox.services.transient import persistently
from partners.models import AuditSeal
sealed, until = 0, time.monotonic() + 60
while AuditSeal.objects.count() < {ACTS * WRITERS} and time.monotonic() < until:
    sealed += persistently(lambda: seal_entries(at=clock.now(), limit=7))
print(f"sealed={{sealed}}")
"""
)

# Has sealed, and waits inside its transaction to be killed.
KILLED = (
    SETUP
    + """
with transaction.atomic():
    assert seal_entries(at=clock.now()) > 0
    Path(sys.argv[3]).touch()
    time.sleep(60)
"""
)


def start(
    database: LiveDatabase, script: str, ready: Path, gate: Path, *more: Path
) -> Process:
    words = [str(path) for path in (ready, gate, *more)]
    return database.start("-c", script, *words, piped=True)


def test_rivals_seal_each_act_once_without_a_gap(
    live_database: LiveDatabase, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    scripts = [WRITER] * WRITERS + [SEALER] * SEALERS
    ready = [tmp_path / f"ready-{n}" for n in range(len(scripts))]
    rivals = [
        start(live_database, script, path, gate)
        for script, path in zip(scripts, ready, strict=True)
    ]
    wait_until(
        lambda: all(path.exists() for path in ready),
        what="all are ready",
        patience_s=START_S,
    )
    gate.touch()
    printed = [rival.communicate()[0] for rival in rivals]

    assert [rival.returncode for rival in rivals] == [0] * len(rivals), printed
    sealed = sum(int(text.split("sealed=")[1]) for text in printed[WRITERS:])
    assert sealed == ACTS * WRITERS
    seqs = live_database.rows("SELECT seq FROM partners_auditseal ORDER BY seq")
    assert [seq for (seq,) in seqs] == list(range(1, ACTS * WRITERS + 1))
    assert "0 faults" in live_database.manage("audit_verify")


def test_a_sealer_that_is_killed_leaves_nothing_and_holds_nobody_up(
    live_database: LiveDatabase, tmp_path: Path
) -> None:
    gate, begun = tmp_path / "gate", tmp_path / "begun"
    gate.touch()
    writer = start(live_database, WRITER, tmp_path / "writer", gate)
    writer.communicate()
    assert writer.returncode == 0
    victim = start(live_database, KILLED, tmp_path / "victim", gate, begun)
    wait_until(begun.exists, what="the sealer is in the middle", patience_s=START_S)
    assert live_database.rows("SELECT COUNT(*) FROM partners_auditseal") == [(0,)]

    victim.kill()
    victim.communicate()
    wait_until(
        lambda: "sealed=60" in run_to_its_end(live_database, tmp_path, gate),
        what="the next one seals them all",
        patience_s=START_S,
    )

    assert "0 faults" in live_database.manage("audit_verify")


ONCE = SETUP + "\nprint(f'sealed={seal_entries(at=clock.now())}')\n"


def run_to_its_end(database: LiveDatabase, folder: Path, gate: Path) -> str:
    process = start(database, ONCE, folder / "once", gate)
    return process.communicate()[0]
