"""What every test shares: which services this machine has, and what to do without them.

A test that needs PostgreSQL, Redis or Chromium is skipped, with the reason, where there
is none; with `PORTAL_CI=1` it fails instead, so that CI never passes by leaving out.
"""

import gc
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone, translation
from pytest_django import DjangoDbBlocker

from scripts import messages
from scripts.chromium import chromium
from tests import migrated

IN_CI = os.environ.get("PORTAL_CI") == "1"

# Playwright's synchronous interface keeps an event loop in the thread of the tests.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


def go_without(reason: str) -> NoReturn:
    """Leave the test out; in CI, fail it."""
    if IN_CI:
        pytest.fail(f"{reason} (needed in CI)", pytrace=False)
    pytest.skip(reason)


def is_worker(config: pytest.Config) -> bool:
    """Tell whether this is a process that xdist has started to run tests."""
    return hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    if not is_worker(config):
        migrated.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not is_worker(config):
        migrated.end()


def pytest_sessionstart() -> None:
    """Compile the translations if the sources are newer: a fresh checkout has none."""
    messages.compile_stale()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--hostile-every",
        type=int,
        default=1,
        help="ask only every so manieth case of each hostile test",
    )


SLOW = ("browser", "chaos", "processes", "hostile")
"""The marks by whose words `scripts/check.py` finds the files of its slow steps."""
LONG = ("chaos", "processes", "long")
"""The marks of tests that take ten seconds or more, the first to begin first."""


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Iterator[None]:
    """Mark what lies in tests/e2e as the browser's, and what asks a database as such.

    Of what is chosen by marks, and comes in another order each time, the tests that take
    longest come first: then no core waits for the other at the end.
    """
    for item in items:
        if "e2e" in Path(item.path).parts:
            item.add_marker(pytest.mark.browser)
        elif hidden := [mark for mark in SLOW if is_hidden(item, mark)]:
            raise pytest.UsageError(f"{item.nodeid}: {hidden} must stand in its file")
        if asks_a_database(item):
            item.add_marker(pytest.mark.database)
    every = config.getoption("--hostile-every")
    if left_out := [item for item in items if not is_sample(item, every)]:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if is_sample(item, every)]
    yield
    items.sort(key=place_of)


def is_sample(item: pytest.Item, every: int) -> bool:
    """Tell whether a test is not hostile, or one of the cases that stand for all.

    The same whatever the order of the tests: cases count as they are written.
    """
    if not item.get_closest_marker("hostile") or not hasattr(item, "callspec"):
        return True
    places: dict[str, int] = item.callspec.indices
    return sum(places.values()) % every == 0


def place_of(item: pytest.Item) -> int:
    """Return which of the tests come first: the lower the earlier."""
    found = (place for place, mark in enumerate(LONG) if item.get_closest_marker(mark))
    return next(found, len(LONG))


def is_hidden(item: pytest.Item, mark: str) -> bool:
    """Tell whether a test bears a mark that its own file does not name."""
    return item.get_closest_marker(mark) is not None and mark not in text_of(item.path)


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def asks_a_database(item: pytest.Item) -> bool:
    marks = ("django_db", "postgres", "processes")
    return "django_db_setup" in getattr(item, "fixturenames", ()) or any(
        item.get_closest_marker(mark) for mark in marks
    )


def pytest_collection_finish() -> None:
    """Keep the garbage collector from looking through thousands of tests each time.

    And from looking often: by itself it takes a twelfth of a run.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def pytest_sessionfinish() -> None:
    """Have pytest's last look for what complains when it goes be a short one.

    It looks five times. Once is enough; the rest of the heap ends with the process.
    """
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("postgres") and connection.vendor != "postgresql":
        # Not `go_without`: CI runs the suite a second time, on PostgreSQL.
        pytest.skip("runs on PostgreSQL: make test-postgres")


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Give this process a copy of the migrated database (instead of migrating one).

    It takes less time than to see whether an older one fits, so `--reuse-db` and
    `--create-db` are without effect.
    """
    creation: Any = connection.creation  # its type does not tell of the name
    ordinary = connection.settings_dict["NAME"]
    ours = creation._get_test_db_name()  # with the worker's name in it
    with django_db_blocker.unblock():
        migrated.renew(ours)
        settings.DATABASES["default"]["NAME"] = ours
        connection.settings_dict["NAME"] = ours
    yield
    with django_db_blocker.unblock():
        creation.destroy_test_db(ordinary, verbosity=0)


@pytest.fixture(autouse=True)
def _nothing_left_active() -> Iterator[None]:
    """End each test in the portal's own language and zone, whoever was signed in."""
    yield
    translation.deactivate()
    timezone.deactivate()


@pytest.fixture(scope="session")
def redis_url() -> str:
    """Return a Redis database to fill; use keys of your own and remove them."""
    from redis import Redis  # noqa: PLC0415
    from redis.exceptions import RedisError  # noqa: PLC0415

    url = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
    with Redis.from_url(url, socket_connect_timeout=1) as client:
        try:
            client.ping()
        except RedisError:
            go_without(f"no Redis at {url}")
    return url


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any],
) -> dict[str, Any]:
    program = chromium()
    if program is None:
        go_without("no Chromium on this machine")
    # Chromium refuses its sandbox to root, and containers often forbid it to everybody.
    arguments = [*browser_type_launch_args.get("args", []), "--no-sandbox"]
    return {**browser_type_launch_args, "executable_path": program, "args": arguments}
