"""Below the edge nothing asks what time it is: the moment is passed in."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    *("benefits", "commissions", "deals", "clients", "partners"),
    *("interchange", "outbox", "ui", "program"),
)
# Where a request, a click, an event or a command comes in is the edge.
EDGE = (
    *("views", "admin", "portfolio", "handlers", "tasks", "management", "migrations"),
)
EDGE_FOLDER = "pages"  # of views that are more than one module; no file of this name
CLOCK = "outbox/clock.py"
ASKS = {"now", "today", "utcnow", "time_ns"}
ASKS_WITHOUT_ARGUMENT = {"localdate", "localtime"}


def modules() -> list[Path]:
    return [
        path
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if not set(EDGE) & {*path.parts, path.stem}
        and EDGE_FOLDER not in path.parts
        and not str(path).endswith(CLOCK)
    ]


def calls(tree: ast.AST) -> list[str]:
    """Return the calls that ask a clock, as `line: name`."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in ASKS or (name in ASKS_WITHOUT_ARGUMENT and not node.args):
            found.append(f"{node.lineno}: {name}()")
    return found


def test_asks_no_clock() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{call}"
        for path in modules()
        for call in calls(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert found == []


def test_the_search_finds_what_it_looks_for() -> None:
    planted = "timezone.now(), date.today(), Now(), localtime(at), localtime()"

    assert calls(ast.parse(planted)) == ["1: now()", "1: today()", "1: localtime()"]
