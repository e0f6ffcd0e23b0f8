"""Database errors that mean "again", not "wrong"."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError

logger = logging.getLogger(__name__)

TRIES = 4
LONGEST_PAUSE_S = 0.2

# Serialization failure, deadlock, lock not available within lock_timeout.
_AGAIN_ON_POSTGRESQL = frozenset({"40001", "40P01", "55P03"})
_AGAIN_ON_SQLITE = ("SQLITE_BUSY", "SQLITE_LOCKED")

Result = TypeVar("Result")


def is_transient(error: DatabaseError) -> bool:
    """Return whether the same transaction may well succeed when it is tried again."""
    cause = error.__cause__
    if sqlstate := getattr(cause, "sqlstate", None):
        return sqlstate in _AGAIN_ON_POSTGRESQL
    return str(getattr(cause, "sqlite_errorname", "")).startswith(_AGAIN_ON_SQLITE)


def persistently(work: Callable[[], Result]) -> Result:
    """Run one whole transaction, again if the database says it was only unlucky.

    `work` opens its transaction itself. After three more tries the error is raised.
    """
    for tries in range(1, TRIES):
        try:
            return work()
        except DatabaseError as error:
            if not is_transient(error):
                raise
            logger.info("Transaction is tried again (%d): %s", tries, error)
            # Jitter keeps two rivals from meeting again; nothing here is a secret.
            time.sleep(random.uniform(0, LONGEST_PAUSE_S))  # noqa: S311
    return work()
