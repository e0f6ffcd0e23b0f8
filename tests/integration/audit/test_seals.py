"""Entries are sealed once, in order, without a gap; what was changed afterwards shows."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from outbox import services as outbox
from outbox.models import Job
from partners.models import AuditEntry, AuditSeal, Partner
from partners.services import audit, audit_seals
from partners.services.audit_check import audit_faults
from partners.services.audit_seals import entries_wait, seal_entries
from tests.factories import AuditEntryFactory, PartnerFactory, UserFactory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 15, 6, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)
LONG_AFTER = AT + timedelta(hours=2)


def chain_of(partner: Partner | None) -> list[tuple[int, int]]:
    """Return a chain as (number in the chain, entry)."""
    seals = AuditSeal.objects.filter(chain=partner.pk if partner else 0).order_by("seq")
    return list(seals.values_list("seq", "entry_id"))


def faults(**more: Any) -> list[str]:
    return list(audit_faults(**({"at": LONG_AFTER} | more)))


@pytest.fixture
def sealed() -> list[AuditEntry]:
    """Five acts of the programme's own, sealed."""
    entries = AuditEntryFactory.create_batch(5)
    assert seal_entries(at=LATER) == 5
    return entries


# --- Sealing --------------------------------------------------------------------------


def test_each_company_has_a_chain_and_the_programme_one() -> None:
    mine, theirs = PartnerFactory.create_batch(2)
    whose = [mine, None, theirs, mine, None]
    entries = [AuditEntryFactory.create(partner=partner) for partner in whose]

    assert seal_entries(at=LATER) == 5

    ids = [entry.pk for entry in entries]
    assert chain_of(mine) == [(1, ids[0]), (2, ids[3])]
    assert chain_of(theirs) == [(1, ids[2])]
    assert chain_of(None) == [(1, ids[1]), (2, ids[4])]
    numbers = AuditSeal.objects.order_by("number").values_list("number", "entry_id")
    assert list(numbers) == list(enumerate(ids, start=1))
    assert faults() == []


def test_a_link_is_the_hash_of_the_one_before_and_of_all_the_entry_says() -> None:
    """Computed here once more, from the documented form alone (docs/audit.md)."""
    actor = UserFactory.create()
    with transaction.atomic():
        entry = audit.record(
            "deals.won", actor=actor, at=AT, partner_id=None, of=actor, note="é",
            changes={"on": (None, date(2026, 1, 2)), "n": (1, 2)},
        )  # fmt: skip
    other = AuditEntryFactory.create()
    seal_entries(at=LATER)

    first, second = AuditSeal.objects.order_by("seq")
    said = {
        "id": entry.pk, "at": "2026-01-15T06:00:00.000000+00:00", "partner_id": None,
        "actor_id": actor.pk, "seen_as_id": None, "action": "deals.won",
        "object_type": "partners.user", "object_id": actor.pk,
        "object_label": actor.email, "changes": {"on": [None, "2026-01-02"], "n": [1, 2]},
        "note": "é", "request_id": "", "chain": 0, "seq": 1, "number": 1,
        "sealed_at": "2026-01-15T06:01:00.000000+00:00",
    }  # fmt: skip
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"))
    assert first.previous == ""
    assert first.sha256 == sha256(canonical.encode()).hexdigest()
    assert (second.entry_id, second.previous) == (other.pk, first.sha256)


def test_sealing_again_goes_on_where_it_ended(sealed: list[AuditEntry]) -> None:
    assert seal_entries(at=LATER) == 0
    new = AuditEntryFactory.create()

    assert seal_entries(at=LATER) == 1

    assert chain_of(None)[-1] == (6, new.pk)
    assert faults() == []


def test_a_run_seals_no_more_than_it_may() -> None:
    AuditEntryFactory.create_batch(5)

    assert [seal_entries(at=LATER, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert faults() == []


def test_an_entry_committed_late_is_sealed_behind_later_ones(
    sealed: list[AuditEntry],
) -> None:
    """Its transaction took a low id and ended after the sealing of higher ones."""
    high = AuditEntryFactory.create(pk=sealed[-1].pk + 100)
    seal_entries(at=LATER)
    low = AuditEntryFactory.create(pk=sealed[-1].pk + 50)

    assert entries_wait()
    assert seal_entries(at=LATER) == 1

    assert [entry for _seq, entry in chain_of(None)[-2:]] == [high.pk, low.pk]
    assert faults() == []


def test_one_committed_very_late_is_found_by_the_daily_run(
    sealed: list[AuditEntry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_seals, "LOOK_BACK", 10)
    AuditEntryFactory.create(pk=sealed[-1].pk + 100)
    seal_entries(at=LATER)
    low = AuditEntryFactory.create(pk=sealed[-1].pk + 50)

    assert not entries_wait()
    assert seal_entries(at=LATER) == 0
    assert seal_entries(at=LATER, everywhere=True) == 1
    assert chain_of(None)[-1][1] == low.pk


def test_a_crash_in_the_middle_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    AuditEntryFactory.create_batch(3)
    computed = []

    def crash(**more: Any) -> str:
        computed.append(more)
        if len(computed) == 3:
            raise RuntimeError("the power fails")
        return "0" * 64

    with monkeypatch.context() as patch:
        patch.setattr(audit_seals, "fingerprint", crash)
        with pytest.raises(RuntimeError):
            seal_entries(at=LATER)

    assert not AuditSeal.objects.exists()
    assert seal_entries(at=LATER) == 3
    assert faults() == []


def test_the_database_refuses_two_seals_in_one_place(sealed: list[AuditEntry]) -> None:
    entry = AuditEntryFactory.create()

    for place in ({"seq": 5, "number": 6}, {"seq": 6, "number": 5}):
        with pytest.raises(IntegrityError), transaction.atomic():
            AuditSeal.objects.create(
                entry=entry, chain=0, sealed_at=AT, previous="0" * 64, sha256="0" * 64,
                **place,
            )  # fmt: skip


@pytest.mark.parametrize(("seq", "previous"), [(1, "0" * 64), (2, ""), (0, "")])
def test_the_database_refuses_a_link_that_hangs_in_the_air(
    seq: int, previous: str
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditSeal.objects.create(
            entry=AuditEntryFactory.create(), chain=0, seq=seq, number=1, sealed_at=AT,
            previous=previous, sha256="0" * 64,
        )  # fmt: skip


# --- By the clock ---------------------------------------------------------------------


def test_a_tick_puts_the_sealing_once_and_only_if_something_waits() -> None:
    outbox.go_live(on=AT.date())
    kind = Job.objects.filter(kind="partners.seal_audit")

    outbox.tick(at=AT)
    assert not kind.exists()

    AuditEntryFactory.create()
    outbox.tick(at=AT)
    outbox.tick(at=AT)
    outbox.tick(at=LATER)
    assert kind.count() == 1

    outbox.run_due()
    assert faults() == []
    assert AuditSeal.objects.count() == AuditEntry.objects.count() > 0
    outbox.tick(at=LATER)
    assert kind.count() == 1
