"""`manage.py tick`: put what the calendar owes, as beat does every minute."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from outbox import services
from outbox.clock import now


class Command(BaseCommand):
    help = "Put the work that the calendar owes into the queue."

    def handle(self, **options: Any) -> None:
        try:
            put = services.tick(at=now())
        except Error as error:
            raise CommandError(f"The database failed: {str(error).strip()}") from error
        self.stdout.write(f"{put} put")
