"""Run the whole portal on this machine: `manage.py run`.

1. Lock the data folder: one running portal per folder.
2. Choose and start the broker.
3. Bring the database up to date; with `--demo`, fill it if it is empty.
4. Start web, worker, beat and the watch; say where the portal answers.
5. Restart what dies. On Ctrl-C or SIGTERM stop watch, beat, web, worker and broker in
   this order: the broker last, so that the worker can put back what it holds.
"""

import fcntl
import http.client
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from portal.runner import household
from portal.runner.address import NoFreePortError, free_port
from portal.runner.broker import Broker, choose_broker
from portal.runner.family import Family
from portal.runner.prepare import (
    DemoDataError,
    demo_sign_ins,
    fill_with_demo_data,
    migrate,
)

LOOK_AFTER_S = 0.5
WEB_START_S = 60.0


class Command(BaseCommand):
    help = "Run web, worker, clock and broker in one process tree; Ctrl-C stops them."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument(
            "--port", type=int, default=int(os.environ.get("PORT", "8000"))
        )
        parser.add_argument(
            "--demo", action="store_true", help="fill an empty database with demo data"
        )

    def handle(self, *, host: str, port: int, demo: bool, **options: Any) -> None:
        var: Path = settings.VAR
        var.mkdir(mode=0o700, parents=True, exist_ok=True)
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: stop.set())

        family = Family(say=self.say)
        with only_one(var / "run.lock"):
            broker = choose_broker(environ=os.environ, var=var, say=self.say)
            try:
                self.say(f"broker: {broker.origin}")
                if broker.server:
                    family.add(broker.server)
                self.serve(family, broker, host, port, stop, demo=demo)
            finally:
                self.say("stopping")
                family.stop()
                broker.clean_up()
        self.say("stopped")

    def serve(
        self,
        family: Family,
        broker: Broker,
        host: str,
        port: int,
        stop: threading.Event,
        *,
        demo: bool,
    ) -> None:
        environ = {**os.environ, "CELERY_BROKER_URL": broker.url, **broker.environ}
        migrate()
        if demo and not stop.is_set():
            self.fill(environ, stop)
            if stop.is_set():
                return
        try:
            free = free_port(host=host, wished=port)
        except NoFreePortError as error:
            raise CommandError(str(error)) from None
        if free != port:
            self.say(f"port {port} is taken by another program; using {free}")
        for child in (
            # Nobody asks for the mails it writes: their links need the address said.
            household.worker(environ={"PORTAL_URL": address(host, free), **environ}),
            household.web(host=host, port=free, environ=environ),
            household.beat(environ=environ),
            household.watch(environ=environ),
        ):
            if not stop.is_set():
                family.add(child)
        if self.web_answers(family, host, free, stop):
            self.announce(host, free)
        while not stop.wait(LOOK_AFTER_S):
            family.look_after()

    def fill(self, environ: dict[str, str], stop: threading.Event) -> None:
        try:
            fill_with_demo_data(environ=environ, say=self.say)
        except DemoDataError as error:
            # Ctrl-C in a terminal ends the import as well: that is no failure.
            if not stop.is_set():
                raise CommandError(str(error)) from None

    def web_answers(
        self, family: Family, host: str, port: int, stop: threading.Event
    ) -> bool:
        """Wait until the sign-in page comes; False if it never does, or on a stop."""
        deadline = time.monotonic() + WEB_START_S
        while time.monotonic() < deadline and not stop.wait(0.1):
            family.look_after()
            asked = http.client.HTTPConnection(reachable(host), port, timeout=10)
            with suppress(OSError, http.client.HTTPException), closing(asked):
                asked.request("GET", reverse(settings.LOGIN_URL))
                asked.getresponse().close()
                return True
        if not stop.is_set():
            self.say(f"no answer on port {port} after {WEB_START_S:.0f} s; see above")
        return False

    def announce(self, host: str, port: int) -> None:
        lines = [
            "",
            f"  {settings.PORTAL_NAME} answers at {address(host, port)}/",
            *(f"  {line}" for line in demo_sign_ins()),
            "  Ctrl-C stops it.",
            "",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()

    def say(self, line: str) -> None:
        self.stdout.write(f"portal: {line}")
        self.stdout.flush()


def address(host: str, port: int) -> str:
    """Return where a browser on this machine finds the portal."""
    where = reachable(host)
    return f"http://[{where}]:{port}" if ":" in where else f"http://{where}:{port}"


def reachable(host: str) -> str:
    """Return an address a browser on this machine can open for the bound `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock in `path`; refuse if a running portal holds it."""
    with path.open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CommandError(
                f"The portal runs already from this folder (process {lock.read()})."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
