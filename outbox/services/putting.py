"""Put work into the queue, in the transaction that made it necessary."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import TypeAlias, Union

from django.db import transaction

from outbox import registry
from outbox.models import MAX_KEY_LENGTH, Job
from outbox.services.bell import wake_after_commit

JSON: TypeAlias = Union[bool, int, str, "list[JSON]", "dict[str, JSON]", None]
"""What facts are made of. No float: the two databases keep it differently."""

_running: ContextVar[Job | None] = ContextVar("running", default=None)


class NotInAnOrderedPeriodError(RuntimeError):
    """`put_part` was called outside the handler of an ordered period."""


def put(kind: str, *, key: str, due_at: datetime | None = None, **facts: JSON) -> None:
    """Put one piece of work; the handler of `kind` will get `facts`.

    Call it in the transaction of the change that makes the work necessary: both happen,
    or none. `key` names the event ("deal-won:4711"); a second row for it is not stored.
    It is remembered for 30 days after the work is done; what may never happen twice needs
    a unique key of its own. Without `due_at` the work is due at once.

    Raises `UnknownKindError` for a kind that nobody handles, `TypeError` for facts that
    are not JSON, `ValueError` for an empty or very long key, and
    `TransactionManagementError` outside a transaction.
    """
    handler = registry.handler_of(kind)
    _insert(Job(kind=kind, key=key, lane=handler.lane), due_at=due_at, facts=facts)


def put_part(kind: str, *, key: str, **facts: JSON) -> None:
    """Put a part of the ordered period that is being run: the next period waits for it.

    For a handler that splits a period's work into ranges of partners. Everything `put`
    says holds. Raises `NotInAnOrderedPeriodError` elsewhere.
    """
    whole = _running.get()
    if whole is None or not whole.series:
        raise NotInAnOrderedPeriodError(
            f"{kind!r} is no part of anything: put_part() is for handlers of ordered "
            f"periods and of their parts."
        )
    handler = registry.handler_of(kind)
    part = Job(kind=kind, key=key, lane=handler.lane)
    part.series, part.period = whole.series, whole.period
    _insert(part, due_at=None, facts=facts)


@contextmanager
def running(job: Job) -> Iterator[None]:
    """Make `job` the one whose parts `put_part` puts."""
    token = _running.set(job)
    try:
        yield
    finally:
        _running.reset(token)


def _insert(job: Job, *, due_at: datetime | None, facts: Mapping[str, JSON]) -> None:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            f"{job.key!r} must be put in the transaction that makes it necessary."
        )
    # SQLite's INSERT OR IGNORE would skip a row that breaks a CHECK without a word.
    if not 0 < len(job.key) <= MAX_KEY_LENGTH:
        raise ValueError(f"A key has 1 to {MAX_KEY_LENGTH} characters, not {job.key!r}.")
    try:
        json.dumps(facts, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise TypeError(f"The facts of {job.key!r} must be JSON: {error}") from error
    job.payload = dict(facts)
    if due_at is not None:
        job.due_at = due_at
    Job.objects.bulk_create([job], ignore_conflicts=True)
    wake_after_commit(registry.Lane(job.lane))
