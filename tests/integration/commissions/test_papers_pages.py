"""The pages of papers and of the bank account: what they show, take and refuse."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.userkit import user_id_to_str
from allauth.mfa.models import Authenticator
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from commissions.models import BankAccount, PayoutDocument
from partners.models import Partner, User
from program.payout import Paper
from tests.factories import PartnerFactory, UserFactory
from tests.factories.money import (
    BankAccountFactory,
    PaperDemandFactory,
    PayoutDocumentFactory,
    StatementFactory,
)
from tests.hostile import HOSTILE, postable
from tests.integration.commissions.filing import (
    CLEAR,
    IBAN,
    PDF,
    approved,
    filed,
    named,
)
from tests.integration.pages import NOON, account_of, browser_of, signed_in, words

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

State = PayoutDocument.State
PAPERS, ADD = "/commissions/papers/", "/commissions/papers/file/"
BANK, CHANGE = "/commissions/bank/", "/commissions/bank/change/"
ACCOUNT = {
    "holder": "Aurora GmbH",
    "bank_country": "DE",
    "number": IBAN,
    "bic": "",
    "clearing": "",
    "street": "Hauptstr. 1",
    "postcode": "10115",
    "town": "Berlin",
    "country": "DE",
}


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(country="DE", payout_currency="EUR")


@pytest.fixture
def owner(partner: Partner) -> User:
    return account_of(partner, role="owner")


@pytest.fixture
def finance() -> User:
    return UserFactory.create(finance=True)


def sent(**given: Any) -> dict[str, Any]:
    return {
        "paper": "w8ben_e",
        "signed_on": "2026-11-01",
        "file": SimpleUploadedFile("w8.pdf", PDF),
        **given,
    }


def with_factor(user: User, *, ago: float = 0, **record: Any) -> Client:
    """Return a browser whose person showed a second factor some seconds ago."""
    browser = signed_in(user)
    factor = Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": "x"}
    )
    session = browser.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {
            "method": "mfa",
            "type": "totp",
            "id": factor.pk,
            "at": time.time() - ago,
            **record,
        }
    ]
    session["account_authentication_methods_user"] = user_id_to_str(user)
    session.save()
    return browser


# --- Papers ---------------------------------------------------------------------------


def test_the_page_says_what_is_needed_and_what_to_do(owner: User) -> None:
    page = words(signed_in(owner).get(PAPERS))

    assert "2 papers are not approved" in page
    assert "Bank form" in page
    assert "Form W-8BEN or Form W-8BEN-E" in page
    assert "Germany" in page
    assert "Name the account" in page


def test_filing_by_the_page(owner: User) -> None:
    browser = signed_in(owner)

    answer = browser.post(ADD, sent())

    assert answer.status_code == 302
    document = PayoutDocument.objects.get()
    assert (document.state, document.name) == (State.PENDING, "w8.pdf")
    page = words(browser.get(PAPERS))
    assert "Waits for approval" in page
    assert "There is nothing to do" in page
    assert "Take it back" in page


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"file": SimpleUploadedFile("w8.pdf", b"MZ" + b"\0" * 60)}, "not what the name"),
        ({"file": SimpleUploadedFile("w8.exe", PDF)}, "not taken"),
        ({"file": SimpleUploadedFile("w8.docx", PDF)}, "not taken"),
        ({"file": SimpleUploadedFile("w8.pdf", b"")}, "empty"),
        ({"file": ""}, "required"),
        ({"signed_on": "2026-11-24"}, "still to come"),
        ({"signed_on": "2021-01-01"}, "run out"),
        ({"signed_on": "2026-02-30"}, "valid date"),
    ],
)
def test_what_is_wrong_stands_at_the_form(
    owner: User, given: dict[str, Any], said: str
) -> None:
    answer = signed_in(owner).post(ADD, sent(**given))

    assert answer.status_code == 422
    assert said in words(answer)
    assert not PayoutDocument.objects.exists()


def test_a_paper_that_is_not_asked_for_is_not_taken(owner: User) -> None:
    browser = signed_in(owner)
    for paper in ("w9", "bank_form", "nonsense", "rut", ""):
        assert browser.post(ADD, sent(paper=paper)).status_code == 302
    assert browser.post(ADD, sent(quarter="2026-07-01")).status_code == 302

    assert not PayoutDocument.objects.exists()


@pytest.mark.hostile
@pytest.mark.parametrize("name", ["paper", "quarter", "signed_on", "number", "amount"])
def test_no_value_breaks_the_form(owner: User, name: str) -> None:
    StatementFactory.create(partner=owner.partner, currency="EUR")
    browser = signed_in(owner)
    for value in HOSTILE:
        given = sent(paper="tax_invoice", quarter="2026-01-01", number="1", amount="1")
        answer = browser.post(ADD, {**given, name: postable(value)})
        assert answer.status_code < 500


def test_an_invoice_beside_the_statement(owner: User, finance: User) -> None:
    StatementFactory.create(
        partner=owner.partner, currency="EUR", accrued_minor=20_000, withheld=True
    )
    browser = signed_in(owner)
    given = sent(
        paper="tax_invoice", quarter="2026-01-01", number="2026-17", amount="190,00"
    )
    assert browser.post(ADD, {**given, "amount": "19.001"}).status_code == 422

    answer = browser.post(ADD, {**given, "file": SimpleUploadedFile("i.pdf", PDF)})

    assert answer.status_code == 302
    page = words(browser.get(PAPERS))
    assert "Invoice 2026-17: €190.00" in page
    assert "differs" in page
    assert "€200.00" in page
    document = PayoutDocument.objects.get()
    queue = words(
        signed_in(finance).get(
            reverse("admin:commissions_payoutdocument_change", args=[document.pk])
        )
    )
    assert "differs: the statement owes €200.00" in queue


def test_what_finance_demands_stands_on_the_page() -> None:
    partner = PartnerFactory.create(country="CO")
    StatementFactory.create(partner=partner)
    browser = browser_of(partner, role="owner")
    assert "social security" not in words(browser.get(PAPERS))

    PaperDemandFactory.create(partner=partner)

    assert "Proof of social security payments" in words(browser.get(PAPERS))


def test_taking_back_and_a_rejection_with_its_reason(owner: User) -> None:
    document = PayoutDocumentFactory.create(
        partner=owner.partner, kind=Paper.W8BEN_E, rejected=True
    )
    browser = signed_in(owner)
    assert "The signature is missing" in words(browser.get(PAPERS))

    answer = browser.post(reverse("commissions:paper_restart", args=[document.public_id]))

    assert answer.status_code == 302
    document.refresh_from_db()
    assert document.state == State.IN_PROGRESS
    assert "It was taken back" in words(browser.get(PAPERS))
    again = browser.post(reverse("commissions:paper_restart", args=[document.public_id]))
    assert again.status_code == 302  # says so, changes nothing


def test_a_file_goes_out_inert_and_in_clear(owner: User, finance: User) -> None:
    document = filed(owner, at=NOON)
    address = reverse("commissions:paper_file", args=[document.public_id])
    for user in (owner, finance):
        answer = signed_in(user).get(address)

        assert b"".join(answer.streaming_content) == PDF  # type: ignore[attr-defined]
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["Cache-Control"] == "private, no-store"
    seller = account_of(document.partner, role="sales")
    assert signed_in(seller).get(address).status_code == 404


def test_a_file_no_key_opens_is_not_there(owner: User, settings: Any) -> None:
    document = filed(owner, at=NOON)
    settings.SECRET_KEY = "another " * 8

    address = reverse("commissions:paper_file", args=[document.public_id])

    assert signed_in(owner).get(address).status_code == 404


def test_uploads_and_downloads_are_limited(owner: User, settings: Any) -> None:
    settings.RATE_LIMITS = {"upload": "1/h/user", "paper_file": "1/h/user"}
    browser = signed_in(owner)
    assert browser.post(ADD, sent()).status_code == 302
    assert browser.post(ADD, sent()).status_code == 429
    address = reverse(
        "commissions:paper_file", args=[PayoutDocument.objects.get().public_id]
    )
    assert [browser.get(address).status_code for _time in range(2)] == [200, 429]


def test_a_reader_reads_and_staff_say_whose(partner: Partner, finance: User) -> None:
    reader = browser_of(partner, role="reader")
    for address in (PAPERS, BANK):
        page = reader.get(address)
        assert page.status_code == 200
        assert '<form method="post" class' not in page.content.decode()
        assert reader.post(address).status_code == 405
        seen = signed_in(finance).get(f"{address}?partner={partner.public_id}")
        assert partner.name in words(seen)
        assert signed_in(finance).get(f"{address}?partner=x").status_code == 400


# --- The bank account -----------------------------------------------------------------


def test_naming_an_account(owner: User, finance: User) -> None:
    browser = with_factor(owner)
    assert "Name this account" in words(browser.get(BANK))

    answer = browser.post(CHANGE, ACCOUNT)

    assert answer.status_code == 302
    document = PayoutDocument.objects.get()
    page = browser.get(BANK)
    assert "•••• 3000" in words(page)
    assert "No account is approved yet" in words(page)
    assert CLEAR not in page.content.decode()
    approved(document, finance, NOON)
    assert "Payments go to the account ending in 3000" in words(browser.get(BANK))
    assert "•••• 3000" in words(browser.get(PAPERS))


@pytest.mark.parametrize(
    ("ago", "record"),
    [
        (601, {}),
        (-5, {}),
        (0, {"type": "recovery_codes"}),
        (0, {"method": "password"}),
        (0, {"id": 0}),
        (0, {"at": "now"}),
    ],
)
def test_without_a_fresh_factor_nothing_is_named_nor_kept(
    owner: User, ago: float, record: dict[str, Any]
) -> None:
    browser = with_factor(owner, ago=ago, **record)
    page = browser.get(BANK)
    assert "Show the second factor" in words(page)
    assert "Name this account" not in words(page)

    answer = browser.post(CHANGE, ACCOUNT)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/2fa/reauthenticate/?next=")
    assert not BankAccount.objects.exists()
    assert CLEAR not in str(dict(browser.session))
    assert IBAN not in str(dict(browser.session))


def test_who_has_no_factor_sets_one_up(owner: User) -> None:
    answer = signed_in(owner).post(CHANGE, ACCOUNT)

    assert answer["Location"] == reverse("mfa_index")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"number": "DE89370400440532013001"}, "This is no IBAN"),
        ({"bank_country": "US"}, "5 to 17 digits"),
        ({"bank_country": "US", "number": "1300456819"}, "ABA routing number or its BIC"),
        ({"bic": "BNPAFRPP"}, "another country"),
        ({"bic": CLEAR[:14]}, "This is no BIC"),
        ({"holder": ""}, "required"),
        ({"holder": "\U0001f3e6"}, "No bank could read this"),
        ({"country": "XX"}, "valid choice"),
    ],
)
def test_a_refused_form_asks_for_the_number_again(
    owner: User, given: dict[str, str], said: str
) -> None:
    answer = with_factor(owner).post(CHANGE, {**ACCOUNT, **given})

    assert answer.status_code == 422
    assert said in words(answer)
    content = answer.content.decode()
    [field] = re.findall(r'<input[^>]*name="number"[^>]*>', content)
    assert "value=" not in field
    assert CLEAR not in content.replace(" ", "")
    assert not BankAccount.objects.exists()


def test_french_has_a_space_before_the_colon_of_an_error(owner: User) -> None:
    owner.language = "fr"
    owner.save()

    answer = with_factor(owner).post(CHANGE, {**ACCOUNT, "holder": "\U0001f3e6"})

    assert "Titulaire du compte</a>\u00a0: Aucune banque" in answer.content.decode()


@pytest.mark.hostile
@pytest.mark.parametrize("name", list(ACCOUNT))
def test_no_value_breaks_the_bank_form(owner: User, name: str) -> None:
    browser = with_factor(owner)
    for value in HOSTILE:
        answer = browser.post(CHANGE, {**ACCOUNT, name: postable(value)})
        assert answer.status_code < 500


def test_naming_is_limited(owner: User, settings: Any) -> None:
    settings.RATE_LIMITS = {"bank": "1/h/user"}
    browser = with_factor(owner)

    answers = [browser.post(CHANGE, ACCOUNT).status_code for _time in range(2)]

    assert answers == [302, 429]


def test_the_account_of_others_is_nowhere(partner: Partner, owner: User) -> None:
    other = BankAccountFactory.create(holder="Zebra AG", tail="9999")
    named(owner, NOON - timedelta(minutes=1))

    page = words(signed_in(owner).get(BANK))

    assert "3000" in page
    assert "Zebra" not in page
    assert other.tail not in page
