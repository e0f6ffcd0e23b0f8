"""The data folder of a portal that `manage.py run --demo` has filled, made once a day.

It takes the better part of a minute, and each process of the browser tests wants one of
its own. It stays in pytest's cache until a source changes or the programme's day, from
which its dates are counted.
"""

from __future__ import annotations

import fcntl
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from outbox import clock
from tests import migrated
from tests.running import Portal

KEPT = migrated.KEPT.with_name("demo")
STOP_S = 30


def copy(var: Path) -> None:
    """Put a filled data folder at a path, which does not exist yet."""
    with _alone() as kept:
        if not kept.exists():
            _make(kept)
        shutil.copytree(kept, var)


def make() -> str:
    """Make it, even if there is one; return what the portal said meanwhile."""
    with _alone() as kept:
        return _make(kept)


@contextmanager
def _alone() -> Iterator[Path]:
    """Yield where the folder of today is kept, while nobody else uses it."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield KEPT / f"{clock.today()}-{migrated.sources()}"


def _make(kept: Path) -> str:
    """Start a portal where nothing is, and stop it with Ctrl-C when it answers."""
    for stale in KEPT.glob("*-*"):
        shutil.rmtree(stale)
    # The path of a socket must not be long, as that of a cache may be.
    with tempfile.TemporaryDirectory(prefix="portal-demo-") as folder:
        portal = Portal(Path(folder), demo=True)
        try:
            portal.wait_until_it_answers()
            portal.process.send_signal(signal.SIGINT)
            code = portal.process.wait(timeout=STOP_S)
            said, left = portal.said(), portal.pids()
        finally:
            portal.kill()
        assert code == 0, said
        assert left == set()
        assert not (portal.var / "broker.sock").exists()
        unfinished = KEPT / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(folder, unfinished, ignore=shutil.ignore_patterns("run.log"))
    unfinished.rename(kept)
    return said
