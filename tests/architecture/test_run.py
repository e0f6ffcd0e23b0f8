"""`manage.py run` serves, stops cleanly, and leaves nothing behind even when killed."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
START_S = 60
STOP_S = 30

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]


class Portal:
    """A running `manage.py run` with a data folder and a port of its own."""

    def __init__(self, var: Path) -> None:
        self.var = var
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            wished = listener.getsockname()[1]
        self.log = var / "run.log"
        environ = {
            name: value
            for name, value in os.environ.items()
            if name not in {"CELERY_BROKER_URL", "REDIS_URL", "DATABASE_URL", "CACHE_URL"}
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run", "--port", str(wished)],
                cwd=ROOT,
                env={
                    **environ,
                    "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
                    "PORTAL_ENV_FILE": os.devnull,
                    "PORTAL_VAR": str(var),
                    "PYTHONUNBUFFERED": "1",
                },
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_it_answers(self) -> int:
        """Return the port the portal says it answers at."""
        wait_for(lambda: "answers at" in self.said(), seconds=START_S, why=self.said)
        found = re.search(r"answers at http://127\.0\.0\.1:(\d+)/", self.said())
        assert found
        return int(found[1])

    def said(self) -> str:
        return self.log.read_text()

    def pids(self) -> set[int]:
        """Return the descendants: whoever has the data folder in the environment.

        Asked of the kernel and not of the runner, so that orphans are found too.
        """
        mark = f"PORTAL_VAR={self.var}".encode()
        found = set()
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                environ = (entry / "environ").read_bytes().split(b"\0")
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if mark in environ and state != "Z":
                found.add(int(entry.name))
        return found


def wait_for(
    condition: Callable[[], object], *, seconds: float, why: Callable[[], object] = str
) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, why()
        time.sleep(0.1)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    portal = Portal(tmp_path)
    yield portal
    for pid in portal.pids() | {portal.process.pid}:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    portal.process.wait()


def status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with closing(connection):
        connection.request("GET", path)
        with connection.getresponse() as response:
            return response.status


def names_of(pids: set[int]) -> str:
    return " ".join(Path(f"/proc/{pid}/cmdline").read_text() for pid in pids)


def test_serves_and_stops_on_ctrl_c_without_a_trace(portal: Portal) -> None:
    port = portal.wait_until_it_answers()
    names = names_of(portal.pids())

    page = status(port, "/accounts/login/")
    portal.process.send_signal(signal.SIGINT)
    code = portal.process.wait(timeout=STOP_S)

    assert page == 200
    assert all(part in names for part in ("gunicorn", "worker", "beat", "watch_outbox"))
    assert code == 0, portal.said()
    assert portal.pids() == set()
    assert "Traceback" not in portal.said()
    assert not (portal.var / "broker.sock").exists()


def test_takes_everybody_along_when_it_is_killed(portal: Portal) -> None:
    portal.wait_until_it_answers()
    assert len(portal.pids()) > 5

    portal.process.kill()

    wait_for(
        lambda: not portal.pids(),
        seconds=STOP_S,
        why=lambda: names_of(portal.pids()),
    )


def test_starts_again_what_dies_and_refuses_a_second_portal(portal: Portal) -> None:
    port = portal.wait_until_it_answers()
    web = [pid for pid in portal.pids() if "gunicorn" in names_of({pid})]

    second = subprocess.run(
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
    for pid in web:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: "web ended" in portal.said(), seconds=STOP_S)

    def answers() -> bool:
        try:
            return status(port, "/accounts/login/") == 200
        except OSError:
            return False

    wait_for(answers, seconds=START_S, why=portal.said)
    assert second.returncode == 1
    assert f"(process {portal.process.pid})" in second.stderr
