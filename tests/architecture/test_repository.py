"""The repository is what its pages and its conventions say it is."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    *("portal", "benefits", "commissions", "deals", "clients", "partners"),
    *("interchange", "outbox", "ui", "program"),
)
LONGEST_FILE = 400
LONGEST_README = 120

# What belongs to one machine or to one network, and what is not finished.
MACHINE_PATHS = r"(?<![\w.])/(?:work|root|opt|home/\w+|Users/\w+)/"
REGISTRY_HOSTS = r"pypi\.org|pythonhosted\.org|registry\.npmjs|npmjs\.com"
UNFINISHED = r"\b(?:TODO|FIXME)\b"


def written_by_people(*suffixes: str) -> list[Path]:
    """Return the project's own files with these suffixes; nothing made or vendored."""
    found = [ROOT / name for name in ("manage.py", "Makefile", "README.md", ".ci/run")]
    places = (*PACKAGES, "templates", "static", "tests", "scripts", "docs", "benchmarks")
    for place in places:
        found += sorted((ROOT / place).rglob("*"))
    return [
        path
        for path in found
        if path.is_file()
        and (path.suffix in suffixes or path.name in suffixes)
        and not {"vendor", "migrations", "__pycache__"} & set(path.parts)
    ]


CODE = written_by_people(".py", ".html", ".css", ".js")
TEXTS = written_by_people(
    ".py", ".html", ".css", ".js", ".md", ".toml", "Makefile", "run"
)


def test_no_file_is_too_long_to_read() -> None:
    lines = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").count("\n")
        for path in CODE
    }

    assert {path: count for path, count in lines.items() if count > LONGEST_FILE} == {}


def test_the_readme_fits_on_a_few_screens() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()

    assert len(lines) < LONGEST_README


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(MACHINE_PATHS, id="paths of one machine"),
        pytest.param(REGISTRY_HOSTS, id="hosts of registries"),
        pytest.param(UNFINISHED, id="unfinished work"),
    ],
)
def test_nothing_names(pattern: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in TEXTS
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(pattern, line)
    ]

    assert found == []


@pytest.mark.parametrize("name", ["base", "dev", "uv"])
def test_a_lock_pins_with_hashes_and_names_no_address(name: str) -> None:
    lock = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    packages = re.findall(r"^\w[^ ]*==[^ ]+.*\\$", lock, flags=re.MULTILINE)

    assert packages
    assert lock.count("==") >= len(packages)
    assert len(re.findall(r"\\\n    --hash=sha256:", lock)) >= len(packages)
    assert "://" not in lock
    assert not re.search(r"^--", lock, flags=re.MULTILINE)


def test_the_npm_lock_names_no_address() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")


def direct_dependencies() -> list[str]:
    lines: list[str] = []
    for name in ("base", "dev", "uv"):
        lines += (ROOT / "requirements" / f"{name}.in").read_text().splitlines()
    names = [re.match(r"[A-Za-z0-9_.-]+", line) for line in lines if line[:1].isalpha()]
    npm = tomllib.loads((ROOT / "static/vendor/VENDORED.toml").read_text())["file"]
    return [match[0] for match in names if match] + [file["package"] for file in npm]


def test_every_direct_dependency_says_why_it_is_here() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([^`]+)` \|", page, flags=re.MULTILINE))

    assert explained == set(direct_dependencies())


def test_vendored_files_are_what_was_fetched() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/vendor_static.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_migrations_are_numbered_and_named(package: str) -> None:
    names = [path.stem for path in (ROOT / package / "migrations").glob("[0-9]*.py")]
    numbers = sorted(name.partition("_")[0] for name in names)

    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    assert not [name for name in names if "_auto_" in name]


def test_every_architecture_decision_is_numbered_and_has_its_parts() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    numbers = [page.name[:4] for page in pages]

    assert numbers == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        headings = re.findall(r"^## (.+)$", page.read_text(), flags=re.MULTILINE)
        assert headings == [
            *("Context", "Decision", "Consequences", "What would change our mind")
        ], page.name


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]

    assert broken == []


def test_texts_are_marked_by_a_name_that_is_collected() -> None:
    """Under another name `make messages` passes a text over, and it stays English."""
    renamed = re.compile(r"\bn?p?gettext(?:_lazy|_noop)? as (?!_\b)\w+")

    assert [
        str(path.relative_to(ROOT))
        for path in CODE
        if path.suffix == ".py" and renamed.search(path.read_text(encoding="utf-8"))
    ] == []
