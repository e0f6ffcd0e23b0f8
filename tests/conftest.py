"""What every test shares: which services this machine has, and what to do without them.

A test that needs PostgreSQL, Redis or Chromium is skipped, with the reason, where there
is none; with `PORTAL_CI=1` it fails instead, so that CI never passes by leaving out.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.db import connection
from django.utils import timezone, translation

from scripts import messages

IN_CI = os.environ.get("PORTAL_CI") == "1"
CHROMIUM_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")

# Playwright's synchronous interface keeps an event loop in the thread of the tests.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


def go_without(reason: str) -> NoReturn:
    """Leave the test out; in CI, fail it."""
    if IN_CI:
        pytest.fail(f"{reason} (needed in CI)", pytrace=False)
    pytest.skip(reason)


def pytest_sessionstart() -> None:
    """Compile the translations if the sources are newer: a fresh checkout has none."""
    messages.compile_stale()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies in tests/e2e: it needs a browser, and shares one running portal."""
    for item in items:
        if "e2e" in Path(item.path).parts:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("e2e"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("postgres") and connection.vendor != "postgresql":
        # Not `go_without`: CI runs the suite a second time, on PostgreSQL.
        pytest.skip("runs on PostgreSQL: make test-postgres")


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
    """Start the Chromium of the machine: Playwright's own is not downloaded."""
    program = next(filter(None, map(shutil.which, CHROMIUM_PROGRAMS)), None)
    if program is None:
        go_without("no Chromium on this machine")
    # Chromium refuses its sandbox to root, and containers often forbid it to everybody.
    arguments = [*browser_type_launch_args.get("args", []), "--no-sandbox"]
    return {**browser_type_launch_args, "executable_path": program, "args": arguments}
