#!/usr/bin/env python3
"""Build `.venv` from nothing but Python 3.11: pip installs uv, uv installs the lock.

    python3 scripts/setup.py base    what runs the portal
    python3 scripts/setup.py dev     that, and what tests and checks it

Stamps keyed by the locks' hashes make a second run a matter of milliseconds and keep it
off the network. Only the standard library is used, and only the system's Python is
needed.
"""

import argparse
import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements"
OLDEST = (3, 11)
LEVELS = ("base", "dev")


class SetupError(Exception):
    """Something the person at the keyboard has to do; the message says what."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("level", choices=LEVELS)
    level = parser.parse_args().level
    with (ROOT / ".venv.lock").open("w") as lock:
        # Two makes at once: the second waits and then finds everything done.
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            set_up(level)
        except SetupError as error:
            print(f"setup: {error}", file=sys.stderr)
            return 1
    return 0


def set_up(level: str) -> None:
    installed = installed_level()
    if installed and LEVELS.index(installed) >= LEVELS.index(level):
        return
    if kept := kept_level():
        level = max(level, kept, key=LEVELS.index)
    make_venv()
    install(level)


def stamp(level: str) -> Path:
    return VENV / f".installed-{level}"


def fingerprint(level: str) -> str:
    """Return what an installation rests on: its place, its Python, its locks."""
    parts = [str(VENV).encode(), bytes(PYTHON.readlink())]
    parts += [(REQUIREMENTS / name).read_bytes() for name in ("uv.txt", f"{level}.txt")]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def installed_level() -> str | None:
    """Return the level whose packages stand in `.venv` exactly as locked, if any."""
    if not PYTHON.exists():
        return None
    for level in reversed(LEVELS):
        try:
            if stamp(level).read_text() == fingerprint(level):
                return level
        except OSError:
            continue
    return None


def kept_level() -> str | None:
    """Return the level installed before the locks changed, so that it is not lowered."""
    return next((level for level in reversed(LEVELS) if stamp(level).exists()), None)


def make_venv() -> None:
    if PYTHON.exists() and runs(str(PYTHON), "-c", "import pip"):
        return
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        raise SetupError(
            f"Python 3.11 or newer is needed, this is {found}. "
            "Name another one: make PYTHON=python3.11 setup"
        )
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        version = ".".join(map(str, sys.version_info[:2]))
        raise SetupError(
            "this Python cannot make virtual environments. Install one package:\n"
            f"    apt-get install python{version}-venv"
        )
    print("setup: making .venv", flush=True)
    run(sys.executable, "-m", "venv", "--clear", str(VENV))


def install(level: str) -> None:
    print(f"setup: installing requirements/{level}.txt", flush=True)
    for other in LEVELS:
        stamp(other).unlink(missing_ok=True)
    locked = ["--require-hashes", "-r", str(REQUIREMENTS / "uv.txt")]
    run(
        str(PYTHON),
        *("-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--root-user-action", "ignore", *locked),
    )
    run(
        *(str(PYTHON), "-m", "uv", "pip", "sync", "--quiet", "--require-hashes"),
        *("--python", str(PYTHON)),
        *(str(REQUIREMENTS / "uv.txt"), str(REQUIREMENTS / f"{level}.txt")),
        env=uv_environment(),
    )
    stamp(level).write_text(fingerprint(level))


def uv_environment() -> dict[str, str]:
    """Return the environment for uv: it compiles, and looks where pip was told to look.

    uv does not read pip's configuration. A machine that reaches packages only through a
    mirror says so there, and hashes make it harmless to ask every place that is named.
    """
    environ = {
        **os.environ,
        # Every process would otherwise compile everything when it may not write .pyc.
        "UV_COMPILE_BYTECODE": "1",
        "UV_PYTHON_DOWNLOADS": "never",
    }
    if not os.access(Path.home(), os.W_OK):
        environ.setdefault("UV_NO_CACHE", "1")
    for variable, option in (
        ("UV_DEFAULT_INDEX", "index-url"),
        ("UV_INDEX", "extra-index-url"),
        ("UV_FIND_LINKS", "find-links"),
        ("SSL_CERT_FILE", "cert"),
    ):
        if variable not in environ and (value := pip_option(option)):
            environ[variable] = value
    if "UV_INDEX" in environ:
        environ.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return environ


def pip_option(name: str) -> str | None:
    """Return pip's setting `name` from its environment variable or files, on one line."""
    if value := os.environ.get(f"PIP_{name.upper().replace('-', '_')}"):
        return " ".join(value.split())
    for section in ("install", "global"):
        asked = subprocess.run(
            [PYTHON, "-m", "pip", "config", "get", f"{section}.{name}"],
            capture_output=True,
            text=True,
            check=False,
        )
        if asked.returncode == 0 and asked.stdout.strip():
            return " ".join(asked.stdout.split())
    return None


def run(*command: str, env: dict[str, str] | None = None) -> None:
    if not runs(*command, env=env):
        raise SetupError(f"this failed: {' '.join(command)}")


def runs(*command: str, env: dict[str, str] | None = None) -> bool:
    return subprocess.run(command, env=env, check=False).returncode == 0


if __name__ == "__main__":
    raise SystemExit(main())
