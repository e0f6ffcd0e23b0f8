"""The pages for supervisors: whether the portal answers, and whether it works."""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from outbox.selectors import dead_count, newest_day_put, oldest_due_age


@login_not_required
@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Say that this process answers. Asks nothing else: a restart would not mend that."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Say whether the work is being done: figures, and nothing about anybody.

    Dead rows and an old day do not make it 503: they need a person to look, while 503
    means that what comes in now is not worked on.
    """
    try:
        waited, dead, newest_day = oldest_due_age(), dead_count(), newest_day_put()
    except Error:
        away = {"ready": False, "database": False}
        return JsonResponse(away, status=HTTPStatus.SERVICE_UNAVAILABLE)
    overdue = waited is not None and waited > settings.OUTBOX_OVERDUE
    return JsonResponse(
        {
            "ready": not overdue,
            "database": True,
            "oldest_due_seconds": int(waited.total_seconds()) if waited else 0,
            "dead_rows": dead,
            "newest_day": newest_day,
        },
        status=HTTPStatus.SERVICE_UNAVAILABLE if overdue else HTTPStatus.OK,
    )
