"""Find the line of every key of a TOML document, and where its value stands.

`tomllib` reads documents but forgets where things stood, and a programme manager needs
the line. This scan runs over a document that `tomllib` has accepted: it may therefore
trust its grammar, and only has to tell keys, strings, brackets and comments apart.
"""

import re
import tomllib
from bisect import bisect_right

Path = tuple[str | int, ...]
"""Keys and, inside arrays, positions: ("tiers", 0, "name")."""

_SKIPPED = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SKIPPED_WITH_COMMA = re.compile(r"(?:[ \t\r\n,]+|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]*")
_STRINGS = {
    '"': re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"'),
    "'": re.compile(r"'[^']*'"),
    '"""': re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}', re.DOTALL),
    "'''": re.compile(r"'''(?:[^']|'(?!''))*'{3,5}"),
}


def key_lines(document: str) -> dict[Path, int]:
    """Return the line, counted from 1, on which each key path first appears."""
    return _Scan(document).run()


def value_spans(document: str) -> dict[Path, tuple[int, int]]:
    """Return where the value of each key begins and ends, as positions in the text.

    Of values in lists and in tables written in braces as well as of whole ones.
    """
    scan = _Scan(document)
    scan.run()
    return scan.spans


class _Scan:
    def __init__(self, document: str) -> None:
        self._text = document
        self._at = 0
        self._starts = [0]
        self._starts += [at + 1 for at, char in enumerate(document) if char == "\n"]
        self.spans: dict[Path, tuple[int, int]] = {}
        self._lines: dict[Path, int] = {}
        self._last_row: dict[Path, int] = {}
        """Position of the newest element of each array of tables."""

    def run(self) -> dict[Path, int]:
        table: Path = ()
        self._skip()
        while self._at < len(self._text):
            table = self._header() if self._peek() == "[" else self._pair(table)
            self._skip()
        return self._lines

    def _header(self) -> Path:
        is_row = self._text.startswith("[[", self._at)
        self._at += 2 if is_row else 1
        path: Path = ()
        names = self._key()
        for depth, (name, line) in enumerate(names, start=1):
            path = (*path, name)
            self._lines.setdefault(path, line)
            if is_row and depth == len(names):
                self._last_row[path] = self._last_row.get(path, -1) + 1
            if path in self._last_row:
                path = (*path, self._last_row[path])
                self._lines.setdefault(path, line)
        self._at += 2 if is_row else 1
        return path

    def _pair(self, table: Path) -> Path:
        """Read `key = value` and return the table it stands in."""
        path = table
        for name, line in self._key():
            path = (*path, name)
            self._lines.setdefault(path, line)
        self._at += 1  # the equals sign
        self._skip()
        start = self._at
        self._value(path)
        written = self._text[start : self._at].rstrip()
        self.spans[path] = (start, start + len(written))
        return table

    def _key(self) -> list[tuple[str, int]]:
        """Read a dotted key up to, but not including, `=` or `]`."""
        names = []
        while True:
            self._skip()
            line = self._line()
            names.append((self._key_part(), line))
            self._skip()
            if self._peek() != ".":
                return names
            self._at += 1

    def _key_part(self) -> str:
        if self._peek() not in "\"'":
            return self._pass(_BARE_KEY)
        return str(tomllib.loads(f"key = {self._string()}")["key"])

    def _value(self, path: Path) -> None:
        char = self._peek()
        if char in "\"'":
            self._string()
        elif char == "[":
            self._array(path)
        elif char == "{":
            self._inline_table(path)
        else:
            self._pass(_SCALAR)

    def _array(self, path: Path) -> None:
        self._at += 1
        self._skip()
        index = 0
        while self._peek() != "]":
            element = (*path, index)
            self._lines[element] = self._line()
            self._value(element)
            self._pass(_SKIPPED_WITH_COMMA)
            index += 1
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        self._skip()
        while self._peek() != "}":
            self._pair(path)
            self._pass(_SKIPPED_WITH_COMMA)
        self._at += 1

    def _string(self) -> str:
        """Pass a string of any of the four kinds and return it as it is written."""
        quote = self._peek()
        triple = self._text.startswith(quote * 3, self._at)
        return self._pass(_STRINGS[quote * 3 if triple else quote])

    def _skip(self) -> None:
        """Move over white space and comments."""
        self._pass(_SKIPPED)

    def _pass(self, pattern: re.Pattern[str]) -> str:
        """Move over what the pattern matches here, and return it."""
        match = pattern.match(self._text, self._at)
        assert match, "a document that tomllib accepted"
        self._at = match.end()
        return match[0]

    def _peek(self) -> str:
        return self._text[self._at]

    def _line(self) -> int:
        return bisect_right(self._starts, self._at)
