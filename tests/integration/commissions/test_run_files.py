"""The file of a run: transfers to banks by their code, lists; kept as it was sent."""

from __future__ import annotations

import csv
import hashlib
import io
from re import escape
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings as django_settings
from django.db import DatabaseError, connection, transaction
from sepaxml.validation import try_valid_xml

from commissions.models import BankAccount, Payment, PayoutRun, RunFile
from commissions.services import PayoutError
from commissions.services.payouts import Way, run_file
from commissions.services.payouts.bank_files import LIST_HEADER, bank_file
from commissions.services.sealing import open_file, seal
from partners.append_only import AppendOnlyError
from partners.models import AuditEntry, Partner, User
from tests.factories import PartnerFactory, UserFactory
from tests.factories.money import (
    BankAccountFactory,
    PaymentFactory,
    PayoutDocumentFactory,
    PayoutRunFactory,
    StatementFactory,
)
from tests.integration.commissions.test_paying import AT, NS, executed, owed_to, prepared

pytestmark = pytest.mark.django_db

BANKS: tuple[tuple[str, str, str, str], ...] = (
    ("US", "021000021", "USABA", "000123456789"),
    ("CA", "000300102", "CACPA", "1234567"),
    ("GB", "202015", "GBDSC", "55555555"),
    ("AU", "062000", "AUBSB", "12345678"),
    ("IN", "HDFC0000060", "INFSC", "50100012345678"),
    ("NZ", "020368", "NZNCC", "0203680123456000"),
)


@pytest.fixture
def preparer() -> User:
    return UserFactory.create(finance=True)


@pytest.fixture
def approver() -> User:
    return UserFactory.create(finance=True)


def owed_by_code(
    country: str, code: str, number: str, *, currency: str = "USD", **facts: Any
) -> Partner:
    """Return a partner that is owed, its bank known by a national code."""
    partner = PartnerFactory.create(country="US")
    account = BankAccountFactory.create(
        **{
            "partner": partner,
            "sealed": seal(number, partner_id=partner.pk),
            "tail": number[-4:],
            "bic": "",
            "clearing": code,
            "bank_country": country,
            "currency": currency,
            **facts,
        }
    )
    PayoutDocumentFactory.create(
        partner=partner, approved=True, bank_form=True, account=account
    )
    PayoutDocumentFactory.create(partner=partner, approved=True, kind="w9")
    StatementFactory.create(partner=partner, currency=currency)
    return partner


def transfers(content: bytes) -> list[ET.Element]:
    try_valid_xml(content, "pain.001.001.09")
    root = ET.fromstring(content)  # noqa: S314 (our own)
    return list(root.iter(f"{NS}CdtTrfTxInf"))


def path(*tags: str) -> str:
    return "/".join(f"{NS}{tag}" for tag in tags)


BANK = path("CdtrAgt", "FinInstnId")
MEMBER = f"{BANK}/{path('ClrSysMmbId')}"


# --- Transfers ------------------------------------------------------------------------


def test_a_transfer_names_each_bank_by_its_code(preparer: User, approver: User) -> None:
    for country, code, _system, number in BANKS:
        owed_by_code(country, code, number)

    run = executed(preparer, approver, way=Way.TRANSFER, currency="USD")
    file = run_file(run_id=run.pk, actor=preparer, at=AT)

    assert (file.media_type, file.name[-4:]) == ("application/xml", ".xml")
    found = [
        (
            one.findtext(f"{BANK}/{path('PstlAdr', 'Ctry')}"),
            one.findtext(f"{MEMBER}/{path('MmbId')}"),
            one.findtext(f"{MEMBER}/{path('ClrSysId', 'Cd')}"),
            one.findtext(path("CdtrAcct", "Id", "Othr", "Id")),
        )
        for one in transfers(file.content)
    ]
    assert found == list(BANKS)
    root = ET.fromstring(file.content)  # noqa: S314 (our own)
    sums = [one.text for one in root.iter(f"{NS}CtrlSum")]
    assert sums == ["1200.00", "1200.00"]
    assert [one.text for one in root.iter(f"{NS}NbOfTxs")] == ["6", "6"]
    assert root.findtext(f".//{NS}ChrgBr") == "SHAR"
    assert root.find(f".//{NS}SvcLvl") is None
    assert root.find(f".//{path('CdtrAcct', 'Id', 'IBAN')}") is None


def test_bic_and_code_stand_side_by_side_and_an_iban_is_one(
    preparer: User, approver: User
) -> None:
    owed_by_code("US", "021000021", "000123456789", bic="CHASUS33")
    owed_by_code("US", "", "000123456789", bic="CHASUS33")
    iban = "AE070331234567890123456"
    owed_by_code("AE", "", iban, bic="EBILAEAD", is_iban=True)

    run = executed(preparer, approver, way=Way.TRANSFER, currency="USD")

    both, by_bic, by_iban = transfers(
        run_file(run_id=run.pk, actor=preparer, at=AT).content
    )
    assert both.findtext(f"{BANK}/{path('BICFI')}") == "CHASUS33"
    assert both.findtext(f"{MEMBER}/{path('MmbId')}") == "021000021"
    assert by_bic.findtext(f"{BANK}/{path('BICFI')}") == "CHASUS33"
    assert by_bic.find(MEMBER) is None
    assert by_iban.findtext(path("CdtrAcct", "Id", "IBAN")) == iban


@pytest.mark.parametrize(
    ("currency", "one", "both"),
    [("JPY", "20000", "40000"), ("KWD", "20.000", "40.000"), ("USD", "200.00", "400.00")],
)
def test_amounts_have_the_decimals_of_their_currency(
    preparer: User, approver: User, currency: str, one: str, both: str
) -> None:
    for _time in range(2):
        owed_by_code("US", "021000021", "000123456789", currency=currency)

    run = executed(preparer, approver, way=Way.TRANSFER, currency=currency)

    root = ET.fromstring(bank_file(run).content)  # noqa: S314 (our own)
    amounts = list(root.iter(f"{NS}InstdAmt"))
    assert [(each.text, each.get("Ccy")) for each in amounts] == [(one, currency)] * 2
    assert [each.text for each in root.iter(f"{NS}CtrlSum")] == [both] * 2


def test_a_run_takes_who_can_go_its_way(preparer: User, approver: User) -> None:
    """Who has no BIC beside an IBAN goes by list alone; SEPA is for euro to an IBAN."""
    by_code = owed_by_code("US", "021000021", "000123456789")
    bare = owed_by_code("AE", "", "AE070331234567890123456", is_iban=True)
    with pytest.raises(PayoutError, match="Nothing can be paid"):
        prepared(preparer, way=Way.SEPA, currency="USD")

    transfer = prepared(preparer, way=Way.TRANSFER, currency="USD")
    rest = prepared(preparer, way=Way.LIST, currency="USD")

    assert (transfer.way, rest.way) == ("transfer", "list")
    assert transfer.payments.get().partner == by_code
    assert rest.payments.get().partner == bare


def test_a_sepa_transfer_has_no_code_and_is_no_other_way(preparer: User) -> None:
    owed_to()

    for way in (Way.TRANSFER, Way.LIST):
        with pytest.raises(PayoutError, match="Nothing can be paid"):
            prepared(preparer, way=way)
    assert prepared(preparer).way == "sepa"


def test_the_way_of_a_run_is_frozen(preparer: User) -> None:
    owed_to()
    prepared(preparer)

    for change in ("way = 'list'", "way = ''", "total_minor = 1", "state = 'executed'"):
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE commissions_payoutrun SET {change}")  # noqa: S608


@pytest.mark.parametrize("name", ["holder", "street", "town"])
def test_a_file_that_banks_would_refuse_is_not_sent(
    preparer: User, approver: User, name: str
) -> None:
    """Of what is in emoji, named before that was refused, nothing is left for a bank."""
    owed_by_code("US", "021000021", "000123456789")
    owed = owed_by_code("US", "021000021", "000123456788", **{name: "\U0001f3e6"})

    # It says whose it is: nobody looks through a thousand of them.
    with pytest.raises(PayoutError, match=f"^{escape(str(owed))}: Banks would ref"):
        executed(preparer, approver, way=Way.TRANSFER, currency="USD")

    assert not RunFile.objects.exists()
    assert PayoutRun.objects.get().state == "approved"


def test_names_and_addresses_are_in_the_letters_of_banks(
    preparer: User, approver: User, settings: Any
) -> None:
    settings.PAYER = {**django_settings.PAYER, "name": "Höchst & Söhne #1 SE"}
    owed_by_code(
        *("US", "021000021", "000123456789"),
        holder="Société Générale & Cie",
        street="Straße 1, 2\u00ba",
        town="Kraków",
    )

    run = executed(preparer, approver, way=Way.TRANSFER, currency="USD")

    content = run_file(run_id=run.pk, actor=preparer, at=AT).content
    assert b"<Nm>Hochst + Sohne 1 SE</Nm>" in content
    [transfer] = transfers(content)
    creditor = transfer.find(f"{NS}Cdtr")
    assert creditor is not None
    assert [each.text for each in creditor.iter() if each.text] == [
        *("Societe Generale + Cie", "Strasse 1, 2o", "Krakow", "US"),
    ]


# --- The list -------------------------------------------------------------------------


def test_the_list_has_the_system_and_the_code(preparer: User, approver: User) -> None:
    owed_by_code("US", "011401533", "000123456789")
    owed_to(currency="USD", iban=False)

    run = executed(preparer, approver, way=Way.LIST, currency="USD")

    content = run_file(run_id=run.pk, actor=preparer, at=AT).content.decode()
    assert tuple(next(csv.reader(io.StringIO(content)))) == LIST_HEADER
    by_code, by_bic = csv.DictReader(io.StringIO(content))
    names = ("account", "bic", "clearing_system", "clearing", "bank_country")
    assert [by_code[name] for name in names] == [
        *("000123456789", "", "USABA", "011401533", "US"),
    ]
    assert [by_bic[name] for name in names] == [
        *("000123456789", "CHASUS33XXX", "", "", "US"),
    ]


# --- Kept as it was sent --------------------------------------------------------------


def with_another_payer(settings: Any) -> None:
    settings.PAYER = {**django_settings.PAYER, "name": "Another SE", "bic": ""}


def test_the_bytes_are_those_that_were_sent_whatever_changed_since(
    preparer: User, approver: User, settings: Any
) -> None:
    owed_to()
    run = executed(preparer, approver)
    before = run_file(run_id=run.pk, actor=preparer, at=AT)

    with_another_payer(settings)
    Partner.objects.update(ref="P-renamed")

    assert bank_file(run).content != before.content
    assert run_file(run_id=run.pk, actor=approver, at=AT) == before
    exported = AuditEntry.objects.filter(action="commissions.payments_exported")
    assert [entry.actor for entry in exported.order_by("pk")] == [preparer, approver]


def test_it_is_kept_under_a_seal_and_changes_no_more(
    preparer: User, approver: User
) -> None:
    owed_to(currency="USD", iban=False)
    run = executed(preparer, approver, way=Way.LIST, currency="USD")

    kept = RunFile.objects.get(run=run)

    assert kept.sha256 == run.file_sha256
    assert b"000123456789" not in bytes(kept.sealed)
    assert b"000123456789" in open_file(bytes(kept.sealed))
    kept.name = "other.csv"
    with pytest.raises(AppendOnlyError):
        kept.save()
    for change in (
        "UPDATE commissions_runfile SET sha256 = ''",
        "DELETE FROM commissions_runfile",
    ):
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)


def test_a_file_of_another_run_and_one_no_key_opens_are_not_handed_out(
    preparer: User, approver: User, settings: Any
) -> None:
    owed_to()
    run = executed(preparer, approver)
    PayoutRun.objects.filter(pk=run.pk).update(file_sha256="0" * 64)
    with pytest.raises(PayoutError, match="not the one that was sent"):
        run_file(run_id=run.pk, actor=preparer, at=AT)

    settings.SECRET_KEY = "another " * 8

    with pytest.raises(PayoutError, match="No key opens this file"):
        run_file(run_id=run.pk, actor=preparer, at=AT)
    assert not AuditEntry.objects.filter(action__endswith="payments_exported").exists()


def run_of_before(*, currency: str, iban: bool) -> PayoutRun:
    """Return a run that was sent when runs neither knew their way nor kept their file."""
    statement = owed_to(currency=currency, iban=iban)
    run = PayoutRunFactory.create(executed=True, currency=currency)
    PaymentFactory.create(
        run=run,
        statement=statement,
        state=Payment.State.SENT,
        account=BankAccount.objects.get(partner=statement.partner),
    )
    digest = hashlib.sha256(bank_file(run).content).hexdigest()
    PayoutRun.objects.filter(pk=run.pk).update(file_sha256=digest)
    return run


def test_a_run_of_before_has_its_file_made_anew_while_it_is_the_same(
    preparer: User, settings: Any
) -> None:
    sepa = run_of_before(currency="EUR", iban=True)
    by_list = run_of_before(currency="USD", iban=False)

    file = run_file(run_id=sepa.pk, actor=preparer, at=AT)
    assert len(transfers(file.content)) == 1
    file = run_file(run_id=by_list.pk, actor=preparer, at=AT)
    # Its columns were others, too: with them it would not be the same file.
    assert b"bic,bank_country" in file.content
    assert b",CHASUS33XXX,US," in file.content

    with_another_payer(settings)
    with pytest.raises(PayoutError, match="would not be the one"):
        run_file(run_id=sepa.pk, actor=preparer, at=AT)
