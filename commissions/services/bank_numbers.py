"""Account numbers and banks as people type them: read, checked, never repeated.

What is wrong is said without the number: errors are logged and pages are cached.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext as _
from schwifty import BIC, IBAN
from schwifty.exceptions import NationalChecksumNotVerified, SchwiftyException
from schwifty.registry import get_iban_spec

from commissions.models.papers import CODE_NAMES
from program.clearing import SYSTEMS, ClearingCodeError, Fault, read_code

COUNTRY_DIGITS: Final = {
    "US": (5, 17),
    "CA": (7, 12),
    "AU": (5, 10),
    "IN": (9, 18),
    "GB": (8, 8),
}
"""Where a local number has digits alone: the fewest and the most."""

_LOCAL: Final = re.compile(r"[0-9A-Z]{5,34}", re.ASCII)
_SPACES: Final = re.compile(r"[\s.\-/]+")
_TAIL: Final = 4

# Territories whose accounts have the IBAN, or whose banks the BIC, of another country.
_OF_COUNTRY: Final = {
    **dict.fromkeys(
        ("GF", "GP", "MQ", "RE", "YT", "PM", "BL", "MF", "NC", "PF", "WF", "TF"), "FR"
    ),
    **dict.fromkeys(("GG", "IM", "JE"), "GB"),
    "AX": "FI",
}


class BankDetailError(ValueError):
    """Something of an account that cannot be; `name` is the field it is about."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        self.name = name


@dataclass(frozen=True, slots=True)
class Number:
    """An account number that was read. Its `repr` does not show it."""

    text: str = field(repr=False)
    is_iban: bool

    @property
    def tail(self) -> str:
        """The last characters, four at most, never more than half of it."""
        return self.text[-min(_TAIL, len(self.text) // 2) :]


def uses_iban(country: str) -> bool:
    """Say whether banks of a country know accounts by IBAN."""
    try:
        get_iban_spec(_OF_COUNTRY.get(country, country))
    except SchwiftyException:
        return False
    return True


def read_number(text: str, *, country: str) -> Number:
    """Read the number of an account at a bank in a country; spaces do not matter.

    An IBAN where there is one, else what the country calls an account number. British
    accounts have both: digits alone are the number that goes with a sort code. Raises
    `BankDetailError`.
    """
    number = _SPACES.sub("", text).upper()
    if uses_iban(country) and not (country in SYSTEMS and number.isdigit()):
        return Number(_read_iban(number, country=country), is_iban=True)
    if not _LOCAL.fullmatch(number) or not any(each.isdigit() for each in number):
        raise BankDetailError(
            "number", _("An account number has 5 to 34 letters and digits.")
        )
    if digits := COUNTRY_DIGITS.get(_OF_COUNTRY.get(country, country)):
        fewest, most = digits
        if not number.isdigit() or not fewest <= len(number) <= most:
            words = (
                _("There an account number has %(fewest)s digits.")
                if fewest == most
                else _("There an account number has %(fewest)s to %(most)s digits.")
            )
            raise BankDetailError("number", words % {"fewest": fewest, "most": most})
    return Number(number, is_iban=False)


def read_bic(text: str, *, country: str, needed: bool) -> str:
    """Read the BIC of a bank in a country; "" if there is none and none is needed."""
    code = _SPACES.sub("", text).upper()
    if not code and not needed:
        return ""
    if not code:
        raise BankDetailError("bic", _("Without an IBAN the bank is known by its BIC."))
    try:
        bic = BIC(code)
    except SchwiftyException:
        # Its words repeat what was typed, perhaps the number of the account.
        raise BankDetailError(
            "bic", _("This is no BIC: it has 8 or 11 characters, such as DEUTDEFF.")
        ) from None
    if not _same(str(bic.country_code), country):
        raise BankDetailError("bic", _("This BIC is of a bank in another country."))
    return str(bic)


def read_clearing(text: str, *, country: str, number: Number | None, bic: str) -> str:
    """Read the national clearing code of a bank in a country; "" where none is kept.

    `number` and `bic` are those of the account, None and "" where they could not be read.
    An IBAN has the code in it: one beside it is compared and not kept. A local number
    needs the code or a BIC; where accounts have an IBAN too, no BIC makes up for the
    code, since it does not name the branch. Raises `BankDetailError`.
    """
    system = SYSTEMS.get(country)
    if not text.strip():
        if system is None or number is None or number.is_iban:
            return ""
        if bic and not uses_iban(country):
            return ""
        words = (
            _("Without an IBAN the bank is known by its %(code)s.")
            if uses_iban(country)
            else _("Without an IBAN the bank is known by its %(code)s or its BIC.")
        )
        raise BankDetailError("clearing", words % {"code": CODE_NAMES[system.code]})
    try:
        code = read_code(text, country=country)
    except ClearingCodeError as error:
        # Without its cause: somebody may have typed the account number here.
        raise BankDetailError("clearing", _clearing_fault(error.fault, country)) from None
    if number is None or not number.is_iban:
        return code
    if IBAN(number.text).branch_code != code:
        raise BankDetailError("clearing", _("The IBAN is of a bank with another code."))
    return ""


def needs_bic(number: Number | None, *, country: str) -> bool:
    """Say whether nothing but a BIC can name the bank of an account."""
    is_iban = uses_iban(country) if number is None else number.is_iban
    return not is_iban and country not in SYSTEMS


def _clearing_fault(fault: Fault, country: str) -> str:
    if fault is Fault.NO_SYSTEM:
        return _("Banks of this country are not known by such a code: leave it empty.")
    system = SYSTEMS[country]
    words = (
        _("This is no %(code)s: a digit is mistyped.")
        if fault is Fault.CHECK_DIGIT
        else _("This is no %(code)s: one looks like %(example)s.")
    )
    return words % {"code": CODE_NAMES[system.code], "example": system.example}


def _read_iban(number: str, *, country: str) -> str:
    try:
        # Where no algorithm is known for the national check digits, the library warns and
        # takes the number: the two digits of the IBAN itself were checked all the same.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NationalChecksumNotVerified)
            iban = IBAN(number, validate_bban=True)
    except SchwiftyException:
        raise BankDetailError(
            "number", _("This is no IBAN: a character is missing or mistyped.")
        ) from None
    if not _same(str(iban.country_code), country):
        raise BankDetailError("number", _("This IBAN is of a bank in another country."))
    return str(iban)


def _same(one: str, other: str) -> bool:
    return _OF_COUNTRY.get(one, one) == _OF_COUNTRY.get(other, other)
