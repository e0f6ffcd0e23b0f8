"""The one rule for text that comes from outside: forms, imports, API, addresses (R11).

What is refused is named, so that a person can find it; nothing is silently dropped except
the spaces around.
"""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LINE_BREAKS_AND_TAB = frozenset("\t\n\r")

BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that reorder what follows: `invoice\u202efdp.exe` reads `invoiceexe.pdf`."""

NONCHARACTERS = range(0xFDD0, 0xFDF0)
LAST_TWO = 0xFFFE
"""And the last two code points of each plane: `U+FFFE`, `U+1FFFF`, …"""


def is_noncharacter(character: str) -> bool:
    """Say whether Unicode keeps a code point for nobody: XML refuses such a text."""
    code = ord(character)
    return code & LAST_TWO == LAST_TWO or code in NONCHARACTERS


MAX_LENGTH = 200
"""Longest text where a caller names no length of its own."""


def clean_text(
    text: str, *, max_length: int = MAX_LENGTH, multiline: bool = False
) -> str:
    r"""Return `text` in NFC without the spaces around it.

    Raises `ValidationError` with a sentence for: NUL and other control characters (line
    breaks and tabs are allowed when `multiline`), lone surrogates, noncharacters,
    characters that override the direction of text, and more than `max_length` characters
    after NFC.
    `\r\n` becomes one line break.
    """
    for character in text:
        if character == "\x00":
            raise ValidationError(_("The text contains a NUL character."), code="null")
        if character in LINE_BREAKS_AND_TAB:
            continue
        category = unicodedata.category(character)
        if (
            category in {"Cc", "Cs"}
            or character in BIDI_OVERRIDES
            or is_noncharacter(character)
        ):
            raise ValidationError(
                _("The text contains the invisible character U+%(code)s. Remove it."),
                code="character",
                params={"code": f"{ord(character):04X}"},
            )
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    if not multiline and any(character in LINE_BREAKS_AND_TAB for character in text):
        raise ValidationError(
            _("The text contains a line break or a tab. Write it in one line."),
            code="line_break",
        )
    if len(text) > max_length:
        raise ValidationError(
            _("The text has %(length)s characters; %(max)s are allowed."),
            code="max_length",
            params={"length": len(text), "max": max_length},
        )
    return text
