"""`manage.py produce`: put probe jobs, as requests of a portal do."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from outbox import services


class Command(BaseCommand):
    help = "Put numbered probe jobs, one transaction each; print each key once committed."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind")
        parser.add_argument("--first", type=int, default=1)
        parser.add_argument("--count", type=int, required=True)
        parser.add_argument("--seconds", type=float, default=0.0)

    def handle(
        self, *, kind: str, first: int, count: int, seconds: float, **options: Any
    ) -> None:
        for number in range(first, first + count):
            key = f"{kind}-{number}"
            with transaction.atomic():
                services.put(f"probe.{kind}", key=key, number=number)
            self.stdout.write(key)
            time.sleep(seconds / count)
