"""Put work into the queue, in the transaction that made it necessary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
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

    An event is put in the same way; its followers get the facts, each once.

    Raises `UnknownKindError` for a kind that nobody handles, `TypeError` for facts that
    are not JSON, `ValueError` for an empty or very long key and for text that PostgreSQL
    cannot store, and `TransactionManagementError` outside a transaction.
    """
    lane = registry.lane_of(kind)
    _insert(Job(kind=kind, key=key, lane=lane), due_at=due_at, facts=facts)


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of work for `put_many`: what `put` is told, as a value."""

    kind: str
    facts: Mapping[str, JSON] = field(kw_only=True)
    key: str = field(kw_only=True)


def put_many(work: Iterable[Work]) -> None:
    """Put several pieces of work, of any kinds, by one statement a thousand.

    Everything `put` says holds.
    """
    _insert_all(
        [
            _checked(
                Job(kind=each.kind, key=each.key, lane=registry.lane_of(each.kind)),
                due_at=None,
                facts=each.facts,
            )
            for each in work
        ]
    )


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
    part = Job(kind=kind, key=key, lane=registry.lane_of(kind))
    part.series, part.period = whole.series, whole.period
    _insert(part, due_at=None, facts=facts)


def put_to_followers(happening: Job) -> None:
    """Put one row for each follower of an event, in the transaction that marks it done.

    A follower that fails is tried again alone. The row's number names the event: it is
    never given twice, so an event that was forgotten may happen again.
    """
    for kind in registry.followers_of(happening.kind):
        follower = Job(
            kind=kind,
            key=f"event:{happening.pk}:{kind}",
            lane=registry.lane_of(kind),
            series=happening.series,
            period=happening.period,
        )
        _insert(follower, due_at=None, facts=happening.payload)


@contextmanager
def running(job: Job) -> Iterator[None]:
    """Make `job` the one whose parts `put_part` puts."""
    token = _running.set(job)
    try:
        yield
    finally:
        _running.reset(token)


def _insert(job: Job, *, due_at: datetime | None, facts: Mapping[str, JSON]) -> None:
    _insert_all([_checked(job, due_at=due_at, facts=facts)])


def _insert_all(jobs: Sequence[Job]) -> None:
    Job.objects.bulk_create(jobs, batch_size=1_000, ignore_conflicts=True)
    for lane in {job.lane for job in jobs}:
        wake_after_commit(registry.Lane(lane))


def _checked(job: Job, *, due_at: datetime | None, facts: Mapping[str, JSON]) -> Job:
    """Return the row with its facts, or raise what `put` promises."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            f"{job.key!r} must be put in the transaction that makes it necessary."
        )
    # SQLite's INSERT OR IGNORE would skip a row that breaks a CHECK without a word.
    if not 0 < len(job.key) <= MAX_KEY_LENGTH:
        raise ValueError(f"A key has 1 to {MAX_KEY_LENGTH} characters, not {job.key!r}.")
    _check_text(job.key, of="The key")
    try:
        _check_facts(facts)
    except (TypeError, RecursionError) as error:  # facts may hold themselves
        raise TypeError(f"The facts of {job.key!r} must be JSON: {error}") from error
    job.payload = dict(facts)
    if due_at is not None:
        job.due_at = due_at
    return job


def _check_facts(fact: object) -> None:
    """Refuse what the two databases keep differently, or only one of them at all.

    `json.dumps` would let floats pass, turn names into text, and ask nothing of text.
    """
    if isinstance(fact, str):
        _check_text(fact, of="A fact")
    elif isinstance(fact, Mapping):
        for name, part in fact.items():
            if not isinstance(name, str):
                raise TypeError(f"{name!r} cannot be the name of a fact: it is no text")
            _check_text(name, of="The name of a fact")
            _check_facts(part)
    elif isinstance(fact, list | tuple):
        for part in fact:
            _check_facts(part)
    elif not isinstance(fact, bool | int | None):
        raise TypeError(f"{fact!r} is a {type(fact).__name__}")


def _check_text(text: str, *, of: str) -> None:
    """Refuse text that SQLite stores and PostgreSQL does not.

    Otherwise the transaction that puts it would fail in production, and only there.
    """
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError(f"{of} holds a NUL or half a character: {text!r}")
