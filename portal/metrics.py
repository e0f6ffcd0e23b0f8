"""`/metrics` for Prometheus: whether the work is being done, read from the database.

Nothing is counted in a process, so it does not matter which of them is asked, and nothing
is lost with one. How long pages take is in the log, a line for each.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from interchange.models import ImportRun
from outbox.models import Job
from outbox.registry import Lane
from outbox.selectors import dead_count, newest_day_put, oldest_due_age
from partners.models import Standing


@login_not_required
@never_cache
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer whoever bears METRICS_TOKEN; for everybody else there is no such page."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    wanted = settings.METRICS_TOKEN
    if not wanted or not secrets.compare_digest(given.encode(), wanted.encode()):
        raise Http404
    registry = CollectorRegistry()
    registry.register(Figures())
    try:
        text = generate_latest(registry)
    except Error:
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


class Figures(Collector):
    """The figures of docs/operations.md, "What to watch"."""

    def describe(self) -> Iterable[Metric]:
        # Or registering would ask the database, too.
        return []

    def collect(self) -> Iterator[Metric]:
        yield from _queue()
        newest_day = newest_day_put()
        yield _gauge(
            "portal_calendar_newest_day_timestamp_seconds",
            "Beginning of the newest day the calendar has put work for.",
            datetime.combine(newest_day, time.min, UTC).timestamp() if newest_day else 0,
        )
        yield from _imports()
        oldest = Standing.objects.aggregate(oldest=Min("as_of"))["oldest"]
        yield _gauge(
            "portal_standing_oldest_timestamp_seconds",
            "Day of the oldest standing: all are brought to today every day.",
            datetime.combine(oldest, time.min, UTC).timestamp() if oldest else 0,
        )


def _queue() -> Iterator[Metric]:
    waiting = GaugeMetricFamily(
        "portal_outbox_due", "Rows of the queue that are due.", labels=["lane"]
    )
    age = GaugeMetricFamily(
        "portal_outbox_oldest_due_seconds",
        "For how long the oldest due row has waited.",
        labels=["lane"],
    )
    due = dict(
        Job.objects.due().values_list("lane").annotate(rows=Count("pk")).order_by("lane")
    )
    for lane in Lane:
        waiting.add_metric([lane.value], due.get(lane.value, 0))
        waited = oldest_due_age(lane=lane.value) if lane.value in due else None
        age.add_metric([lane.value], waited.total_seconds() if waited else 0)
    yield from (waiting, age)
    yield _gauge(
        "portal_outbox_dead", "Rows of the queue that were given up.", dead_count()
    )


def _imports() -> Iterator[Metric]:
    last = ImportRun.objects.filter(finished_at__isnull=False).order_by("-pk").first()
    finished = last.finished_at if last else None
    yield _gauge(
        "portal_import_timestamp_seconds",
        "When the last import ended.",
        finished.timestamp() if finished else 0,
    )
    yield _gauge(
        "portal_import_refused_rows",
        "Rows the last import refused.",
        last.refused_count if last else 0,
    )


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(name, documentation, value=value)
