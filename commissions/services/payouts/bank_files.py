"""The file of a payout run: pain.001.001.09 for SEPA, a list (CSV) for the rest.

Everything in it comes from stored rows and settings, nothing from the clock or by lot:
made again it has the same bytes. Addresses are structured, as banks ask for since
November 2026; each payment carries its own end-to-end reference.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from xml.etree.ElementTree import Element

from django.conf import settings
from django.db.models import QuerySet
from sepaxml import SepaTransfer

from commissions.models import Payment, PayoutRun
from commissions.services.payouts.preparing import Way, way_of
from commissions.services.sealing import open_seal
from interchange.writer import safe_cell
from program.money import Money

SCHEMA: Final = "pain.001.001.09"
LIST_HEADER: Final = (
    *("end_to_end", "partner_ref", "holder", "account", "bic", "bank_country"),
    *("amount", "currency", "street", "postcode", "town", "country", "purpose"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFile:
    """A file for the bank, its name and its media type."""

    name: str
    media_type: str
    content: bytes


def bank_file(run: PayoutRun) -> BankFile:
    """Return the file of a run. Raises `SealError` for an account no key opens."""
    payments = (
        Payment.objects.filter(run=run)
        .select_related("partner", "statement", "account")
        .order_by("pk")
    )
    name = f"payout-{run.execute_on}-{run.currency}-{run.pk}"
    first = payments[0]
    if way_of(first.account, run.currency) is Way.SEPA:
        return BankFile(
            name=f"{name}.xml",
            media_type="application/xml",
            content=_transfer(run, payments),
        )
    return BankFile(
        name=f"{name}.csv",
        media_type="text/csv; charset=utf-8",
        content=_list(run, payments),
    )


def purpose_of(payment: Payment) -> str:
    """Return what the receiver reads on the account: the statement that is paid."""
    statement = payment.statement
    quarter = (statement.quarter.month + 2) // 3
    return (
        f"Commission {statement.quarter.year}Q{quarter}, "
        f"statement {statement.number}, {payment.partner.ref}"
    )


class _Transfer(SepaTransfer):  # type: ignore[misc]
    """A transfer that names itself after its run and day: the library draws lots."""

    message_id: str
    made_at: datetime

    def _finalize_batch(self) -> None:
        super()._finalize_batch()
        root: Element = self._xml
        for name, text in (
            ("MsgId", self.message_id),
            ("CreDtTm", f"{self.made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"),
            ("PmtInfId", self.message_id),
        ):
            for element in root.iter(name):
                element.text = text


def _transfer(run: PayoutRun, payments: QuerySet[Payment]) -> bytes:
    payer = settings.PAYER
    config: dict[str, Any] = {
        "name": payer["name"],
        "IBAN": payer["iban"],
        "batch": True,
        "currency": run.currency,
        "address": _address(
            payer["street"], payer["postcode"], payer["town"], payer["country"]
        ),
    }
    if payer["bic"]:
        config["BIC"] = payer["bic"]
    transfer = _Transfer(config, schema=SCHEMA, clean=True)
    transfer.message_id = f"PP{run.public_id.hex}"
    transfer.made_at = run.prepared_at
    for payment in payments:
        account = payment.account
        one: dict[str, Any] = {
            "name": account.holder,
            "IBAN": open_seal(account),
            "amount": payment.amount_minor,
            "execution_date": run.execute_on,
            "description": purpose_of(payment),
            "endtoend_id": payment.end_to_end,
            "address": _address(
                account.street, account.postcode, account.town, account.country
            ),
        }
        if account.bic:
            one["BIC"] = account.bic
        transfer.add_payment(one)
    content: bytes = transfer.export(validate=True)
    return content


def _address(street: str, postcode: str, town: str, country: str) -> dict[str, str]:
    """Return an address by its parts; never as lines, which banks refuse."""
    parts = {
        "street_name": street,
        "postcode": postcode,
        "town": town,
        "country": country,
    }
    return {name: text for name, text in parts.items() if text}


def _list(run: PayoutRun, payments: QuerySet[Payment]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(LIST_HEADER)
    for payment in payments:
        account = payment.account
        cells = (
            *(payment.end_to_end, payment.partner.ref, account.holder),
            *(open_seal(account), account.bic, account.bank_country),
            *(Money(payment.amount_minor, run.currency).amount, run.currency),
            *(account.street, account.postcode, account.town, account.country),
            purpose_of(payment),
        )
        writer.writerow([safe_cell(cell) for cell in cells])
    return text.getvalue().encode()
