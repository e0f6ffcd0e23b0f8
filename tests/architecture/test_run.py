"""`manage.py run` serves, stops cleanly, and leaves nothing behind even when killed."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings

from tests import demo, migrated
from tests.running import ROOT, START_S, Portal, wait_for

STOP_S = 30

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """Return a portal where one has run before: there is nothing left to migrate."""
    migrated.copy_sqlite(tmp_path / "portal.sqlite3", settings.SETTINGS_MODULE)
    portal = Portal(tmp_path)
    yield portal
    portal.kill()


def status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with closing(connection):
        connection.request("GET", path)
        with connection.getresponse() as response:
            return response.status


def names_of(pids: set[int]) -> str:
    return " ".join(Path(f"/proc/{pid}/cmdline").read_text() for pid in pids)


def answers(port: int) -> bool:
    try:
        return status(port, "/accounts/login/") == 200
    except OSError:
        return False


def test_serves_starts_again_what_dies_and_takes_everybody_along_when_it_is_killed(
    portal: Portal,
) -> None:
    port = portal.wait_until_it_answers()
    pids = portal.pids()
    names = names_of(pids)
    web = [pid for pid in pids if "gunicorn" in names_of({pid})]
    assert all(part in names for part in ("gunicorn", "worker", "beat", "watch_outbox"))
    assert answers(port)

    refused = second_portal(portal)
    for pid in web:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: "web ended" in portal.said(), seconds=STOP_S)
    wait_for(lambda: answers(port), seconds=START_S, why=portal.said)
    assert refused.returncode == 1
    assert f"(process {portal.process.pid})" in refused.stderr
    assert "Traceback" not in portal.said()
    assert len(portal.pids()) > 5

    portal.process.kill()

    wait_for(
        lambda: not portal.pids(),
        seconds=STOP_S,
        why=lambda: names_of(portal.pids()),
    )


def test_fills_an_empty_folder_with_the_demo_and_stops_without_a_trace() -> None:
    # That nothing is left of it is seen where it is made.
    said = demo.make()

    assert "Traceback" not in said
    assert "owner@aurora.example" in said


def second_portal(portal: Portal) -> subprocess.CompletedProcess[str]:
    """Start another in the same folder, and return how it ended."""
    return subprocess.run(
        [sys.executable, "manage.py", "run"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
            "PORTAL_VAR": str(portal.var),
        },
        capture_output=True,
        text=True,
        check=False,
    )
