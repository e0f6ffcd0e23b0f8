"""Papers: filed, decided, replaced, taken back; what may come in and what is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from commissions.models import PaperDemand, PayoutDocument
from commissions.services.papers import (
    Invoice,
    PaperError,
    approve_paper,
    demand_paper,
    reject_paper,
    restart_paper,
)
from commissions.services.sealing import open_file
from partners.models import AuditEntry, Notification, User
from program.payout import Paper
from program.payout_life import DOCUMENT_STEPS, DocumentEvent, DocumentState
from program.steps import Actor
from tests.factories import PartnerFactory, UserFactory
from tests.factories.money import PayoutDocumentFactory, StatementFactory
from tests.integration.commissions.filing import (
    AT,
    PDF,
    a_file,
    approved,
    filed,
    owed,
)
from tests.integration.pages import account_of

pytestmark = pytest.mark.django_db

State = PayoutDocument.State
QUARTER = date(2026, 7, 1)
ALL = {"first": 0, "last": 2**62}


@pytest.fixture
def owner() -> User:
    return account_of(PartnerFactory.create(country="DE"), role="owner")


@pytest.fixture
def finance() -> User:
    return UserFactory.create(finance=True)


def told(kind: str) -> list[Notification]:
    return list(Notification.objects.filter(kind=f"commissions.{kind}").order_by("pk"))


def steps(document: PayoutDocument) -> list[tuple[str, str]]:
    return list(document.steps.order_by("pk").values_list("from_state", "to_state"))


# --- Filed ----------------------------------------------------------------------------


def test_a_paper_waits_for_finance_which_is_told(owner: User, finance: User) -> None:
    document = filed(owner)

    assert (document.state, document.name, document.size) == (
        State.PENDING, "form.pdf", len(PDF),
    )  # fmt: skip
    assert document.expires_on == date(2030, 1, 1)
    assert steps(document) == [("", "in_progress"), ("in_progress", "pending")]
    [news] = told("paper_filed")
    assert news.user == finance
    entry = AuditEntry.objects.get(action="commissions.paper_filed")
    assert entry.changes["sha256"] == [None, document.sha256]
    assert owed(owner) == ["bank_form", "w8ben"]


def test_its_content_is_kept_under_a_seal_and_a_drawn_name(owner: User) -> None:
    document = filed(owner)

    with document.content.open("rb") as file:
        kept = file.read()
    assert b"PDF" not in kept
    assert open_file(kept) == PDF
    assert document.public_id.hex in str(document.content.name)
    assert "form" not in str(document.content.name)


def test_the_same_content_again_changes_nothing(owner: User, finance: User) -> None:
    first = filed(owner)

    again = filed(owner, at=AT + timedelta(seconds=1))

    assert again.pk == first.pk
    assert len(steps(first)) == 2
    assert len(told("paper_filed")) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"upload": a_file(PDF + b"2")}, "waits for approval"),
        ({"paper": Paper.W9}, "not asked"),
        ({"paper": Paper.RUT}, "not asked"),
        ({"paper": Paper.BANK_FORM}, "not filed this way"),
        ({"paper": Paper.TAX_INVOICE}, "not filed this way"),
        ({"quarter": QUARTER}, "not filed this way"),
        ({"paper": Paper.SOCIAL_SECURITY, "quarter": QUARTER}, "not asked"),
        ({"paper": Paper.TAX_INVOICE, "quarter": QUARTER}, "no statement"),
        ({"paper": Paper.W8BEN, "signed_on": date(2026, 11, 24)}, "still to come"),
        ({"paper": Paper.W8BEN, "signed_on": date(2022, 12, 31)}, "run out"),
    ],
)
def test_what_cannot_be_filed_is_refused(
    owner: User, given: dict[str, Any], words: str
) -> None:
    filed(owner)

    with pytest.raises(PaperError, match=words):
        filed(owner, **given)

    assert PayoutDocument.objects.count() == 1


def test_nothing_is_left_of_a_file_that_could_not_be_stored(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError

    names: list[str] = []
    save = default_storage.save

    def noted(*args: Any, **more: Any) -> str:
        names.append(save(*args, **more))
        return names[-1]

    monkeypatch.setattr(default_storage, "save", noted)
    monkeypatch.setattr("commissions.services.papers.filing.submit_paper", broken)

    with pytest.raises(RuntimeError):
        filed(owner)

    assert names
    assert not any(default_storage.exists(name) for name in names)


# --- Decided --------------------------------------------------------------------------


def test_an_approved_paper_meets_its_need(owner: User, finance: User) -> None:
    document = approved(filed(owner), finance)

    assert (document.state, document.decided_by) == (State.APPROVED, finance)
    assert owed(owner) == ["bank_form"]
    assert [each.user for each in told("paper_approved")] == [owner]
    assert told("paper_filed")[0].done_at == AT


def test_a_rejected_one_says_why_and_is_filed_anew(owner: User, finance: User) -> None:
    document = filed(owner)
    rejected = reject_paper(
        document_id=document.pk,
        filed_at=document.filed_at,
        reason=" The signature is missing. ",
        actor=finance,
        at=AT,
    )
    assert (rejected.state, rejected.reason) == (
        State.REJECTED, "The signature is missing.",
    )  # fmt: skip
    [news] = told("paper_rejected")
    assert (news.user, news.mail) == (owner, "at_once")

    again = filed(owner, upload=a_file(PDF + b"signed"), at=AT + timedelta(hours=1))

    assert again.pk == document.pk
    assert (again.state, again.reason, again.decided_by) == (State.PENDING, "", None)
    assert steps(document)[2:] == [
        ("pending", "rejected"), ("rejected", "in_progress"), ("in_progress", "pending"),
    ]  # fmt: skip


def test_a_new_approved_paper_replaces_the_old_one(owner: User, finance: User) -> None:
    old = approved(filed(owner), finance)
    new = filed(owner, Paper.W8BEN, at=AT + timedelta(days=1))
    old.refresh_from_db()
    assert old.state == State.APPROVED  # until the new one is approved

    approved(new, finance)

    old.refresh_from_db()
    assert old.state == State.REPLACED
    assert owed(owner) == ["bank_form"]


def test_a_paper_that_was_filed_anew_meanwhile_is_not_decided(
    owner: User, finance: User
) -> None:
    looked_at = filed(owner)
    restart_paper(document_id=looked_at.pk, actor=owner, at=AT)
    filed(owner, upload=a_file(PDF + b"other"), at=AT + timedelta(minutes=1))

    with pytest.raises(PaperError, match="filed anew"):
        approved(looked_at, finance)
    with pytest.raises(PaperError, match="filed anew"):
        reject_paper(
            document_id=looked_at.pk,
            filed_at=looked_at.filed_at,
            reason="no",
            actor=finance,
            at=AT,
        )


def test_a_decision_needs_another_person_a_reason_and_a_paper_that_holds(
    owner: User, finance: User
) -> None:
    document = filed(owner)
    who: dict[str, Any] = {
        "document_id": document.pk,
        "filed_at": document.filed_at,
        "at": AT,
    }

    with pytest.raises(PaperError, match="Somebody else"):
        approve_paper(**who, actor=owner)
    with pytest.raises(PaperError, match="Say why"):
        reject_paper(**who, actor=finance, reason=" \n")
    with pytest.raises(PaperError, match="run out"):
        approved(document, finance, at=datetime.fromisoformat("2030-01-01T12:00Z"))
    document.refresh_from_db()
    assert document.state == State.PENDING


ACTS: dict[DocumentEvent, Callable[[PayoutDocument, User, User], object]] = {
    DocumentEvent.APPROVE: lambda paper, _owner, finance: approved(paper, finance),
    DocumentEvent.REJECT: lambda paper, _owner, finance: reject_paper(
        document_id=paper.pk, filed_at=paper.filed_at, reason="no", actor=finance, at=AT
    ),
    DocumentEvent.RESTART: lambda paper, owner, _finance: restart_paper(
        document_id=paper.pk, actor=owner, at=AT
    ),
}


@pytest.mark.parametrize("state", list(DocumentState))
@pytest.mark.parametrize("event", list(ACTS))
def test_only_the_steps_of_the_table_are_taken(
    owner: User, finance: User, state: DocumentState, event: DocumentEvent
) -> None:
    document = PayoutDocumentFactory.create(
        partner=owner.partner, kind=Paper.W8BEN_E, state=state, filed_by=owner
    )
    if (state, event) in DOCUMENT_STEPS:
        ACTS[event](document, owner, finance)
        document.refresh_from_db()
        assert document.state == DOCUMENT_STEPS[state, event].to
        return

    with pytest.raises(PaperError):
        ACTS[event](document, owner, finance)

    document.refresh_from_db()
    assert document.state == state


def test_the_table_says_who_takes_a_step() -> None:
    by = {event: step.by for (_state, event), step in DOCUMENT_STEPS.items()}

    assert by[DocumentEvent.APPROVE] == by[DocumentEvent.REJECT] == {Actor.STAFF}
    assert by[DocumentEvent.SUBMIT] == by[DocumentEvent.RESTART] == {Actor.PARTNER}


def test_the_database_refuses_other_steps_and_another_owner(owner: User) -> None:
    document = filed(owner)
    other = PartnerFactory.create()
    papers = PayoutDocument.objects.filter(pk=document.pk)

    for change in ({"state": "replaced"}, {"partner": other}, {"kind": Paper.W9}):
        with pytest.raises(IntegrityError), transaction.atomic():
            papers.update(**change)


# --- What is filed for each quarter ---------------------------------------------------


def invoice_of(owner: User, **given: Any) -> PayoutDocument:
    return filed(
        owner,
        Paper.TAX_INVOICE,
        **{
            "quarter": QUARTER,
            "invoice": Invoice(number="2026-17", amount_minor=19_000, currency="EUR"),
            **given,
        },
    )


def test_an_invoice_is_of_a_statement_and_in_its_currency(
    owner: User, finance: User
) -> None:
    StatementFactory.create(partner=owner.partner, quarter=QUARTER, currency="EUR")
    assert "tax_invoice" in owed(owner, quarter=QUARTER)
    for invoice in (
        None,
        Invoice(number=" ", amount_minor=1, currency="EUR"),
        Invoice(number="1", amount_minor=0, currency="EUR"),
        Invoice(number="1", amount_minor=10**15 + 1, currency="EUR"),
        Invoice(number="1", amount_minor=1, currency="USD"),
    ):
        with pytest.raises(PaperError):
            invoice_of(owner, invoice=invoice)

    document = approved(invoice_of(owner), finance)

    assert (document.invoice_number, document.amount_minor) == ("2026-17", 19_000)
    assert "tax_invoice" not in owed(owner, quarter=QUARTER)
    assert "tax_invoice" in owed(owner, quarter=date(2026, 10, 1))


def test_social_security_is_asked_of_whom_finance_says(finance: User) -> None:
    owner = account_of(PartnerFactory.create(country="CO"), role="owner")
    assert owner.partner
    given: dict[str, Any] = {
        "partner_id": owner.partner.pk,
        "paper": Paper.SOCIAL_SECURITY,
        "reason": "It works with contractors",
        "actor": finance,
        "at": AT,
    }
    assert "social_security" not in owed(owner, quarter=QUARTER)

    demand_paper(**given, demanded=True, from_quarter=date(2026, 8, 17))

    assert "social_security" in owed(owner, quarter=QUARTER)
    assert "social_security" not in owed(owner, quarter=date(2026, 4, 1))
    assert "social_security" not in owed(owner)  # nothing is lost for want of it
    assert [each.user for each in told("paper_demanded")] == [owner]
    with pytest.raises(PaperError, match="so already"):
        demand_paper(**given, demanded=True, from_quarter=QUARTER)

    demand_paper(**given, demanded=False, from_quarter=date(2026, 10, 1))

    assert "social_security" in owed(owner, quarter=QUARTER)
    assert "social_security" not in owed(owner, quarter=date(2026, 10, 1))


def test_other_papers_are_demanded_of_nobody(owner: User, finance: User) -> None:
    assert owner.partner
    for paper in (Paper.SOCIAL_SECURITY, Paper.W9):
        with pytest.raises(PaperError, match="in that country"):
            demand_paper(
                partner_id=owner.partner.pk,
                paper=paper,
                demanded=True,
                from_quarter=QUARTER,
                reason="because",
                actor=finance,
                at=AT,
            )
    assert not PaperDemand.objects.exists()
