"""Bring the database up to date, and fill an empty one for a first look.

The demo data goes the way of real data: a bundle is written and imported.
"""

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

DEMO_SIZE = ("--partners", "40")


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

    An import that was killed half way is finished by the next start: the mark is written
    at the end, and importing the same bundle twice changes nothing.
    """
    folder: Path = settings.VAR / "demo"
    done = folder / ".imported"
    partners = apps.get_model("partners", "Partner")
    unfinished = folder.exists() and not done.exists()
    if partners._default_manager.exists() and not unfinished:
        return
    say("filling the empty database with demo data")
    for command in (
        ("demo_bundle", str(folder), *DEMO_SIZE),
        ("import_bundle", str(folder)),
        ("demo_users",),
    ):
        subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *command], env=environ, check=True
        )
    done.touch()
    connections.close_all()


def demo_sign_ins() -> list[str]:
    """Return lines that name the demo accounts; none when the data is real."""
    lines = sign_in_lines()
    connections.close_all()
    return lines
