"""National clearing codes: how a country names a bank where there is no IBAN.

The code is what ISO 20022 calls `ClrSysMmbId`: the clearing system (`ClrSysId/Cd`, of its
external code set) and the member (`MmbId`). Which system it is follows from the country
of the account. Codes are public, as BICs are: they name a bank, not whose account it is.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

MAX_LENGTH: Final = 11
"""Of the longest code: an IFSC."""

# Hyphens as people and word processors write them.
_SEPARATORS: Final = re.compile(r"[\s./\-\u2010\u2011\u2013]+")


class Fault(StrEnum):
    """What is wrong with a code."""

    NO_SYSTEM = "no_system"
    FORM = "form"
    CHECK_DIGIT = "check_digit"


class ClearingCodeError(ValueError):
    """A text that is no clearing code of the country. Does not repeat the text."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def _joined(text: str) -> str:
    return _SEPARATORS.sub("", text)


def _canadian(text: str) -> str:
    """Return 0, institution, transit: on cheques the transit number comes first.

    Eight digits in a row could be either order. They are not guessed.
    """
    parts = [part for part in _SEPARATORS.split(text) if part]
    match [len(part) for part in parts]:
        case [5, 3]:
            return f"0{parts[1]}{parts[0]}"
        case [3, 5]:
            return f"0{parts[0]}{parts[1]}"
        case _:
            return "".join(parts)


def _aba_checks(code: str) -> bool:
    """Say whether the weights 3, 7, 1 come to a multiple of ten."""
    digits = [int(digit) for digit in code]
    return sum(d * w for d, w in zip(digits, (3, 7, 1) * 3, strict=True)) % 10 == 0


def _always(_code: str) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A clearing system: its ISO 20022 code, and the form of what names a member.

    `form` is of the code as it is kept, without separators. `checks` looks at its check
    digit where the standard has one. `example` is a code as people write it.
    """

    code: str
    form: re.Pattern[str]
    example: str
    read: Callable[[str], str] = _joined
    checks: Callable[[str], bool] = _always


# ABA: 00 is the government's, 80 travellers' cheques: nobody has an account there.
USABA: Final = System(
    code="USABA",
    form=re.compile(r"(?:0[1-9]|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2])[0-9]{7}"),
    example="021000021",
    checks=_aba_checks,
)
CACPA: Final = System(
    code="CACPA",
    form=re.compile(r"0(?!000)[0-9]{8}"),
    example="00102-003",
    read=_canadian,
)
GBDSC: Final = System(
    code="GBDSC", form=re.compile(r"(?!000000)[0-9]{6}"), example="20-20-15"
)
AUBSB: Final = System(
    code="AUBSB", form=re.compile(r"(?!000000)[0-9]{6}"), example="062-000"
)
INFSC: Final = System(
    code="INFSC", form=re.compile(r"[A-Z]{4}0[A-Z0-9]{6}"), example="HDFC0000060"
)
NZNCC: Final = System(
    code="NZNCC", form=re.compile(r"(?!000000)[0-9]{6}"), example="02-0368"
)

SYSTEMS: Final[Mapping[str, System]] = MappingProxyType(
    {
        **dict.fromkeys(("US", "AS", "GU", "MP", "PR", "UM", "VI"), USABA),
        "CA": CACPA,
        **dict.fromkeys(("GB", "GG", "IM", "JE"), GBDSC),
        **dict.fromkeys(("AU", "CC", "CX", "NF"), AUBSB),
        "IN": INFSC,
        "NZ": NZNCC,
    }
)
"""Country of the account → the system its banks are members of."""


def read_code(text: str, *, country: str) -> str:
    """Return a clearing code as files have it, of a bank in a country.

    Spaces, hyphens and case do not matter. Raises `ClearingCodeError`.
    """
    if (system := SYSTEMS.get(country)) is None:
        raise ClearingCodeError(Fault.NO_SYSTEM)
    code = system.read(text.upper())
    if not system.form.fullmatch(code):
        raise ClearingCodeError(Fault.FORM)
    if not system.checks(code):
        raise ClearingCodeError(Fault.CHECK_DIGIT)
    return code
