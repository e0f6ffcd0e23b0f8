"""What was changed, taken out or slipped in past the triggers shows in the check."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from outbox import registry
from partners import append_only
from partners.models import AuditEntry, AuditSeal
from partners.services import audit_seals
from partners.services.audit_check import Tally, audit_faults
from partners.services.audit_seals import Heads, heads, seal_entries
from tests.factories import AuditEntryFactory, PartnerFactory, UserFactory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 15, 6, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)
LONG_AFTER = AT + timedelta(hours=2)


def faults(**more: Any) -> list[str]:
    return list(audit_faults(**({"at": LONG_AFTER} | more)))


@contextmanager
def past_the_triggers(model: type[Any]) -> Iterator[str]:
    """Do what only the owner of the tables can; yield the name of the table."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield table
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            return
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        for name in append_only.trigger_names(table, connection.vendor):
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        yield table


def tamper(model: type[Any], change: str, *parameters: Any) -> None:
    """Run SQL on a ledger's table with its triggers gone; {} stands for the table."""
    with past_the_triggers(model) as table, connection.cursor() as cursor:
        cursor.execute(change.format(table), list(parameters))
        assert cursor.rowcount == 1


@pytest.fixture
def sealed() -> list[AuditEntry]:
    """Five acts of the programme's own, sealed."""
    entries = AuditEntryFactory.create_batch(5)
    assert seal_entries(at=LATER) == 5
    return entries


# --- Verifying ------------------------------------------------------------------------


def verify(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("audit_verify", *arguments, stdout=out)
    except SystemExit as error:
        return int(str(error.code)), out.getvalue().strip()
    return 0, out.getvalue().strip()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("note", "nothing happened"),
        ("action", "deals.lost"),
        ("at", datetime(2020, 1, 1, tzinfo=UTC)),
        ("object_id", 99),
        ("object_label", "Another thing"),
        ("object_type", "deals.deal"),
        ("request_id", "forged"),
    ],
)
def test_a_changed_entry_shows(sealed: list[AuditEntry], column: str, value: Any) -> None:
    entry = sealed[2]
    change = "UPDATE {} SET <column> = %s WHERE id = %s".replace("<column>", column)
    tamper(AuditEntry, change, value, entry.pk)

    assert faults() == [
        f"What entry {entry.pk} (chain 0, link 3) says is not what was sealed."
    ]


def test_changed_changes_and_another_actor_show(sealed: list[AuditEntry]) -> None:
    changes = json.dumps({"stage": ["registered", "lost"]})
    tamper(AuditEntry, "UPDATE {} SET changes = %s WHERE id = %s", changes, sealed[0].pk)
    actor = UserFactory.create().pk
    tamper(AuditEntry, "UPDATE {} SET actor_id = %s WHERE id = %s", actor, sealed[1].pk)
    tamper(AuditEntry, "UPDATE {} SET seen_as_id = %s WHERE id = %s", actor, sealed[2].pk)

    assert len(faults()) == 3


def test_an_entry_given_to_another_company_shows(sealed: list[AuditEntry]) -> None:
    partner = PartnerFactory.create()
    tamper(
        AuditEntry, "UPDATE {} SET partner_id = %s WHERE id = %s", partner.pk,
        sealed[1].pk,
    )  # fmt: skip

    place = f"entry {sealed[1].pk} (chain 0, link 2)"
    assert faults() == [
        f"The seal of {place} stands in the chain of another company.",
        f"What {place} says is not what was sealed.",
    ]


def test_a_changed_entry_with_a_fitting_seal_breaks_the_next_link(
    sealed: list[AuditEntry],
) -> None:
    entry = sealed[1]
    tamper(AuditEntry, "UPDATE {} SET note = 'x' WHERE id = %s", entry.pk)
    seal = AuditSeal.objects.get(pk=entry.pk)
    said = AuditEntry.objects.values(*audit_seals.SAYS).get(pk=entry.pk)
    place = {name: getattr(seal, name) for name in audit_seals.PLACE}
    forged = audit_seals.fingerprint(previous=seal.previous, place=place, entry=said)
    tamper(AuditSeal, "UPDATE {} SET sha256 = %s WHERE entry_id = %s", forged, entry.pk)

    [fault] = faults()
    assert fault.startswith(f"The seal of entry {sealed[2].pk} (chain 0, link 3) does")


def test_an_entry_taken_out_with_its_seal_leaves_a_gap(sealed: list[AuditEntry]) -> None:
    pk = sealed[1].pk
    tamper(AuditSeal, "DELETE FROM {} WHERE entry_id = %s", pk)
    tamper(AuditEntry, "DELETE FROM {} WHERE id = %s", pk)

    assert faults() == ["Chain 0: links 2 to 2 are missing."]


def test_the_end_cut_off_shows_against_the_heads_of_a_day(
    sealed: list[AuditEntry],
) -> None:
    known = heads()
    pk = sealed[-1].pk
    tamper(AuditSeal, "DELETE FROM {} WHERE entry_id = %s", pk)
    tamper(AuditEntry, "DELETE FROM {} WHERE id = %s", pk)

    assert faults() == []  # nothing in the database can tell
    [fault] = faults(known=known)
    assert str(known) in fault

    AuditEntryFactory.create()
    seal_entries(at=LATER)
    assert len(faults(known=known)) == 1


def test_a_rewritten_chain_shows_against_the_heads_of_a_day(
    sealed: list[AuditEntry],
) -> None:
    known = heads()
    with past_the_triggers(AuditSeal) as table, connection.cursor() as cursor:
        cursor.execute("DELETE FROM {}".format(table))  # noqa: S608, UP032
    tamper(AuditEntry, "UPDATE {} SET note = 'x' WHERE id = %s", sealed[0].pk)
    seal_entries(at=LATER)

    assert faults() == []
    assert len(faults(known=known)) == 1


def test_an_entry_without_its_seal_shows_after_an_hour(sealed: list[AuditEntry]) -> None:
    entry = AuditEntryFactory.create(at=AT)

    assert faults(at=AT + timedelta(minutes=59)) == []
    assert faults(at=AT + timedelta(minutes=61)) == [
        f"Entry {entry.pk} has no seal, an hour after it was written."
    ]


def test_one_chain_alone(sealed: list[AuditEntry]) -> None:
    partner = PartnerFactory.create(ref="P-1")
    entry = AuditEntryFactory.create(partner=partner)
    seal_entries(at=LATER)
    tamper(AuditEntry, "UPDATE {} SET note = 'x' WHERE id = %s", sealed[0].pk)

    assert verify("--partner", "P-1") == (
        0, "1 entries in 1 chains recomputed: 0 faults."
    )  # fmt: skip
    assert faults(chain=0) != []

    tamper(AuditEntry, "UPDATE {} SET note = 'x' WHERE id = %s", entry.pk)
    code, words = verify("--partner", "P-1")
    assert (code, words.count("is not what was sealed")) == (1, 1)


def test_the_command_lists_and_ends_with_1(sealed: list[AuditEntry]) -> None:
    assert verify() == (0, "5 entries in 1 chains recomputed: 0 faults.")
    tamper(AuditEntry, "UPDATE {} SET note = 'x' WHERE id = %s", sealed[0].pk)

    code, words = verify()

    assert code == 1
    assert words.splitlines()[-1] == "5 entries in 1 chains recomputed: 1 faults."


@pytest.mark.parametrize(
    "arguments",
    [
        ("--partner", "nobody"),
        ("--partner", "a\x00b"),
        ("--head", "1:abc"),
        ("--head", "x"),
        ("--partner", "P-1", "--head", f"1:{'0' * 64}"),
    ],
)
def test_the_command_refuses_what_it_cannot_understand(
    arguments: tuple[str, ...],
) -> None:
    with pytest.raises(CommandError):
        call_command("audit_verify", *arguments)


def test_the_check_counts_what_it_looked_at(sealed: list[AuditEntry]) -> None:
    tally = Tally()

    assert faults(tally=tally, known=Heads(0, sha256(b"").hexdigest())) == []
    assert (tally.links, tally.chains) == (5, 1)


def test_every_day_the_heads_are_logged_and_prove_the_days_before(
    sealed: list[AuditEntry],
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    with (
        caplog.at_level(logging.INFO, "partners.handlers"),
        django_capture_on_commit_callbacks(execute=True),
    ):
        registry.handler_of("partners.audit_heads").run(day="2026-01-15")

    [line] = [record.getMessage() for record in caplog.records]
    assert line == f"Audit log, heads of 2026-01-15: {heads()}"

    named = line.rpartition(" ")[2]
    AuditEntryFactory.create(partner=PartnerFactory.create())
    AuditEntryFactory.create()
    seal_entries(at=LATER)
    assert verify("--head", named) == (0, "7 entries in 2 chains recomputed: 0 faults.")
