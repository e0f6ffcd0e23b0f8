"""Banks named by a national clearing code: typed, stored, shown, told, compared."""

from __future__ import annotations

import re
from itertools import cycle
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse

from commissions.models import BankAccount, PayoutDocument
from commissions.services.bank import BankDetailError
from outbox.services import run_due
from partners.models import AuditEntry, User
from tests.factories import PartnerFactory, UserFactory
from tests.factories.money import BankAccountFactory
from tests.hostile import CHOKING, HOSTILE, postable
from tests.integration.commissions.filing import approved, named
from tests.integration.commissions.test_papers_pages import (
    ACCOUNT,
    BANK,
    CHANGE,
    with_factor,
)
from tests.integration.pages import NOON, account_of, signed_in, words

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

NUMBER = "1300456819"
AMERICAN = {
    "number": NUMBER,
    "bank_country": "US",
    "bic": "",
    "clearing": "021000021",
    "country": "US",
}
BRITISH = {**AMERICAN, "number": "55555555", "bank_country": "GB", "country": "GB"}
GB_IBAN = "GB33 BUKB 2020 1555 5555 55"


@pytest.fixture
def owner() -> User:
    return account_of(PartnerFactory.create(country="US"), role="owner")


@pytest.fixture
def finance() -> User:
    return UserFactory.create(finance=True)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, ("", "021000021")),
        ({"clearing": " 0210-0002 1"}, ("", "021000021")),
        ({"bic": "CHASUS33"}, ("CHASUS33", "021000021")),
        ({"bic": "CHASUS33", "clearing": ""}, ("CHASUS33", "")),
        (
            {"bank_country": "CA", "number": "1234567", "clearing": "00102-003"},
            ("", "000300102"),
        ),
        (
            {"bank_country": "AU", "number": "12345678", "clearing": "062-000"},
            ("", "062000"),
        ),
        ({**BRITISH, "clearing": "20-20-15"}, ("", "202015")),
        ({**BRITISH, "bank_country": "JE", "clearing": "202015"}, ("", "202015")),
        ({**BRITISH, "number": GB_IBAN, "clearing": ""}, ("", "")),
        # The IBAN has it in it.
        ({**BRITISH, "number": GB_IBAN, "clearing": "20-20-15"}, ("", "")),
    ],
)
def test_a_bank_is_named_by_iban_bic_or_code(
    owner: User, given: dict[str, str], kept: tuple[str, str]
) -> None:
    account = named(owner, NOON, **{**AMERICAN, **given}).account

    assert account
    assert (account.bic, account.clearing) == kept


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"clearing": ""}, "clearing", "known by its ABA routing number or its BIC"),
        ({"clearing": "021000022"}, "clearing", "ABA routing number: a digit"),
        ({"clearing": "062-000"}, "clearing", "one looks like 021000021"),
        ({"clearing": NUMBER}, "clearing", "one looks like 021000021"),
        ({"bank_country": "CO"}, "bic", "known by its BIC"),
        (
            {"bank_country": "CO", "bic": "COLOCOBM"},
            "clearing",
            "not known by such a code",
        ),
        (
            {"bank_country": "CA", "number": "1234567", "clearing": "00102003"},
            "clearing",
            "one looks like 00102-003",
        ),
        ({**BRITISH, "clearing": ""}, "clearing", "known by its sort code"),
        # A BIC does not say which branch.
        ({**BRITISH, "clearing": "", "bic": "BUKBGB22"}, "clearing", "sort code"),
        ({**BRITISH, "clearing": "202015", "number": "5555555"}, "number", "has 8 dig"),
        ({**BRITISH, "clearing": "202015", "number": NUMBER}, "number", "has 8 digits"),
        ({**BRITISH, "number": GB_IBAN, "clearing": "202016"}, "clearing", "another"),
        (
            {"bank_country": "DE", "number": "DE89370400440532013000"},
            "clearing",
            "leave it empty",
        ),
    ],
)
def test_what_names_no_bank_is_refused_at_its_field(
    owner: User, given: dict[str, str], field: str, said: str
) -> None:
    given = {**AMERICAN, **given}
    with pytest.raises(BankDetailError, match=said) as error:
        named(owner, NOON, **given)
    answer = with_factor(owner).post(CHANGE, {**ACCOUNT, **given})

    assert error.value.name == field
    assert error.value.__cause__ is None
    assert given["number"] not in str(error.value)
    assert answer.status_code == 422
    assert said in words(answer)
    assert not BankAccount.objects.exists()


def test_the_form_takes_it_and_the_page_shows_the_bank(owner: User) -> None:
    browser = with_factor(owner)
    assert "National code of the bank" in words(browser.get(BANK))

    answer = browser.post(CHANGE, {**ACCOUNT, **AMERICAN})

    assert answer.status_code == 302
    page = words(browser.get(BANK))
    assert "•••• 6819" in page
    assert "ABA routing number 021000021" in page
    assert NUMBER not in browser.get(BANK).content.decode()


@pytest.mark.hostile
def test_no_value_breaks_the_code(owner: User) -> None:
    browser = with_factor(owner)
    countries = ("US", "CA", "GB", "IN", "CO")
    turns = cycle(countries)
    for value in HOSTILE:
        for country in countries if value in CHOKING else [next(turns)]:
            given = {**ACCOUNT, **AMERICAN, "bank_country": country}
            answer = browser.post(CHANGE, {**given, "clearing": postable(value)})
            assert answer.status_code < 500
    assert set(BankAccount.objects.values_list("clearing", flat=True)) <= {""}


def test_owners_and_the_log_are_told_of_its_end_alone(owner: User) -> None:
    owner.language = "en"
    owner.save()
    first = named(owner, NOON, **AMERICAN)
    run_due()

    [letter] = mail.outbox
    assert isinstance(letter, mail.EmailMultiAlternatives)
    html = letter.alternatives[0][0]
    for body in (str(letter.body), str(html)):
        assert "•••• 6819" in body
        assert "ABA routing number •••• 0021" in re.sub(r"\s+", " ", body)
        assert "021000021" not in body
    entry = AuditEntry.objects.get(action="commissions.bank_changed")
    assert "•••• 6819, USABA •••• 0021" in str(entry.changes)
    assert "021000021" not in str(entry.changes)
    assert first.account


def test_a_letter_about_an_account_without_a_code_says_nothing_of_one(
    owner: User,
) -> None:
    named(owner, NOON)
    run_due()

    assert "Its bank" not in str(mail.outbox[0].body)


def test_another_code_is_another_account_and_the_same_is_none(owner: User) -> None:
    first = named(owner, NOON, **AMERICAN)
    assert named(owner, NOON, **AMERICAN).account_id == first.account_id

    other = named(owner, NOON, **{**AMERICAN, "clearing": "011401533"})

    assert other.account_id != first.account_id
    assert BankAccount.objects.count() == 2


def test_who_approves_sees_which_bank_it_is(owner: User, finance: User) -> None:
    document = named(owner, NOON, **AMERICAN)
    browser = with_factor(finance)
    page = reverse("admin:commissions_payoutdocument_change", args=[document.pk])
    said = "ABA routing number 021000021"
    assert said in words(browser.get(page))
    queue = reverse("admin:commissions_payoutdocument_changelist")
    chosen = {"_selected_action": document.pk}

    assert said in words(browser.post(queue, {**chosen, "action": "approve"}))
    shown = words(browser.post(queue, {**chosen, "action": "show_number"}))
    assert NUMBER in shown
    assert said in shown
    account = reverse("admin:commissions_bankaccount_change", args=[document.account_id])
    assert said in words(signed_in(finance).get(account))

    document = approved(document, finance, NOON)
    assert document.state == PayoutDocument.State.APPROVED


@pytest.mark.parametrize(
    "given",
    [
        {"is_iban": False, "bic": "", "clearing": ""},
        {"is_iban": True, "bic": "", "clearing": "202015"},
    ],
)
def test_the_database_takes_no_account_without_a_bank(given: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        BankAccountFactory.create(**given)


def test_accounts_from_before_are_as_they_were() -> None:
    by_bic = BankAccountFactory.create()
    by_iban = BankAccountFactory.create(is_iban=True, bic="")

    for account in (by_bic, by_iban):
        account.refresh_from_db()
        assert (account.clearing, account.clearing_system) == ("", "")
    assert (by_bic.bank_words, by_iban.bank_words) == ("CHASUS33", "")
