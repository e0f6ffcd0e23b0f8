"""`manage.py tick`: put what the calendar owes, as beat does every minute."""

from typing import Any

from django.core.management.base import BaseCommand

from outbox import services
from outbox.clock import now


class Command(BaseCommand):
    help = "Put the work that the calendar owes into the queue."

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"{services.tick(at=now())} put")
