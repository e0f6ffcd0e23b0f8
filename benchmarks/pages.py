"""Signed-in pages: processor time of a request, and how many queries it makes.

Requests go through `portal.wsgi`, the pool of connections and all middleware included, as
in a web process; only the socket is missing. Measured is this process's processor time,
because that is what decides how many people a web process serves; the time on the clock
stands in the notes. Home is measured against an empty signed-in page and against the
frame that every page of the portal has, lists of 50 rows against a plain template loop
over the same rows; and what shows open deals when there are 50,000 of them.
"""

from __future__ import annotations

import io
import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from benchmarks.harness import (
    MS,
    Benchmark,
    Case,
    Context,
    Goal,
    Result,
    Times,
    ratio_goal,
)
from benchmarks.open_deals import open_deals
from benchmarks.posting import typical_partners
from benchmarks.world import TODAY
from outbox.clock import start_of
from partners.models import Person, PointsEntry, User
from portal.rehearsals import rehearse
from portal.wsgi import application
from ui import formats

ROUNDS: Final = 60
MANY_DEALS: Final = 50_000
WARM_UP: Final = 5
RATIO: Final = 3.0
QUERIES: Final = 8
OK: Final = "200 OK"


@dataclass(frozen=True, slots=True)
class _Page:
    """An address and what it is measured against; `keys` finds the rows of both."""

    name: str
    address: str
    against: str
    keys: str = ""


PAGES: Final = (
    _Page("home", "/", "/bench/empty/"),
    _Page("home to frame", "/", "/bench/frame/"),
    _Page(
        "points",
        "/points/?per_page=50",
        "/bench/points/",
        r'"(/receipts/points/[^"#?]+)"',
    ),
    _Page(
        "deals",
        "/deals/?per_page=50",
        "/bench/deals/",
        r'"(/deals/[0-9a-f-]{36}/)[#"]',
    ),
    _Page("clients", "/clients/?per_page=50", "/bench/clients/", r">(Client \d+)<"),
)

OF_OPEN_DEALS: Final = (
    _Page("board", "/deals/board/", "/bench/board/", r'"/deals/([0-9a-f-]{36})/move/'),
    _Page("forecast", "/deals/forecast/", "/bench/frame/"),
)
"""Pages whose cost could grow with what is open; their queries are no list's."""


def run(context: Context) -> Iterator[Result]:
    rounds = context.rounds or ROUNDS
    people = dict(zip(("small", "largest"), typical_partners(), strict=True))
    for partner_id in people.values():
        # Home shows what the night left: the next evaluation and the points of a year.
        rehearse(on=TODAY, at=start_of(TODAY), first=partner_id, last=partner_id)
    visitors = {name: _Visitor(partner_id) for name, partner_id in people.items()}
    yield _frame(visitors["small"], rounds)
    for page in PAGES:
        fewest = 0
        for name, visitor in visitors.items():
            result, queries = _compare(page, name, visitor, rounds, fewest=fewest)
            fewest = fewest or queries
            yield result
    visitor = visitors["small"]
    many = min(MANY_DEALS, context.size.deals)
    with open_deals(visitor.partner_id, many):
        for page in OF_OPEN_DEALS:
            name = f"{page.name}, {many:,} open deals"
            yield _waited_for(page, name, visitor, rounds)


class _Visitor:
    """Somebody of a partner, signed in; `get` answers with the page as text."""

    def __init__(self, partner_id: int) -> None:
        self.partner_id = partner_id
        person = Person.objects.filter(partner_id=partner_id).order_by("pk")[0]
        self.user, _ = User.objects.get_or_create(email=person.email)
        Person.objects.filter(pk=person.pk).update(user=self.user)
        browser = Browser()
        browser.force_login(self.user)
        cookie = settings.SESSION_COOKIE_NAME
        self._cookie = f"{cookie}={browser.cookies[cookie].value}"

    def get(self, address: str) -> str:
        path, _, query = address.partition("?")
        said: list[str] = []
        response: Any = application(
            {
                "REQUEST_METHOD": "GET",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "SERVER_NAME": "localhost",
                "SERVER_PORT": "80",
                "SERVER_PROTOCOL": "HTTP/1.1",
                "HTTP_HOST": "localhost",
                "HTTP_COOKIE": self._cookie,
                "HTTP_ACCEPT_LANGUAGE": "en",
                "wsgi.url_scheme": "http",
                "wsgi.input": io.BytesIO(),
            },
            lambda status, headers: said.append(status),
        )
        try:
            body = b"".join(response).decode()
        finally:
            response.close()
        if said != [OK]:
            raise RuntimeError(f"{address} answered {said}")
        return body

    def queries(self, address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            self.get(address)
        return len(captured)

    def on_the_clock(self, address: str, *, times: int) -> float:
        """Return how long a request takes, in seconds, waiting included."""
        seconds = []
        for _ in range(times):
            started = time.perf_counter()
            self.get(address)
            seconds.append(time.perf_counter() - started)
        return statistics.median(seconds)


def _frame(visitor: _Visitor, rounds: int) -> Result:
    """Measure what every page of the portal has around its content."""
    page = _Page("frame alone", "/bench/frame/", "/bench/empty/")
    ours, reference, same = _turns(page, visitor, _nothing, rounds)
    return Result(case=page.name, ours=ours, reference=reference, same=same)


def _waited_for(page: _Page, name: str, visitor: _Visitor, rounds: int) -> Result:
    """Compare the time on the clock, for what grows is the work of the database."""
    says = _keys(page.keys) if page.keys else _nothing
    ours, reference, same = Case(
        ours=lambda: visitor.get(page.address),
        reference=lambda: visitor.get(page.against),
        ours_says=says,
        reference_says=says,
    ).run(rounds=rounds, warm_up=min(rounds, WARM_UP))
    return Result(
        case=name,
        ours=ours,
        reference=reference,
        same=same,
        goals=[ratio_goal(ours, reference, RATIO)],
        notes=[f"on the clock; {visitor.queries(page.address)} queries"],
    )


def _compare(
    page: _Page, name: str, visitor: _Visitor, rounds: int, *, fewest: int
) -> tuple[Result, int]:
    says = _keys(page.keys) if page.keys else _numbers(visitor)
    ours, reference, same = _turns(page, visitor, says, rounds)
    queries = visitor.queries(page.address)
    goals = [
        ratio_goal(ours, reference, RATIO),
        Goal(what="queries", value=queries, limit=QUERIES),
    ]
    if fewest:
        goals.append(
            Goal(what="queries against the small partner", value=queries, limit=fewest)
        )
    clocks = [
        visitor.on_the_clock(address, times=min(rounds, 15)) * MS
        for address in (page.address, page.against)
    ]
    return (
        Result(
            case=f"{page.name}, {name} partner",
            ours=ours,
            reference=reference,
            same=same,
            goals=goals,
            notes=[f"on the clock {clocks[0]:.1f} ms, the reference {clocks[1]:.1f} ms"],
        ),
        queries,
    )


def _turns(
    page: _Page, visitor: _Visitor, says: Callable[[str], object], rounds: int
) -> tuple[Times, Times, bool]:
    """Ask for both pages in turn; only lists have rows that both must show."""
    return Case(
        ours=lambda: visitor.get(page.address),
        reference=lambda: visitor.get(page.against),
        ours_says=says,
        reference_says=says if page.keys else _nothing,
        clock=time.process_time,
    ).run(rounds=rounds, warm_up=min(rounds, WARM_UP))


def _nothing(page: str) -> bool:
    return True


def _keys(pattern: str) -> Callable[[str], object]:
    """Return what finds the rows of a list, in their order."""

    def keys(page: str) -> list[str]:
        found = list(dict.fromkeys(re.findall(pattern, page)))
        if not found:
            raise RuntimeError(f"no rows in {page[:200]!r}")
        return found

    return keys


def _numbers(visitor: _Visitor) -> Callable[[str], bool]:
    """Return what says whether a page shows the sums that the ledger has."""
    entries = PointsEntry.objects.filter(partner_id=visitor.partner_id).counting_on(TODAY)
    sums = entries.values_list("kind").annotate(sum=Sum("points"))
    # Two decimals; the page may show more of them.
    shown = [f">{formats.points(points)}" for _kind, points in sums]
    return lambda page: all(number in page for number in shown)


BENCHMARK = Benchmark(
    about="processor time of signed-in pages, against empty and plain ones",
    run=run,
)
