"""The names of all acts that the code base writes into the audit log, read from source.

A name may be put together: `f"partners.view_{what}"`, where `what` is an argument of the
function around. The reading goes to whoever calls that function, as far as constants
lead; a name that ends in something else (a state of a row) comes back with a hole, "*".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = (
    *("partners", "clients", "deals", "commissions", "benefits", "portal"),
    *("interchange", "outbox"),
)
HOLE = "*"
RECORDERS = frozenset({"record", "Act", "record_export"})
DEEPEST = 6

Around = ast.FunctionDef | None


@dataclass(frozen=True)
class Call:
    """A call, and the function and module it stands in."""

    node: ast.Call
    around: Around
    path: Path
    tree: ast.Module

    @property
    def name(self) -> str:
        function = self.node.func
        if isinstance(function, ast.Attribute):
            return function.attr
        return function.id if isinstance(function, ast.Name) else ""


@cache
def calls() -> tuple[Call, ...]:
    """Return every call of the code base above `ui`."""
    found: list[Call] = []
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                tree = ast.parse(path.read_text("utf-8"))
                found += _calls_in(tree, None, path, tree)
    return tuple(found)


def _calls_in(
    node: ast.AST, around: Around, path: Path, tree: ast.Module
) -> Iterator[Call]:
    for child in ast.iter_child_nodes(node):
        inside = child if isinstance(child, ast.FunctionDef) else around
        if isinstance(child, ast.Call):
            yield Call(child, around, path, tree)
        yield from _calls_in(child, inside, path, tree)


@cache
def acts() -> dict[str, str]:
    """Return act → where it is recorded; a name that nothing tells has holes."""
    found: dict[str, str] = {}
    for call in calls():
        if call.name not in RECORDERS or not _is_audit(call):
            continue
        for name in _texts(call.node.args[0], call, DEEPEST):
            act = f"{name}_exported" if call.name == "record_export" else name
            found.setdefault(act, f"{call.path.relative_to(ROOT)}:{call.node.lineno}")
    return found


def _is_audit(call: Call) -> bool:
    """Say whether it is the audit log's: `audit.record(…)`, or imported by name."""
    function = call.node.func
    if not call.node.args or call.path == ROOT / "partners/services/audit.py":
        return False
    if isinstance(function, ast.Attribute):
        return isinstance(function.value, ast.Name) and function.value.id == "audit"
    # A name put together from the argument of `record_export` itself is that call's.
    return call.name == "record_export" or any(
        isinstance(node, ast.ImportFrom)
        and node.module == "partners.services.audit"
        and call.name in {alias.name for alias in node.names}
        for node in ast.walk(call.tree)
    )


def _texts(node: ast.AST, call: Call, depth: int) -> set[str]:
    """Return what an expression may be, as text; "*" for what constants do not tell."""
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    if isinstance(node, ast.IfExp):
        return _texts(node.body, call, depth) | _texts(node.orelse, call, depth)
    if isinstance(node, ast.JoinedStr):
        parts = (
            sorted(_texts(getattr(part, "value", part), call, depth))
            if isinstance(part, ast.FormattedValue)
            else [str(getattr(part, "value", HOLE))]
            for part in node.values
        )
        return {"".join(texts) for texts in product(*parts)}
    if isinstance(node, ast.Subscript):
        return _values_of(node.value, call)
    if isinstance(node, ast.Name) and call.around is not None and depth:
        return _texts_of_name(node.id, call.around, call, depth - 1)
    return {HOLE}


def _texts_of_name(
    name: str, around: ast.FunctionDef, call: Call, depth: int
) -> set[str]:
    positional = [argument.arg for argument in around.args.args]
    if name not in {*positional, *(each.arg for each in around.args.kwonlyargs)}:
        assigned = [
            node.value
            for node in ast.walk(around)
            if isinstance(node, ast.Assign)
            and any(isinstance(to, ast.Name) and to.id == name for to in node.targets)
        ]
        return _union(_texts(value, call, depth) for value in assigned) or {HOLE}
    texts: set[str] = set()
    for other in calls():
        if other.name != around.name or not _same(other, call):
            continue
        given = {word.arg: word.value for word in other.node.keywords}
        if name in positional and positional.index(name) < len(other.node.args):
            given[name] = other.node.args[positional.index(name)]
        if name in given:
            texts |= _texts(given[name], other, depth)
    return texts or {HOLE}


def _same(other: Call, call: Call) -> bool:
    """Say whether a call is of the function around another: private ones stay at home."""
    assert call.around is not None
    if call.around.name.startswith("_"):
        return other.path == call.path
    return other.path.relative_to(ROOT).parts[0] == call.path.relative_to(ROOT).parts[0]


def _values_of(node: ast.AST, call: Call) -> set[str]:
    """Return the constants of a mapping that stands at the top of the module."""
    if not isinstance(node, ast.Name):
        return {HOLE}
    for statement in call.tree.body:
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        if any(isinstance(to, ast.Name) and to.id == node.id for to in targets):
            value = getattr(statement, "value", None)
            if isinstance(value, ast.Dict):
                return _union(_texts(each, call, 0) for each in value.values)
    return {HOLE}


def _union(sets: Iterator[set[str]]) -> set[str]:
    return set().union(*sets)
