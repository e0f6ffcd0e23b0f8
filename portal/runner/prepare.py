"""Bring the database up to date, and fill an empty one for a first look.

The demo data goes the way of real data: a bundle is written and imported.
"""

import csv
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from portal.demo import sign_in_lines

ROOT = Path(__file__).resolve().parents[2]


class DemoDataError(Exception):
    """The command that makes the demo data failed; it has said why itself."""


def migrate() -> None:
    """Apply what is missing, and make the cache's table."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    # The children open their own connections; this process asks nothing more for hours.
    connections.close_all()


def fill_with_demo_data(
    *, environ: Mapping[str, str], say: Callable[[str], None]
) -> None:
    """Import a demo bundle and make its sign-ins, if there is no partner yet.

    An import that was killed half way is finished by the next start, on whatever day that
    is, from the same bundle: a bundle of another day would not fit the rows that are
    there. Partners that are not the demo's are somebody's data, and are left alone.
    Raises `DemoDataError`.
    """
    folder: Path = settings.VAR / "demo"
    done = folder / ".imported"
    refs = _partner_refs()
    connections.close_all()
    if refs and (done.exists() or not refs <= _demo_refs(folder)):
        return
    say("filling the empty database with demo data")
    # In a process of its own: this one stays for hours, and has no use for all of that.
    program = [sys.executable, str(ROOT / "manage.py"), "fill_demo", str(folder)]
    code = subprocess.run(program, env=environ, check=False).returncode
    if code:
        raise DemoDataError(
            f"The demo data is not complete: fill_demo ended ({code}). "
            f"The next start goes on with it."
        )
    done.touch()


def _partner_refs() -> set[str]:
    partners = apps.get_model("partners", "Partner")._default_manager
    return set(partners.values_list("ref", flat=True))


def _demo_refs(folder: Path) -> set[str]:
    """Return the partners of the bundle in the folder; none if there is no bundle."""
    path = folder / "partners.csv"
    if not path.exists():
        return set()
    with path.open(encoding="utf-8", newline="") as file:
        return {row["ref"] for row in csv.DictReader(file)}


def demo_sign_ins() -> list[str]:
    """Return lines that name the demo accounts; none when the data is real."""
    lines = sign_in_lines()
    connections.close_all()
    return lines
