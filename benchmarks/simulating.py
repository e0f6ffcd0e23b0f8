"""What if: a partner with 500 open deals, from the rows to the shortest ways.

Ours reads the facts, applies choices and searches; the reference only multiplies each
line's amount by its rate. Both name the points of every deal. Then the whole page through
all middleware, against an empty one. Measured is processor time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from django.test import Client as Browser

from benchmarks.harness import MS, Benchmark, Case, Context, Goal, Result, Times
from benchmarks.posting import typical_partners
from benchmarks.world import NOON, TODAY
from clients.models import Client
from deals.models import Deal, DealLine
from deals.services.what_if.facts import read_facts
from deals.services.what_if.simulating import Choices, WhatIf, simulate
from partners.models import Partner, Person, User
from partners.selectors import published_editions
from program import MICRO
from program.money import divide_half_up
from program.rulebook import Kind, Tier

DEALS: Final = 500
LINES: Final = ("sales_hub", "service_hub")
ROUNDS: Final = 20
LIMIT_MS: Final = 200.0
PAGE: Final = "/deals/what-if/?goal=elite"
EMPTY: Final = "/bench/empty/"


def run(context: Context) -> Iterator[Result]:
    rounds = context.rounds or ROUNDS
    partner = Partner.objects.get(pk=typical_partners()[0])
    person = Person.objects.filter(partner=partner).order_by("pk")[0]
    user, _ = User.objects.get_or_create(email=person.email)
    Person.objects.filter(pk=person.pk).update(user=user)
    user = User.objects.get(pk=user.pk)
    _open_deals(partner)
    try:
        yield _compare(partner, user, rounds)
        yield _page(user, rounds)
    finally:
        made = Deal.objects.filter(ref__startswith="WHATIF-")
        DealLine.objects.filter(deal__in=made).delete()
        made.delete()


def _compare(partner: Partner, user: User, rounds: int) -> Result:
    def ours() -> WhatIf:
        facts = read_facts(
            partner, user=user, today=TODAY, at=NOON, editions=published_editions()
        )
        won = frozenset(deal.id for deal in facts.deals[: DEALS // 50])
        return simulate(facts, Choices(won=won, goal=Tier.ELITE))

    measured, reference, same = Case(
        ours=ours,
        reference=lambda: _by_hand(partner),
        ours_says=lambda found: {
            one.deal.ref: one.points
            for one in found.prospects
            if one.deal.ref.startswith("WHATIF-")
        },
        reference_says=dict,
        clock=time.process_time,
    ).run(rounds=rounds)
    return _result(f"{DEALS} open deals", measured, reference, same=same)


def _page(user: User, rounds: int) -> Result:
    browser = Browser(headers={"host": "localhost"})
    browser.force_login(user)

    def get(address: str) -> Any:
        answer = browser.get(address)
        if answer.status_code != HTTPStatus.OK:
            raise RuntimeError(f"{address} answered {answer.status_code}")
        return answer

    measured, reference, same = Case(
        ours=lambda: get(PAGE),
        reference=lambda: get(EMPTY),
        ours_says=lambda _answer: True,
        reference_says=lambda _answer: True,
        clock=time.process_time,
    ).run(rounds=rounds)
    return _result("the whole page", measured, reference, same=same)


def _result(case: str, ours: Times, reference: Times, *, same: bool) -> Result:
    goal = Goal(what="processor time, ms", value=ours.median * MS, limit=LIMIT_MS)
    return Result(case=case, ours=ours, reference=reference, same=same, goals=[goal])


def _open_deals(partner: Partner) -> None:
    """Register deals of ever other size and expected close, every third one assisted."""
    client = Client.objects.order_by("pk")[0]
    deals = Deal.objects.bulk_create(
        Deal(
            ref=f"WHATIF-{number}",
            partner=partner,
            client=client,
            name=f"What if {number}",
            motion=Deal.Motion.SOURCED if number % 3 else Deal.Motion.ASSISTED,
            registered_on=TODAY - timedelta(days=30),
            expected_close_on=TODAY + timedelta(days=number % 100),
        )
        for number in range(DEALS)
    )
    DealLine.objects.bulk_create(
        DealLine(
            deal=deal,
            product_line=line,
            edition="professional",
            mrr_minor=10_000 + 137 * number,
            currency="USD",
        )
        for number, deal in enumerate(deals)
        for line in LINES
    )


def _by_hand(partner: Partner) -> dict[str, int]:
    """Return reference → points of the deals, by one query and one multiplication."""
    rulebook = published_editions().on(TODAY).rulebook
    found: dict[str, int] = {}
    rows = DealLine.objects.filter(
        deal__partner=partner, deal__ref__startswith="WHATIF-"
    ).values_list("deal__ref", "deal__motion", "deal__client__country", "mrr_minor")
    for ref, motion, country, minor in rows:
        factor = rulebook.points.rates[Kind(motion)] * (
            rulebook.points.growth_multiplier if rulebook.is_growth(country) else 1
        )
        points = divide_half_up(minor * factor * MICRO, rulebook.points.units["USD"])
        found[ref] = found.get(ref, 0) + points
    return found


BENCHMARK = Benchmark(
    about=f"what if, for a partner with {DEALS} open deals: processor time", run=run
)
