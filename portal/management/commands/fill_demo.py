"""`manage.py fill_demo FOLDER`: the demo of `manage.py run`, from nothing to its end.

One process for all of it: each would take longer to begin than some have to do.
"""

from __future__ import annotations

import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management import call_command
from django.core.management.base import BaseCommand

from partners.models import Partner

DEMO_SIZE: Final = ("--partners", "40", "--months", "36")


class Command(BaseCommand):
    help = (
        "Write a demo bundle into a folder, import it and open its accounts. Where there "
        "are partners already, the bundle that is there is imported. Not in production."
    )
    # They read every page of the portal: a second for which a start would wait.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        if not Partner.objects.exists():
            _write_bundle(folder)
        call_command("import_bundle", str(folder))
        call_command("demo_users")


def _write_bundle(folder: Path) -> None:
    """Write the bundle beside the folder first: the folder holds a whole one or none."""
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    call_command("demo_bundle", str(unfinished), *DEMO_SIZE)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
