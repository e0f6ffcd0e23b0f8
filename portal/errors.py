"""What a person gets when the portal cannot answer."""

import sys
from http import HTTPStatus
from typing import NoReturn

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.views.defaults import server_error as unforeseen

RETRY_AFTER_S = 5


def not_here(request: HttpRequest) -> NoReturn:
    """Answer for an address that a library offers and this portal does not."""
    raise Http404


def server_error(request: HttpRequest) -> HttpResponse:
    """Say 503 when the database is away, which passes by itself; 500 for what is ours.

    A load balancer then takes the host out for a moment, and a program asks again.
    """
    response = unforeseen(request)
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response
