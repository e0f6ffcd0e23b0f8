"""Processes that begin with Django set up already: forks of one that has done it.

Setting Django up takes a process two seconds, and a test of real processes starts five
or ten. Here one process for each settings module, and for what else its settings read,
sets it up and opens no connection; what a test starts is a fork of it, with a database,
an environment, standard output and a process group of its own, that may be killed like
any other.

`Forked` is as much of `subprocess.Popen` as the tests use.
"""

from __future__ import annotations

import atexit
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, NoReturn
from urllib.parse import unquote

from environ import Env

ROOT = Path(__file__).resolve().parents[1]

MESSAGE = 65_536
"""The longest message, bytes: an environment, and a script."""


class Forked:
    """A process that the warm one has forked for us."""

    def __init__(self, parent: Warm, pid: int, stdout: IO[str] | None) -> None:
        self.parent = parent
        self.pid = pid
        self.stdout = stdout
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return how it ended, or None while it runs."""
        if self.returncode is None:
            self.returncode = self.parent.ended(self.pid)
        return self.returncode

    def wait(self) -> int:
        while self.poll() is None:
            time.sleep(0.01)
        assert self.returncode is not None
        return self.returncode

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def communicate(self) -> tuple[str, None]:
        """Read what it prints until its end."""
        printed = ""
        if self.stdout is not None:
            with self.stdout:
                printed = self.stdout.read()
        self.wait()
        return printed, None


class Warm:
    """A process in which Django is set up, and which forks."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.codes: dict[int, int] = {}
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.warm", str(theirs.fileno())],
                cwd=ROOT,
                env=dict(environ),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        atexit.register(self.end)

    def end(self) -> None:
        """Leave it nobody to fork for."""
        self.ours.close()
        self.process.wait()

    def fork(
        self, arguments: Sequence[str], *, environ: Mapping[str, str], piped: bool
    ) -> Forked:
        """Run `-c SCRIPT …`, `-m MODULE …` or `manage.py …`; `piped`: it can be read."""
        words = {"arguments": arguments, "environ": dict(environ)}
        message = json.dumps(words).encode()
        assert len(message) < MESSAGE, "the script is too long"
        reading, writing = os.pipe() if piped else (None, os.dup(1))
        try:
            socket.send_fds(self.ours, [message], [writing])
        finally:
            os.close(writing)
        while "forked" not in (answer := self._hear()):
            pass
        stdout = os.fdopen(reading, encoding="utf-8") if reading is not None else None
        return Forked(self, answer["forked"], stdout)

    def ended(self, pid: int) -> int | None:
        """Return the exit code of a fork, negative for a signal; None while it runs."""
        with suppress(BlockingIOError):
            while pid not in self.codes:
                self._hear(socket.MSG_DONTWAIT)
        return self.codes.get(pid)

    def _hear(self, flags: int = 0) -> dict[str, Any]:
        heard: dict[str, Any] = json.loads(self.ours.recv(MESSAGE, flags))
        if "ended" in heard:
            self.codes[heard["ended"]] = heard["code"]
        return heard


@cache
def _warm(settings_module: str, engine: str, read: frozenset[tuple[str, str]]) -> Warm:
    """Return the one of a settings module and kind of database; it ends with us."""
    # The database is never opened: each fork is told its own.
    url = f"{engine}://{'/nowhere' if engine == 'sqlite' else 'nowhere/nothing'}"
    ours = {"DJANGO_SETTINGS_MODULE": settings_module, "DATABASE_URL": url}
    return Warm(os.environ | ours | {"PORTAL_ENV_FILE": os.devnull} | dict(read))


def fork(
    arguments: Sequence[str],
    *,
    environ: Mapping[str, str],
    read: Mapping[str, str],
    piped: bool,
) -> Forked:
    """Run `-c SCRIPT …`, `-m MODULE …` or `manage.py …` in an environment.

    It names a database; `read` is what else of it the settings read. With `piped` what is
    printed can be read from its `stdout`.
    """
    engine = environ["DATABASE_URL"].partition(":")[0]
    warm = _warm(environ["DJANGO_SETTINGS_MODULE"], engine, frozenset({*read.items()}))
    return warm.fork(arguments, environ=environ, piped=piped)


# --- In the warm process --------------------------------------------------------------


def serve(channel: socket.socket) -> None:
    """Fork whatever is asked for until nobody is left to ask."""
    running: set[int] = set()
    while True:
        # Looked at often while something runs: what ended is waited for.
        heard, _, _ = select.select([channel], [], [], 0.01 if running else None)
        for pid in [*running]:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                running.remove(pid)
                code = os.waitstatus_to_exitcode(status)
                channel.send(json.dumps({"ended": pid, "code": code}).encode())
        if not heard:
            continue
        message, (stdout,), _flags, _address = socket.recv_fds(channel, MESSAGE, 1)
        if not message:
            return
        if (pid := os.fork()) == 0:
            channel.close()
            _become(stdout, **json.loads(message))
        os.close(stdout)
        running.add(pid)
        channel.send(json.dumps({"forked": pid}).encode())


def _become(stdout: int, *, arguments: list[str], environ: dict[str, str]) -> NoReturn:
    """Be a process that was started with these arguments."""
    code = 1
    try:
        os.setsid()
        os.dup2(stdout, 1)
        os.dup2(stdout, 2)
        os.environ.clear()
        os.environ.update(environ)
        _use(environ)
        code = _run(arguments)
    except SystemExit as asked:
        code = asked.code if isinstance(asked.code, int) else int(asked.code is not None)
    except BaseException:  # noqa: BLE001  (as the interpreter would)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _use(environ: Mapping[str, str]) -> None:
    """Point the settings at the database and the folder that an environment names."""
    from django.conf import settings  # noqa: PLC0415  (only where it is set up)

    named = Env.db_url_config(environ["DATABASE_URL"])
    named["HOST"] = unquote(named["HOST"])
    places = ("NAME", "USER", "PASSWORD", "HOST", "PORT")
    settings.DATABASES["default"].update({each: named[each] for each in places})
    settings.VAR = Path(environ["PORTAL_VAR"])
    settings.MEDIA_ROOT = settings.VAR / "media"


def _run(arguments: list[str]) -> int:
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    if arguments[0] == "-c":
        sys.argv = ["-c", *arguments[2:]]
        exec(arguments[1], {"__name__": "__main__"})  # noqa: S102  (a test's own text)
    elif arguments[0] == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        execute_from_command_line(arguments)
    return 0


if __name__ == "__main__":
    import django
    from django.urls import get_resolver

    django.setup()
    get_resolver().url_patterns  # noqa: B018  (imports every page)
    serve(socket.socket(fileno=int(sys.argv[1])))
