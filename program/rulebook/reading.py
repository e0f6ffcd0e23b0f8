"""Read an edition's document entry by entry, with its key and line for every complaint.

A document is made of *entries*: tables with a `rule` (rulebook 1.8). An entry with one
column calls it `value`:

    sourced = { value = 5, rule = "R20" }

and an entry with more columns names them:

    gold = { sold = 110, managed = 38, total = 325, rule = "R13" }

Every entry may carry a `note`. What is never read is refused at the end.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from program.money import InvalidMoneyError, Money
from program.rulebook.errors import RulebookError
from program.rulebook.lines import Path
from program.rulebook.source import Source, dotted

_Choice = TypeVar("_Choice", bound=StrEnum)

_ONE_RULE = r"(?:R[0-9]+(?:-R[0-9]+)?|C[0-9]+|[0-9]+(?:\.[0-9]+)+)"
_RULE = re.compile(rf"{_ONE_RULE}(, {_ONE_RULE})*")
_PERCENTAGE = re.compile(r"([0-9.]+)\s?%")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,19}")
_CODE = re.compile(r"[a-z][a-z0-9_]*")
_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MAX_TEXT = 300
_MAX_DIGITS = 12
_MAX_INTEGER = 10**_MAX_DIGITS - 1


class Table:
    """A table of the document that has been asked for."""

    def __init__(self, source: Source, path: Path, data: dict[str, Any]) -> None:
        self._source = source
        self._data = data
        self.path = path

    def error(self, reason: str, *below: str) -> RulebookError:
        return self._source.error((*self.path, *below), reason)

    def table(self, key: str) -> "Table":
        """Return the table under `key`; RulebookError if absent or not a table."""
        path = (*self.path, key)
        data = self._get(key)
        if not isinstance(data, dict):
            raise self._source.error(path, "must be a table")
        return Table(self._source, path, data)

    def entry(self, key: str) -> "Table":
        """Return the entry under `key`, after recording the rule it cites."""
        entry = self.table(key)
        rule = entry.cell("rule").rule()
        entry.text("note")
        self._source.rules[dotted(entry.path)] = rule
        return entry

    def value(self, key: str) -> "Cell":
        """Return the single value of the entry under `key`."""
        return self.entry(key).cell("value")

    def optional_value(self, key: str) -> "Cell | None":
        """Return the single value of an entry that older editions do not have."""
        return self.value(key) if key in self._data else None

    def cell(self, key: str) -> "Cell":
        return Cell(self._source, (*self.path, key), self._get(key))

    def optional(self, key: str) -> "Cell | None":
        return self.cell(key) if key in self._data else None

    def entries(self) -> "Iterator[tuple[str, Table]]":
        """Yield every entry of this table with its key, in the order of the document."""
        for key in self._data:
            yield key, self.entry(key)

    def tables(self) -> "Iterator[tuple[str, Table]]":
        """Yield every table of this one with its key, in the order of the document."""
        for key in self._data:
            yield key, self.table(key)

    def key_is_code(self) -> None:
        """Raise RulebookError unless this table's own key is a lower-case word."""
        if not _CODE.fullmatch(str(self.path[-1])):
            raise self.error("is no code; use a-z, 0-9 and _")

    def key_is_rule(self) -> None:
        """Raise RulebookError unless this table's own key is one rule reference."""
        if not re.fullmatch(_ONE_RULE, str(self.path[-1])):
            raise self.error('is no rule reference; write R20, C6 or "3.4"')

    def text(self, key: str) -> str:
        """Return the text under `key`, or "" if it is not there."""
        cell = self.optional(key)
        return cell.text() if cell else ""

    def _get(self, key: str) -> Any:
        path = (*self.path, key)
        if key not in self._data:
            raise self._source.error(path, "is missing" + self._advice(key))
        self._source.mark(path)
        return self._data[key]

    def _advice(self, key: str) -> str:
        unread = [k for k in self._data if not self._source.is_read((*self.path, k))]
        close = difflib.get_close_matches(key, unread, n=1)
        return f"; is {close[0]!r} a slip of the pen?" if close else ""


class Cell:
    """One value of the document, and the ways it may be read."""

    def __init__(self, source: Source, path: Path, data: Any) -> None:
        self._source = source
        self._path = path
        self._data = data

    def error(self, reason: str) -> RulebookError:
        return self._source.error(self._path, reason)

    def text(self) -> str:
        """Return text of one line, at most 300 long: not blank, no control characters."""
        if not isinstance(self._data, str):
            raise self.error(f"must be text in quotes, not {_kind(self._data)}")
        if not self._data.strip() or not all(map(_is_written, self._data)):
            raise self.error("must be text of one line, without control characters")
        if len(self._data) > _MAX_TEXT:
            raise self.error(f"is longer than {_MAX_TEXT} characters")
        return self._data

    def name(self) -> str:
        """Return a short name of letters, digits, dots and dashes, such as 2025-A."""
        text = self.text()
        if not _NAME.fullmatch(text):
            raise self.error(
                f"{text!r} is no name; use up to 20 of A-Z, a-z, 0-9, . and -"
            )
        return text

    def rule(self) -> str:
        """Return one rule reference or several: R20, 3.4, R57-R59, "R12, C6"."""
        text = self.text()
        if not _RULE.fullmatch(text):
            raise self.error(
                f'{text!r} is no rule reference; write "R20", "3.4" or "R12, C6"'
            )
        return text

    def code(self) -> str:
        """Return a lower-case word such as `marketing_hub`."""
        text = self.text()
        if not _CODE.fullmatch(text):
            raise self.error(f"{text!r} is no code; use a-z, 0-9 and _")
        return text

    def flag(self) -> bool:
        if not isinstance(self._data, bool):
            raise self.error(f"must be true or false, not {_kind(self._data)}")
        return self._data

    def integer(self, *, minimum: int = 0, maximum: int = _MAX_INTEGER) -> int:
        """Return a whole number from `minimum` to `maximum`, both included."""
        if not isinstance(self._data, int) or isinstance(self._data, bool):
            raise self.error(f"must be a whole number, not {_kind(self._data)}")
        if not minimum <= self._data <= maximum:
            raise self.error(f"{self._data} is not between {minimum} and {maximum}")
        return self._data

    def scaled(self, decimals: int) -> int:
        """Return a number, 0 or more, in units of the last of its allowed decimals.

        It is written as a whole number or, with decimals, as text: 38 or "37.5". Never
        as a TOML float, which could not hold it exactly.
        """
        if isinstance(self._data, int) and not isinstance(self._data, bool):
            text = str(self._data)
        elif isinstance(self._data, str):
            text = self._data
        else:
            raise self.error(
                "must be a whole number or a decimal number in quotes, "
                f"not {_kind(self._data)}"
            )
        if not _DECIMAL.fullmatch(text):
            raise self.error(f"{text!r} is not a decimal number of 0 or more")
        whole, _, fraction = text.partition(".")
        fraction = fraction.rstrip("0")
        if len(fraction) > decimals:
            raise self.error(f"{text} has more than {decimals} decimals")
        if len(whole.lstrip("0")) > _MAX_DIGITS:
            raise self.error(f"{text} has more than {_MAX_DIGITS} digits")
        return int(whole + fraction.ljust(decimals, "0"))

    def bps(self) -> int:
        """Return a percentage written "20 %" in basis points; at most 100 %."""
        text = self.text()
        found = _PERCENTAGE.fullmatch(text)
        if not found:
            raise self.error(f'{text!r} is no percentage; write "20 %"')
        bps = Cell(self._source, self._path, found[1]).scaled(2)
        if bps > 10_000:  # noqa: PLR2004 (the whole)
            raise self.error(f"{text} is more than 100 %")
        return bps

    def amount(self, currency: str) -> Money:
        """Return a positive amount of major units: 75 or "62.50"."""
        if not isinstance(self._data, int | str) or isinstance(self._data, bool):
            raise self.error(
                "must be a whole amount or a decimal amount in quotes, "
                f"not {_kind(self._data)}"
            )
        try:
            money = Money.of(str(self._data), currency)
        except InvalidMoneyError as error:
            raise self.error(str(error)) from None
        if money.minor <= 0:
            raise self.error(f"{money} is not more than nothing")
        return money

    def money(self) -> Money:
        """Return a positive amount with its currency: "3000 USD"."""
        amount, space, currency = self.text().partition(" ")
        if not space:
            raise self.error(f'{amount!r} is no amount; write "3000 USD"')
        return Cell(self._source, self._path, amount).amount(currency)

    def day(self) -> date:
        """Return a TOML date without a time."""
        if isinstance(self._data, datetime) or not isinstance(self._data, date):
            hint = ""
            if isinstance(self._data, str) and _DAY.fullmatch(self._data):
                hint = "; leave the quotes away"
            raise self.error(
                f"must be a day like 2025-07-16, not {_kind(self._data)}{hint}"
            )
        return self._data

    def choice(self, words: type[_Choice]) -> _Choice:
        text = self.text()
        if text not in {*words}:
            raise self.error(f"{text!r} is not one of {', '.join(words)}")
        return words(text)

    def only(self, *words: str) -> str:
        """Return one of a few words that have a meaning in code."""
        text = self.text()
        if text not in words:
            raise self.error(f"{text!r} is not one of {', '.join(words)}")
        return text

    def each(self) -> "tuple[Cell, ...]":
        """Return the cells of a list; RulebookError if it is empty."""
        if not isinstance(self._data, list) or not self._data:
            raise self.error("must be a list of at least one element")
        return tuple(
            Cell(self._source, (*self._path, index), element)
            for index, element in enumerate(self._data)
        )

    def distinct(self, words: type[_Choice]) -> tuple[_Choice, ...]:
        """Return a list of different words of one kind."""
        found = tuple(cell.choice(words) for cell in self.each())
        if len(set(found)) != len(found):
            raise self.error("names one of its elements twice")
        return found

    def descending(self) -> tuple[int, ...]:
        """Return a list of positive whole numbers, each smaller than the one before."""
        numbers = tuple(cell.integer(minimum=1) for cell in self.each())
        if list(numbers) != sorted(set(numbers), reverse=True):
            raise self.error("must go from the largest number to the smallest")
        return numbers


def refuse_unwritten(text: str, path: Path) -> None:
    """Raise RulebookError for text that must not come into a document."""
    if not all(map(_is_written, text)):
        raise RulebookError(
            "must be text of one line, without control characters", key=dotted(path)
        )


def _is_written(char: str) -> bool:
    """Say whether a character shows; the no-break spaces of French do."""
    return char.isprintable() or unicodedata.category(char) == "Zs"


def _kind(data: Any) -> str:
    """Name what was found, in the reader's words."""
    kinds = {
        bool: "true or false",
        int: "a whole number",
        float: "a number with a floating point",
        str: "text",
        list: "a list",
        dict: "a table",
        datetime: "a moment",
        date: "a day",
    }
    return kinds.get(type(data), "a time")
