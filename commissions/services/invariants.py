"""What must hold of the money, as queries over what is stored (reliability R5).

Plain SQL, so that nothing of the code that wrote the rows is believed. Each query yields
what is wrong, a word to each; none yields anything while the ledgers are sound.
`docs/commissions.md` lists them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection

from commissions.models import PayoutDocument
from commissions.services.sealing import SealError, open_file
from program.calendar import add_months

SHOWN: Final = 5
MONTH_RUN_TAKES_DAYS: Final = 2
"""How long after a month's end its accruals may be on their way."""

INVARIANTS: Final[dict[str, str]] = {
    "statement_adds_up": """
        SELECT id FROM commissions_statement WHERE closing_minor <> opening_minor
        + accrued_minor + adjusted_minor - forfeited_minor - paid_minor
    """,
    "statement_is_the_sum_of_its_lines": """
        SELECT s.id FROM commissions_statement s LEFT JOIN (
            SELECT statement_id, COUNT(*) AS number,
                SUM(CASE WHEN kind = 'accrual' THEN minor ELSE 0 END) AS accrued,
                SUM(CASE WHEN kind = 'adjustment' THEN minor ELSE 0 END) AS adjusted,
                SUM(CASE WHEN kind = 'forfeiture' THEN -minor ELSE 0 END) AS forfeited,
                SUM(CASE WHEN kind = 'payment' THEN -minor ELSE 0 END) AS paid
            FROM commissions_statementline GROUP BY statement_id
        ) l ON l.statement_id = s.id
        WHERE COALESCE(l.number, 0) <> s.line_count
            OR COALESCE(l.accrued, 0) <> s.accrued_minor
            OR COALESCE(l.adjusted, 0) <> s.adjusted_minor
            OR COALESCE(l.forfeited, 0) <> s.forfeited_minor
            OR COALESCE(l.paid, 0) <> s.paid_minor
    """,
    "statement_opens_with_the_closing_before": """
        SELECT s.id FROM commissions_statement s LEFT JOIN commissions_statement b
        ON b.partner_id = s.partner_id AND b.number = s.number - 1
        WHERE (s.number = 1 AND (s.previous <> '' OR s.opening_minor <> 0))
            OR (s.number <> 1 AND (b.id IS NULL OR b.digest <> s.previous
                OR (b.currency = s.currency AND b.closing_minor <> s.opening_minor)))
    """,
    "statement_pays_no_more_than_it_owes": """
        SELECT id FROM commissions_statement WHERE payable_minor < 0
            OR withheld_minor < 0 OR payable_minor + withheld_minor >
            CASE WHEN closing_minor > 0 THEN closing_minor ELSE 0 END
    """,
    "accrual_stands_in_one_statement": """
        SELECT MIN(id) FROM commissions_statementline WHERE schedule_id IS NOT NULL
        GROUP BY schedule_id, month, accrual, kind HAVING COUNT(*) > 1
    """,
    "adjustment_stands_in_one_statement": """
        SELECT MIN(id) FROM commissions_statementline WHERE adjustment_id IS NOT NULL
        GROUP BY adjustment_id HAVING COUNT(*) > 1
    """,
    "payment_stands_in_one_statement": """
        SELECT MIN(id) FROM commissions_statementline WHERE payment_id IS NOT NULL
        GROUP BY payment_id HAVING COUNT(*) > 1
    """,
    "line_is_its_accrual": """
        SELECT l.id FROM commissions_statementline l LEFT JOIN commissions_accrual a
        ON a.schedule_id = l.schedule_id AND a.month = l.month AND a.number = l.accrual
        WHERE l.schedule_id IS NOT NULL AND (a.schedule_id IS NULL
            OR a.currency <> l.source_currency OR a.commission_minor <>
            CASE WHEN l.kind = 'forfeiture' THEN -l.source_minor ELSE l.source_minor END)
    """,
    "line_is_an_approved_adjustment": """
        SELECT l.id FROM commissions_statementline l JOIN commissions_adjustment a
        ON a.id = l.adjustment_id WHERE a.state <> 'approved'
            OR a.amount_minor <> l.source_minor OR a.currency <> l.source_currency
    """,
    "line_is_a_payment_that_arrived": """
        SELECT l.id FROM commissions_statementline l JOIN commissions_payment p
        ON p.id = l.payment_id WHERE p.state <> 'paid'
            OR -p.amount_minor <> l.source_minor OR p.currency <> l.source_currency
    """,
    "adjustment_was_approved_by_another": """
        SELECT id FROM commissions_adjustment WHERE state = 'approved'
            AND (decided_by_id IS NULL OR decided_by_id = proposed_by_id)
    """,
    "payment_is_the_only_live_one": """
        SELECT MIN(id) FROM commissions_payment
        WHERE state IN ('prepared', 'sent', 'paid')
        GROUP BY statement_id HAVING COUNT(*) > 1
    """,
    "payments_are_within_their_statement": """
        SELECT s.id FROM commissions_statement s JOIN (
            SELECT statement_id, SUM(amount_minor) AS minor FROM commissions_payment
            WHERE state IN ('prepared', 'sent', 'paid') GROUP BY statement_id
        ) p ON p.statement_id = s.id
        WHERE p.minor > s.payable_minor + s.withheld_minor
    """,
    "payment_is_in_the_currency_of_its_statement": """
        SELECT p.id FROM commissions_payment p
        JOIN commissions_statement s ON s.id = p.statement_id
        JOIN commissions_payoutrun r ON r.id = p.run_id
        WHERE p.currency <> s.currency OR p.currency <> r.currency
    """,
    "run_is_the_sum_of_its_payments": """
        SELECT r.id FROM commissions_payoutrun r LEFT JOIN (
            SELECT run_id, COUNT(*) AS number, SUM(amount_minor) AS minor
            FROM commissions_payment GROUP BY run_id
        ) p ON p.run_id = r.id
        WHERE COALESCE(p.number, 0) <> r.payment_count
            OR COALESCE(p.minor, 0) <> r.total_minor
    """,
    "run_was_approved_by_another": """
        SELECT id FROM commissions_payoutrun WHERE state IN ('approved', 'executed')
            AND (approved_by_id IS NULL OR approved_by_id = prepared_by_id)
    """,
    "payment_is_where_its_run_is": """
        SELECT p.id FROM commissions_payment p
        JOIN commissions_payoutrun r ON r.id = p.run_id
        WHERE (p.state IN ('sent', 'paid', 'rejected') AND r.state <> 'executed')
            OR (p.state = 'prepared' AND r.state IN ('executed', 'cancelled'))
            OR (p.state = 'cancelled' AND r.state <> 'cancelled')
    """,
    "payment_has_its_steps": """
        SELECT p.id FROM commissions_payment p WHERE NOT EXISTS (
            SELECT 1 FROM commissions_paymentstep s
            WHERE s.payment_id = p.id AND s.to_state = p.state)
    """,
    "accrual_has_its_schedule": """
        SELECT a.schedule_id FROM commissions_accrual a LEFT JOIN commissions_schedule s
        ON s.id = a.schedule_id WHERE s.id IS NULL
    """,
    "accrual_is_its_rate_of_its_base": """
        SELECT schedule_id FROM commissions_accrual GROUP BY schedule_id, month
        HAVING MIN(rate_bps) = MAX(rate_bps) AND (SUM(base_minor) < 0
            OR CAST(SUM(commission_minor) AS BIGINT) <> (
                CAST(SUM(base_minor) AS BIGINT) * MAX(rate_bps) + 5000) / 10000)
    """,
    "accrual_lies_within_its_term": """
        SELECT a.schedule_id FROM commissions_accrual a
        JOIN commissions_schedule s ON s.id = a.schedule_id
        WHERE a.month < s.first_month OR a.month > s.last_month
        GROUP BY a.schedule_id, a.month HAVING SUM(a.commission_minor) <> 0
    """,
    "no_more_is_earned_on_than_was_received": """
        SELECT e.client_id FROM (
            SELECT s.client_id, s.product_line, a.month, a.currency,
                SUM(a.base_minor) AS base
            FROM commissions_accrual a JOIN commissions_schedule s ON s.id = a.schedule_id
            GROUP BY s.client_id, s.product_line, a.month, a.currency
        ) e LEFT JOIN (
            SELECT client_id, product_line, month, currency, SUM(amount_minor) AS minor
            FROM commissions_receipt GROUP BY client_id, product_line, month, currency
        ) r ON r.client_id = e.client_id AND r.product_line = e.product_line
            AND r.month = e.month AND r.currency = e.currency
        WHERE e.base > CASE WHEN r.minor > 0 THEN r.minor ELSE 0 END
    """,
    "line_is_of_the_partner_of_its_statement": """
        SELECT l.id FROM commissions_statementline l
        JOIN commissions_statement s ON s.id = l.statement_id
        LEFT JOIN commissions_adjustment a ON a.id = l.adjustment_id
        LEFT JOIN commissions_payment p ON p.id = l.payment_id
        LEFT JOIN commissions_forfeiture f ON f.id = l.forfeiture_id
        LEFT JOIN commissions_schedule c ON c.id = l.schedule_id
        WHERE c.partner_id <> s.partner_id OR a.partner_id <> s.partner_id
            OR p.partner_id <> s.partner_id
            OR f.partner_id <> s.partner_id
    """,
    "schedule_is_of_the_partner_of_its_deal": """
        SELECT c.id FROM commissions_schedule c JOIN deals_deal d ON d.id = c.deal_id
        WHERE c.partner_id <> d.partner_id AND d.stage = 'won'
    """,
    "payment_is_of_the_partner_of_its_statement": """
        SELECT p.id FROM commissions_payment p
        JOIN commissions_statement s ON s.id = p.statement_id
        JOIN commissions_bankaccount b ON b.id = p.account_id
        WHERE p.partner_id <> s.partner_id OR p.partner_id <> b.partner_id
    """,
    "paper_is_of_the_partner_of_its_account": """
        SELECT d.id FROM commissions_payoutdocument d
        JOIN commissions_bankaccount b ON b.id = d.account_id
        WHERE d.partner_id <> b.partner_id
    """,
}
"""Name → what is wrong, as a query."""

RUNNING_WITHOUT_ACCRUAL: Final = """
    SELECT s.id FROM commissions_schedule s WHERE s.plan <> ''
        AND s.first_month <= %s AND s.last_month >= %s AND NOT EXISTS (
            SELECT 1 FROM commissions_accrual a
            WHERE a.month = %s AND a.schedule_id = s.id AND a.number = 0)
"""
EVERY_SCHEDULE: Final = "schedule_was_accrued_for_the_last_month"
EVERY_FILE: Final = "paper_has_its_file"


@dataclass(frozen=True, slots=True)
class Finding:
    """How often an invariant does not hold, and the ids of some rows it is about."""

    name: str
    count: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        if not self.count:
            return f"{self.name}: holds"
        return f"{self.name}: broken {self.count} times, e.g. {', '.join(self.examples)}"


def findings(*, on: date) -> Iterator[Finding]:
    """Yield each invariant with how often it does not hold on a day."""
    for name, query in INVARIANTS.items():
        yield _finding(name, query)
    month = add_months(on.replace(day=1), -1 if on.day > MONTH_RUN_TAKES_DAYS else -2)
    yield _finding(EVERY_SCHEDULE, RUNNING_WITHOUT_ACCRUAL, month, month, month)
    lost = [str(pk) for pk in _lost_papers()]
    yield Finding(EVERY_FILE, len(lost), tuple(lost[:SHOWN]))


def _finding(name: str, query: str, *values: date) -> Finding:
    given = [value.isoformat() for value in values]
    with connection.cursor() as cursor:
        # Only the queries above stand in it.
        cursor.execute(f"SELECT COUNT(*) FROM ({query}) wrong", given)  # noqa: S608
        [count] = cursor.fetchone()
        if not count:
            return Finding(name, 0, ())
        cursor.execute(f"SELECT * FROM ({query}) wrong LIMIT {SHOWN}", given)  # noqa: S608
        return Finding(name, count, tuple(str(row[0]) for row in cursor.fetchall()))


def _lost_papers() -> Iterator[int]:
    """Yield the papers whose file is gone, is another one, or has a seal no key opens."""
    papers = PayoutDocument.objects.exclude(content="").order_by("pk")
    for paper in papers.iterator(chunk_size=200):
        try:
            with paper.content.open("rb") as file:
                found = hashlib.sha256(open_file(file.read())).hexdigest()
        except (OSError, SealError):
            yield paper.pk
            continue
        if found != paper.sha256:
            yield paper.pk
