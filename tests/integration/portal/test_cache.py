"""Sign-in limits hold whether Redis is there, away, or comes and goes."""

import secrets
from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.management import call_command
from pytest_django import Settings

TABLE = {
    "BACKEND": "django.core.cache.backends.db.DatabaseCache",
    "LOCATION": "portal_cache",
}
NOBODY_LISTENS = "redis://127.0.0.1:1/0"


def use(settings: Settings, url: str) -> BaseCache:
    settings.CACHES = {
        "default": {
            "BACKEND": "portal.cache.RedisOrDatabaseCache",
            "LOCATION": url,
            "KEY_PREFIX": f"portal-test-{secrets.token_hex(4)}",
        },
        "database": TABLE,
    }
    call_command("createcachetable", verbosity=0)
    return caches["default"]


@pytest.fixture
def without_redis(db: None, settings: Settings) -> BaseCache:
    return use(settings, NOBODY_LISTENS)


@pytest.fixture
def with_redis(db: None, settings: Settings, redis_url: str) -> Iterator[BaseCache]:
    cache = use(settings, redis_url)
    yield cache
    cache.delete_many(["attempts", "other"])


def count_attempts(cache: BaseCache) -> list[object]:
    """Do what a limit does; return what it saw."""
    seen: list[object] = [cache.add("attempts", 1), cache.add("attempts", 1)]
    seen += [cache.incr("attempts"), cache.get("attempts"), "attempts" in cache]
    cache.set_many({"other": "x"})
    seen += [cache.get_many(["attempts", "other"]), cache.touch("other")]
    cache.delete("attempts")
    seen += [cache.get("attempts", "gone")]
    cache.delete_many(["other"])
    return [*seen, cache.get("other")]


EXPECTED = [True, False, 2, 2, True, {"attempts": 2, "other": "x"}, True, "gone", None]


def test_counts_in_redis(with_redis: BaseCache) -> None:
    assert count_attempts(with_redis) == EXPECTED
    with_redis.set("attempts", 3)
    assert caches["database"].get("attempts") is None


def test_counts_in_the_database_while_redis_is_away(without_redis: BaseCache) -> None:
    assert count_attempts(without_redis) == EXPECTED
    without_redis.set("attempts", 3)
    assert caches["database"].get("attempts") == 3


def test_clears_what_the_database_kept(without_redis: BaseCache) -> None:
    without_redis.set("attempts", 3)

    without_redis.clear()

    assert without_redis.get("attempts") is None
