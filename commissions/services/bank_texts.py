"""Names and addresses as banks read them: Latin letters, digits and a few signs.

The European Payments Council has every bank read these (EPC217-08). Whatever else people
type becomes the nearest of them, or nothing.
"""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext as _
from text_unidecode import unidecode

from commissions.services.bank_numbers import BankDetailError

LONGEST: Final = {"holder": 70, "street": 70, "postcode": 16, "town": 35}
"""How many characters of each text fit into a payment file."""

_UNREAD: Final = re.compile(r"[^0-9A-Za-z/\-?:().,'+]+")


def bank_text(text: str, *, longest: int) -> str:
    """Return a text as a payment file has it; "" if no bank could read any of it."""
    latin: str = unidecode(text.replace("&", "+"))
    return " ".join(_UNREAD.sub(" ", latin).split())[:longest].rstrip()


def check_text(text: str, *, name: str) -> None:
    """Refuse a text of an account of which a payment file could carry nothing.

    `name` is the field. Raises `BankDetailError`.
    """
    if text and not bank_text(text, longest=LONGEST[name]):
        raise BankDetailError(
            name, _("No bank could read this: write it in Latin letters.")
        )
