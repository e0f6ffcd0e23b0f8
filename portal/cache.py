"""A Redis cache that goes on in the database while Redis is away.

Sign-in limits live in the cache. If they vanished with Redis, stopping Redis would be a
way to guess passwords; if every read failed, Redis would stop the portal. So each
operation that Redis cannot answer is answered by the database cache.
"""

from collections.abc import Callable
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

SOCKET_TIMEOUT_S = 0.5


class RedisOrDatabaseCache(RedisCache):
    """Ask Redis first, then the cache named "database"."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {
            "socket_connect_timeout": SOCKET_TIMEOUT_S,
            "socket_timeout": SOCKET_TIMEOUT_S,
            **params.get("OPTIONS", {}),
        }
        super().__init__(server, {**params, "OPTIONS": options})


def _with_fallback(name: str) -> Callable[..., Any]:
    ask_redis = getattr(RedisCache, name)

    def operation(self: RedisOrDatabaseCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return ask_redis(self, *args, **kwargs)
        except RedisError:
            return getattr(caches["database"], name)(*args, **kwargs)

    operation.__name__ = name
    return operation


for _name in (
    "add",
    "clear",
    "delete",
    "delete_many",
    "get",
    "get_many",
    "has_key",
    "incr",
    "set",
    "set_many",
    "touch",
):
    setattr(RedisOrDatabaseCache, _name, _with_fallback(_name))
