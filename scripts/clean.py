"""Remove what can be made again, and the embedded default's data. Asks first."""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MADE = (
    *(".venv", ".venv.lock", "var", "node_modules", ".coverage", "htmlcov"),
    *(".mypy_cache", ".pytest_cache", ".ruff_cache", ".import_linter_cache"),
    *(".hypothesis",),
)


def main() -> int:
    found = [ROOT / name for name in MADE if (ROOT / name).exists()]
    if not found:
        return 0
    print(
        "This removes, with all data in var/:", *(f"  {path}" for path in found), sep="\n"
    )
    if sys.stdin.isatty() and input("Go on? [y/N] ").strip().lower() != "y":
        return 1
    for path in found:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
