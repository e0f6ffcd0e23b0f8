"""The page of the queue, which is below this app, with its retries in the audit log."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import admin
from django.http import HttpRequest

from outbox import clock
from outbox.admin import JobAdmin
from outbox.models import Job
from partners.admin.users import actor_of
from partners.services import audit

admin.site.unregister(Job)


@admin.register(Job)
class AuditedJobAdmin(JobAdmin):
    def log_retried(self, request: HttpRequest, jobs: Iterable[Job]) -> None:
        super().log_retried(request, jobs)
        audit.record_many(
            [audit.Act("outbox.retried", partner_id=None, of=job) for job in jobs],
            actor=actor_of(request),
            at=clock.now(),
        )
