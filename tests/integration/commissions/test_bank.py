"""Bank accounts: sealed, masked, named under a second factor, told to all owners."""

from __future__ import annotations

import logging
import warnings
from datetime import date, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core import mail
from django.core.checks import run_checks
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from commissions.models import BankAccount, PayoutDocument
from commissions.selectors.papers import current_account
from commissions.services.bank import (
    BankDetailError,
    StaleFactorError,
    change_account,
    show_number,
)
from commissions.services.bank_numbers import read_bic, read_number
from commissions.services.papers import restart_paper
from commissions.services.sealing import (
    SealError,
    open_file,
    open_seal,
    seal,
    seal_file,
)
from outbox.models import Job
from outbox.services import run_due
from partners.models import AuditEntry, Notification, User
from tests.factories import PartnerFactory, PersonFactory, UserFactory
from tests.factories.money import BankAccountFactory
from tests.integration.commissions.filing import (
    AT,
    CLEAR,
    IBAN,
    TODAY,
    an_account,
    approved,
    named,
)
from tests.integration.pages import account_of

State = PayoutDocument.State


@pytest.fixture
def owner() -> User:
    return account_of(PartnerFactory.create(country="DE"), role="owner")


@pytest.fixture
def finance() -> User:
    return UserFactory.create(finance=True)


def used(user: User) -> str | None:
    assert user.partner
    account = current_account(user.partner.pk, TODAY)
    return account.tail if account else None


# --- Under a seal ---------------------------------------------------------------------


@pytest.mark.django_db
def test_a_number_is_sealed_with_whose_it_is() -> None:
    account = BankAccountFactory.create(sealed="")
    account.sealed, account.tail = seal(CLEAR, partner_id=account.partner_id), "3000"
    assert CLEAR not in account.sealed
    assert open_seal(account) == CLEAR

    account.partner = PartnerFactory.create()  # moved to another company's row
    with pytest.raises(SealError) as error:
        open_seal(account)
    assert CLEAR not in str(error.value)


@pytest.mark.django_db
def test_new_keys_seal_and_old_ones_open(settings: Any) -> None:
    account = BankAccountFactory.create()
    kept = seal_file(b"paper")

    settings.BANK_SEAL_KEYS = ["n" * 40, "o" * 40]
    assert open_seal(account) == "1300456819"  # by the secret key
    assert open_file(kept) == b"paper"
    account.sealed = seal("1300456819", partner_id=account.partner_id)

    settings.BANK_SEAL_KEYS = ["newest" * 8, "n" * 40]
    assert open_seal(account) == "1300456819"
    settings.BANK_SEAL_KEYS = []
    with pytest.raises(SealError):
        open_seal(account)
    with pytest.raises(SealError):
        open_file(Fernet(Fernet.generate_key()).encrypt(b"paper"))


def deploy_errors() -> set[str | None]:
    return {
        each.id
        for each in run_checks(include_deployment_checks=True)
        if str(each.id).startswith("commissions.E")
    }


def test_production_asks_for_a_key_of_its_own(settings: Any) -> None:
    assert deploy_errors() == {"commissions.E001"}

    settings.BANK_SEAL_KEYS = ["short"]
    assert deploy_errors() == {"commissions.E002"}

    settings.BANK_SEAL_KEYS = ["k" * 32]
    assert deploy_errors() == set()


# --- What is typed --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "country", "number", "tail"),
    [
        (IBAN, "DE", CLEAR, "3000"),
        (CLEAR.lower(), "DE", CLEAR, "3000"),
        (
            "FR76 3000 6000 0112 3456 7890 189",
            "RE",
            "FR7630006000011234567890189",
            "0189",
        ),
        ("GB33BUKB20201555555555", "JE", "GB33BUKB20201555555555", "5555"),
        ("1300-456 819", "US", "1300456819", "6819"),
        ("12345", "CO", "12345", "45"),  # never more than half of it
        ("AB123456", "JP", "AB123456", "3456"),
    ],
)
def test_numbers_are_read_as_people_write_them(
    text: str, country: str, number: str, tail: str
) -> None:
    read = read_number(text, country=country)

    assert (read.text, read.tail) == (number, tail)
    assert number not in repr(read)


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("DE89370400440532013001", "DE"),  # one digit mistyped
        (CLEAR, "FR"),
        ("1300456819", "DE"),
        (CLEAR, "US"),
        ("1234", "US"),
        ("1" * 18, "US"),
        ("ABCDEFGH", "CO"),
        ("1234", "CO"),
        ("1" * 35, "CO"),
        ("".join(chr(ord(each) + 0xFEE0) for each in "1300456819"), "US"),
        ("12345\x00", "CO"),
        ("", "DE"),
    ],
)
def test_what_is_no_number_is_refused_without_repeating_it(
    text: str, country: str
) -> None:
    with pytest.raises(BankDetailError) as error:
        read_number(text, country=country)

    assert error.value.name == "number"
    assert not text or text not in str(error.value)
    assert error.value.__cause__ is None


@given(text=st.text(max_size=60), country=st.sampled_from(["DE", "US", "CO", "ZZ", ""]))
def test_any_text_is_a_number_or_refused(text: str, country: str) -> None:
    said = []
    for read in (
        lambda: read_number(text, country=country),
        lambda: read_bic(text, country=country, needed=True),
    ):
        try:
            read()
        except BankDetailError as error:
            said.append(str(error))

    assert len(text) < 6 or not any(text in words for words in said)


def test_a_bic_is_of_the_banks_country_and_needed_without_an_iban() -> None:
    assert read_bic("deut deff 500", country="DE", needed=False) == "DEUTDEFF500"
    assert read_bic("", country="DE", needed=False) == ""
    assert read_bic("BNPAFRPP", country="GP", needed=True) == "BNPAFRPP"
    for text, country in (
        ("", "US"),
        ("DEUTDEFF", "FR"),
        ("DEUTDEF", "DE"),
        (CLEAR, "DE"),
    ):
        with pytest.raises(BankDetailError):
            read_bic(text, country=country, needed=True)


# --- Named, approved, used ------------------------------------------------------------


@pytest.mark.django_db
def test_an_account_is_used_once_its_form_is_approved(owner: User, finance: User) -> None:
    first = named(owner)
    assert (first.state, used(owner)) == (State.PENDING, None)
    approved(first, finance)
    assert used(owner) == "3000"

    second = named(owner, AT + timedelta(days=1), number="DE75512108001245126199")
    assert used(owner) == "3000"
    approved(second, finance, AT + timedelta(days=2))

    assert used(owner) == "6199"
    first.refresh_from_db()
    assert first.state == State.REPLACED


@pytest.mark.django_db
def test_all_owners_are_told_at_once_whatever_they_chose(owner: User) -> None:
    partner = owner.partner
    assert partner
    PersonFactory.create(partner=partner, role="owner", email="two@x.example")
    PersonFactory.create(partner=partner, role="owner", email="gone@x.example", left=True)
    accountant = account_of(partner, role="finance")

    named(accountant)
    run_due()

    letters = {letter.to[0]: letter for letter in mail.outbox}
    assert set(letters) == {owner.email, "two@x.example"}
    for letter in letters.values():
        assert "3000" in letter.body
        assert str(accountant) in letter.body
    [news] = Notification.objects.filter(kind="commissions.bank_changed")
    assert news.user == owner


@pytest.mark.django_db
def test_the_same_account_again_changes_nothing(owner: User, finance: User) -> None:
    first = named(owner)
    assert named(owner, AT + timedelta(seconds=1)).pk == first.pk
    approved(first, finance)
    assert named(owner, AT + timedelta(days=1)).pk == first.pk

    assert BankAccount.objects.count() == 1
    assert AuditEntry.objects.filter(action="commissions.bank_changed").count() == 1


@pytest.mark.django_db
def test_another_account_takes_the_place_of_one_that_waits(owner: User) -> None:
    first = named(owner)

    again = named(owner, AT + timedelta(minutes=1), number="DE75512108001245126199")

    assert again.pk == first.pk
    assert again.account
    assert again.account.tail == "6199"
    assert BankAccount.objects.count() == 2  # what was named stays on record
    restart_paper(document_id=again.pk, actor=owner, at=AT)
    assert named(owner, AT + timedelta(minutes=2)).state == State.PENDING


@pytest.mark.django_db
@pytest.mark.parametrize(
    "shown_at", [None, AT - timedelta(minutes=10, seconds=1), AT + timedelta(seconds=1)]
)
def test_a_second_factor_is_needed_that_is_fresh(owner: User, shown_at: Any) -> None:
    assert owner.partner
    with pytest.raises(StaleFactorError):
        change_account(
            partner_id=owner.partner.pk,
            given=an_account(),
            factor_at=shown_at,
            actor=owner,
            at=AT,
        )

    assert not BankAccount.objects.exists()
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_the_number_is_in_clear_nowhere(
    owner: User, finance: User, caplog: pytest.LogCaptureFixture
) -> None:
    """Every text of the database, every letter, every log line; after a fault as well."""
    caplog.set_level(logging.DEBUG)
    document = approved(named(owner), finance)
    with pytest.raises(BankDetailError) as error:
        named(owner, number=f"{IBAN}1")
    run_due()
    assert document.account_id
    show_number(account_id=document.account_id, actor=finance, at=AT)

    found = []
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 (names of our tables)
            found += [
                (table, value)
                for row in cursor.fetchall()
                for value in row
                if CLEAR in str(value) or IBAN in str(value) or CLEAR[4:] in str(value)
            ]
    assert found == []
    said = [str(error.value), caplog.text, *(m.body for m in mail.outbox)]
    assert not any(CLEAR[4:] in text or IBAN in text for text in said)
    assert CLEAR not in repr(an_account())


@pytest.mark.django_db
def test_who_saw_a_number_is_written_down(owner: User, finance: User) -> None:
    document = named(owner)
    assert document.account_id

    for _time in range(2):
        shown = show_number(account_id=document.account_id, actor=finance, at=AT)
        assert shown == CLEAR

    entries = AuditEntry.objects.filter(action="commissions.bank_number_shown")
    assert [entry.actor for entry in entries] == [finance, finance]


@pytest.mark.django_db
def test_no_account_is_used_on_days_before_there_is_one(owner: User) -> None:
    assert owner.partner
    assert current_account(owner.partner.pk, date(2026, 1, 1)) is None


def test_an_iban_without_known_check_digits_is_read_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        number = read_number("SE45 5000 0000 0583 9825 7466", country="SE")

    assert number.text == "SE4550000000058398257466"
    with pytest.raises(BankDetailError):
        read_number("SE46 5000 0000 0583 9825 7466", country="SE")
