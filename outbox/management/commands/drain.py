"""`manage.py drain`: run what is due, here and now, without Celery."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from outbox import services
from outbox.registry import Lane


class Command(BaseCommand):
    help = "Run the work that is due, here and now. Needs no broker and no worker."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--lane", choices=Lane.values, help="only this lane")

    def handle(self, *, lane: str | None, **options: Any) -> None:
        try:
            done = services.run_due(lane=lane)
            dead = services.dead_count()
        except Error as error:
            raise CommandError(f"The database failed: {str(error).strip()}") from error
        self.stdout.write(f"{done} done")
        if dead:
            self.stderr.write(self.style.ERROR(f"{dead} dead: see the jobs in the admin"))
