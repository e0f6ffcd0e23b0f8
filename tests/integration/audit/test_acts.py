"""Every act leaves one row: who, when, whose, what changed. A refused act leaves none."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from deals import services as deals
from deals.models import Deal, InvalidTransitionError
from outbox.models import Job
from partners.models import AuditEntry, Certification, StaffRole, User
from partners.services import audit, open_account, tiers
from partners.services.people import leave_company, store_partner
from partners.services.staff import (
    StaffError,
    assign_manager,
    change_staff_role,
    deactivate_account,
    edit_account,
    open_staff_account,
    reactivate_account,
)
from tests.factories import (
    CertificationFactory,
    DealLineFactory,
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
    UserFactory,
    stand,
)

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 15, 6, tzinfo=UTC)
DAY = date(2026, 1, 15)
PASSWORD = "correct horse battery staple"


@pytest.fixture
def actor() -> User:
    return UserFactory.create(programme_manager=True)


def only(action: str) -> AuditEntry:
    """Return the one entry of an act; there is no second one."""
    return AuditEntry.objects.get(action=action)


def said(entry: AuditEntry) -> tuple[int | None, int | None, datetime, dict[str, Any]]:
    return entry.partner_id, entry.actor_id, entry.at, entry.changes


# --- The function itself --------------------------------------------------------------


def test_outside_of_a_transaction_nothing_is_recorded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It could not promise to be there if and only if the act is."""
    monkeypatch.setattr(transaction.get_connection(), "in_atomic_block", False)

    with pytest.raises(transaction.TransactionManagementError):
        audit.record("test.done", actor=None, at=AT, partner_id=None)
    acts = [audit.Act("test.done", partner_id=None)]
    with pytest.raises(transaction.TransactionManagementError):
        audit.record_many(acts, actor=None, at=AT)


def test_an_act_that_is_rolled_back_leaves_no_row() -> None:
    with transaction.atomic():
        audit.record("test.done", actor=None, at=AT, partner_id=None)
        transaction.set_rollback(True)

    assert not AuditEntry.objects.exists()


def test_changes_are_kept_as_json_and_long_names_cut() -> None:
    partner = PartnerFactory.create(name="x" * 200)
    changes = {"on": (None, DAY), "at": (AT, None), "tier": ("none", StaffRole.PDM)}

    entry = audit.record(
        "test.done", actor=None, at=AT, partner_id=partner.pk, of=partner, changes=changes
    )

    entry.refresh_from_db()
    assert entry.changes == {
        "on": [None, "2026-01-15"], "at": ["2026-01-15T06:00:00Z", None],
        "tier": ["none", "pdm"],
    }  # fmt: skip
    assert (entry.object_type, entry.object_id) == ("partners.partner", partner.pk)
    assert entry.object_label == "x" * 200


def test_differences_are_those_that_differ() -> None:
    before = {"name": "A", "country": "US"}

    assert audit.differences(before, {"name": "B", "country": "US", "domain": "b"}) == {
        "name": ("A", "B"),
        "domain": (None, "b"),
    }


# --- Deals ----------------------------------------------------------------------------


@pytest.fixture
def deal() -> Deal:
    line = DealLineFactory.create(deal__registered_on=date(2025, 11, 1))
    return line.deal


def win(deal: Deal, actor: User) -> Deal:
    return deals.win_deal(
        deal_id=deal.pk, closed_on=DAY, poi_on=DAY, actor=actor, at=AT, today=DAY
    )


def test_winning(deal: Deal, actor: User) -> None:
    win(deal, actor)

    entry = only("deals.won")
    assert said(entry)[:3] == (deal.partner_id, actor.pk, AT)
    assert entry.changes["stage"] == ["registered", "won"]
    assert entry.changes["closed_on"] == [None, "2026-01-15"]
    assert (entry.object_type, entry.object_id) == ("deals.deal", deal.pk)


def test_winning_twice_is_one_row(deal: Deal, actor: User) -> None:
    win(deal, actor)
    with pytest.raises(InvalidTransitionError):
        win(deal, actor)

    assert only("deals.won").object_id == deal.pk


def test_losing(deal: Deal, actor: User) -> None:
    deals.lose_deal(
        deal_id=deal.pk,
        closed_on=DAY,
        reason="price",
        note="too dear",
        actor=actor,
        at=AT,
    )

    entry = only("deals.lost")
    assert said(entry) == (
        deal.partner_id, actor.pk, AT,
        {
            "stage": ["registered", "lost"],
            "closed_on": [None, "2026-01-15"],
            "lost_reason": ["", "price"],
        },
    )  # fmt: skip
    assert entry.note == "too dear"


def test_what_happens_to_a_won_deal(deal: Deal, actor: User) -> None:
    win(deal, actor)
    line = deal.lines.get()
    deals.add_proof(
        deal_id=deal.pk,
        dated_on=date(2026, 1, 14),
        file=None,
        note="",
        actor=actor,
        at=AT,
    )
    deals.downgrade_line(
        line_id=line.pk, mrr_minor=line.mrr_minor - 1, on=DAY, actor=actor, at=AT
    )
    deals.cancel_deal(deal_id=deal.pk, on=DAY, note="not paid", actor=actor, at=AT)

    assert only("deals.proof_recorded").changes == {
        "poi_on": ["2026-01-15", "2026-01-14"]
    }
    downgraded = only("deals.line_downgraded")
    assert downgraded.changes["mrr_minor"] == [line.mrr_minor, line.mrr_minor - 1]
    assert said(downgraded)[:3] == (deal.partner_id, actor.pk, AT)
    cancelled = only("deals.cancelled")
    assert cancelled.changes == {"cancelled_on": [None, "2026-01-15"]}
    assert (cancelled.note, cancelled.actor_id) == ("not paid", actor.pk)


def test_a_refused_downgrade_leaves_no_row(deal: Deal, actor: User) -> None:
    win(deal, actor)
    line = deal.lines.get()

    with pytest.raises(deals.InvalidAmountError):
        deals.downgrade_line(
            line_id=line.pk, mrr_minor=line.mrr_minor, on=DAY, actor=actor, at=AT
        )

    assert not AuditEntry.objects.filter(action="deals.line_downgraded").exists()


# --- People and rights ----------------------------------------------------------------


def test_opening_an_account_once(actor: User) -> None:
    person = PersonFactory.create()
    open_account(person_id=person.pk, actor=actor, at=AT)
    open_account(person_id=person.pk, actor=actor, at=AT)

    assert said(only("accounts.opened")) == (
        person.partner_id, actor.pk, AT, {"account": ["", person.email]},
    )  # fmt: skip


def test_leaving(actor: User) -> None:
    person = PersonFactory.create()
    leave_company(person_id=person.pk, on=DAY, today=DAY, actor=actor, at=AT)

    assert said(only("partners.person_left")) == (
        person.partner_id, actor.pk, AT, {"left_on": [None, "2026-01-15"]},
    )  # fmt: skip


def test_the_facts_of_a_company(actor: User) -> None:
    partner = PartnerFactory.create(name="Old")
    partner.name = "New"
    changed = frozenset({"name", "domain"})
    store_partner(partner=partner, changed=changed, actor=actor, at=AT)

    assert said(only("partners.edited")) == (
        partner.pk, actor.pk, AT, {"name": ["Old", "New"]},
    )  # fmt: skip


def test_a_portfolio(actor: User) -> None:
    partner = PartnerFactory.create(with_pdm=True)
    old, new = partner.pdm, UserFactory.create(pdm=True)
    assign_manager(partner_id=partner.pk, manager_id=new.pk, actor=actor, at=AT)

    assert said(only("partners.manager_assigned")) == (
        partner.pk, actor.pk, AT, {"pdm": [str(old), str(new)]},
    )  # fmt: skip


def test_staff(actor: User) -> None:
    user = open_staff_account(
        email="New@Portal.example", full_name="New", staff_role="finance", language="en",
        time_zone="UTC", actor=actor, at=AT,
    )  # fmt: skip
    change_staff_role(user_id=user.pk, staff_role="auditor", actor=actor, at=AT)
    deactivate_account(user_id=user.pk, actor=actor, at=AT)
    reactivate_account(user_id=user.pk, actor=actor, at=AT)
    user.full_name = "Newer"
    edit_account(user=user, changed=["full_name"], actor=actor, at=AT)

    rows = AuditEntry.objects.filter(object_type="partners.user").order_by("pk")
    assert [(row.action, row.changes) for row in rows] == [
        ("accounts.staff_opened",
         {"email": ["", "new@portal.example"], "staff_role": ["", "finance"]}),
        ("accounts.staff_role_changed", {"staff_role": ["finance", "auditor"]}),
        ("accounts.deactivated", {"is_active": [True, False]}),
        ("accounts.reactivated", {"is_active": [False, True]}),
        ("accounts.edited", {"full_name": ["New", "Newer"]}),
    ]  # fmt: skip
    assert {(row.actor_id, row.at, row.partner_id) for row in rows} == {
        (actor.pk, AT, None)
    }


def test_a_refused_change_of_staff_leaves_no_row(actor: User) -> None:
    with pytest.raises(StaffError):
        deactivate_account(user_id=actor.pk, actor=actor, at=AT)

    assert not AuditEntry.objects.exists()


def test_a_partners_account_is_told_in_its_companys_chain(actor: User) -> None:
    person = PersonFactory.create(with_account=True)
    assert person.user
    deactivate_account(user_id=person.user.pk, actor=actor, at=AT)

    assert only("accounts.deactivated").partner_id == person.partner_id


# --- Tiers ----------------------------------------------------------------------------


def test_a_tier_that_changes_by_the_rules_is_one_row() -> None:
    person = CertificationFactory.create().person
    PointsEntryFactory.create(partner=person.partner, points=400_000_000)
    PointsEntryFactory.create(partner=person.partner, points=400_000_000, managed=True)
    for partner in (person.partner, PartnerFactory.create()):
        stand(partner, on=DAY)
    tiers.run_check_day(on=DAY, at=AT)
    tiers.run_check_day(on=DAY, at=AT)

    entry = only("partners.tier_changed")
    assert (entry.partner_id, entry.actor_id, entry.at) == (person.partner_id, None, AT)
    assert entry.changes["tier"][0] == "none"
    assert entry.note == "upgraded"


# --- The back office ------------------------------------------------------------------


@pytest.fixture
def as_manager(client: Client, actor: User) -> Client:
    client.force_login(actor)
    return client


def test_editing_a_row_of_a_company(as_manager: Client, actor: User) -> None:
    row: Certification = CertificationFactory.create(name="Old")
    address = reverse("admin:partners_certification_change", args=[row.pk])
    form = {"kind": row.kind, "name": "New", "earned_on": "2024-01-01", "expires_on": ""}

    answer = as_manager.post(address, form)

    assert answer.status_code == 302
    entry = only("partners.certification_edited")
    assert said(entry)[:2] == (row.person.partner_id, actor.pk)
    assert entry.changes == {"name": ["Old", "New"]}
    assert entry.request_id == answer.headers["X-Request-ID"]


def test_adding_a_row_of_a_company(as_manager: Client, actor: User) -> None:
    partner = PartnerFactory.create()
    form = {"partner": partner.pk, "name": "CRM", "granted_on": "2025-01-01"}

    answer = as_manager.post(reverse("admin:partners_accreditation_add"), form)

    assert answer.status_code == 302
    entry = only("partners.accreditation_added")
    assert (entry.partner_id, entry.actor_id) == (partner.pk, actor.pk)
    assert entry.changes["name"] == [None, "CRM"]


def test_a_form_that_is_refused_leaves_no_row(as_manager: Client) -> None:
    partner = PartnerFactory.create()
    before = AuditEntry.objects.count()
    form = {"partner": partner.pk, "name": "", "granted_on": "2025-01-01"}

    answer = as_manager.post(reverse("admin:partners_accreditation_add"), form)

    assert answer.status_code == 200
    assert AuditEntry.objects.count() == before


def test_retrying_a_dead_job(as_manager: Client, actor: User) -> None:
    dead = Job.objects.create(kind="outbox.purge", key="one", lane="bulk", dead_at=AT)
    waiting = Job.objects.create(kind="outbox.purge", key="two", lane="bulk")
    form = {"action": "retry_dead", "_selected_action": [dead.pk, waiting.pk]}

    assert (
        as_manager.post(reverse("admin:outbox_job_changelist"), form).status_code == 302
    )
    entry = only("outbox.retried")
    assert (entry.object_id, entry.actor_id) == (dead.pk, actor.pk)
