"""`manage.py at_the_sign COMMAND …`: be ready, and start together with others."""

import os
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection


class Command(BaseCommand):
    help = "Write ready-PID into the data folder, wait for the file `go`, then run."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("command_line", nargs="+")

    def handle(self, *, command_line: list[str], **options: Any) -> None:
        connection.ensure_connection()
        (settings.VAR / f"ready-{os.getpid()}").touch()
        while not (settings.VAR / "go").exists():
            time.sleep(0.001)
        call_command(*command_line, stdout=self.stdout)
