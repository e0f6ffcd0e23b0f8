"""The steps of `make test` and `make check`, each with its time.

    check.py STEP ...                    run these steps
    check.py all [--without STEP ...]    run every step, cheap ones first

The first failure ends it.

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
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

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


def run(*command: str | Path, **environ: str) -> None:
    done = subprocess.run(
        list(map(str, command)), cwd=ROOT, env={**os.environ, **environ}, check=False
    )
    if done.returncode:
        raise StepFailedError(f"exit code {done.returncode}")


def manage(*arguments: str, **environ: str) -> None:
    run(sys.executable, "manage.py", *arguments, **environ)


def pytest(*arguments: str | Path, database_url: str) -> None:
    """Run tests, one process for each of up to four cores."""
    cores = str(min(os.cpu_count() or 1, 4))
    run(
        *(sys.executable, "-m", "pytest", "-q", "-n", cores, "--dist", "worksteal"),
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
    """No model without its migration, and all of them from zero on each database."""
    with tempfile.TemporaryDirectory() as folder:
        url = {"DATABASE_URL": sqlite_url(folder)}
        manage("makemigrations", "--check", "--dry-run", **url)
        manage("migrate", "--verbosity", "0", **url)
        manage("createcachetable", **url)
    with postgres_database() as database_url:
        manage("migrate", "--verbosity", "0", DATABASE_URL=database_url)
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
            "STATIC_ROOT": folder,
        }
        manage("check", "--deploy", "--fail-level", "WARNING", **production)
        manage("collectstatic", "--noinput", "--verbosity", "0", **production)


# --- What it does ---------------------------------------------------------------------


def test(*arguments: str | Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pytest(*arguments, database_url=sqlite_url(folder))


SLOW = ("chaos", "processes", "hostile")
"""What kills processes or tries everything: minutes, and seldom the first to fail."""
ANY_SLOW = f"({' or '.join(SLOW)})"


def files_naming(*marks: str) -> list[Path]:
    """Return the files of the tests with a mark: to import all others takes a while.

    tests/conftest.py sees to it that a file names the marks of its tests.
    """
    mark = re.compile(rf"\bmark\.(?:{'|'.join(marks)})\b")
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [file for file in files if mark.search(file.read_text(encoding="utf-8"))]


def test_quick() -> None:
    test("-m", f"not browser and not {ANY_SLOW}")


def test_slow() -> None:
    test("-m", f"not browser and {ANY_SLOW}", *files_naming(*SLOW))


def test_unit() -> None:
    test("-n", "0", "tests/unit/program")


def e2e() -> None:
    test("-m", "browser", ROOT / "tests/e2e", *files_naming("browser"))


def test_postgres() -> None:
    """All tests that ask a database, but for the browser's.

    What `manage.py run` starts brings a database of its own.
    """
    pytest(
        *("-m", "database and not browser"),
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


STEPS: dict[str, Callable[[], None]] = {
    "format": formatted,
    "lint": lint,
    "templates": templates,
    "vendor-check": vendored,
    "messages-check": messages,
    "arch": arch,
    "types": types,
    "migrations": migrations,
    "deploy-check": deploy,
    "test": test_quick,
    "test-slow": test_slow,
    "test-postgres": test_postgres,
    "e2e": e2e,
}
SHORTHANDS: dict[str, Callable[[], None]] = {"test-unit": test_unit}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("steps", nargs="+", choices=["all", *STEPS, *SHORTHANDS])
    parser.add_argument("--without", nargs="*", choices=STEPS, default=[])
    chosen = parser.parse_args()
    names = [*STEPS] if chosen.steps == ["all"] else chosen.steps
    steps = {n: (STEPS | SHORTHANDS)[n] for n in names if n not in chosen.without}
    times: list[tuple[str, float, str]] = []
    for name, step in steps.items():
        print(f"\n== {name}", flush=True)
        started, result = time.monotonic(), "ok"
        try:
            step()
        except MissingServiceError as missing:
            result = f"FAILED: {missing}" if IN_CI else f"skipped: {missing}"
        except StepFailedError as failed:
            result = f"FAILED: {failed}"
        times.append((name, time.monotonic() - started, result))
        if result.startswith("FAILED"):
            break
    print()
    for name, seconds, result in times:
        print(f"{name:16}{seconds:7.1f} s  {re.sub(r'//[^@/]*@', '//', result)}")
    return int(times[-1][2].startswith("FAILED"))


if __name__ == "__main__":
    raise SystemExit(main())
