"""Files on a deal: what comes in, how it is kept, who opens it, how it goes."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile, ZipInfo

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from deals.models import Deal, DealActivity, DealFile, Proof
from deals.models.shared import MAX_FILE_BYTES
from deals.services.sharing import filing
from deals.services.sharing.writing import SharingError
from partners.models import AuditEntry, Notification, User
from tests.factories import DealFactory, PartnerFactory, UserFactory
from tests.factories.shared import DealFileFactory
from tests.hostile import HOSTILE, postable
from tests.integration.pages import NOON, account_of, browser_of, signed_in, words
from ui.uploads import Upload, clean_name

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def archive() -> bytes:
    data = io.BytesIO()
    with ZipFile(data, "w") as parts:
        parts.writestr(ZipInfo("word/document.xml"), "<w/>")
    return data.getvalue()


DOCX = archive()


@pytest.fixture
def deal() -> Deal:
    return DealFactory.create(partner=PartnerFactory.create(with_pdm=True))


@pytest.fixture
def seller(deal: Deal) -> User:
    return account_of(deal.partner, role="sales")


def read(content: bytes, name: str) -> Upload:
    return filing.read_upload(io.BytesIO(content), name=name)


def put(deal: Deal, actor: User, content: bytes = PDF, **facts: Any) -> DealFile:
    upload = read(content, facts.pop("name", "offer.pdf"))
    return filing.add_file(
        deal_id=deal.pk, upload=upload, actor=actor, at=AT, **{"internal": False, **facts}
    )


# --- What comes in --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("a.PNG", PNG, "image/png"),
        ("a.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\0" * 30, "image/jpeg"),
        ("a.docx", DOCX, filing.ALLOWED["docx"]),
        ("a.txt", "Größe: 5 €\r\n".encode(), "text/plain"),
        ("a.csv", "\ufeffa;b\n1;2\n".encode(), "text/csv"),
        ("a.eml", b"From: a@b.example\n\nHello", "message/rfc822"),
    ],
)
def test_the_type_is_read_from_the_content(
    name: str, content: bytes, media_type: str
) -> None:
    assert read(content, name).media_type == media_type


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("contract.pdf", b"MZ" + b"\0" * 60),
        ("contract.pdf", b"<html><script>alert(1)</script>"),
        ("contract.exe", PDF),
        ("contract.html", b"<html>"),
        ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("picture.png", PDF),
        ("notes.txt", b"<!DOCTYPE html><html>"),
        ("notes.txt", b" \n<svg>"),
        ("notes.txt", b"a\x00b"),
        ("notes.txt", b"\xff\xfe\x00"),
        ("run.txt", b"#!/bin/sh\n"),
        ("macro.docm", DOCX),
        ("archive.zip", DOCX),
        ("empty.pdf", b""),
        ("offer", PDF),
        (".pdf", PDF),
        ("big.pdf", PDF + b"\0" * MAX_FILE_BYTES),
        ("a\u202efdp.pdf", PDF),
        ("a\x00.pdf", PDF),
    ],
    ids=lambda value: ascii(value[:20]),
)
def test_everything_else_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(SharingError):
        read(content, name)


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("../../etc/offer.pdf", "offer.pdf"),
        ("C:\\fakepath\\Offer 1.PDF", "Offer 1.pdf"),
        ("..hidden.pdf", "hidden.pdf"),
        ('a<b>"c":d|e?f*.pdf', "a_b_c_d_e_f_.pdf"),
        ("a   b .pdf", "a b.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("Ele\u0301onore.pdf", "El\u00e9onore.pdf"),
    ],
)
def test_a_name_is_no_path_and_nothing_hidden(name: str, cleaned: str) -> None:
    assert clean_name(name) == cleaned


# --- How it is kept -------------------------------------------------------------------


def test_a_file_is_kept_under_a_name_drawn_by_lot_and_told(
    deal: Deal, seller: User
) -> None:
    file = put(deal, seller)

    assert file.content.name == f"deals/{file.public_id.hex[:2]}/{file.public_id.hex}"
    assert default_storage.open(file.content.name).read() == PDF
    assert file.size == len(PDF)
    [told] = Notification.objects.all()
    assert (told.kind, told.user) == ("deals.file_to_staff", deal.partner.pdm)
    assert AuditEntry.objects.get().action == "deals.file_added"


def test_files_lie_outside_of_the_web_root_and_nobody_else_reads_them(
    deal: Deal, seller: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = FileSystemStorage(tmp_path, file_permissions_mode=0o600)
    field = DealFile._meta.get_field("content")
    monkeypatch.setattr(field, "storage", storage)

    file = put(deal, seller)

    kept = tmp_path / str(file.content.name)
    assert kept.read_bytes() == PDF
    assert kept.stat().st_mode & 0o777 == 0o600


def test_the_same_file_once(deal: Deal, seller: User) -> None:
    put(deal, seller)
    with pytest.raises(SharingError):
        put(deal, seller, name="again.pdf")
    # Whether the vendor has it for itself is not for the partner to know.
    put(deal, UserFactory.create(programme_manager=True), internal=True)


def test_a_refused_file_leaves_no_content(deal: Deal, seller: User) -> None:
    def contents() -> int:
        return sum(
            len(default_storage.listdir(f"deals/{folder}")[1])
            for folder in default_storage.listdir("deals")[0]
        )

    put(deal, seller)
    before = contents()
    with pytest.raises(SharingError):
        put(deal, seller, name="again.pdf")
    with pytest.raises(SharingError):
        put(deal, seller, PNG, name="a.png", internal=True)
    assert contents() == before


def test_there_is_an_end_to_the_room(
    deal: Deal, seller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filing, "MAX_FILES", 1)
    put(deal, seller)
    with pytest.raises(SharingError):
        put(deal, seller, PNG, name="a.png")
    monkeypatch.setattr(filing, "MAX_FILES", 9)
    monkeypatch.setattr(filing, "MAX_PARTNER_BYTES", len(PDF) + 1)
    other = DealFactory.create(partner=deal.partner)
    with pytest.raises(SharingError):
        put(other, seller, PNG, name="a.png")


def test_removed_its_row_stays_and_its_content_goes(
    deal: Deal, seller: User, django_capture_on_commit_callbacks: Any
) -> None:
    file = put(deal, seller)
    with django_capture_on_commit_callbacks(execute=True):
        filing.remove_file(file_id=file.pk, actor=seller, at=AT)

    assert not default_storage.exists(str(file.content.name))
    file.refresh_from_db()
    assert file.removed_at == AT
    assert file.sha256
    assert not DealFile.objects.visible_to(seller).exists()
    assert DealActivity.objects.filter(kind="file_removed").exists()
    assert put(deal, seller).pk != file.pk


def test_what_may_not_be_removed(deal: Deal, seller: User) -> None:
    manager = UserFactory.create(programme_manager=True)
    theirs, proof = put(deal, manager), put(deal, seller, PNG, name="proof.png")
    Proof.objects.create(
        deal=deal, kind="file", dated_on=AT.date(), file=proof, actor=manager, at=AT
    )
    for file in (theirs, proof):
        with pytest.raises(SharingError), transaction.atomic():
            filing.remove_file(file_id=file.pk, actor=seller, at=AT)


# --- The pages ------------------------------------------------------------------------


def page(deal: Deal, *parts: object) -> str:
    return "/".join(("/deals", str(deal.public_id), *map(str, parts), ""))


def upload(browser: Client, deal: Deal, name: str, content: bytes, **facts: str) -> Any:
    file = SimpleUploadedFile(name, content)
    return browser.post(page(deal, "files"), {"file": file, **facts}, follow=True)


def test_a_file_goes_out_as_an_attachment_and_nothing_else(
    deal: Deal, seller: User
) -> None:
    browser = signed_in(seller)
    upload(browser, deal, "Angebot Größe.txt", b"Hello")
    file = DealFile.objects.get()

    answer: Any = browser.get(page(deal, "files", file.public_id))

    assert b"".join(answer.streaming_content) == b"Hello"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Type"] == "text/plain"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "private, no-store"


def test_a_refusal_stands_at_the_form(deal: Deal, seller: User) -> None:
    answer = upload(signed_in(seller), deal, "contract.exe", PDF)

    assert answer.status_code == 422
    assert "Files ending in exe are not taken." in words(answer)
    assert not DealFile.objects.exists()


def test_internal_files_do_not_exist_for_the_partner(deal: Deal, seller: User) -> None:
    manager = UserFactory.create(programme_manager=True)
    upload(signed_in(manager), deal, "margin-secret.pdf", PDF, internal="on")
    file = DealFile.objects.get()
    assert file.internal

    browser = signed_in(seller)
    shown = browser.get(page(deal))
    assert "margin-secret" not in shown.content.decode()
    assert browser.get(page(deal, "files", file.public_id)).status_code == 404
    removal = browser.post(page(deal, "files", file.public_id, "remove"))
    assert removal.status_code == 404
    assert "margin-secret" in words(signed_in(manager).get(page(deal)))
    log = browser_of(deal.partner, role="owner").get("/company/log/")
    assert "margin-secret" not in log.content.decode()
    assert "Internal" not in words(log)


def test_a_partner_cannot_make_a_file_internal(deal: Deal, seller: User) -> None:
    upload(signed_in(seller), deal, "a.pdf", PDF, internal="on")
    assert DealFile.objects.get().internal is False


def test_files_of_others_are_found_by_no_address(deal: Deal, seller: User) -> None:
    browser, foreign = signed_in(seller), DealFileFactory.create()
    for where in (deal, foreign.deal):
        answer = browser.get(page(where, "files", foreign.public_id))
        assert answer.status_code == 404
    upload(browser, foreign.deal, "a.pdf", PDF)
    assert DealFile.objects.count() == 1


def test_a_content_that_is_gone_is_not_found(deal: Deal, seller: User) -> None:
    file = put(deal, seller)
    default_storage.delete(str(file.content.name))
    answer = signed_in(seller).get(page(deal, "files", file.public_id))
    assert answer.status_code == 404


@pytest.mark.hostile
@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value[:20]))
def test_the_door_of_files_answers_whatever_comes(
    deal: Deal, seller: User, value: str
) -> None:
    browser, text = signed_in(seller), postable(value)
    for form in (
        {"file": text},
        {"file": SimpleUploadedFile(text or "x", text.encode() or b"x")},
        {"file": SimpleUploadedFile(f"{text}.txt", text.encode() or b"x")},
        {"file": SimpleUploadedFile("a.pdf", PDF, content_type=text), "internal": text},
    ):
        assert browser.post(page(deal, "files"), form).status_code in {302, 400, 422}
