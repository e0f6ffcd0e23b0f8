"""Format what people write: Python with ruff, templates with djade."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"


def main() -> int:
    for arguments in (["check", "--fix-only"], ["format"]):
        subprocess.run([BIN / "ruff", *arguments, "--quiet", "."], cwd=ROOT, check=True)
    templates = [str(path) for path in sorted((ROOT / "templates").rglob("*.html"))]
    if templates:
        # djade exits with 1 when it changed something, which is what was asked for.
        done = subprocess.run(
            [BIN / "djade", "--target-version", "5.2", *templates], check=False
        )
        return 0 if done.returncode in {0, 1} else done.returncode
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
