"""The file of a payout run: pain.001.001.09 for transfers, a list (CSV) for the rest.

Everything in it comes from stored rows and settings, nothing from the clock or by lot:
made again it has the same bytes. Addresses are structured, as banks ask for since
November 2026; each payment carries its own end-to-end reference.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from django.conf import settings
from sepaxml import SepaTransfer

from commissions.models import BankAccount, Payment, PayoutRun
from commissions.services.bank_texts import LONGEST, PURPOSE, bank_text, unread
from commissions.services.payouts.preparing import ways_of
from commissions.services.payouts.schema import SCHEMA, refuse_invalid
from commissions.services.sealing import open_seal
from interchange.writer import safe_cell
from program.money import Money
from program.payout import Way

# Runs that were prepared before accounts had a clearing code keep the list they had.
_CLEARING: Final = ("clearing_system", "clearing")

DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>'
LIST_HEADER: Final = (
    *("end_to_end", "partner_ref", "holder", "account", "bic", *_CLEARING),
    "bank_country",
    *("amount", "currency", "street", "postcode", "town", "country", "purpose"),
)


class InvalidFileError(ValueError):
    """A transfer that its schema or a bank refuses; it does not repeat what is wrong.

    `payment` is the first one that is refused alone, too; None if that is none.
    """

    def __init__(self, payment: Payment | None = None) -> None:
        super().__init__("The schema refuses the file.")
        self.payment = payment


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFile:
    """A file for the bank, its name and its media type."""

    name: str
    media_type: str
    content: bytes


def bank_file(run: PayoutRun) -> BankFile:
    """Return the file of a run.

    Raises `SealError` for an account no key opens, and `InvalidFileError`.
    """
    payments = (
        Payment.objects.filter(run=run)
        .select_related("partner", "statement", "account")
        .order_by("pk")
    )
    name = f"payout-{run.execute_on}-{run.currency}-{run.pk}"
    way = _way(run, payments[0])
    if way is not Way.LIST:
        return BankFile(
            name=f"{name}.xml",
            media_type="application/xml",
            content=_transfer(run, payments, sepa=way is Way.SEPA),
        )
    return BankFile(
        name=f"{name}.csv",
        media_type="text/csv; charset=utf-8",
        content=_list(run, payments),
    )


def _way(run: PayoutRun, first: Payment) -> Way:
    if run.way:
        return Way(run.way)
    reached = Way.SEPA in ways_of(first.account, run.currency)
    return Way.SEPA if reached else Way.LIST


def purpose_of(payment: Payment) -> str:
    """Return what the receiver reads on the account: the statement that is paid."""
    statement = payment.statement
    quarter = (statement.quarter.month + 2) // 3
    return (
        f"Commission {statement.quarter.year}Q{quarter}, "
        f"statement {statement.number}, {payment.partner.ref}"
    )


class _Transfer(SepaTransfer):  # type: ignore[misc]
    """A transfer that names itself after its run and day: the library draws lots.

    It also says what the library cannot: the national code of a bank, account numbers
    that are no IBAN, and currencies that have no cents, or more than two decimals.
    """

    def __init__(self, config: dict[str, Any], run: PayoutRun, *, sepa: bool) -> None:
        super().__init__({**config, "domestic": not sepa}, schema=SCHEMA, clean=True)
        self.run, self.sepa = run, sepa

    def export(self, *_how: Any, **_more: Any) -> bytes:
        """Return the file, its sums in the currency of the run; valid, or not at all."""
        self._finalize_batch()
        root: Element = self._xml
        name = f"PP{self.run.public_id.hex}"
        for tag, text in (
            ("MsgId", name),
            ("CreDtTm", f"{self.run.prepared_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"),
            ("PmtInfId", name),
            ("NbOfTxs", str(len(root.findall(".//CdtTrfTxInf")))),
            ("CtrlSum", self._amount(sum(self._batch_totals.values()))),
            ("ChrgBr", "SLEV" if self.sepa else "SHAR"),
        ):
            for element in root.iter(tag):
                element.text = text
        content: bytes = DECLARATION + tostring(root, "utf-8")
        try:
            refuse_invalid(content)
        except (ValueError, ParseError):
            # Without its cause, which quotes the file.
            raise InvalidFileError from None
        return content

    def _add_batch(self, TX_nodes: dict[str, Element], payment: dict[str, Any]) -> None:  # noqa: N803 (the library's)
        super()._add_batch(TX_nodes, payment)
        TX_nodes["InstdAmtNode"].text = self._amount(payment["amount"])
        account: BankAccount = payment["account"]
        if not account.is_iban:
            number = TX_nodes["IBAN_CdtrAcct_Node"]
            number.tag, text, number.text = "Othr", number.text, None
            _add(number, "Id", text)
        if account.clearing:
            transfer, agent = TX_nodes["CdtTrfTxInfNode"], TX_nodes["CdtrAgtNode"]
            bank = TX_nodes["FinInstnId_CdtrAgt_Node"]
            if not account.bic:
                agent.append(bank)
                transfer.insert(list(transfer).index(TX_nodes["CdtrNode"]), agent)
            member = SubElement(bank, "ClrSysMmbId")
            _add(SubElement(member, "ClrSysId"), "Cd", account.clearing_system)
            _add(member, "MmbId", account.clearing)
            _add(SubElement(bank, "PstlAdr"), "Ctry", account.bank_country)

    def _amount(self, minor: int) -> str:
        return str(Money(minor, self.run.currency).amount)


def _add(parent: Element, tag: str, text: str | None) -> None:
    SubElement(parent, tag).text = text


def _transfer(run: PayoutRun, payments: Iterable[Payment], *, sepa: bool) -> bytes:
    """Return a transfer. Where it is refused, the payment that is to blame is looked for.

    One partner could stop a thousand others, and nobody would know which one.
    """
    payments = list(payments)
    try:
        return _written(run, payments, sepa=sepa)
    except InvalidFileError:
        for payment in payments:
            try:
                _written(run, [payment], sepa=sepa)
            except InvalidFileError:
                raise InvalidFileError(payment) from None
        raise


def _written(run: PayoutRun, payments: Iterable[Payment], *, sepa: bool) -> bytes:
    payer = settings.PAYER
    config: dict[str, Any] = {
        "name": bank_text(payer["name"], longest=LONGEST["holder"]),
        "IBAN": payer["iban"],
        "batch": True,
        "currency": run.currency,
        "address": _address(
            payer["street"], payer["postcode"], payer["town"], payer["country"]
        ),
    }
    if payer["bic"]:
        config["BIC"] = payer["bic"]
    transfer = _Transfer(config, run, sepa=sepa)
    for payment in payments:
        account = payment.account
        if unread({name: getattr(account, name) for name in LONGEST}):
            raise InvalidFileError(payment)
        one: dict[str, Any] = {
            "account": account,
            "name": bank_text(account.holder, longest=LONGEST["holder"]),
            "IBAN": open_seal(account),
            "amount": payment.amount_minor,
            "execution_date": run.execute_on,
            "description": bank_text(purpose_of(payment), longest=PURPOSE),
            "endtoend_id": payment.end_to_end,
            "address": _address(
                account.street, account.postcode, account.town, account.country
            ),
        }
        if account.bic:
            one["BIC"] = account.bic
        transfer.add_payment(one)
    return transfer.export()


def _address(street: str, postcode: str, town: str, country: str) -> dict[str, str]:
    """Return an address by its parts; never as lines, which banks refuse."""
    parts = {
        "street_name": bank_text(street, longest=LONGEST["street"]),
        "postcode": bank_text(postcode, longest=LONGEST["postcode"]),
        "town": bank_text(town, longest=LONGEST["town"]),
        "country": country,
    }
    return {name: text for name, text in parts.items() if text}


def _list(run: PayoutRun, payments: Iterable[Payment]) -> bytes:
    text = io.StringIO(newline="")
    header = [name for name in LIST_HEADER if run.way or name not in _CLEARING]
    writer = csv.DictWriter(text, header, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    for payment in payments:
        account = payment.account
        cells = {
            "end_to_end": payment.end_to_end,
            "partner_ref": payment.partner.ref,
            "holder": account.holder,
            "account": open_seal(account),
            "bic": account.bic,
            "clearing_system": account.clearing_system,
            "clearing": account.clearing,
            "bank_country": account.bank_country,
            "amount": Money(payment.amount_minor, run.currency).amount,
            "currency": run.currency,
            "street": account.street,
            "postcode": account.postcode,
            "town": account.town,
            "country": account.country,
            "purpose": purpose_of(payment),
        }
        writer.writerow({name: safe_cell(cell) for name, cell in cells.items()})
    return text.getvalue().encode()
