"""The durable queue, and what the calendar has already put into it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.db.models.functions import Length, Now
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from outbox.registry import GO_LIVE, MAX_KIND_LENGTH, Lane

MAX_KEY_LENGTH = 200


class JobQuerySet(models.QuerySet["Job"]):
    def open(self) -> Self:
        """Return what is neither done nor dead."""
        return self.filter(done_at=None, dead_at=None)

    def due(self, lane: str | None = None) -> Self:
        """Return what may be claimed at this moment of the database's clock.

        Its time has come, nobody holds it, and in an ordered series everything of earlier
        periods is done.
        """
        free = Q(lease_until=None) | Q(lease_until__lte=Now())
        first_in_line = Q(series="") | ~Exists(_earlier_and_undone())
        due = self.open().filter(free, first_in_line, due_at__lte=Now())
        return due if lane is None else due.filter(lane=lane)

    def dead(self) -> Self:
        """Return what was given up and waits for a person."""
        return self.filter(dead_at__isnull=False)

    def with_state(self) -> Self:
        """Annotate `state`, one of `Job.State`, by the database's clock."""
        return self.annotate(
            state=Case(
                When(done_at__isnull=False, then=Value(Job.State.DONE)),
                When(dead_at__isnull=False, then=Value(Job.State.DEAD)),
                When(lease_until__gt=Now(), then=Value(Job.State.RUNNING)),
                When(due_at__gt=Now(), then=Value(Job.State.WAITING)),
                When(
                    Exists(_earlier_and_undone()),
                    then=Value(Job.State.BLOCKED),
                ),
                default=Value(Job.State.DUE),
                output_field=models.CharField(),
            )
        )


def _earlier_and_undone() -> models.QuerySet[Job]:
    # A dead row is undone as well: it blocks its series until somebody retries it.
    return Job.objects.filter(
        series=OuterRef("series"), period__lt=OuterRef("period"), done_at=None
    )


class Job(models.Model):
    """One piece of work that must happen: a row of the durable queue.

    `due_at` and `lease_until` follow the database's clock, so that hosts with wrong
    clocks cannot steal work or run it early. `claim` names who holds the row until
    `lease_until`. `attempts` is counted when the row is claimed, before the work, so that
    a job which kills its process is counted too. `series` and `period` are set for
    ordered work only: a row is not claimed while one of an earlier period of its series
    is undone.
    """

    class State(models.TextChoices):
        """Where a row stands; computed by `with_state()`, never stored."""

        WAITING = "waiting", _("waiting for its time")
        BLOCKED = "blocked", _("blocked by an earlier period")
        DUE = "due", _("due")
        RUNNING = "running", _("running")
        DEAD = "dead", _("dead")
        DONE = "done", _("done")

    kind = models.CharField(_("kind"), max_length=MAX_KIND_LENGTH)
    key = models.CharField(
        _("key"),
        max_length=MAX_KEY_LENGTH,
        unique=True,
        help_text=_("Names the event: a second row for it is not stored."),
    )
    lane = models.CharField(_("lane"), max_length=10, choices=Lane)
    payload = models.JSONField(_("facts"), default=dict, blank=True)
    series = models.CharField(
        _("series"), max_length=MAX_KIND_LENGTH, default="", blank=True
    )
    period = models.DateField(_("period"), null=True, blank=True)
    due_at = models.DateTimeField(_("due at"), db_default=Now())
    claim = models.UUIDField(_("claimed by"), null=True, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error = models.TextField(_("last error"), default="", blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    dead_at = models.DateTimeField(_("dead at"), null=True, blank=True)

    state: str
    """One of `State`, on rows of `with_state()` only."""

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.CheckConstraint(
                name="job_is_done_or_dead_not_both",
                condition=Q(done_at=None) | Q(dead_at=None),
            ),
            models.CheckConstraint(
                name="job_claim_iff_lease",
                condition=Q(claim=None, lease_until=None)
                | Q(claim__isnull=False, lease_until__isnull=False),
            ),
            models.CheckConstraint(
                name="job_ended_is_not_claimed",
                condition=Q(claim=None) | Q(done_at=None, dead_at=None),
            ),
            models.CheckConstraint(
                name="job_series_iff_period",
                condition=Q(series="", period=None)
                | (~Q(series="") & Q(period__isnull=False)),
            ),
            models.CheckConstraint(
                name="job_lane_is_known", condition=Q(lane__in=Lane.values)
            ),
            # SQLite stores any length in a column of 100 characters.
            models.CheckConstraint(
                name="job_kind_has_a_length",
                condition=Q(
                    ~Q(kind=""), LessThanOrEqual(Length("kind"), MAX_KIND_LENGTH)
                ),
            ),
            models.CheckConstraint(
                name="job_key_has_a_length",
                condition=Q(~Q(key=""), LessThanOrEqual(Length("key"), MAX_KEY_LENGTH)),
            ),
        ]
        indexes = [
            # The claim: what is due in a lane, oldest first. Done rows, nearly all of
            # them, are not in it.
            models.Index(
                name="job_due",
                fields=["lane", "due_at", "id"],
                condition=Q(done_at=None, dead_at=None),
            ),
            # Each claim in an ordered series asks: is something earlier undone?
            models.Index(
                name="job_undone_in_series",
                fields=["series", "period"],
                condition=~Q(series="") & Q(done_at=None),
            ),
            # The list of dead rows, and their count on the health page.
            models.Index(
                name="job_dead", fields=["dead_at"], condition=Q(dead_at__isnull=False)
            ),
            # The daily purge.
            models.Index(
                name="job_done", fields=["done_at"], condition=Q(done_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.key


class PeriodRun(models.Model):
    """A period of a job that the clock has put into the queue. Rows stay for ever.

    The unique pair is what makes a period run once, however often the clock asks. The
    go-live day, before which nothing is owed, is the one row of the job "go-live".
    """

    job = models.CharField(_("job"), max_length=MAX_KIND_LENGTH)
    period = models.DateField(_("period"))
    put_at = models.DateTimeField(_("put at"), db_default=Now())

    class Meta:
        verbose_name = _("period run")
        verbose_name_plural = _("period runs")
        constraints = [
            models.UniqueConstraint(
                name="period_of_a_job_is_put_once", fields=["job", "period"]
            ),
            models.UniqueConstraint(
                name="portal_goes_live_once", fields=["job"], condition=Q(job=GO_LIVE)
            ),
            models.CheckConstraint(
                name="period_run_job_has_a_length",
                condition=Q(~Q(job=""), LessThanOrEqual(Length("job"), MAX_KIND_LENGTH)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.period}"
