"""`manage.py demo_users`: accounts for the people of the demo data."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.demo import PASSWORD, open_demo_accounts


class Command(BaseCommand):
    help = "Open the demo accounts, all with one public password. Not in production."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.SESSION_COOKIE_SECURE:
            raise CommandError("These are production settings: no demo accounts here.")
        count = open_demo_accounts()
        self.stdout.write(f"{count} demo accounts, password {PASSWORD}")
