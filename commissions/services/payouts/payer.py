"""Who pays, as payment files say it (docs/operations.md)."""

from __future__ import annotations

from collections.abc import Mapping

from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException

from commissions.services.bank_texts import unread


def missing_of_payer(payer: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with the payer: part → "is missing" or "is not valid".

    Street and postcode may be left out: banks ask for town and country (structured
    addresses, since November 2026).
    """
    wrong = {
        part: "is missing"
        for part in ("name", "iban", "town", "country")
        if not payer[part]
    }
    for part, text in (("name", "holder"), ("town", "town"), ("street", "street")):
        if unread({text: payer[part]}):
            wrong[part] = "is not valid"
    for part, kind in (("iban", IBAN), ("bic", BIC)):
        if payer[part] and not _is(kind, payer[part]):
            wrong[part] = "is not valid"
    return wrong


def _is(kind: type[IBAN | BIC], text: str) -> bool:
    try:
        kind(text)
    except SchwiftyException:
        return False
    return True
