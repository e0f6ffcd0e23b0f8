"""The runner's parts: ports, brokers, and children that die."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from portal.runner import broker as brokers
from portal.runner.address import NoFreePortError, free_port
from portal.runner.family import Child, Family

FOREVER = "import time; time.sleep(600)"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def family(said: list[str]) -> Iterator[Family]:
    family = Family(say=said.append)
    yield family
    family.stop()


def python(code: str, *, patience_s: float = 5) -> Child:
    return Child(
        name="child",
        command=[sys.executable, "-c", code],
        environ=os.environ,
        patience_s=patience_s,
    )


def wait_for(condition: object, *, seconds: float = 10) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_leads_to_the_next_free_one(taken_port: int) -> None:
    assert free_port(host="127.0.0.1", wished=taken_port) > taken_port


def test_a_free_port_is_used_as_wished(taken_port: int) -> None:
    free = free_port(host="127.0.0.1", wished=taken_port)

    assert free_port(host="127.0.0.1", wished=free) == free


def test_no_port_beyond_the_last_is_tried() -> None:
    with pytest.raises(NoFreePortError):
        free_port(host="203.0.113.1", wished=65_535)


def test_a_child_that_dies_starts_again_later_and_later(
    family: Family, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    child = python("raise SystemExit(3)")
    family.add(child)
    waits = []
    for _ in range(7):
        wait_for(lambda: child.exit_code() is not None)
        before = time.monotonic()
        family.look_after()
        waits.append(round(child.restart_at - before))
        child.start()

    assert waits == [1, 2, 4, 8, 16, 30, 30]
    assert said[0] == "child ended (3); starts again in 1 s"


def test_a_child_that_was_healthy_starts_again_at_once(family: Family) -> None:
    child = python(FOREVER)
    family.add(child)
    child.failures, child.started_at = 5, time.monotonic() - 61
    assert child.process
    child.process.kill()
    wait_for(lambda: child.exit_code() is not None)

    family.look_after()

    assert child.restart_at - time.monotonic() <= 1


def test_children_stop_last_started_first(family: Family, tmp_path: Path) -> None:
    code = (
        "import pathlib, signal, sys, time\n"
        f"log = pathlib.Path({str(tmp_path / 'log')!r})\n"
        "def stop(*_):\n"
        "    with log.open('a') as file: file.write({name!r})\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        f"pathlib.Path({str(tmp_path)!r}, {{name!r}}).touch()\n"
        "time.sleep(600)\n"
    )
    for name in "abc":
        family.add(python(code.format(name=name)))
    wait_for(lambda: all((tmp_path / name).exists() for name in "abc"))

    family.stop()

    assert (tmp_path / "log").read_text() == "cba"


def test_a_child_that_will_not_stop_is_killed_with_its_descendants(
    family: Family, tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    code = (
        "import pathlib, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"grandchild = subprocess.Popen([sys.executable, '-c', {FOREVER!r}])\n"
        f"pathlib.Path({str(note)!r}).write_text(str(grandchild.pid))\n"
        "time.sleep(600)\n"
    )
    child = python(code, patience_s=0.2)
    family.add(child)
    wait_for(lambda: note.exists() and note.read_text())
    assert child.process
    pids = [child.process.pid, int(note.read_text())]

    family.stop()

    wait_for(lambda: not any(map(alive, pids)))


def test_a_named_broker_comes_first(tmp_path: Path, said: list[str]) -> None:
    environ = {"CELERY_BROKER_URL": "amqp://one", "REDIS_URL": "redis://two"}

    chosen = brokers.choose_broker(environ=environ, var=tmp_path, say=said.append)

    assert (chosen.url, chosen.origin, chosen.server) == (
        *("amqp://one", "CELERY_BROKER_URL"),
        None,
    )


def test_redis_url_comes_second(tmp_path: Path, said: list[str]) -> None:
    environ = {"REDIS_URL": "redis://two"}

    chosen = brokers.choose_broker(environ=environ, var=tmp_path, say=said.append)

    assert (chosen.url, chosen.origin) == ("redis://two", "REDIS_URL")


def test_a_server_of_this_machine_is_started_on_a_private_socket(
    tmp_path: Path, said: list[str]
) -> None:
    if not brokers.server_programs():
        pytest.skip("neither Valkey nor Redis runs on this system")

    chosen = brokers.choose_broker(environ={}, var=tmp_path, say=said.append)

    assert chosen.server
    try:
        path = Path(chosen.url.removeprefix("redis+socket://"))
        assert path.stat().st_mode & 0o777 == 0o600
        with Redis(unix_socket_path=str(path)) as client:
            assert client.config_get("port") == {"port": "0"}
    finally:
        chosen.server.stop()
        chosen.clean_up()


def test_a_deep_folder_gets_its_socket_in_a_short_one(
    tmp_path: Path, said: list[str]
) -> None:
    if not brokers.server_programs():
        pytest.skip("neither Valkey nor Redis runs on this system")
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)

    chosen = brokers.choose_broker(environ={}, var=deep, say=said.append)

    assert chosen.server
    assert chosen.folder
    assert len(chosen.url) < 107
    chosen.server.stop()
    chosen.clean_up()
    assert not chosen.folder.exists()


def test_a_server_that_does_not_start_leads_to_the_next_and_at_last_to_files(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = [("/bin/false", "a broken server"), ("/nowhere/redis", "no server")]
    monkeypatch.setattr(brokers, "server_programs", lambda: programs)
    stale = tmp_path / "broker" / "messages" / "1.msg"
    stale.parent.mkdir(parents=True)
    stale.touch()

    chosen = brokers.choose_broker(environ={}, var=tmp_path, say=said.append)

    assert chosen.url == "filesystem://"
    assert said == [
        "a broken server did not start; trying the next broker",
        "no server did not start; trying the next broker",
    ]
    assert not stale.exists()
    assert stale.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "named", [{}, {"CELERY_BROKER_URL": "filesystem://"}], ids=["last resort", "named"]
)
def test_messages_in_files_pass_through_no_folder_that_others_can_write(
    named: dict[str, str],
    tmp_path: Path,
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(brokers, "server_programs", list)

    chosen = brokers.choose_broker(environ=named, var=tmp_path, say=said.append)

    program = "import tempfile; print(tempfile.gettempdir(), end='')"
    taken_through = subprocess.check_output(
        [sys.executable, "-c", program], env={**os.environ, **chosen.environ}, text=True
    )
    assert taken_through == str(tmp_path / "tmp")
    for folder in ("tmp", "broker", "broker/messages", "broker/control"):
        assert (tmp_path / folder).stat().st_mode & 0o777 == 0o700


def test_the_wheel_is_tried_after_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")

    origins = [origin for _program, origin in brokers.server_programs()]

    assert origins[:2] == [
        "valkey-server of this machine",
        "redis-server of this machine",
    ]
    assert origins[2:] in (["Valkey of the Python wheel"], [])
