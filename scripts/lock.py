"""Write requirements/*.txt from requirements/*.in: every package, pinned, with hashes.

The locks name no index and no download address, so that they hold on every machine. Pass
package names to upgrade only those: `python -m scripts.lock Django`.
"""

import subprocess
import sys
from pathlib import Path

from scripts.setup import uv_environment

ROOT = Path(__file__).resolve().parents[1]
OPTIONS = (
    *("--generate-hashes", "--universal", "--python-version", "3.11"),
    *("--no-emit-index-url", "--no-emit-find-links", "--no-header", "--quiet"),
)


def main(packages: list[str]) -> int:
    """Lock each list; `dev` is locked after `base`, on the versions of `base`."""
    upgrades = [f"--upgrade-package={name}" for name in packages] or ["--upgrade"]
    for name in ("uv", "base", "dev"):
        constraint = ["--constraint", "requirements/base.txt"] if name == "dev" else []
        done = subprocess.run(
            [
                *(sys.executable, "-m", "uv", "pip", "compile", *OPTIONS, *upgrades),
                *(*constraint, f"requirements/{name}.in"),
                *("--output-file", f"requirements/{name}.txt"),
            ],
            cwd=ROOT,
            env=uv_environment(),
            check=False,
        )
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
