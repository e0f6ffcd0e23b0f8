"""Take due work from the queue and run it.

1. Claim up to ten due rows of a lane: a token, a lease, one more attempt. Commit.
2. Run each row in a transaction of its own: mark the row done, which locks it; stop if it
   was done or no longer ours; run the handler; commit.
3. A handler that raises leaves an error and a later due time; its fifth failure leaves a
   dead row and an error in the log.

A worker that is killed leaves a claimed row, which is due again when its lease ends. The
lease need not be longer than a job may run: a row that is being run is locked, and the
token decides who may run it, so a lease that ends early never runs a job twice.
"""

from __future__ import annotations

import logging
import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from itertools import takewhile
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from outbox import registry
from outbox.models import Job, JobQuerySet
from outbox.registry import Lane
from outbox.services.bell import wake
from outbox.services.putting import put_to_followers, running
from outbox.services.transient import persistently
from ui.request_ids import under_id

logger = logging.getLogger(__name__)

BATCH = 10

STOP_AFTER_S = 5.0
"""A drain stops after this time and rings again, so that workers stop quickly."""

MAX_ATTEMPTS = 5

BACKOFF_S = (5, 30, 120, 600)
"""How long to wait after the first, second, … failure, give or take a fifth."""

JOB_TIME_S = 20
"""What a job may take: SQLite lets other writers wait this long and then refuses."""

LEASE_S = 3 * JOB_TIME_S

MAX_ERROR_LENGTH = 2_000

WORKER_LOST = "The worker ended before the job did: it was killed, or the job killed it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to run one row once: `token` must still be the row's.

    `job` is the row before it was claimed. What is read from it never changes.
    """

    job: Job
    token: uuid.UUID
    attempt: int

    @property
    def mine(self) -> JobQuerySet:
        """The row, as long as it is neither ended nor somebody else's."""
        return Job.objects.open().filter(pk=self.job.pk, claim=self.token)


def drain(*, lane: Lane) -> int:
    """Run what is due in a lane, for five seconds; return how many jobs were done.

    If more is due then, the bell rings for the next free worker.
    """
    stop_at = time.monotonic() + STOP_AFTER_S
    done = 0
    while claims := _claim(lane=lane, size=BATCH):
        for position, claim in enumerate(claims, start=1):
            done += _run(claim)
            if time.monotonic() >= stop_at:
                persistently(partial(_give_back, claims[position:]))
                if Job.objects.due(lane).exists():
                    wake(lane)
                return done
    return done


def run_due(*, lane: str | None = None, limit: int | None = None) -> int:
    """Run here and now what is due; return how many jobs were done.

    For tests and for `manage.py drain`. It includes what becomes due meanwhile. `limit`
    is the largest number of jobs to try.
    """
    done = tried = 0
    while limit is None or tried < limit:
        size = BATCH if limit is None else min(BATCH, limit - tried)
        claims = _claim(lane=lane, size=size)
        if not claims:
            break
        done += sum(_run(claim) for claim in claims)
        tried += len(claims)
    return done


def _claim(*, lane: str | None, size: int) -> list[Claim]:
    """Claim due rows, oldest first; committed, so that a crash still counts."""
    while True:
        # Asked first only where claiming takes the one write lock there is.
        if connection.vendor == "sqlite" and not Job.objects.due(lane).exists():
            return []
        found, claims = persistently(partial(_claim_in_transaction, lane, size))
        # Rows that were only buried leave room for others.
        if claims or not found:
            return claims


# Durable: within another transaction a claim would not be committed before the work.
@transaction.atomic(durable=True)
def _claim_in_transaction(lane: str | None, size: int) -> tuple[int, list[Claim]]:
    """Return how many rows were found, and the claims on those that may be run.

    Rows that have never been tried come together. A row that was tried comes alone: if it
    kills its process, it takes no others along, time and again, until all are dead.
    """
    found = list(Job.objects.raw(*_due_rows(lane, size)))
    _bury([job for job in found if job.attempts >= MAX_ATTEMPTS])
    alive = [job for job in found if job.attempts < MAX_ATTEMPTS]
    batch = list(takewhile(lambda job: job.attempts == 0, alive)) or alive[:1]
    return len(found), _claim_all(batch)


@cache
def _due_rows(lane: str | None, size: int) -> tuple[str, tuple[Any, ...]]:
    """Return the SQL of the oldest due rows, locked; what others hold is left out.

    Compiled once: it is asked before every job, and composing it takes longer than
    running it.
    """
    due = Job.objects.due(lane).select_for_update(skip_locked=True, of=("self",))
    return due.order_by("due_at", "pk")[:size].query.sql_with_params()


def _claim_all(batch: Sequence[Job]) -> list[Claim]:
    if not batch:
        return []
    token = uuid.uuid4()
    lease = timedelta(seconds=getattr(settings, "OUTBOX_LEASE_S", LEASE_S))
    if lost := [job.pk for job in batch if job.claim is not None]:
        # Whoever held such a row before has not said how it went.
        Job.objects.filter(pk__in=lost).update(last_error=WORKER_LOST)
    _do_not_wait_for_the_disk()
    Job.objects.filter(pk__in=[job.pk for job in batch]).update(
        claim=token, lease_until=Now() + lease, attempts=F("attempts") + 1
    )
    return [Claim(job=job, token=token, attempt=job.attempts + 1) for job in batch]


def _do_not_wait_for_the_disk() -> None:
    """Let a claim be committed before PostgreSQL has written it to its disk.

    A worker that is killed leaves it all the same. Only a crash of the server itself may
    forget a claim of the last moments: its rows are due then, and nothing was done, for
    the commit of a job waits for the disk, and for all that was committed before it.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")


def _give_back(claims: Sequence[Claim]) -> None:
    """Free rows that were claimed and never begun: that was no attempt."""
    for claim in claims:
        claim.mine.update(claim=None, lease_until=None, attempts=F("attempts") - 1)


def _run(claim: Claim) -> bool:
    try:
        return persistently(partial(_run_in_transaction, claim))
    except Exception as error:  # a handler may fail in any way, and must harm only itself
        logger.warning(
            "%s failed (attempt %d)", claim.job.key, claim.attempt, exc_info=True
        )
        persistently(partial(_record_failure, claim, _text_of(error)))
        return False


@transaction.atomic
def _run_in_transaction(claim: Claim) -> bool:
    # Before the work, and taken back if it fails: nobody else runs the row meanwhile.
    if not claim.mine.update(done_at=Now(), claim=None, lease_until=None):
        return False
    with running(claim.job), under_id(f"job {claim.job.pk}"):
        if registry.is_event(claim.job.kind):
            put_to_followers(claim.job)
        else:
            registry.handler_of(claim.job.kind).run(**claim.job.payload)
    return True


def _record_failure(claim: Claim, error: str) -> None:
    mine = claim.mine
    if claim.attempt >= MAX_ATTEMPTS:
        if mine.update(dead_at=Now(), last_error=error, claim=None, lease_until=None):
            logger.error("%s is dead: %s", claim.job.key, error)
        return
    jitter = random.uniform(0.8, 1.2)  # noqa: S311  (spreads retries; no secret)
    pause = timedelta(seconds=BACKOFF_S[claim.attempt - 1] * jitter)
    mine.update(due_at=Now() + pause, last_error=error, claim=None, lease_until=None)


def _bury(exhausted: Sequence[Job]) -> None:
    """Give up rows whose last attempt ended with the worker."""
    for job in exhausted:
        Job.objects.filter(pk=job.pk).update(
            dead_at=Now(), last_error=WORKER_LOST, claim=None, lease_until=None
        )
        logger.error("%s is dead: %s", job.key, WORKER_LOST)


def _text_of(error: Exception) -> str:
    """Return an error as text that both databases can store."""
    text = f"{type(error).__name__}: {error}".replace("\x00", "")
    return text.encode(errors="replace").decode()[:MAX_ERROR_LENGTH]
