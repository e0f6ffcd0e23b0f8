"""Fetch the vendored CSS, JavaScript, icons and fonts, or check that nobody touched them.

    vendor_static.py          fetch what package-lock.json names, write VENDORED.toml
    vendor_static.py --check  compare the committed files with VENDORED.toml; no network

The result is committed, so running and deploying the portal needs no Node. npm verifies
every package against the lock's sha512. The lock names no download address, so npm asks
whichever registry it is configured for.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ui.icons import ICONS  # noqa: E402  (needs the path above)

RECORD = ROOT / "static/vendor/VENDORED.toml"
SPRITE = "static/vendor/tabler-icons.svg"


class Copy(NamedTuple):
    """One file of a package and where it goes."""

    package: str
    source: str
    target: str


COPIES = (
    Copy("@tabler/core", "dist/css/tabler.min.css", "static/vendor/tabler.min.css"),
    # What statements are printed in (PDF): no browser asks for it.
    Copy("dejavu-fonts-ttf", "ttf/DejaVuSans.ttf", "static/vendor/dejavu-sans.ttf"),
    Copy(
        "dejavu-fonts-ttf",
        "ttf/DejaVuSans-Bold.ttf",
        "static/vendor/dejavu-sans-bold.ttf",
    ),
    # For tests only, hence outside the folders that are served.
    Copy("axe-core", "axe.min.js", "tests/vendor/axe.min.js"),
)


class VendoringError(Exception):
    """A file is not what VENDORED.toml or package.json says."""


def main() -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="verify, change nothing")
    check_only = parser.parse_args().check
    try:
        if not check_only:
            fetch()
        check()
    except (VendoringError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"vendor_static: {error}\n")
        return 1
    return 0


def fetch() -> None:
    """Install the locked packages in a temporary folder and copy what we serve."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(ROOT / name, folder)
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],  # noqa: S607
            cwd=folder,
            check=True,
        )
        modules = Path(folder) / "node_modules"
        for package, source, target in COPIES:
            copy(modules / package / source, ROOT / target)
        icons = modules / "@tabler/icons/icons/outline"
        write(ROOT / SPRITE, sprite(icons))
        write(RECORD, record(modules))


def copy(source: Path, target: Path) -> None:
    """Copy a file as it is; a text without its sourceMappingURL."""
    if source.suffix == ".ttf":
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    else:
        write(target, without_source_map(source))


def without_source_map(path: Path) -> str:
    """Return the file without its sourceMappingURL.

    The map is not vendored, and hashed static storage refuses a reference to nothing.
    """
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"\n?/\*# sourceMappingURL=[^*]*\*/\s*$", "\n", text)
    return re.sub(r"\n?//# sourceMappingURL=\S+\s*$", "\n", text)


def sprite(folder: Path) -> str:
    """Return one SVG with a symbol for each of our icons, in order of their names."""
    symbols = []
    for name in sorted(ICONS):
        inside = shapes(folder / f"{name}.svg")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inside}</symbol>')
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg">',
            "<!-- Tabler Icons, MIT licence, Copyright (c) 2020-2026 Paweł Kuna -->",
            *symbols,
            "</svg>",
            "",
        ]
    )


def shapes(path: Path) -> str:
    """Return what stands inside the icon's <svg>, without the invisible bounding box."""
    if not path.exists():
        raise VendoringError(f"Tabler has no outline icon {path.stem!r}")
    inside = re.search(
        r"<svg[^>]*>(.*)</svg>", path.read_text(encoding="utf-8"), re.DOTALL
    )
    assert inside
    lines = [line.strip().replace(" />", "/>") for line in inside[1].strip().splitlines()]
    return "".join(line for line in lines if 'd="M0 0h24v24H0z"' not in line)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def record(modules: Path) -> str:
    """Return VENDORED.toml: each file's package, version, licence and SHA-256."""
    entries = [
        *((package, target) for package, _, target in COPIES),
        ("@tabler/icons", SPRITE),
    ]
    lines = ["# Written by scripts/vendor_static.py (make vendor). Do not edit."]
    for package, target in sorted(entries, key=lambda entry: entry[1]):
        facts = json.loads((modules / package / "package.json").read_text())
        lines += [
            "",
            "[[file]]",
            f'path = "{target}"',
            f'package = "{package}"',
            f'version = "{facts["version"]}"',
            f'licence = "{facts["license"]}"',
            f'sha256 = "{sha256(ROOT / target)}"',
        ]
    return "\n".join([*lines, ""])


def check() -> None:
    """Raise `VendoringError` unless files, record, package.json and lock agree."""
    problems = list(
        problems_of(tomllib.loads(RECORD.read_text(encoding="utf-8"))["file"])
    )
    if problems:
        raise VendoringError("; ".join(problems))


def problems_of(entries: Iterable[dict[str, str]]) -> Iterator[str]:
    """Yield a sentence for each thing that does not agree."""
    wanted = wanted_versions()
    seen = set()
    for entry in entries:
        path = ROOT / entry["path"]
        seen.add(path)
        if not path.exists():
            yield f"{entry['path']} is missing"
        elif sha256(path) != entry["sha256"]:
            yield f"{entry['path']} was changed by hand"
        if wanted.get(entry["package"]) != entry["version"]:
            yield f"{entry['path']} is not of the version in package.json"
    folder = ROOT / "static/vendor"
    for path in sorted(set(folder.rglob("*")) - seen - {RECORD}):
        if path.is_file():
            yield f"{path.relative_to(ROOT)} is not in VENDORED.toml"

    sprite_text = (ROOT / SPRITE).read_text(encoding="utf-8")
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite_text))
    if drawn != ICONS:
        yield f"the sprite and ui/icons.py differ in {sorted(drawn ^ ICONS)}: make vendor"

    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    for name, facts in lock["packages"].items():
        if "resolved" in facts:
            yield f"package-lock.json names a download address for {name}"


def wanted_versions() -> dict[str, str]:
    """Return the exact version of each package in package.json."""
    package: dict[str, Any] = json.loads(
        (ROOT / "package.json").read_text(encoding="utf-8")
    )
    wanted: dict[str, str] = package["dependencies"] | package["devDependencies"]
    for name, version in wanted.items():
        if not re.fullmatch(r"\d+\.\d+\.\d+", version):
            raise VendoringError(f"package.json: {name} needs an exact version")
    return wanted


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
