"""Who pays, and from which quarter on: what payment files and statements rest on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from django.core.exceptions import ImproperlyConfigured

PARTS: Final = ("name", "iban", "bic", "street", "postcode", "town", "country")

EXAMPLE: Final = {
    "name": "Example Software SE",
    "iban": "DE89370400440532013000",
    "bic": "COBADEFFXXX",
    "street": "Beispielstrasse 1",
    "postcode": "10115",
    "town": "Berlin",
    "country": "DE",
}
"""A payer for the embedded default and the tests; the account is an example, too."""

_UPPER: Final = frozenset({"iban", "bic", "country"})


def payer(given: Mapping[str, str]) -> dict[str, str]:
    """Return the payer by its parts, as payment files write them; missing ones are ""."""
    return {
        part: "".join(given[part].split()).upper()
        if part in _UPPER
        else given[part].strip()
        for part in PARTS
    }


def first_quarter(text: str) -> date | None:
    """Return the first quarter the portal states and pays; None for "": all of them.

    What was earned before was paid by whatever came before the portal.
    """
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ImproperlyConfigured("STATEMENTS_FROM is an ISO day.") from error
    if day.day != 1 or day.month % 3 != 1:
        raise ImproperlyConfigured("STATEMENTS_FROM is the first day of a quarter.")
    return day
