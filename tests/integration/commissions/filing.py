"""What tests of papers and bank accounts share: somebody who files, finance, files."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any

from commissions.models import PayoutDocument
from commissions.models.papers import MAX_FILE_BYTES
from commissions.selectors.papers import missing_papers
from commissions.services.bank import Account, change_account
from commissions.services.papers import approve_paper, file_paper
from partners.models import User
from program.payout import Paper
from ui.uploads import SCANS, Upload, read_upload

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = date(2026, 11, 23)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
IBAN = "DE89 3704 0044 0532 0130 00"
CLEAR = "DE89370400440532013000"


def a_file(content: bytes = PDF, name: str = "form.pdf") -> Upload:
    return read_upload(
        io.BytesIO(content), name=name, allowed=SCANS, max_bytes=MAX_FILE_BYTES
    )


def filed(actor: User, paper: Paper = Paper.W8BEN_E, **given: Any) -> PayoutDocument:
    """File a paper for the company of `actor`."""
    assert actor.partner
    return file_paper(
        **{
            "partner_id": actor.partner.pk,
            "paper": paper,
            "upload": a_file(),
            "signed_on": date(2026, 11, 1),
            "actor": actor,
            "at": AT,
            **given,
        }
    )


def approved(
    document: PayoutDocument, finance: User, at: datetime = AT
) -> PayoutDocument:
    return approve_paper(
        document_id=document.pk, filed_at=document.filed_at, actor=finance, at=at
    )


def an_account(**given: str) -> Account:
    return Account(
        **{
            "holder": "Aurora GmbH",
            "number": IBAN,
            "bank_country": "DE",
            "bic": "",
            "street": "Hauptstr. 1",
            "postcode": "10115",
            "town": "Berlin",
            "country": "DE",
            **given,
        }
    )


def named(actor: User, at: datetime = AT, **given: str) -> PayoutDocument:
    """Name an account for the company of `actor`, the second factor just shown."""
    assert actor.partner
    return change_account(
        partner_id=actor.partner.pk,
        given=an_account(**given),
        factor_at=at,
        actor=actor,
        at=at,
    )


def owed(user: User, *, on: date = TODAY, quarter: date | None = None) -> list[str]:
    """Return what the company of somebody has not had approved, the first of each."""
    partner = user.partner
    assert partner
    missing = missing_papers(
        partner_id=partner.pk, country=partner.country, on=on, quarter=quarter
    )
    return [each.need.papers[0].value for each in missing]
