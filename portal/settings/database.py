"""The database of one process, from one URL.

SQLite is the embedded default, PostgreSQL the production database; both are configured
here and nowhere else, because their options carry promises (docs/adr/0004, 0009).
"""

from typing import Any, NamedTuple

# FULL: a committed row survives a power cut. recursive_triggers: without it INSERT OR
# REPLACE walks past the append-only triggers of the ledgers.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
    "PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON;"
)

SQLITE_OPTIONS = {
    # A deferred transaction that reads and then writes fails at once when another wrote
    # in between, in spite of the timeout. An immediate one waits its turn.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": SQLITE_PRAGMAS,
}


class Timeouts(NamedTuple):
    """PostgreSQL's limits in seconds; 0 is none."""

    statement: int
    lock: int
    idle_in_transaction: int


TIMEOUTS = {
    "web": Timeouts(statement=15, lock=3, idle_in_transaction=30),
    "worker": Timeouts(statement=60, lock=3, idle_in_transaction=90),
    # Imports, migrations and exports run as long as they need, watched by a person.
    "command": Timeouts(statement=0, lock=30, idle_in_transaction=0),
}


def database(*, parts: dict[str, Any], process: str, pool_size: int) -> dict[str, Any]:
    """Return Django's entry for a database whose URL has these parts.

    Web processes share a pool of `pool_size` connections. Workers fork, and a forked pool
    is two processes on one socket, so they and commands keep one connection each.
    """
    if parts["ENGINE"] == "django.db.backends.sqlite3":
        return {**parts, "OPTIONS": SQLITE_OPTIONS | parts.get("OPTIONS", {})}

    limits = TIMEOUTS[process]
    options: dict[str, Any] = {
        "application_name": f"portal {process}",
        "connect_timeout": 3,
        "options": (
            f"-c statement_timeout={limits.statement}s "
            f"-c lock_timeout={limits.lock}s "
            f"-c idle_in_transaction_session_timeout={limits.idle_in_transaction}s"
        ),
        **parts.get("OPTIONS", {}),
    }
    if process == "web":
        options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 5}
        return {**parts, "CONN_MAX_AGE": 0, "OPTIONS": options}
    return {
        **parts,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
