"""The invariants of the money find what is planted past all guards (reliability R5)."""

# ruff: noqa: S608 (constants of this file are put together, and nothing else)

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import StringIO

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection

from commissions.models import Payment, PayoutDocument, Statement
from commissions.services import close_statement
from commissions.services.invariants import EVERY_FILE, EVERY_SCHEDULE, INVARIANTS
from commissions.services.invariants import findings as all_findings
from commissions.services.nightly import check_money
from commissions.services.sealing import seal_file
from commissions.services.statements.verifying import statement_faults
from tests.factories import PartnerFactory
from tests.factories.money import (
    AccrualFactory,
    AdjustmentFactory,
    PaymentFactory,
    PaymentStepFactory,
    PayoutDocumentFactory,
    ReceiptFactory,
    ScheduleFactory,
)

pytestmark = pytest.mark.django_db

Q1, Q2 = date(2026, 1, 1), date(2026, 4, 1)
TODAY = date(2026, 7, 20)
STATEMENT = "commissions_statement"
LINE = "commissions_statementline"
PAYMENT = "commissions_payment"
RUN = "commissions_payoutrun"
ACCRUAL = "commissions_accrual"
ADJUSTMENT = "commissions_adjustment"


@pytest.fixture
def sound() -> Statement:
    """Return the last of two statements: paid once, with an adjustment; all is well."""
    partner = PartnerFactory.create(country="US")
    form = PayoutDocumentFactory.create(partner=partner, approved=True, bank_form=True)
    content = b"%PDF-1.7"
    PayoutDocumentFactory.create(
        partner=partner,
        approved=True,
        content=ContentFile(seal_file(content), name="form.pdf"),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    schedule = ScheduleFactory.create(
        line__deal__partner=partner, line__mrr_minor=100_000, first_month=Q1, begins_on=Q1
    )
    for month in range(1, 7):
        ReceiptFactory.create(
            client=schedule.client,
            product_line=schedule.product_line,
            month=date(2026, month, 1),
        )
        AccrualFactory.create(schedule=schedule, month=date(2026, month, 1))
    AdjustmentFactory.create(partner=partner, approved=True, amount_minor=-1_000)
    first = close(partner.pk, Q1, datetime(2026, 4, 15, tzinfo=UTC))
    payment = PaymentFactory.create(
        statement=first,
        account=form.account,
        paid=True,
        run__total_minor=first.payable_minor,
    )
    PaymentStepFactory.create(payment=payment, to_state="paid")
    return close(partner.pk, Q2, datetime(2026, 7, 15, tzinfo=UTC))


def close(partner_id: int, quarter: date, at: datetime) -> Statement:
    statement = close_statement(partner_id=partner_id, quarter=quarter, at=at)
    assert isinstance(statement, Statement), statement
    return statement


@pytest.fixture(autouse=True)
def checks_hold_again() -> Iterator[None]:
    yield
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def plant(table: str, sql: str) -> None:
    """Write past the guards of a table: triggers, checks and unique keys."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass "
                "AND contype IN ('c', 'u')",
                [table],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            cursor.execute(
                "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = "
                "%s::regclass AND indisunique AND NOT indisprimary",
                [table],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP INDEX {name}")
        else:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            cursor.execute(
                "SELECT type, name FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT "
                "NULL AND (type = 'trigger' OR sql LIKE 'CREATE UNIQUE INDEX%%')",
                [table],
            )
            for kind, name in cursor.fetchall():
                cursor.execute(f'DROP {kind} "{name}"')
        cursor.execute(sql)


def broken(on: date = TODAY) -> set[str]:
    return {finding.name for finding in all_findings(on=on) if finding.count}


def test_a_sound_ledger_breaks_nothing_and_is_reproduced(sound: Statement) -> None:
    assert broken() == set()
    assert list(statement_faults()) == []
    assert check_money(on=TODAY) == 0
    out = StringIO()
    with time_machine.travel(datetime(2026, 7, 20, 12, tzinfo=UTC)):
        call_command("ledger_check", stdout=out)
    assert out.getvalue().endswith(
        f"{len(INVARIANTS) + 2} invariants hold, 0 are broken.\n"
    )
    out = StringIO()
    call_command("verify_statements", stdout=out)
    assert (
        out.getvalue() == "2 statements of 1 partners, 8 lines: reproduced to the cent.\n"
    )


# Copies a row of a table with other values in some columns, by their names.
def copied(table: str, changed: str, where: str = "") -> str:
    columns = {
        LINE: "kind, schedule_id, month, accrual, forfeiture_id, source_minor, "
        "source_currency, rate_e10, into_e10, rate_on, minor",
        PAYMENT: "run_id, partner_id, amount_minor, currency, account_id, state, "
        "paid_on, reason",
    }[table]
    names, values = changed.split(" = ")
    return (
        f"INSERT INTO {table} ({columns}, {names}) SELECT {columns}, {values} "
        f"FROM {table} {where}"
    )


FIRST_LINE = "WHERE number = 1 AND statement_id = (SELECT MIN(id) FROM " + STATEMENT + ")"


@pytest.mark.parametrize(
    ("name", "table", "sql"),
    [
        ("statement_adds_up", STATEMENT, "closing_minor = closing_minor + 1"),
        (
            "statement_is_the_sum_of_its_lines",
            LINE,
            "minor = minor + 1 WHERE kind = 'accrual'",
        ),
        (
            "statement_opens_with_the_closing_before",
            STATEMENT,
            "previous = 'x' WHERE number = 2",
        ),
        (
            "statement_pays_no_more_than_it_owes",
            STATEMENT,
            "payable_minor = closing_minor + 1",
        ),
        (
            "line_is_its_accrual",
            LINE,
            "source_minor = source_minor + 1 WHERE kind = 'accrual'",
        ),
        ("line_is_its_accrual", ACCRUAL, "commission_minor = 19999"),
        ("line_is_an_approved_adjustment", ADJUSTMENT, "state = 'proposed'"),
        ("line_is_a_payment_that_arrived", PAYMENT, "state = 'sent', paid_on = NULL"),
        (
            "adjustment_was_approved_by_another",
            ADJUSTMENT,
            "decided_by_id = proposed_by_id",
        ),
        (
            "payments_are_within_their_statement",
            PAYMENT,
            "amount_minor = amount_minor + 1",
        ),
        (
            "payment_is_in_the_currency_of_its_statement",
            PAYMENT,
            "currency = 'EUR'",
        ),
        ("run_is_the_sum_of_its_payments", RUN, "total_minor = total_minor + 1"),
        ("run_was_approved_by_another", RUN, "approved_by_id = prepared_by_id"),
        ("payment_is_where_its_run_is", RUN, "state = 'approved'"),
        ("payment_has_its_steps", "commissions_paymentstep", "to_state = 'prepared'"),
        (
            "accrual_is_its_rate_of_its_base",
            ACCRUAL,
            "base_minor = base_minor - 5",
        ),
        (
            "accrual_lies_within_its_term",
            "commissions_schedule",
            "last_month = '2026-05-01'",
        ),
        (
            "no_more_is_earned_on_than_was_received",
            "commissions_receipt",
            "amount_minor = amount_minor - 1",
        ),
    ],
)
def test_what_is_changed_is_found(
    sound: Statement, name: str, table: str, sql: str
) -> None:
    plant(table, f"UPDATE {table} SET {sql}")

    assert name in broken()
    with pytest.raises(SystemExit) as stopped:
        call_command("ledger_check", stdout=StringIO())
    assert stopped.value.code == 1


@pytest.mark.parametrize(
    ("name", "table", "sql"),
    [
        (
            "accrual_stands_in_one_statement",
            LINE,
            copied(LINE, f"statement_id, number = (SELECT MAX(id) FROM {STATEMENT}), 99",
                   FIRST_LINE),
        ),
        (
            "payment_is_the_only_live_one",
            PAYMENT,
            copied(
                PAYMENT,
                "public_id, statement_id, attempt = "
                "'7d9c2b1e4f6a4c3b8a5d6e7f80910111', statement_id, 2",
            ),
        ),
        (
            "accrual_has_its_schedule",
            ACCRUAL,
            f"UPDATE {ACCRUAL} SET schedule_id = schedule_id + 77",
        ),
    ],
)  # fmt: skip
def test_what_is_there_twice_or_without_its_root_is_found(
    sound: Statement, name: str, table: str, sql: str
) -> None:
    plant(table, sql)

    assert name in broken()


# SQLite keeps such a key inside its table, where nobody takes it away.
@pytest.mark.postgres
@pytest.mark.parametrize(
    ("name", "sql"),
    [
        (
            "adjustment_stands_in_one_statement",
            f"UPDATE {LINE} SET adjustment_id = (SELECT MAX(id) FROM {ADJUSTMENT})",
        ),
        (
            "payment_stands_in_one_statement",
            f"UPDATE {LINE} SET payment_id = (SELECT MAX(id) FROM {PAYMENT})",
        ),
    ],
)
def test_what_stands_in_two_statements_is_found(
    sound: Statement, name: str, sql: str
) -> None:
    plant(LINE, sql)

    assert name in broken()


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("line_is_of_the_partner_of_its_statement", ADJUSTMENT),
        ("line_is_of_the_partner_of_its_statement", "commissions_schedule"),
        ("schedule_is_of_the_partner_of_its_deal", "deals_deal"),
        ("payment_is_of_the_partner_of_its_statement", "commissions_bankaccount"),
        ("paper_is_of_the_partner_of_its_account", "commissions_bankaccount"),
    ],
)
def test_what_belongs_to_another_partner_is_found(
    sound: Statement, name: str, table: str
) -> None:
    other = PartnerFactory.create()

    plant(table, f"UPDATE {table} SET partner_id = {other.pk}")

    assert name in broken()


def test_a_schedule_that_a_month_forgot_is_found(sound: Statement) -> None:
    ScheduleFactory.create(first_month=Q1, begins_on=Q1)

    assert broken() == {EVERY_SCHEDULE}
    # The run of the month has two days to come.
    assert EVERY_SCHEDULE in broken(on=date(2026, 7, 1))


def test_a_paper_without_its_file_is_found(sound: Statement) -> None:
    name = str(PayoutDocument.objects.exclude(content="").get().content.name)
    default_storage.delete(name)

    assert broken() == {EVERY_FILE}
    for another in (b"not sealed", seal_file(b"another")):
        default_storage.save(name, ContentFile(another))
        assert broken() == {EVERY_FILE}
        default_storage.delete(name)


@pytest.mark.parametrize(
    ("table", "sql", "what"),
    [
        (LINE, "minor = minor + 1 WHERE number = 2", "does not come to"),
        (LINE, "source_minor = source_minor + 1 WHERE number = 2", "it stands for"),
        (STATEMENT, "closing_minor = closing_minor + 1", "closing_minor is not"),
        (STATEMENT, "pay_on = '2026-12-24'", "day of payment"),
        (STATEMENT, "controls = '{}'", "control totals"),
        (STATEMENT, "digest = previous WHERE number = 2", "seal is broken"),
        (STATEMENT, "previous = 'x' WHERE number = 2", "does not lead"),
        (STATEMENT, "number = 7 WHERE number = 2", "number does not follow"),
        (STATEMENT, "quarter = '2026-07-01' WHERE number = 2", "quarter does not"),
        (STATEMENT, "opening_minor = 1 WHERE number = 2", "opening balance"),
        (ADJUSTMENT, "state = 'refused'", "is not there"),
    ],
)
def test_a_statement_that_is_not_what_it_says_is_found(
    sound: Statement, table: str, sql: str, what: str
) -> None:
    plant(table, f"UPDATE {table} SET {sql}")

    assert any(what in str(fault) for fault in statement_faults())
    assert check_money(on=TODAY) > 0
    with pytest.raises(SystemExit) as stopped:
        call_command("verify_statements", stdout=StringIO())
    assert stopped.value.code == 1


def test_a_line_that_is_taken_out_or_slipped_in_is_found(sound: Statement) -> None:
    plant(LINE, f"DELETE FROM {LINE} WHERE kind = 'payment'")

    faults = [str(fault) for fault in statement_faults()]
    assert any("line_count" in fault for fault in faults)
    assert any("seal is broken" in fault for fault in faults)
    assert Payment.objects.count() == 1


def test_what_was_accrued_in_time_and_left_out_is_found(sound: Statement) -> None:
    AccrualFactory.create(
        schedule=sound.lines.filter(kind="accrual")[0].schedule,
        month=date(2026, 5, 1),
        number=1,
        base_minor=0,
        commission_minor=0,
        recorded_at=datetime(2026, 6, 1, tzinfo=UTC),
    )

    [fault] = statement_faults()
    assert "1 accruals of its time stand in no statement" in str(fault)
