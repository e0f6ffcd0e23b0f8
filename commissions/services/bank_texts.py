"""Names and addresses as banks read them: Latin letters, digits and a few signs.

The European Payments Council has every bank read these (EPC217-08). Whatever else people
type becomes the nearest of them, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _
from text_unidecode import unidecode

LONGEST: Final = {"holder": 70, "street": 70, "postcode": 16, "town": 35}
"""How many characters of each text fit into a payment file."""

PURPOSE: Final = 140
"""As LONGEST, of what the receiver reads on the account."""

_UNKNOWN: Final = "[?]"
"""What `unidecode` writes for a character of which it knows no letters."""
_UNREAD: Final = re.compile(r"[^0-9A-Za-z/\-?:().,'+]+")


def bank_text(text: str, *, longest: int) -> str:
    """Return a text as a payment file has it, cut to what fits.

    "" if no bank could read any of it: no letter and no digit is left.
    """
    latin: str = unidecode(text.replace("&", "+")).replace(_UNKNOWN, " ")
    read = " ".join(_UNREAD.sub(" ", latin).split())[:longest].rstrip()
    return read if any(each.isalnum() for each in read) else ""


def unread(texts: Mapping[str, str]) -> list[str]:
    """Return which texts of an account say something, and nothing in a payment file.

    `texts` has those of `LONGEST` by their names.
    """
    return [
        name
        for name, longest in LONGEST.items()
        if texts.get(name) and not bank_text(texts[name], longest=longest)
    ]


def unread_words() -> str:
    return _("No bank could read this: write it in Latin letters.")
