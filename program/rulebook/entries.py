"""The values of an edition's document one by one: to show, to compare, and to change.

A document stays the text somebody wrote: changing a value replaces that value and leaves
comments, notes and the rules it cites where they stand.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from program.rulebook.errors import RulebookError
from program.rulebook.lines import Path, value_spans
from program.rulebook.reading import refuse_unwritten
from program.rulebook.source import Source, dotted

Value = bool | int | str | date | tuple[int | str, ...]
"""What an entry may hold; never a float, which could not hold a rate exactly."""

_BESIDE = frozenset({"rule", "note"})
_TERRITORIES: Path = ("growth", "territories")
_UNITS: Path = ("points", "units")
_HEADER = re.compile(r"^\[growth\.territories\][^\n]*\n", re.MULTILINE)
_UNITS_HEADER = re.compile(r"^\[points\.units\][^\n]*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One value of an edition. `key` is its name in rules: points.rates.sourced.

    `column` is "" where the entry has one value; the columns of a threshold are "sold",
    "managed" and "total". `rule` is what it cites.
    """

    path: Path
    key: str
    column: str
    value: Value
    rule: str

    @property
    def name(self) -> str:
        """What tells the value from all others: the key, and its column if it has one."""
        return f"{self.key}.{self.column}" if self.column else self.key

    @property
    def section(self) -> str:
        """The first part of the key."""
        return str(self.path[0])


def entries(document: str) -> tuple[Entry, ...]:
    """Return the values of a document in its order; rules and notes are no values.

    Raises RulebookError for a document that is not TOML.
    """
    found: list[Entry] = []
    _collect(Source(document).tree, (), "", found)
    return tuple(found)


def _collect(
    tree: Mapping[str, object], above: Path, rule: str, out: list[Entry]
) -> None:
    cited = tree.get("rule")
    rule = cited if isinstance(cited, str) else rule
    for name, data in tree.items():
        path = (*above, name)
        if isinstance(data, dict):
            _collect(data, path, rule, out)
        elif name not in _BESIDE and (value := _value(data)) is not None:
            out.append(
                Entry(
                    path=path,
                    key=dotted(above),
                    column="" if name == "value" else name,
                    value=value,
                    rule=rule,
                )
            )


def _value(data: object) -> Value | None:
    if isinstance(data, list):
        return tuple(part for part in data if isinstance(part, int | str))
    return data if isinstance(data, bool | int | str | date) else None


def with_values(document: str, values: Mapping[Path, Value]) -> str:
    """Return the document with other values in these places, and nothing else changed.

    Raises KeyError for a path the document does not have, RulebookError for text that no
    document can hold.
    """
    spans = value_spans(document)
    replaced = {spans[path]: _written(value, path) for path, value in values.items()}
    for (start, end), text in sorted(replaced.items(), reverse=True):
        document = f"{document[:start]}{text}{document[end:]}"
    return document


def without_entries(document: str, paths: Collection[Path]) -> str:
    """Return the document without some entries, each on a line of its own."""
    spans = value_spans(document)
    for start, end in sorted((spans[path] for path in paths), reverse=True):
        first = document.rfind("\n", 0, start) + 1
        last = document.find("\n", end)
        document = document[:first] + (document[last + 1 :] if last >= 0 else "")
    return document


def with_territory(
    document: str, code: str, *, en: str, fr: str, region: str, rule: str
) -> str:
    """Return the document with one more growth market.

    Raises RulebookError for what is no code, or names no document can hold.
    """
    _refuse_other_codes(code, letters=2, path=(*_TERRITORIES, code))
    columns = {"en": en, "fr": fr, "region": region, "rule": rule}
    line = _line(code, columns, (*_TERRITORIES, code))
    return _after(document, _HEADER, line)


def with_unit(document: str, currency: str, *, worth: int | str, rule: str) -> str:
    """Return the document with one more currency on the point scale.

    Raises RulebookError for what is no code, or a worth no document can hold.
    """
    _refuse_other_codes(currency, letters=3, path=(*_UNITS, currency))
    line = _line(currency, {"value": worth, "rule": rule}, (*_UNITS, currency))
    return _after(document, _UNITS_HEADER, line)


def _refuse_other_codes(code: str, *, letters: int, path: Path) -> None:
    if not re.fullmatch(f"[A-Z]{{{letters}}}", code):
        raise RulebookError(f"is no code of {letters} capital letters", key=dotted(path))


def _after(document: str, header: re.Pattern[str], line: str) -> str:
    found = header.search(document)
    if found is None:
        raise RulebookError("has no table of this name on a line of its own")
    return f"{document[: found.end()]}{line}\n{document[found.end() :]}"


def _line(name: str, columns: Mapping[str, Value], path: Path) -> str:
    cells = ", ".join(
        f"{column} = {_written(value, (*path, column))}"
        for column, value in columns.items()
    )
    return f"{name} = {{ {cells} }}"


def _written(value: Value, path: Path) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return f"[{', '.join(_written(part, path) for part in value)}]"
    refuse_unwritten(value, path)
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'
