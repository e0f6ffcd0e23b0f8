"""What a person reads off a page: numbers with their separators, rows, whole texts."""

import re
from decimal import ROUND_HALF_UP, Decimal

from playwright.sync_api import Locator, Page

NUMBER = re.compile(r"[-−]?\d[\d,]*(?:\.\d+)?")
MILLIONTH = Decimal("0.000001")


def numbers(text: str) -> list[Decimal]:
    """Return the numbers of an English text, in order."""
    return [
        Decimal(found.replace(",", "").replace("−", "-"))
        for found in NUMBER.findall(text)
    ]


def number(text: str) -> Decimal:
    """Return the only number of an English text."""
    (found,) = numbers(text)
    return found


def computed(line: str) -> tuple[Decimal, Decimal]:
    """Return both sides of "a ÷ b × c × d = e points", the left one worked out here."""
    left, _equals, right = line.partition("=")
    amount, _divided, rest = left.partition("÷")
    unit, *factors = numbers(rest)
    value = number(amount) / unit
    for factor in factors:
        value *= factor
    return value.quantize(MILLIONTH, ROUND_HALF_UP), number(right)


def sourced_number(page: Page) -> Locator:
    """Return the link on the home page from the sourced points to their receipt."""
    return page.locator("section[aria-labelledby=kinds] a[href*='/sourced/']")


def receipts_of_rows(page: Page) -> set[str]:
    """Return the addresses of the receipts that the rows of a list lead to."""
    links = page.locator("table.ptable tbody td .receipt-link").all()
    return {link.get_attribute("href") or "" for link in links}
