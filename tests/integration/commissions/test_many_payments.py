"""A run asks the database the same, whether it pays one partner or a thousand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commissions.models import Statement
from commissions.services import check_run, prepare_run
from commissions.services.payouts import Way, all_owed
from commissions.services.payouts.schema import refuse_invalid
from commissions.services.payouts.steps import lock_partners
from commissions.services.sealing import seal
from partners.models import Partner
from tests.factories import PartnerFactory, UserFactory
from tests.factories.money import (
    BankAccountFactory,
    PayoutDocumentFactory,
    StatementFactory,
)

pytestmark = pytest.mark.django_db

AT = datetime(2026, 5, 12, 9, tzinfo=UTC)
TODAY = AT.date()


def owed_to(currency: str = "EUR") -> Statement:
    partner = PartnerFactory.create(country="US")
    account = BankAccountFactory.create(
        partner=partner,
        sealed=seal("FR7630006000011234567890189", partner_id=partner.pk),
        is_iban=True,
        bic="AGRIFRPPXXX",
        currency=currency,
        bank_country="FR",
    )
    PayoutDocumentFactory.create(
        partner=partner, approved=True, bank_form=True, account=account
    )
    PayoutDocumentFactory.create(partner=partner, approved=True, kind="w9")
    return StatementFactory.create(
        partner=partner, currency=currency, accrued_minor=20_000
    )


def queries_of_a_run() -> tuple[int, int]:
    """Prepare and check a run; return its payments and how often it asked."""
    finance = UserFactory.create(finance=True)
    with CaptureQueriesContext(connection) as asked:
        run = prepare_run(
            currency="EUR",
            way=Way.SEPA,
            execute_on=date(2026, 5, 15),
            actor=finance,
            at=AT,
            today=TODAY,
        )
        check_run(run_id=run.pk, actor=finance, at=AT, today=TODAY)
    # Whoever approved a paper is told, too; they are not what is counted.
    letters = [one for one in asked if "outbox_job" in one["sql"]]
    return run.payment_count, len(asked) - len(letters)


def test_a_run_of_many_asks_no_more_than_a_run_of_one() -> None:
    owed_to()
    one, few = queries_of_a_run()
    for _number in range(4):
        owed_to()
    # Whoever is on its way is looked up once more: an older statement may have bounced.
    many, still_few = queries_of_a_run()

    assert (one, many) == (1, 4)
    assert still_few <= few + 1


def test_all_that_is_owed_is_asked_for_at_once() -> None:
    owed_to()
    with CaptureQueriesContext(connection) as for_one:
        assert len(list(all_owed(on=TODAY))) == 1
    for _number in range(4):
        owed_to()
    with CaptureQueriesContext(connection) as for_five:
        assert len(list(all_owed(on=TODAY))) == 5

    assert len(for_five) == len(for_one)


def test_a_file_is_held_against_the_schema_of_transfers() -> None:
    with pytest.raises(ValueError, match="Reason"):
        refuse_invalid(b"<Document/>")


def test_a_statement_in_another_currency_meanwhile_is_not_in_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It closed after the partners were looked for, and before they were locked."""
    owed_to("USD")
    overtaken = owed_to("USD")

    def lock(partner_ids: list[int]) -> list[Partner]:
        StatementFactory.create(
            partner=overtaken.partner,
            number=2,
            quarter=date(2026, 7, 1),
            previous="1",
            currency="GBP",
            accrued_minor=20_000,
        )
        return lock_partners(partner_ids)

    monkeypatch.setattr("commissions.services.payouts.preparing.lock_partners", lock)
    run = prepare_run(
        currency="USD",
        way=Way.TRANSFER,
        execute_on=TODAY,
        actor=UserFactory.create(finance=True),
        at=AT,
        today=TODAY,
    )

    assert overtaken.partner_id not in run.payments.values_list("partner_id", flat=True)
    assert run.payment_count == 1
