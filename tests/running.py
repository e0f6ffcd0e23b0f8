"""A whole portal of its own for a test: `manage.py run` with a data folder and a port."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_S = 60
FILL_S = 300
NOT_PASSED_ON = {"CELERY_BROKER_URL", "REDIS_URL", "DATABASE_URL", "CACHE_URL"}


class Portal:
    """A running `manage.py run`; with `demo`, one that is full of demo data."""

    def __init__(self, var: Path, *, demo: bool = False) -> None:
        self.var = var
        self.start_s = FILL_S if demo else START_S
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            wished = listener.getsockname()[1]
        self.log = var / "run.log"
        environ = {
            name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON
        }
        command = [sys.executable, "manage.py", "run", "--port", str(wished)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, "--demo"] if demo else command,
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
        wait_for(lambda: "answers at" in self.said(), seconds=self.start_s, why=self.said)
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

    def kill(self) -> None:
        """End whatever is left of it, for the end of a test."""
        for pid in self.pids() | {self.process.pid}:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


def wait_for(
    condition: Callable[[], object], *, seconds: float, why: Callable[[], object] = str
) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, why()
        time.sleep(0.1)
