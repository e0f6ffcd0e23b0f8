"""Which paper a row of the page is about, and when there is nothing to file."""

from __future__ import annotations

import pytest

from commissions.models import PayoutDocument
from partners.models import User
from program.payout import Paper
from tests.factories import PartnerFactory
from tests.factories.money import PayoutDocumentFactory, StatementFactory
from tests.integration.pages import (
    PAGE_MARKS,
    account_of,
    signed_in,
    words,
)

pytestmark = PAGE_MARKS

State = PayoutDocument.State
PAPERS = "/commissions/papers/"


@pytest.fixture
def owner() -> User:
    partner = PartnerFactory.create(country="DE", payout_currency="EUR")
    return account_of(partner, role="owner")


def test_what_was_taken_back_hides_no_paper_that_holds(owner: User) -> None:
    PayoutDocumentFactory.create(
        partner=owner.partner, kind=Paper.W8BEN, approved=True, name="holds.pdf"
    )
    PayoutDocumentFactory.create(
        partner=owner.partner,
        kind=Paper.W8BEN_E,
        state=State.IN_PROGRESS,
        name="back.pdf",
    )

    page = words(signed_in(owner).get(PAPERS))

    assert "holds.pdf" in page
    assert "Taken back, and not needed: Form W-8BEN-E, back.pdf." in page
    assert "It was taken back. File it anew." not in page
    assert "1 paper is not approved" in page  # the bank form


def test_an_approved_invoice_asks_for_nothing(owner: User) -> None:
    StatementFactory.create(partner=owner.partner, currency="EUR")
    invoice = PayoutDocumentFactory.create(
        partner=owner.partner, invoice=True, approved=True, currency="EUR"
    )
    browser = signed_in(owner)
    assert "Invoice number" not in words(browser.get(PAPERS))

    PayoutDocument.objects.filter(pk=invoice.pk).update(amount_minor=19_000)

    assert "Invoice number" in words(browser.get(PAPERS))
