"""What a cell may hold: parsers from text to a value, or a `CellError` with advice.

A parser gets the cell as it stands in the file and is called only for cells that are not
blank. It never raises anything but `CellError`, whatever it is given (reliability I9,
I10): no full-width digits, no `1_000`, no year 0, no control or bidi characters.

Parsers are called millions of times. What repeats (days, months, codes) is remembered,
plain ASCII takes the short way, and every pattern is linear.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from program.money import CURRENCIES, InvalidMoneyError, Money, exponent
from program.territories import TERRITORIES

FIRST_DAY: Final = date(1990, 1, 1)
LAST_DAY: Final = date(2100, 12, 31)
MAX_REF: Final = 100
MAX_EMAIL: Final = 254
MAX_LOCAL_PART: Final = 64
MAX_DOMAIN: Final = 253


class CellError(ValueError):
    """The cell cannot be used. `reason` says why, `advice` what to write instead."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(f"{reason} {advice}".strip())
        self.reason = reason
        self.advice = advice


# --- Text --------------------------------------------------------------------------

# Control characters, line separators, invisible and direction-changing characters,
# surrogates, and the tag characters. The joiners U+200C and U+200D are part of names in
# several scripts and stay.
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)


def clean(value: str, limit: int) -> str:
    """Return the text stripped and in NFC, or raise if it is too long or not printable.

    `limit` counts characters after normalisation.
    """
    value = value.strip()
    if not (value.isascii() and value.isprintable()):
        found = _FORBIDDEN.search(value)
        if found:
            raise CellError(
                _("It contains a character that cannot be printed (U+%(code)04X).")
                % {"code": ord(found[0])},
                _("Remove line breaks, control, invisible and direction characters."),
            )
        # A text much too long is not worth normalising.
        if len(value) <= 4 * limit:
            value = unicodedata.normalize("NFC", value)
    if len(value) > limit:
        raise CellError(
            _("It is longer than %(limit)d characters.") % {"limit": limit},
            _("Shorten it."),
        )
    if not value:
        raise CellError(_("It is blank."), _("Fill in the cell."))
    return value


def text(limit: int) -> Callable[[str], str]:
    """Return a parser of text of at most `limit` characters."""

    def parse(value: str) -> str:
        return clean(value, limit)

    return parse


def ref(value: str) -> str:
    """Return the sender's key of an object, up to 100 characters, case kept."""
    return clean(value, MAX_REF)


_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?:[a-z][a-z0-9-]{{0,61}}[a-z0-9])")
_LOCAL_PART = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
)


def domain(value: str) -> str:
    """Return a domain name in lower case and ASCII, without a leading `www.`.

    Names in other scripts are turned into punycode, so that two spellings of one name
    are one name.
    """
    name = clean(value, MAX_DOMAIN).lower().removesuffix(".")
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii").lower()
        except UnicodeError:
            name = ""
    name = name.removeprefix("www.") if name.count(".") > 1 else name
    if len(name) > MAX_DOMAIN or not _DOMAIN.fullmatch(name):
        raise CellError(
            _("It is not a domain name."),
            _("Write the name alone, like lumen.example: no https://, no path, no @."),
        )
    return name


def email(value: str) -> str:
    """Return an e-mail address in lower case, its domain in ASCII."""
    address = clean(value, MAX_EMAIL)
    local, at, host = address.rpartition("@")
    local = local.lower()
    if at and len(local) <= MAX_LOCAL_PART and _LOCAL_PART.fullmatch(local):
        try:
            # Not `domain` itself: www. is a real part of an address.
            address = f"{local}@{_email_host(host)}"
        except CellError:
            address = ""
        if address and len(address) <= MAX_EMAIL and _is_address(address):
            return address
    raise CellError(
        _("It is not an e-mail address."), _("Write it like ana@lumen.example.")
    )


def _is_address(address: str) -> bool:
    """Say whether Django takes it for one: forms and accounts will ask the same."""
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True


def _email_host(host: str) -> str:
    keep = "www." if host.lower().startswith("www.") else ""
    name = domain(host)
    return name if name.startswith("www.") else keep + name


# --- Days --------------------------------------------------------------------------

_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")


@lru_cache(maxsize=20_000)
def day(value: str) -> date:
    """Return the day written as 2025-07-15, between 1990 and 2100."""
    found = _DAY.fullmatch(value.strip())
    if found is None:
        raise CellError(
            _("It is not a day."), _("Write it as year-month-day: 2025-07-15.")
        )
    return _existing_day(int(found[1]), int(found[2]), int(found[3]))


@lru_cache(maxsize=2_000)
def month(value: str) -> date:
    """Return the first day of the month written as 2025-07, between 1990 and 2100."""
    found = _MONTH.fullmatch(value.strip())
    if found is None:
        raise CellError(_("It is not a month."), _("Write it as year-month: 2025-07."))
    return _existing_day(int(found[1]), int(found[2]), 1)


def _existing_day(year: int, month_of_year: int, day_of_month: int) -> date:
    if not FIRST_DAY.year <= year <= LAST_DAY.year:
        raise CellError(_("It is not between 1990 and 2100."), _("Check the year."))
    try:
        return date(year, month_of_year, day_of_month)
    except ValueError:
        raise CellError(
            _("It is not in the calendar."), _("Check month and day.")
        ) from None


# --- Codes -------------------------------------------------------------------------

_MEANT_COUNTRY: Final = {"UK": "GB", "EL": "GR", "EN": "GB", "SP": "ES", "JA": "JP"}


@lru_cache(maxsize=2_000)
def country(value: str) -> str:
    """Return the ISO 3166-1 alpha-2 code of a territory: Réunion is RE, not FR."""
    code = value.strip().upper()
    if code in TERRITORIES:
        return code
    meant = _MEANT_COUNTRY.get(code)
    raise CellError(
        _("It is not an ISO 3166-1 territory."),
        _("Write %(code)s.") % {"code": meant}
        if meant
        else _("Write the two letters of the territory: FR, RE, GB."),
    )


@lru_cache(maxsize=2_000)
def currency(value: str) -> str:
    """Return an active ISO 4217 code. It need not be on the point scale (3.23)."""
    code = value.strip().upper()
    if code not in CURRENCIES:
        raise CellError(
            _("It is not an ISO 4217 currency in use."),
            _("Write the three letters of the currency: EUR, USD, JPY."),
        )
    return code


def choice(*values: str | type[Enum]) -> Callable[[str], str]:
    """Return a parser that accepts one of `values`, or the values of one enumeration.

    The result is a plain `str`, never an enumeration member.
    """
    allowed: dict[str, str] = {}
    for value in values:
        if isinstance(value, str):
            allowed[str(value)] = str(value)
        else:
            allowed.update((str(member.value), str(member.value)) for member in value)

    def parse(cell: str) -> str:
        found = allowed.get(cell)
        if found is None:
            found = allowed.get(cell.strip().lower())
        if found is None:
            raise CellError(
                _("It is none of the known values."),
                _("Write one of: %(values)s.") % {"values": ", ".join(allowed)},
            )
        return found

    return parse


def flag(value: str) -> bool:
    """Return whether the cell says 1 (yes) or 0 (no)."""
    found = _FLAGS.get(value.strip())
    if found is None:
        raise CellError(_("It is neither 0 nor 1."), _("Write 1 for yes, 0 for no."))
    return found


_FLAGS: Final = {"1": True, "0": False}

# --- Numbers -----------------------------------------------------------------------

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,10})?")
_LONG_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


def integer(minimum: int, maximum: int) -> Callable[[str], int]:
    """Return a parser of whole numbers from `minimum` to `maximum`, both included."""

    def parse(value: str) -> int:
        value = value.strip()
        if not _INTEGER.fullmatch(value):
            raise _not_a_number(value, whole=True)
        number = int(value)
        if not minimum <= number <= maximum:
            raise CellError(
                _("It is not between %(minimum)d and %(maximum)d.")
                % {"minimum": minimum, "maximum": maximum},
                _("Check the number."),
            )
        return number

    return parse


def decimal(value: str) -> Decimal:
    """Return a number with a dot and at most 10 decimals; it may be negative."""
    value = value.strip()
    if not _DECIMAL.fullmatch(value):
        raise _not_a_number(value, whole=False)
    # There is no minus zero in a ledger.
    return Decimal(value) or _ZERO


def amount(value: str) -> Decimal:
    """Return a number like `decimal`, zero or more."""
    number = decimal(value)
    if number < 0:
        raise CellError(_("It is negative."), _("Write zero or more."))
    return number


_ZERO: Final = Decimal(0)


def _not_a_number(value: str, *, whole: bool) -> CellError:
    if _LONG_NUMBER.fullmatch(value):
        if whole and "." in value:
            return CellError(_("It is not a whole number."), _("Leave out the decimals."))
        return CellError(
            _("It is too large or has too many decimals."),
            _("At most 18 digits before the dot and 10 after it."),
        )
    if "," in value:
        advice = _(
            "Decimals follow a dot, and nothing stands between thousands: 1250.50."
        )
    else:
        advice = _("Write digits only, like 1250.50: no plus, space, unit, exponent.")
    if whole:
        return CellError(
            _("It is not a whole number."), _("Write digits only, like 1250.")
        )
    return CellError(_("It is not a number."), advice)


def minor(row: Mapping[str, Any], amount_column: str, currency_column: str) -> int:
    """Return the amount of a parsed row in minor units of its currency, exactly.

    Both columns must be filled in; raises what `minor_of` raises.
    """
    found = minor_of(row[amount_column], row[currency_column])
    assert found is not None
    return found


def minor_of(value: Decimal | None, code: str) -> int | None:
    """Return an amount in minor units of the currency, exactly; None for none.

    Raises `CellError` if the amount has more decimals than the currency or is larger
    than the portal holds (`program.money`).
    """
    if value is None:
        return None
    try:
        return Money.of(value, code).minor
    except InvalidMoneyError as error:
        raise CellError(
            _("It is not an amount in %(currency)s: %(error)s.")
            % {"currency": code, "error": error},
            _("Write it with at most %(places)d decimals.") % {"places": exponent(code)},
        ) from None
