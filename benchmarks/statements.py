"""A statement of ten thousand lines: closed, as a page, as PDF, XLSX and CSV.

Every line is converted from one currency into another. The reference reads the same lines
by hand-written SQL and sums them up; both name lines and closing balance. Measured is
processor time; the memory that a file takes besides is told with it. Nothing of it stays:
the statement is rolled back.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final

from django.db import connection, transaction
from django.test import Client as Browser
from django.urls import reverse

from benchmarks.harness import MS, Benchmark, Case, Context, Goal, Result
from benchmarks.posting import typical_partners
from clients.models import Client
from commissions.models import Accrual, FxRate, Schedule, Statement
from commissions.services import close_statement
from commissions.services.statements.files import statement_sheet
from commissions.services.statements.printing import statement_pdf
from deals.models import Deal, DealLine
from partners.models import Partner, Person, User
from partners.selectors import published_editions
from program.calendar import add_months
from program.payout import month_end
from ui.sheets import CSV, XLSX, write_sheet

MONTHS: Final = 36
FIRST: Final = date(2023, 1, 1)
CLOSED_AT: Final = datetime(2026, 1, 15, 9, tzinfo=UTC)
QUARTER: Final = date(2025, 10, 1)
ROUNDS: Final = 5
LIMIT_MS: Final = 1_000.0
MB: Final = 1_000_000


def run(context: Context) -> Iterator[Result]:
    rounds = context.rounds or ROUNDS
    with transaction.atomic():
        partner = _partner()
        _accruals(partner, schedules=context.size.stated // MONTHS)
        yield _closing(partner)
        statement = Statement.objects.select_related("partner").get(partner=partner)
        user = _reader(partner)
        ways: tuple[tuple[str, Callable[[], object]], ...] = (
            ("its page", lambda: _page(user, statement)),
            ("PDF", lambda: statement_pdf(statement, language="fr")),
            ("XLSX", lambda: _sheet(statement, XLSX)),
            ("CSV", lambda: _sheet(statement, CSV)),
        )
        for case, way in ways:
            yield _compare(case, way, statement, rounds)
        transaction.set_rollback(True)


def _compare(
    case: str, way: Callable[[], object], statement: Statement, rounds: int
) -> Result:
    ours, reference, same = Case(
        ours=way,
        reference=lambda: _by_hand(statement),
        ours_says=lambda _made: (statement.line_count, statement.accrued_minor),
        reference_says=lambda found: found,
        clock=time.process_time,
    ).run(rounds=rounds)
    goal = Goal(what="processor time, ms", value=ours.median * MS, limit=LIMIT_MS)
    return Result(
        case=f"{statement.line_count:,} lines, {case}",
        ours=ours,
        reference=reference,
        same=same,
        goals=[goal],
        notes=[f"{_peak(way) / MB:.1f} MB of memory besides"],
    )


def _closing(partner: Partner) -> Result:
    """Close the statement, once for each round, and take it back."""

    def ours() -> Statement:
        with transaction.atomic():
            closed = close_statement(partner_id=partner.pk, quarter=QUARTER, at=CLOSED_AT)
            assert isinstance(closed, Statement), closed
            return closed

    first = time.process_time()
    statement = ours()
    took = time.process_time() - first
    measured, reference, same = Case(
        ours=ours,  # a second time it is returned as it is
        reference=lambda: _by_hand(statement),
        ours_says=lambda found: (found.line_count, found.accrued_minor),
        reference_says=lambda found: found,
        clock=time.process_time,
    ).run(rounds=2)
    goal = Goal(what="closing it, ms", value=took * MS, limit=10 * LIMIT_MS)
    return Result(
        case=f"{statement.line_count:,} lines, closed again",
        ours=measured,
        reference=reference,
        same=same,
        goals=[goal],
    )


def _peak(way: Callable[[], object]) -> int:
    tracemalloc.start()
    way()
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def _page(user: User, statement: Statement) -> Any:
    browser = Browser(headers={"host": "localhost"})
    browser.force_login(user)
    answer = browser.get(reverse("commissions:statement", args=[statement.public_id]))
    if answer.status_code != HTTPStatus.OK:
        raise RuntimeError(f"the page answered {answer.status_code}")
    return answer


def _sheet(statement: Statement, file_format: str) -> int:
    return write_sheet(
        statement_sheet(statement), BytesIO(), file_format=file_format, language="fr"
    )


def _by_hand(statement: Statement) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), sum(minor) FROM commissions_statementline "
            "WHERE statement_id = %s",
            [statement.pk],
        )
        count, minor = cursor.fetchone()
        return int(count), int(minor)


def _partner() -> Partner:
    partner = Partner.objects.get(pk=typical_partners()[0])
    Partner.objects.filter(pk=partner.pk).update(payout_currency="USD", country="US")
    # Only the quarter that is measured: else the ones before would have to close first.
    Schedule.objects.filter(partner=partner).update(plan="", refused="no_proof", months=0)
    return Partner.objects.get(pk=partner.pk)


def _reader(partner: Partner) -> User:
    person = Person.objects.filter(partner=partner).order_by("pk")[0]
    user, _made = User.objects.get_or_create(email=person.email)
    Person.objects.filter(pk=person.pk).update(user=user, role="owner")
    return User.objects.get(pk=user.pk)


def _accruals(partner: Partner, *, schedules: int) -> None:
    """Add what a partner of many deals earned in three years, in euro."""
    client = Client.objects.order_by("pk")[0]
    edition = published_editions().on(QUARTER)
    deals = Deal.objects.bulk_create(
        Deal(
            ref=f"STATED-{number}",
            partner=partner,
            client=client,
            name=f"Société Générique {number}",
            motion=Deal.Motion.SOURCED,
            registered_on=FIRST,
        )
        for number in range(schedules)
    )
    lines = DealLine.objects.bulk_create(
        DealLine(
            deal=deal,
            product_line="sales_hub",
            edition="professional",
            mrr_minor=100_000 + 137 * number,
            currency="EUR",
        )
        for number, deal in enumerate(deals)
    )
    # The first quarter that is stated is the last one: see `close_statement`.
    opened = Schedule.objects.bulk_create(
        Schedule(
            line=line,
            deal=line.deal,
            partner=partner,
            client=client,
            product_line=line.product_line,
            closed_on=FIRST,
            deal_ref=line.deal.ref,
            begins_on=QUARTER,
            plan="deal",
            rate_bps=2_000,
            months=36,
            mrr_minor=line.mrr_minor,
            currency="EUR",
            first_month=QUARTER,
            last_month=add_months(QUARTER, 35),
            facts={},
            edition_id=edition.id,
            opened_at=CLOSED_AT,
        )
        for line in lines
    )
    months = [add_months(QUARTER, number) for number in range(3)]
    FxRate.objects.bulk_create(
        (FxRate(day=month_end(month), currency="EUR", usd_e10=10_831_000_001)
         for month in months),
        ignore_conflicts=True,
    )  # fmt: skip
    # As many lines as three years have, of one quarter: corrections for the rest.
    Accrual.objects.bulk_create(
        (
            Accrual(
                month=months[number % 3],
                schedule=schedule,
                number=number // 3,
                base_minor=schedule.mrr_minor,
                commission_minor=schedule.mrr_minor // 5,
                currency="EUR",
                rate_bps=2_000,
                plan="deal",
                edition_id=edition.id,
                receipts="1",
                recorded_at=CLOSED_AT,
            )
            for schedule in opened
            for number in range(MONTHS)
        ),
        batch_size=2_000,
    )


BENCHMARK = Benchmark(
    about="a statement of many lines: closing, page, files; processor time", run=run
)
"""The goal: below a second each, in the memory of a batch of lines."""
