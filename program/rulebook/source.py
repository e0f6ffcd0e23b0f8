"""An edition's document as it was written: its tree, its lines, what was read of it."""

import re
import tomllib
from functools import cached_property, lru_cache
from typing import Any

from program.rulebook.errors import RulebookError
from program.rulebook.lines import Path, key_lines

_SYNTAX_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_MAX_DEPTH = 10


class Source:
    """One document: its tree, the line of every key, and what has been read of it."""

    def __init__(self, document: str) -> None:
        self.tree = _load(document)
        self.rules: dict[str, str] = {}
        self._document = document
        self._read: set[Path] = set()

    def mark(self, path: Path) -> None:
        self._read.add(path)

    def error(self, path: Path, reason: str) -> RulebookError:
        """Return the error for a path; a missing key has the line of its table."""
        known = path
        while known and known not in self._lines:
            known = known[:-1]
        return RulebookError(reason, key=dotted(path), line=self._lines.get(known))

    @cached_property
    def _lines(self) -> dict[Path, int]:
        return key_lines(self._document)

    def is_read(self, path: Path) -> bool:
        return path in self._read

    def refuse_unread(self) -> None:
        """Raise RulebookError for the first key of the document nobody asked for."""
        unread = _key_paths(self.tree) - self._read
        if unread:
            first = min(unread, key=lambda path: (self._lines[path], len(path)))
            raise self.error(first, "is not a key of the rulebook")


def dotted(path: Path) -> str:
    """Return a path as it is shown: `tiers.thresholds.gold`, `products.hub.tools[2]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            shown = step if step.isprintable() else repr(step)
            text += f".{shown}" if text else shown
    return text


def _key_paths(tree: dict[str, Any], above: Path = ()) -> set[Path]:
    """Return the paths of all keys of a tree of tables."""
    paths: set[Path] = set()
    for key, value in tree.items():
        path = (*above, key)
        paths.add(path)
        if isinstance(value, dict):
            paths |= _key_paths(value, path)
    return paths


@lru_cache(maxsize=8)
def _load(document: str) -> dict[str, Any]:
    """Return the tree of a document, to read only: who changes a draft asks often."""
    try:
        document.encode()
        tree = tomllib.loads(document)
    except UnicodeEncodeError as error:
        line = document.count("\n", 0, error.start) + 1
        raise RulebookError("holds half a character", line=line) from None
    except tomllib.TOMLDecodeError as error:
        found = _SYNTAX_LINE.search(str(error))
        line = int(found[1]) if found else document.rstrip("\n").count("\n") + 1
        raise RulebookError(f"is not TOML: {error}", line=line) from None
    except (ValueError, RecursionError):
        raise RulebookError("is not TOML that can be read") from None
    _refuse_depth(tree)
    return tree


def _refuse_depth(tree: dict[str, Any]) -> None:
    """Raise RulebookError for nesting no edition needs and no recursion survives."""
    level: list[Any] = [tree]
    for _ in range(_MAX_DEPTH):
        parts = [part.values() if isinstance(part, dict) else part for part in level]
        level = [x for part in parts for x in part if isinstance(x, dict | list)]
        if not level:
            return
    raise RulebookError(f"nests tables or lists more than {_MAX_DEPTH} deep")
