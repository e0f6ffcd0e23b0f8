"""The steps of `make test` and `make check`, each with its time.

    check.py STEP ...                    run these steps
    check.py all [--without STEP ...]    run every step, cheap ones first

The first failure ends it. The steps before the tests run side by side, one on each core,
and what they print comes when they end.

PostgreSQL, Redis and Chromium are looked for where `TEST_POSTGRES_URL`, `TEST_REDIS_URL`
and PATH say. What is missing is skipped and named; with PORTAL_CI=1 it is a failure.
"""

import argparse
import os
import re
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"
IN_CI = os.environ.get("PORTAL_CI") == "1"

POSTGRES_URLS = (
    os.environ.get("TEST_POSTGRES_URL", ""),
    "postgres://postgres@127.0.0.1:5432",
    "postgres://%2Fvar%2Frun%2Fpostgresql",
)


class StepFailedError(Exception):
    """A step found something; it has printed what."""


class MissingServiceError(Exception):
    """The machine lacks something the step needs."""


class _Paper(threading.local):
    """Where the programs of this thread print; None is our own output."""

    file: IO[str] | None = None


PAPER = _Paper()


def run(*command: str | Path, **environ: str) -> None:
    done = subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        env={**os.environ, **environ},
        check=False,
        stdout=PAPER.file,
        stderr=PAPER.file,
    )
    if done.returncode:
        raise StepFailedError(f"exit code {done.returncode}")


def manage(*arguments: str, **environ: str) -> None:
    run(sys.executable, "manage.py", *arguments, **environ)


def pytest(*arguments: str | Path, database_url: str) -> None:
    """Run tests, one process for each of up to four cores; each gets the next that waits.

    Those that take long come first (tests/conftest.py).
    """
    cores = str(min(os.cpu_count() or 1, 4))
    run(
        *(sys.executable, "-m", "pytest", "-q", "-n", cores),
        *("--dist", "load", "--maxschedchunk", "1"),
        *arguments,
        DATABASE_URL=database_url,
        PORTAL_ENV_FILE=os.devnull,
    )


def sqlite_url(folder: str) -> str:
    return f"sqlite:///{folder}/check.sqlite3"


# --- What the code looks like ---------------------------------------------------------


def formatted() -> None:
    run(BIN / "ruff", "format", "--check", "--quiet", ".")


def lint() -> None:
    run(BIN / "ruff", "check", "--quiet", ".")
    python = [*sorted(ROOT.glob("*/**/*.py"))]
    ours = [path for path in python if not {".venv", "migrations"} & set(path.parts)]
    run(BIN / "django-upgrade", "--target-version", "5.2", "--check", *ours)


def templates() -> None:
    found = sorted((ROOT / "templates").rglob("*.html"))
    run(BIN / "djade", "--check", "--target-version", "5.2", *found)
    run(BIN / "djlint", "--lint", "--quiet", ROOT / "templates")


def vendored() -> None:
    run(sys.executable, "scripts/vendor_static.py", "--check")


def messages() -> None:
    run(sys.executable, "scripts/messages.py", "check")


def arch() -> None:
    run(BIN / "lint-imports")


def types() -> None:
    run(sys.executable, "-m", "mypy", ".")


# --- What the project says about itself -----------------------------------------------


def migrations() -> None:
    """No model without its migration, and a table for the cache on each database.

    From zero the tests migrate each database themselves (tests/migrated.py).
    """
    with tempfile.TemporaryDirectory() as folder:
        url = {"DATABASE_URL": sqlite_url(folder)}
        manage("makemigrations", "--check", "--dry-run", **url)
        manage("createcachetable", **url)
    with postgres_database() as database_url:
        manage("createcachetable", DATABASE_URL=database_url)


def deploy() -> None:
    """Check what a deployment rests on: the settings, and every static file's links."""
    with tempfile.TemporaryDirectory() as folder:
        production = {
            "DJANGO_SETTINGS_MODULE": "portal.settings.prod",
            "PORTAL_ENV_FILE": os.devnull,
            "SECRET_KEY": secrets.token_urlsafe(64),
            "ALLOWED_HOSTS": "portal.example.com",
            "PORTAL_URL": "https://portal.example.com",
            "DATABASE_URL": "postgres://portal:secret@db.example.com/portal",
            "CELERY_BROKER_URL": "redis://redis.example.com/0",
            "CACHE_URL": "redis://redis.example.com/1",
            "BANK_SEAL_KEYS": secrets.token_urlsafe(64),
            "STATIC_ROOT": folder,
            # The example of portal.settings.payer.
            "PAYER_NAME": "Example Software SE",
            "PAYER_IBAN": "DE89370400440532013000",
            "PAYER_TOWN": "Berlin",
            "PAYER_COUNTRY": "DE",
        }
        manage("check", "--deploy", "--fail-level", "WARNING", **production)
        manage("collectstatic", "--noinput", "--verbosity", "0", **production)


# --- What it does ---------------------------------------------------------------------


def test(*arguments: str | Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pytest(*arguments, database_url=sqlite_url(folder))


SLOW = ("chaos", "processes", "hostile", "browser")
"""What kills processes, tries everything, needs a browser: minutes, seldom the first to
fail. Much of it waits, so all of it runs together."""
HOSTILE_EVERY = 10
"""Every so manieth hostile case stands for all on SQLite; PostgreSQL is the stricter."""
ANY_SLOW = f"({' or '.join(SLOW)})"


def files_naming(*marks: str) -> list[Path]:
    """Return the files of the tests with a mark: to import all others takes a while.

    tests/conftest.py sees to it that a file names the marks of its tests.
    """
    mark = re.compile(rf"\bmark\.(?:{'|'.join(marks)})\b")
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [file for file in files if mark.search(file.read_text(encoding="utf-8"))]


def test_quick() -> None:
    test("-m", f"not {ANY_SLOW}")


def test_slow() -> None:
    """What is slow; of the hostile tests a sample, if PostgreSQL is asked all of them."""
    try:
        postgres_url()
    except MissingServiceError:
        every = 1
    else:
        every = HOSTILE_EVERY
    test(
        *("-m", ANY_SLOW, "--hostile-every", str(every)),
        *(ROOT / "tests/e2e", *files_naming(*SLOW)),
    )


def test_unit() -> None:
    test("-n", "0", "tests/unit/program")


def e2e() -> None:
    test("-m", "browser", ROOT / "tests/e2e", *files_naming("browser"))


def test_postgres() -> None:
    """All tests that ask a database, but for the browser's and those of `one_database`.

    What `manage.py run` starts brings a database of its own.
    """
    pytest(
        *("-m", "database and not browser and not one_database"),
        *("--ignore=tests/unit", "--ignore=tests/architecture/test_run.py"),
        database_url=f"{postgres_url()}/portal",
    )


def postgres_url() -> str:
    """Return the server's URL, without a database."""
    for url in filter(None, POSTGRES_URLS):
        try:
            psycopg.connect(libpq_url(url, "postgres"), connect_timeout=3).close()
        except psycopg.OperationalError:
            continue
        return url
    raise MissingServiceError(
        f"no PostgreSQL at {' or '.join(filter(None, POSTGRES_URLS))}"
    )


def libpq_url(url: str, database: str) -> str:
    return f"{url.replace('postgres://', 'postgresql://', 1)}/{database}"


@contextmanager
def postgres_database() -> Iterator[str]:
    """Make a database that is gone afterwards; yield its URL."""
    url = postgres_url()
    name = f"portal_check_{os.getpid()}"
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(libpq_url(url, "postgres"), autocommit=True) as server:
        server.execute(drop)
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield f"{url}/{name}"
        finally:
            server.execute(drop)


CHEAP: dict[str, Callable[[], None]] = {
    "types": types,  # by far the longest of them, so it starts first
    "migrations": migrations,
    "deploy-check": deploy,
    "lint": lint,
    "templates": templates,
    "arch": arch,
    "messages-check": messages,
    "vendor-check": vendored,
    "format": formatted,
}
"""Steps of one process each."""
TESTS: dict[str, Callable[[], None]] = {
    "test": test_quick,
    "test-slow": test_slow,
    "test-postgres": test_postgres,
}
"""Steps that fill every core by themselves."""
STEPS = CHEAP | TESTS
SHORTHANDS: dict[str, Callable[[], None]] = {"test-unit": test_unit, "e2e": e2e}
"""Parts of a step for who works at them."""


class Ended(NamedTuple):
    name: str
    seconds: float
    result: str

    @property
    def failed(self) -> bool:
        return self.result.startswith("FAILED")


def take(name: str) -> Ended:
    started, result = time.monotonic(), "ok"
    try:
        (STEPS | SHORTHANDS)[name]()
    except MissingServiceError as missing:
        result = f"FAILED: {missing}" if IN_CI else f"skipped: {missing}"
    except StepFailedError as failed:
        result = f"FAILED: {failed}"
    return Ended(name, time.monotonic() - started, result)


def take_aside(name: str) -> Ended:
    """Take a step whose output is printed in one piece when it has ended."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as PAPER.file:
        ended = take(name)
        PAPER.file.seek(0)
        print(f"\n== {name}\n{PAPER.file.read()}", end="", flush=True)
    return ended


def take_all(names: Sequence[str]) -> Iterator[Ended]:
    """Take the steps, cheap ones side by side, until something has failed."""
    ended: list[Ended] = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as aside:
        ended += aside.map(take_aside, [name for name in CHEAP if name in names])
    yield from ended
    for name in names:
        if name not in CHEAP and not any(each.failed for each in ended):
            print(f"\n== {name}", flush=True)
            ended.append(take(name))
            yield ended[-1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("steps", nargs="+", choices=["all", *STEPS, *SHORTHANDS])
    parser.add_argument("--without", nargs="*", choices=STEPS, default=[])
    chosen = parser.parse_args()
    names = [*STEPS] if chosen.steps == ["all"] else chosen.steps
    ended = list(take_all([name for name in names if name not in chosen.without]))
    print()
    for name, seconds, result in ended:
        print(f"{name:16}{seconds:7.1f} s  {re.sub(r'//[^@/]*@', '//', result)}")
    return int(any(each.failed for each in ended))


if __name__ == "__main__":
    raise SystemExit(main())
