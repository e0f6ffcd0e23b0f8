"""Payout: quarters, exchange at month ends, what a statement owes, which papers it needs.

Rulebook 3.12 to 3.14 (3.7 and 3.8 of the dossier). A statement is an account: what stood
open, what came and went in the quarter, what is owed now. A payment is made from a
statement and comes off the next one.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from program.calendar import add_months
from program.money import Money, divide_half_up, exponent

CLOSE_AFTER_DAYS = 15
"""Days after the end of a quarter on which its statement closes: what clients paid for
the last month is known by then, and a month is left for invoice and approval before the
quarter is paid."""


def quarter_of(day: date) -> date:
    """Return the first day of a day's quarter."""
    return day.replace(month=day.month - (day.month - 1) % 3, day=1)


def quarter_end(quarter: date) -> date:
    """Return the last day of the quarter that begins on a day."""
    return add_months(quarter, 3) - timedelta(days=1)


def closes_on(quarter: date) -> date:
    """Return the day on which the statement of a quarter closes."""
    return quarter_end(quarter) + timedelta(days=CLOSE_AFTER_DAYS)


def last_closed_quarter(day: date) -> date:
    """Return the youngest quarter whose statement may be closed on a day."""
    quarter = quarter_of(day)
    while closes_on(quarter) > day:
        quarter = add_months(quarter, -3)
    return quarter


def month_end(month: date) -> date:
    """Return the last day of a day's month: the day whose rates convert it (3.7)."""
    return add_months(month.replace(day=1), 1) - timedelta(days=1)


def exchanged(amount: Money, currency: str, *, rate: int, into: int) -> Money:
    """Return an amount in another currency, rounded half up once (rulebook 1.4).

    `rate` and `into` are what one unit of the amount's currency and of the other one is
    worth, in 10^-10 US dollars.
    """
    if amount.currency == currency:
        return amount
    numerator = amount.minor * rate * 10 ** exponent(currency)
    denominator = into * 10 ** exponent(amount.currency)
    return Money(divide_half_up(numerator, denominator), currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movements:
    """What came and went in a quarter, in minor units of the payout currency.

    All but `paid` may be negative: a correction takes back more than the quarter brought,
    and what a correction takes back of months that are forfeited was lost before.
    `forfeited` and `paid` are taken off.
    """

    opening: int
    accrued: int
    adjusted: int
    forfeited: int
    paid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What a statement comes to; all in minor units of the payout currency.

    `closing` is what is owed to the partner, or by it if negative. `recovered` is how
    much of a debt from earlier quarters this quarter made good. Of a positive closing
    `payable` may be paid; `withheld` waits for papers, `below_minimum` for more.
    """

    closing: int
    recovered: int
    withheld: int
    below_minimum: int
    payable: int


def balance(moved: Movements, *, papers_missing: bool, minimum: int) -> Balance:
    """Return what is owed after a quarter (3.7, 3.8).

    A debt is made good by later quarters, never asked back in cash. What is below the
    minimum waits for more whether papers are there or not.
    """
    came = moved.accrued + moved.adjusted - moved.forfeited
    closing = moved.opening + came - moved.paid
    debt = max(moved.paid - moved.opening, 0)
    owed = max(closing, 0)
    small = 0 < owed < minimum
    return Balance(
        closing=closing,
        recovered=min(debt, max(came, 0)),
        withheld=owed if papers_missing and not small else 0,
        below_minimum=owed if small else 0,
        payable=0 if papers_missing or small else owed,
    )


def still_due(*, closing: int, live: int, owed: int) -> int:
    """Return what may be paid from a statement now, in minor units; never less than 0.

    `closing` is the balance of the partner's last statement, `live` what is on its way
    to the partner, or arrived, and stands in no statement yet; `owed` is what the
    statement that is paid says is payable or withheld. A payment that was rejected is
    live no more, so its statement may be paid once more.
    """
    return max(min(owed, closing - live), 0)


_EUROPEAN_UNION = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
)
SEPA_COUNTRIES = frozenset(
    (
        *_EUROPEAN_UNION,
        *("AD", "AL", "CH", "GB", "IS", "LI", "MC", "MD", "ME", "MK", "NO", "RS", "SM"),
        "VA",
    )
)
"""Where an account is reached by a SEPA credit transfer, in euro and by its IBAN."""


class Way(StrEnum):
    """How a payment goes to the bank.

    As a SEPA credit transfer or as a credit transfer of another kind, both of them
    pain.001; or in a list (CSV).
    """

    SEPA = "sepa"
    TRANSFER = "transfer"
    LIST = "list"


def ways_to(currency: str, *, country: str, is_iban: bool, named: bool) -> frozenset[Way]:
    """Return the ways on which an amount reaches an account at a bank in a country.

    `named`: the bank is known by a BIC or a national clearing code. Where SEPA reaches,
    nothing else is used; a list says whatever there is to say.
    """
    if currency == "EUR" and is_iban and country in SEPA_COUNTRIES:
        return frozenset({Way.SEPA})
    return frozenset({Way.TRANSFER, Way.LIST} if named else {Way.LIST})


class Paper(StrEnum):
    """What a partner must file before it is paid (3.8)."""

    BANK_FORM = "bank_form"
    W9 = "w9"
    W8BEN = "w8ben"
    W8BEN_E = "w8ben_e"
    TAX_INVOICE = "tax_invoice"
    RUT = "rut"
    BANK_CERTIFICATE = "bank_certificate"
    SOCIAL_SECURITY = "social_security"


TAX_FORMS = (Paper.W9, Paper.W8BEN, Paper.W8BEN_E)
QUARTERLY = (Paper.TAX_INVOICE, Paper.SOCIAL_SECURITY)
"""Papers that are filed anew for each quarter; of the others a valid one is enough."""

# Where a value-added tax, or a goods and services tax, is charged (OECD, Consumption Tax
# Trends): not the United States, Malaysia (since 2018), Hong Kong, Kuwait or Qatar.
_EUROPE = (
    *("AL", "AT", "BA", "BE", "BG", "BY", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI"),
    *("FR", "GB", "GE", "GR", "HR", "HU", "IE", "IM", "IS", "IT", "JE", "LI", "LT", "LU"),
    *("LV", "MC", "MD", "ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO", "RS", "RU", "SE"),
    *("SI", "SK", "TR", "UA", "XK"),
)
_AMERICAS = (
    *("AR", "BB", "BO", "BR", "BS", "CA", "CL", "CO", "CR", "DO", "EC", "GT", "GY", "HN"),
    *("HT", "JM", "MX", "NI", "PA", "PE", "PY", "SV", "TT", "UY", "VE"),
)
_ASIA_AND_PACIFIC = (
    *("AE", "AM", "AU", "AZ", "BD", "BH", "CN", "FJ", "ID", "IL", "IN", "JO", "JP", "KG"),
    *("KH", "KR", "KZ", "LA", "LB", "LK", "MN", "MV", "NP", "NZ", "OM", "PG", "PH", "PK"),
    *("SA", "SG", "TH", "TJ", "TW", "UZ", "VN"),
)
_AFRICA = (
    *("BJ", "BF", "BW", "CI", "CM", "CV", "DZ", "EG", "ET", "GA", "GH", "GN", "KE", "MA"),
    *("MG", "ML", "MU", "MW", "MZ", "NA", "NE", "NG", "RW", "SC", "SN", "TG", "TN", "TZ"),
    *("UG", "ZA", "ZM", "ZW"),
)
TAXED_COUNTRIES = frozenset((*_EUROPE, *_AMERICAS, *_ASIA_AND_PACIFIC, *_AFRICA))
"""Where an invoice with VAT or GST is due for each quarter (3.8)."""


@dataclass(frozen=True, slots=True)
class Need:
    """One thing to file: any of `papers` will do."""

    papers: tuple[Paper, ...]
    quarterly: bool = False


def needs_of(country: str, *, demanded: Collection[Paper] = ()) -> tuple[Need, ...]:
    """Return what a partner in a country files, in the order of the page (3.8).

    By country: a bank form for all; W-9 in the United States, a W-8 elsewhere; what
    Colombia asks besides; a VAT or GST invoice per quarter where there is such a tax.
    Of what is asked for where it applies only what somebody demanded (`demandable`).
    """
    tax = (Paper.W9,) if country == "US" else (Paper.W8BEN, Paper.W8BEN_E)
    needs = [Need((Paper.BANK_FORM,)), Need(tax)]
    if country == "CO":
        needs += [Need((Paper.RUT,)), Need((Paper.BANK_CERTIFICATE,))]
    if country in TAXED_COUNTRIES:
        needs.append(Need((Paper.TAX_INVOICE,), quarterly=True))
    needs += [
        Need((paper,), quarterly=paper in QUARTERLY)
        for paper in demandable(country)
        if paper in demanded
    ]
    return tuple(needs)


def demandable(country: str) -> tuple[Paper, ...]:
    """Return the papers that a country asks for only where they apply (3.8).

    Whether a Colombian partner pays social security for who does the work is not known
    to the portal, and holding back the money of whoever owes no such proof would be as
    wrong as paying without it. So people decide, partner by partner, and say why.
    """
    return (Paper.SOCIAL_SECURITY,) if country == "CO" else ()


def lasting(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Return the needs that are met once: what forfeiture looks at (3.8)."""
    return tuple(need for need in needs if not need.quarterly)


def expires_on(paper: Paper, signed_on: date) -> date | None:
    """Return the first day on which a paper no longer holds; None if it does not end.

    A W-8 holds until the end of the third calendar year after that of its signature.
    """
    if paper in (Paper.W8BEN, Paper.W8BEN_E):
        return date(signed_on.year + 4, 1, 1)
    return None
