"""The code cites docs/rulebook.md, and the page knows what is cited."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import program
from program.rulebook import Rulebook
from tests.unit.program.editions import A, B, changed, refused

PROGRAM = Path(program.__file__).parent
ROOT = PROGRAM.parent
PAGE = (ROOT / "docs" / "rulebook.md").read_text(encoding="utf-8")
MODULES = sorted(PROGRAM.rglob("*.py"))
each_module = pytest.mark.parametrize(
    "module", MODULES, ids=lambda path: str(path.relative_to(PROGRAM))
)
TESTS = sorted(Path(__file__).parent.glob("test_*.py"))

SECTIONS = set(re.findall(r"^#{1,3} (\d+(?:\.\d+)*) ", PAGE, re.MULTILINE))
LISTED = re.findall(
    r"^\| ([RC]\d+) \|", PAGE[PAGE.index("# 4 Contradictions") :], re.MULTILINE
)
RULES = set(LISTED)
EXAMPLES = set(re.findall(r"^\| ([DFGHKLMNPQSTUVWXYZ]\d+) \|", PAGE, re.MULTILINE))


def expanded(text: str) -> Iterator[str]:
    """Yield every rule of the guide a text cites, runs such as R26-R29 one by one."""
    for first, last in re.findall(r"\b([RC]\d+)(?:(?:-| to )R(\d+))?", text):
        yield first
        if last:
            yield from (f"R{n}" for n in range(int(first[1:]) + 1, int(last) + 1))


def docstrings(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield ast.get_docstring(node) or ""
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield str(node.value.value)


def cited_sections(text: str) -> set[str]:
    """Return the sections named after "rulebook", and the 3.x in brackets."""
    cited: set[str] = set()
    for tail in re.findall(r"[Rr]ulebook ((?:\d[\d.]*(?:, | to | and )?)+)", text):
        cited.update(number.rstrip(".") for number in re.findall(r"\d[\d.]*", tail))
    for inside in re.findall(r"\(([^()]*)\)", text):
        cited.update(re.findall(r"(?<![\w.])3\.\d+(?:\.\d+)?(?![\w%])", inside))
    return cited


@each_module
def test_every_section_and_rule_cited_in_a_docstring_exists(module: Path) -> None:
    text = " ".join(" ".join(docstrings(module)).split())

    assert cited_sections(text) <= SECTIONS
    assert set(expanded(text)) <= RULES


def test_sections_are_cited_at_all() -> None:
    """The test above would also pass if it found nothing."""
    text = " ".join(" ".join(docstrings(PROGRAM / "tiers.py")).split())

    assert {"2.5", "3.4", "3.4.2", "3.4.3", "3.4.4"} <= cited_sections(text)
    assert "R115" in set(expanded(text))


@pytest.mark.parametrize("rulebook", [A, B], ids=["2025-A", "2025-B"])
def test_every_rule_an_edition_cites_is_explained(rulebook: Rulebook) -> None:
    cited = ", ".join(rulebook.rules.values())

    assert set(expanded(cited)) <= RULES
    assert set(re.findall(r"(?<![\w.])\d\.\d+", cited)) <= SECTIONS
    assert {rule for rule in rulebook.rule_texts if "." not in rule} <= RULES
    assert {rule for rule in rulebook.rule_texts if "." in rule} <= SECTIONS


def test_the_page_lists_every_rule_and_contradiction_once() -> None:
    contradictions = [f"C{number}" for number in range(1, 40)]
    rules = [f"R{number}" for number in range(1, 131)]

    assert contradictions + rules == LISTED


def test_section_three_has_the_numbers_the_editions_cite() -> None:
    assert {f"3.{number}" for number in range(1, 24)} <= SECTIONS


def test_sections_stand_in_order() -> None:
    numbers = re.findall(r"^#{1,3} (\d+(?:\.\d+)*) ", PAGE, re.MULTILINE)
    order = [tuple(map(int, number.split("."))) for number in numbers]

    assert order == sorted(set(order))


def test_every_example_of_the_page_is_tested_and_every_tested_one_is_on_it() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in TESTS)
    named = set(re.findall(r'id="([DFGHKLMNPQSTUVWXYZ]\d+)\b', source))
    for first, last in re.findall(
        r"def test_([a-z]\d+)(?:_(?:and|to)_([a-z]\d+))?_", source
    ):
        number, until = int(first[1:]), int((last or first)[1:])
        named.update(f"{first[0].upper()}{n}" for n in range(number, until + 1))
    named.update(re.findall(r'via\("([DFGHKLMNPQSTUVWXYZ]\d+)', source))
    named.update(f"{a.upper()}{b}" for a, b in re.findall(r"_and_([t])(\d+)_", source))

    assert named == EXAMPLES


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("JPY = { value = 12000,", 'JPY = { value = "12000.5",'),
        ('sold_basis = { value = ["sourced"]', 'sold_basis = { value = ["sorced"]'),
    ],
    ids=["half a yen", "no kind"],
)
def test_the_page_quotes_real_complaints(old: str, new: str) -> None:
    error = refused(changed(old, new))

    assert f"\n{error}\n" in PAGE


def test_program_needs_nothing_but_the_standard_library() -> None:
    names = (
        "money",
        "calendar",
        "territories",
        "rulebook",
        "points",
        "tiers",
        "standing",
        "simulator",
        "commission",
        "payout",
        "statements",
    )
    code = (
        "import sys\n"
        f"import {', '.join(f'program.{name}' for name in names)}\n"
        "names = {name.split('.')[0] for name in sys.modules} - {'program'}\n"
        "foreign = names - set(sys.stdlib_module_names)\n"
        "print(*sorted(name for name in foreign if not name.startswith('_')))"
    )

    found = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path[:0] = [{str(ROOT)!r}]\n{code}",
        ],
        capture_output=True,
        check=True,
        text=True,
    )

    assert found.stdout.strip() == ""


@each_module
def test_no_module_reads_a_clock(module: Path) -> None:
    calls = re.findall(
        r"\.(?:now|today|utcnow|localtime)\(|\btime\.time\b|\bos\.environ\b",
        module.read_text(encoding="utf-8"),
    )

    assert calls == []


@each_module
def test_no_module_is_longer_than_400_lines(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 400
