"""Papers and bank accounts of the demo's partners, filed when they joined (3.8).

Filed by each partner's owner and approved by finance, as people would. A few partners
have something amiss, so that every state can be looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from commissions.services import bank
from commissions.services.papers import (
    Invoice,
    approve_paper,
    file_paper,
    reject_paper,
    restart_paper,
)
from partners.models import Partner, User
from program.money import Money
from program.payout import Paper, needs_of
from ui.uploads import Upload

_TOWNS: Final = {
    "AE": "Dubai", "AU": "Brisbane", "BR": "Curitiba", "CA": "Halifax", "CH": "Bern",
    "CO": "Medellin", "DE": "Leipzig", "ES": "Bilbao", "FR": "Lyon", "GB": "Leeds",
    "IE": "Cork", "IN": "Pune", "JP": "Sendai", "MA": "Rabat", "MX": "Puebla",
    "NL": "Utrecht", "PL": "Gdynia", "RE": "Saint-Denis", "SE": "Uppsala",
    "SG": "Singapore", "US": "Portland", "ZA": "Durban",
}  # fmt: skip
_IBANS: Final = {
    "AE": ("AE070331234567890123456",),
    "BR": ("BR1800360305000010009795493C1",),
    "CH": ("CH9300762011623852957",),
    "DE": ("DE89370400440532013000", "DE75512108001245126199"),
    "ES": ("ES9121000418450200051332",),
    "FR": ("FR1420041010050500013M02606", "FR7630006000011234567890189"),
    "GB": ("GB29NWBK60161331926819", "GB33BUKB20201555555555"),
    "IE": ("IE29AIBK93115212345678",),
    "MA": ("MA64011519000001205000534921",),
    "NL": ("NL91ABNA0417164300",),
    "PL": ("PL61109010140000071219812874",),
    "SE": ("SE4550000000058398257466",),
}
"""The examples of the registry of IBANs and of handbooks: no account of anybody's."""
_BANKS: Final = {
    "AU": "CTBAAU2S", "CA": "ROYCCAT2", "CO": "COLOCOBM", "IN": "HDFCINBB",
    "JP": "BOTKJPJT", "MX": "BCMRMXMM", "SG": "DBSSSGSG",
    "ZA": "FIRNZAJJ",
}  # fmt: skip
_CODES: Final = {
    "AU": ("062-000",),
    "CA": ("00102-003",),
    "IN": ("HDFC0000060",),
    "US": ("021000021", "011401533", "091000019"),
}
"""Clearing codes of real banks; in the United States nobody has a BIC at hand."""


_LOOKS: Final = "/MediaBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> >>"


def name_account(partner: Partner, owner: User, *, number: int, at: datetime) -> datetime:
    """Name an account of a partner, another one for each number; return when filed."""
    form = bank.change_account(
        partner_id=partner.pk,
        given=account_of(partner, number),
        factor_at=at,
        actor=owner,
        at=at,
    )
    return form.filed_at


def settle_papers(
    partner: Partner, owner: User, finance: User, *, signed_on: date, at: datetime
) -> None:
    """File what is asked of a partner once, and have it approved the day after.

    A W-8 is signed on `signed_on`.
    """
    kinds = {need.papers[-1] for need in needs_of(partner.country) if not need.quarterly}
    name_account(partner, owner, number=1, at=at)
    for paper in sorted(kinds - {Paper.BANK_FORM}):
        file_paper(
            partner_id=partner.pk,
            paper=paper,
            upload=a_scan(f"{paper} {partner.name}"),
            signed_on=signed_on,
            actor=owner,
            at=at,
        )
    approve_waiting([partner], finance, at=at + timedelta(days=1))


def renew_tax_form(partner: Partner, owner: User, finance: User, *, at: datetime) -> None:
    """File the tax form anew, where it runs out one day, and have it approved."""
    if not any(Paper.W8BEN_E in need.papers for need in needs_of(partner.country)):
        return
    file_paper(
        partner_id=partner.pk,
        paper=Paper.W8BEN_E,
        upload=a_scan(f"{Paper.W8BEN_E} {partner.name}, anew"),
        signed_on=at.date(),
        actor=owner,
        at=at,
    )
    approve_waiting([partner], finance, at=at + timedelta(days=1))


def file_invoice(
    partner: Partner,
    owner: User,
    *,
    quarter: date,
    owed: Money,
    at: datetime,
) -> None:
    """File the invoice of a closed quarter, where the country asks for one."""
    number = (quarter.month + 2) // 3
    file_paper(
        partner_id=partner.pk,
        paper=Paper.TAX_INVOICE,
        upload=a_scan(f"Invoice {partner.ref} {quarter:%Y-%m}", name="invoice.pdf"),
        signed_on=at.date(),
        quarter=quarter,
        invoice=Invoice(
            number=f"{quarter.year}-Q{number}",
            amount_minor=owed.minor,
            currency=owed.currency,
        ),
        actor=owner,
        at=at,
    )


def approve_waiting(partners: Iterable[Partner], finance: User, *, at: datetime) -> None:
    """Approve every paper of these partners that waits."""
    for partner in partners:
        waiting = partner.payout_documents.filter(state="pending").order_by("pk")
        for pk, filed_at in waiting.values_list("pk", "filed_at"):
            approve_paper(document_id=pk, filed_at=filed_at, actor=finance, at=at)


def reject_waiting(partner: Partner, finance: User, *, reason: str, at: datetime) -> None:
    """Reject every paper of a partner that waits."""
    waiting = partner.payout_documents.filter(state="pending").order_by("pk")
    for pk, filed_at in waiting.values_list("pk", "filed_at"):
        reject_paper(
            document_id=pk, filed_at=filed_at, reason=reason, actor=finance, at=at
        )


def leave_in_progress(partner: Partner, owner: User, *, at: datetime) -> None:
    """File a tax form and take it back: it is in progress, and nobody waits for it."""
    document = file_paper(
        partner_id=partner.pk,
        paper=Paper.W8BEN_E,
        upload=a_scan(f"w8ben_e {partner.name}"),
        signed_on=at.date(),
        actor=owner,
        at=at,
    )
    restart_paper(document_id=document.pk, actor=owner, at=at + timedelta(hours=2))


def a_scan(title: str, *, name: str = "signed-form.pdf") -> Upload:
    """Return a PDF of one page that says what it is; the same bytes every time."""
    text = "".join(each for each in title if each.isascii() and each not in "()\\")
    stream = f"BT /F1 24 Tf 60 760 Td ({text}) Tj ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R {_LOOKS} /Contents 4 0 R >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    body, places = "%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{each}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    count = len(objects) + 1
    body += (
        f"xref\n0 {count}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    )
    return Upload(name, "application/pdf", body.encode("ascii"))


def account_of(partner: Partner, number: int) -> bank.Account:
    """Return what a partner types as its account, another one for each number."""
    rng = Random(f"{partner.ref} {number}")  # noqa: S311 (an example)
    known = _IBANS.get("FR" if partner.country == "RE" else partner.country)
    codes = _CODES.get(partner.country)
    return bank.Account(
        holder=partner.name,
        number=known[(number - 1) % len(known)]
        if known
        else f"5550{rng.randrange(10**6):06}",
        bank_country="FR" if partner.country == "RE" else partner.country,
        bic="" if known else _BANKS.get(partner.country, ""),
        clearing=rng.choice(codes) if codes else "",
        street=f"{rng.randint(1, 90)} Market Street",
        postcode=f"{rng.randint(10_000, 99_999)}",
        town=_TOWNS[partner.country],
        country=partner.country,
    )
