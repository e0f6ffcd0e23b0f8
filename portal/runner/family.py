"""Child processes that are started together, restarted alone and stopped in order."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

LAUNCHER = Path(__file__).with_name("child.py")

LONGEST_BACKOFF_S = 30.0
HEALTHY_AFTER_S = 60.0
"""A child that lived this long starts its backoff anew."""


@dataclass(kw_only=True)
class Child:
    """One process and its descendants, in a session (and process group) of their own.

    Its own session keeps a Ctrl-C in the terminal from reaching it: the runner stops its
    children one after the other. `patience_s` is how long it may take to stop.
    """

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    patience_s: float = 15.0
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    failures: int = field(default=0, init=False)
    started_at: float = field(default=0.0, init=False)
    restart_at: float = field(default=0.0, init=False)

    def start(self) -> None:
        launch = [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid())]
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            [*launch, *self.command],
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def exit_code(self) -> int | None:
        """Return how the process ended; None while it runs or before it ran."""
        return self.process.poll() if self.process else None

    def stop(self) -> None:
        """Ask it to end, wait, and then remove whatever is left of its group."""
        process, self.process = self.process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=self.patience_s)
        kill_group(process)

    def bury(self) -> None:
        """After an unexpected end: remove its orphans and plan the next start."""
        assert self.process is not None
        kill_group(self.process)
        self.process = None
        if time.monotonic() - self.started_at > HEALTHY_AFTER_S:
            self.failures = 0
        self.restart_at = time.monotonic() + min(2.0**self.failures, LONGEST_BACKOFF_S)
        self.failures += 1


def kill_group(process: subprocess.Popen[bytes]) -> None:
    # The leader's id stays reserved until wait(), so the group cannot be a stranger's.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Family:
    """The children in the order they start; they stop in the opposite order."""

    def __init__(self, *, say: Callable[[str], None]) -> None:
        self.children: list[Child] = []
        self.say = say

    def add(self, child: Child) -> None:
        """Look after `child` from now on; start it if it does not run yet."""
        self.children.append(child)
        if child.process is None:
            child.start()

    def look_after(self) -> None:
        """Restart who died, later and later the more often it dies. Called often."""
        for child in self.children:
            if (code := child.exit_code()) is not None:
                child.bury()
                wait = max(0.0, child.restart_at - time.monotonic())
                self.say(f"{child.name} ended ({code}); starts again in {wait:.0f} s")
            elif child.process is None and time.monotonic() >= child.restart_at:
                child.start()

    def stop(self) -> None:
        while self.children:
            self.children.pop().stop()
