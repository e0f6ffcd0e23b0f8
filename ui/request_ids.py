"""What is being worked on, under one id: in the logs, the audit log and the answer."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

logger = logging.getLogger("portal.requests")

_current: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """Return the id of the request, or of the job, being worked on; "" for neither."""
    return _current.get()


@contextmanager
def under_id(name: str) -> Iterator[None]:
    """Let everything in the block be done under an id: what is logged and recorded."""
    token = _current.set(name)
    try:
        yield
    finally:
        _current.reset(token)


class RequestIdMiddleware:
    """Give each request an id of ours, name it in the answer, and log one line for it.

    An id that the client sends is not taken over: it could be anybody's. The line names
    the page, not its address, which may hold a token or somebody's name, and nobody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        with under_id(str(uuid.uuid4())):
            response = self.get_response(request)
            response.headers["X-Request-ID"] = current_request_id()
            page = request.resolver_match.view_name if request.resolver_match else ""
            # Files, and the supervisor who asks every second, are no news.
            if page and not page.startswith("portal:live"):
                logger.info(
                    "%s %s",
                    request.method,
                    page,
                    extra={
                        "status": response.status_code,
                        "milliseconds": round((time.perf_counter() - started) * 1e3),
                    },
                )
            return response
