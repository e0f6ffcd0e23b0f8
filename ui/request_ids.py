"""The id of the request that is being answered: in logs, the audit log, the answer."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

_current: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """Return the id of the request being answered; "" outside of one."""
    return _current.get()


class RequestIdMiddleware:
    """Give each request an id of ours, and name it in the answer.

    What the client sends under that name is not taken over: it could be anybody's.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = _current.set(str(uuid.uuid4()))
        try:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = current_request_id()
            return response
        finally:
            _current.reset(token)
