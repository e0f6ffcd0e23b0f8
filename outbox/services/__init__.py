"""Everything other packages do with the outbox (docs/outbox.md)."""

from outbox.selectors import dead_count, oldest_due_age
from outbox.services.bell import wake
from outbox.services.calendar import AlreadyLiveError, go_live, tick
from outbox.services.draining import drain, run_due
from outbox.services.facts import day_of, iso
from outbox.services.putting import JSON, Work, put, put_many, put_part
from outbox.services.upkeep import purge, retry

__all__ = [
    "JSON",
    "AlreadyLiveError",
    "Work",
    "day_of",
    "dead_count",
    "drain",
    "go_live",
    "iso",
    "oldest_due_age",
    "purge",
    "put",
    "put_many",
    "put_part",
    "retry",
    "run_due",
    "tick",
    "wake",
]
