"""Find the line of every key of a TOML document.

`tomllib` reads documents but forgets where things stood, and a programme manager needs
the line. This scan runs over a document that `tomllib` has accepted: it may therefore
trust its grammar, and only has to tell keys, strings, brackets and comments apart.
"""

import tomllib
from bisect import bisect_right

Path = tuple[str | int, ...]
"""Keys and, inside arrays, positions: ("tiers", 0, "name")."""

_SPACE = " \t\r\n"
_BARE_END = " \t\r\n.=]"
_SCALAR_END = ",]}#\n"


def key_lines(document: str) -> dict[Path, int]:
    """Return the line, counted from 1, on which each key path first appears."""
    return _Scan(document).run()


class _Scan:
    def __init__(self, document: str) -> None:
        self._text = document
        self._at = 0
        self._starts = [0]
        self._starts += [at + 1 for at, char in enumerate(document) if char == "\n"]
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
        self._value(path)
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
        start = self._at
        if self._peek() in "\"'":
            self._string()
            return str(tomllib.loads(f"key = {self._text[start : self._at]}")["key"])
        while self._peek() not in _BARE_END:
            self._at += 1
        return self._text[start : self._at]

    def _value(self, path: Path) -> None:
        char = self._peek()
        if char in "\"'":
            self._string()
        elif char == "[":
            self._array(path)
        elif char == "{":
            self._inline_table(path)
        else:
            while self._at < len(self._text) and self._peek() not in _SCALAR_END:
                self._at += 1

    def _array(self, path: Path) -> None:
        self._at += 1
        self._skip()
        index = 0
        while self._peek() != "]":
            element = (*path, index)
            self._lines[element] = self._line()
            self._value(element)
            self._skip(also=",")
            index += 1
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        self._skip()
        while self._peek() != "}":
            self._pair(path)
            self._skip(also=",")
        self._at += 1

    def _string(self) -> None:
        """Pass a string of any of the four kinds."""
        quote = self._peek()
        triple = self._text.startswith(quote * 3, self._at)
        mark = quote * 3 if triple else quote
        self._at += len(mark)
        while not self._text.startswith(mark, self._at):
            self._at += 2 if quote == '"' and self._peek() == "\\" else 1
        if triple:  # up to two quotes may stand right before the closing three
            while self._text.startswith(mark, self._at + 1):
                self._at += 1
        self._at += len(mark)

    def _skip(self, also: str = "") -> None:
        """Move over white space, comments and the characters of `also`."""
        while self._at < len(self._text):
            if self._peek() == "#":
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            elif self._peek() in _SPACE or (also and self._peek() in also):
                self._at += 1
            else:
                return

    def _peek(self) -> str:
        return self._text[self._at]

    def _line(self) -> int:
        return bisect_right(self._starts, self._at)
