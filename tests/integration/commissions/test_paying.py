"""Payout runs: who is paid, by whom it is decided, what the bank gets and answers."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings as django_settings
from django.db import DatabaseError, connection, transaction
from sepaxml.validation import try_valid_xml

from commissions.models import BankAccount, Payment, PaymentStep, PayoutRun, Statement
from commissions.services import (
    PayoutError,
    approve_run,
    cancel_run,
    check_run,
    close_statement,
    execute_run,
    mark_paid,
    mark_rejected,
    prepare_run,
)
from commissions.services.payouts import Wait, Way, all_owed, owed_now, run_file
from commissions.services.sealing import seal
from partners.models import AuditEntry, Notification, User
from tests.factories import PartnerFactory, PersonFactory, UserFactory
from tests.factories.money import (
    AccrualFactory,
    BankAccountFactory,
    PayoutDocumentFactory,
    ScheduleFactory,
    StatementFactory,
)

pytestmark = pytest.mark.django_db

AT = datetime(2026, 5, 12, 9, tzinfo=UTC)
TODAY, PAY_DAY = AT.date(), date(2026, 5, 15)
IBAN = "FR7630006000011234567890189"
NS = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"


@pytest.fixture
def preparer() -> User:
    return UserFactory.create(finance=True)


@pytest.fixture
def approver() -> User:
    return UserFactory.create(finance=True)


def owed_to(
    *, currency: str = "EUR", iban: bool = True, minor: int = 20_000, **facts: object
) -> Statement:
    """Return the statement of a partner with an account and all its papers."""
    person = PersonFactory.create(
        with_account=True, partner=PartnerFactory.create(country="US", **facts)
    )
    partner = person.partner
    number = IBAN if iban else "000123456789"
    account = BankAccountFactory.create(
        partner=partner,
        holder=partner.name,
        sealed=seal(number, partner_id=partner.pk),
        tail=number[-4:],
        is_iban=iban,
        bic="AGRIFRPPXXX" if iban else "CHASUS33XXX",
        bank_country="FR" if iban else "US",
        currency=currency,
        street="1 rue de la Paix",
        postcode="75002",
        town="Paris",
        country="FR",
    )
    PayoutDocumentFactory.create(
        partner=partner, approved=True, bank_form=True, account=account
    )
    PayoutDocumentFactory.create(partner=partner, approved=True, kind="w9")
    return StatementFactory.create(
        partner=partner, currency=currency, accrued_minor=minor
    )


def prepared(preparer: User, *, way: Way = Way.SEPA, currency: str = "EUR") -> PayoutRun:
    return prepare_run(
        currency=currency,
        way=way,
        execute_on=PAY_DAY,
        actor=preparer,
        at=AT,
        today=TODAY,
    )


def approved(run: PayoutRun, preparer: User, approver: User) -> PayoutRun:
    check_run(run_id=run.pk, actor=preparer, at=AT, today=TODAY)
    return approve_run(run_id=run.pk, factor_at=AT, actor=approver, at=AT, today=TODAY)


def executed(preparer: User, approver: User, **how: object) -> PayoutRun:
    run = approved(prepared(preparer, **how), preparer, approver)  # type: ignore[arg-type]
    return execute_run(run_id=run.pk, factor_at=AT, actor=preparer, at=AT, today=TODAY)


def test_a_run_pays_what_statements_owe(preparer: User) -> None:
    owed_to()
    owed_to(minor=30_001)
    owed_to(currency="USD", iban=False)

    run = prepared(preparer)

    assert (run.total_minor, run.payment_count, run.currency) == (50_001, 2, "EUR")
    assert {one.state for one in run.payments.all()} == {"prepared"}
    assert PaymentStep.objects.filter(to_state="prepared").count() == 2
    with pytest.raises(PayoutError, match="Nothing can be paid"):
        prepared(preparer)
    assert PayoutRun.objects.count() == 1


def test_withheld_is_paid_once_the_papers_are_there(preparer: User) -> None:
    statement = StatementFactory.create(
        partner__country="US", currency="EUR", withheld=True
    )
    partner = statement.partner

    owed = owed_now(partner, on=TODAY)

    assert owed is not None
    assert (owed.minor, owed.wait) == (20_000, Wait.PAPERS)
    with pytest.raises(PayoutError):
        prepared(preparer)
    account = BankAccountFactory.create(
        partner=partner, is_iban=True, bank_country="FR", currency="EUR"
    )
    PayoutDocumentFactory.create(
        partner=partner, approved=True, bank_form=True, account=account
    )
    PayoutDocumentFactory.create(partner=partner, approved=True, kind="w9")
    assert prepared(preparer).total_minor == 20_000


def test_who_prepared_does_not_approve_nor_without_a_fresh_factor(
    preparer: User, approver: User
) -> None:
    owed_to()
    run = prepared(preparer)
    how: dict[str, Any] = {"run_id": run.pk, "at": AT, "today": TODAY}
    with pytest.raises(PayoutError, match="Prepared"):
        approve_run(factor_at=AT, actor=approver, **how)
    check_run(run_id=run.pk, actor=preparer, at=AT, today=TODAY)

    with pytest.raises(PayoutError, match="another person"):
        approve_run(factor_at=AT, actor=preparer, **how)
    with pytest.raises(PayoutError, match="second factor"):
        approve_run(factor_at=AT - timedelta(minutes=11), actor=approver, **how)
    with pytest.raises(PayoutError, match="Checked"):
        execute_run(factor_at=AT, actor=preparer, **how)

    assert approve_run(factor_at=AT, actor=approver, **how).state == "approved"
    said = AuditEntry.objects.filter(action__startswith="commissions.run_")
    assert list(said.order_by("pk").values_list("action", flat=True)) == [
        "commissions.run_prepared",
        "commissions.run_checked",
        "commissions.run_approved",
    ]


@pytest.mark.parametrize(
    "past_the_services",
    [
        "UPDATE commissions_payment SET amount_minor = 99",
        "UPDATE commissions_payment SET account_id = account_id + 1",
        "UPDATE commissions_payment SET statement_id = statement_id + 1",
        "UPDATE commissions_payoutrun SET total_minor = 99",
        "UPDATE commissions_payoutrun SET execute_on = '2027-01-01'",
        "UPDATE commissions_payoutrun SET currency = 'USD'",
        "UPDATE commissions_payoutrun SET approved_by_id = prepared_by_id",
        "UPDATE commissions_payment SET state = 'paid', paid_on = '2026-05-15'",
        "UPDATE commissions_payoutrun SET state = 'prepared'",
        "UPDATE commissions_statement SET payable_minor = 1",
        "UPDATE commissions_bankaccount SET sealed = 'x'",
        "DELETE FROM commissions_statement",
    ],
)
def test_nothing_of_an_approved_run_changes_any_more(
    preparer: User, approver: User, past_the_services: str
) -> None:
    owed_to()
    approved(prepared(preparer), preparer, approver)

    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(past_the_services)


def test_a_payment_slipped_into_an_approved_run_is_not_sent(
    preparer: User, approver: User
) -> None:
    owed_to()
    run = approved(prepared(preparer), preparer, approver)
    late = owed_to()
    Payment.objects.create(
        run=run,
        partner=late.partner,
        statement=late,
        attempt=1,
        amount_minor=20_000,
        currency="EUR",
        account=BankAccount.objects.get(partner=late.partner),
    )

    with pytest.raises(PayoutError, match="not those that were prepared"):
        execute_run(run_id=run.pk, factor_at=AT, actor=preparer, at=AT, today=TODAY)


def test_another_account_since_stops_the_run(preparer: User, approver: User) -> None:
    statement = owed_to()
    run = approved(prepared(preparer), preparer, approver)
    form = statement.partner.payout_documents.get(kind="bank_form")
    type(form).objects.filter(pk=form.pk).update(state="replaced")
    PayoutDocumentFactory.create(partner=statement.partner, approved=True, bank_form=True)

    with pytest.raises(PayoutError, match="account has changed"):
        execute_run(run_id=run.pk, factor_at=AT, actor=preparer, at=AT, today=TODAY)

    cancel_run(run_id=run.pk, reason="Account changed", actor=preparer, at=AT)
    assert {one.state for one in run.payments.all()} == {"cancelled"}
    again = prepared(preparer, way=Way.LIST)
    assert again.payments.get().attempt == 2


def test_the_transfer_is_valid_names_everybody_and_is_the_same_again(
    preparer: User, approver: User
) -> None:
    first, second = owed_to(name="Société Générique"), owed_to(minor=5)
    run = executed(preparer, approver)

    file = run_file(run_id=run.pk, actor=preparer, at=AT)

    try_valid_xml(file.content, "pain.001.001.09")
    root = ET.fromstring(file.content)  # noqa: S314 (our own)
    header = root.find(f".//{NS}GrpHdr")
    assert header is not None
    assert header.findtext(f"{NS}MsgId") == f"PP{run.public_id.hex}"
    assert header.findtext(f"{NS}NbOfTxs") == "2"
    assert header.findtext(f"{NS}CtrlSum") == "200.05"
    assert root.findtext(f".//{NS}ReqdExctnDt/{NS}Dt") == "2026-05-15"
    debtor = root.find(f".//{NS}Dbtr")
    assert debtor is not None
    assert debtor.findtext(f"{NS}PstlAdr/{NS}TwnNm") == "Berlin"
    assert root.findtext(f".//{NS}DbtrAcct/{NS}Id/{NS}IBAN") == "DE89370400440532013000"
    ids = [one.text for one in root.iter(f"{NS}EndToEndId")]
    assert ids == [one.end_to_end for one in run.payments.order_by("pk")]
    assert [one.text for one in root.iter(f"{NS}InstdAmt")] == ["200.00", "0.05"]
    assert not list(root.iter(f"{NS}AdrLine"))
    assert [one.text for one in root.iter(f"{NS}PstCd")][1:] == ["75002", "75002"]
    assert first.partner.ref in str(root.findtext(f".//{NS}Ustrd"))
    assert file.name == f"payout-2026-05-15-EUR-{run.pk}.xml"

    later = AT.replace(year=2027)
    assert run_file(run_id=run.pk, actor=approver, at=later).content == file.content
    assert AuditEntry.objects.filter(action="commissions.payments_exported").count() == 2
    assert second.payments.get().state == "sent"


def test_what_no_transfer_reaches_is_a_list_that_no_spreadsheet_runs(
    preparer: User, approver: User
) -> None:
    owed_to(currency="USD", iban=False, name="=cmd|'/c calc'!A1")
    run = executed(preparer, approver, way=Way.LIST, currency="USD")

    file = run_file(run_id=run.pk, actor=preparer, at=AT)

    [row] = csv.DictReader(io.StringIO(file.content.decode()))
    assert row["holder"] == "'=cmd|'/c calc'!A1"
    assert (row["account"], row["amount"], row["currency"]) == (
        "000123456789",
        "200.00",
        "USD",
    )
    assert row["end_to_end"] == run.payments.get().end_to_end


def test_nothing_is_sent_while_nobody_says_who_pays(
    preparer: User, approver: User, settings: object
) -> None:
    owed_to()
    run = approved(prepared(preparer), preparer, approver)
    settings.PAYER = {**django_settings.PAYER, "iban": "DE89370400440532013001"}  # type: ignore[attr-defined]

    with pytest.raises(PayoutError, match="who pays"):
        execute_run(run_id=run.pk, factor_at=AT, actor=preparer, at=AT, today=TODAY)
    assert run.payments.get().state == "prepared"


def test_paid_is_told_and_stands_in_the_next_statement(
    preparer: User, approver: User
) -> None:
    statement = owed_to()
    payment = executed(preparer, approver).payments.get()

    for day, words in ((date(2026, 5, 11), "before"), (date(2026, 5, 13), "future")):
        with pytest.raises(PayoutError, match=words):
            mark_paid(payment_id=payment.pk, paid_on=day, actor=preparer, at=AT)
    mark_paid(payment_id=payment.pk, paid_on=TODAY, actor=preparer, at=AT)
    with pytest.raises(PayoutError, match="by now"):
        mark_paid(payment_id=payment.pk, paid_on=TODAY, actor=preparer, at=AT)
    with pytest.raises(PayoutError, match="by now"):
        mark_rejected(payment_id=payment.pk, reason="No", actor=preparer, at=AT)

    assert set(Notification.objects.values_list("kind", flat=True)) == {
        "commissions.run_waits",
        "commissions.payment_sent",
        "commissions.payment_paid",
    }
    schedule = ScheduleFactory.create(
        line__deal__partner=statement.partner,
        line__currency="EUR",
        first_month=date(2026, 4, 1),
    )
    for month in (4, 5, 6):
        AccrualFactory.create(schedule=schedule, month=date(2026, month, 1))
    type(statement.partner).objects.update(payout_currency="EUR")
    after = close_statement(
        partner_id=statement.partner.pk,
        quarter=date(2026, 4, 1),
        at=datetime(2026, 7, 15, tzinfo=UTC),
    )
    assert isinstance(after, Statement)
    assert (after.opening_minor, after.paid_minor) == (20_000, 20_000)


def test_a_rejected_payment_makes_way_for_another_one(
    preparer: User, approver: User
) -> None:
    statement = owed_to()
    payment = executed(preparer, approver).payments.get()
    with pytest.raises(PayoutError, match="Say why"):
        mark_rejected(payment_id=payment.pk, reason=" ", actor=preparer, at=AT)

    mark_rejected(
        payment_id=payment.pk, reason="AC04 account closed", actor=preparer, at=AT
    )

    told = Notification.objects.get(kind="commissions.payment_rejected")
    assert told.done_at is None
    again = executed(preparer, approver).payments.get()
    assert (again.attempt, again.amount_minor) == (2, 20_000)
    assert again.statement_id == statement.pk
    told.refresh_from_db()
    assert told.done_at == AT


def test_what_is_on_its_way_is_not_paid_twice(preparer: User, approver: User) -> None:
    first = owed_to()
    sent = executed(preparer, approver).payments.get()
    StatementFactory.create(
        partner=first.partner,
        currency="EUR",
        number=2,
        quarter=date(2026, 4, 1),
        previous=first.digest,
        opening_minor=20_000,
        accrued_minor=7_000,
    )

    assert prepared(preparer).total_minor == 7_000

    mark_rejected(payment_id=sent.pk, reason="AC04", actor=preparer, at=AT)
    bounced = prepared(preparer).payments.get()
    assert (bounced.statement_id, bounced.amount_minor) == (first.pk, 20_000)
    assert list(all_owed(on=TODAY)) == []
