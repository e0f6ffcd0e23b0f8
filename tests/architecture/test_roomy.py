"""The WSGI wrapper does what its page of arithmetic says, on the Python that runs it."""

import resource
import sys
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from portal.roomy import WSGIApplication, roomy

CALLS = 2_000
DEPTHS = range(400)


def leaf(*values: int) -> int:
    return len(values)


def faults_at(depth: int) -> int:
    """Return the page faults of many calls from `depth` frames further down."""
    if depth:
        return faults_at(depth - 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(CALLS):
        leaf(1, 2, 3, 4, 5)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def measuring(found: list[int]) -> WSGIApplication:
    def application(
        environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        found.append(faults_at(environ["depth"]))
        return []

    return application


def most_faults(wrap: Callable[[WSGIApplication], WSGIApplication]) -> int:
    found: list[int] = []
    application = wrap(measuring(found))
    for depth in DEPTHS:
        application({"depth": depth}, print)
    return max(found)


def test_no_depth_of_the_call_stack_is_slow() -> None:
    assert most_faults(roomy) < CALLS / 10


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="may be mended in this Python")
def test_without_the_wrapper_some_depth_maps_memory_at_each_call() -> None:
    assert most_faults(lambda application: application) >= CALLS


def test_the_answer_passes_through() -> None:
    def application(
        environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [environ["PATH_INFO"].encode()]

    started: list[str] = []

    body = roomy(application)(
        {"PATH_INFO": "/deals/"}, lambda status, _headers: started.append(status)
    )

    assert (started, list(body)) == (["200 OK"], [b"/deals/"])
