"""`manage.py demo_users`: accounts for the people of the demo data, and their news."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from outbox.clock import now, program_day
from portal.demo import PASSWORD, ask_demo_people, open_demo_accounts
from portal.demo_commissions import pay_demo_partners
from portal.demo_deals import register_demo_deals
from portal.demo_news import tell_demo_news
from portal.demo_past import look_back
from portal.demo_rulebook import draft_demo_edition
from portal.demo_standing import settle_demo_standings
from portal.demo_tiers import decide_demo_tiers
from portal.demo_what_if import share_demo_scenario


class Command(BaseCommand):
    help = "Open the demo accounts, all with one public password. Not in production."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.SESSION_COOKIE_SECURE:
            raise CommandError("These are production settings: no demo accounts here.")
        at = now()
        count = open_demo_accounts(at=at)
        pay_demo_partners(today=program_day(at), at=at)
        ask_demo_people(at=at)
        tell_demo_news(today=program_day(at), at=at)
        draft_demo_edition(today=program_day(at), at=at)
        decide_demo_tiers(today=program_day(at), at=at)
        settle_demo_standings(today=program_day(at), at=at)
        register_demo_deals(today=program_day(at), at=at)
        share_demo_scenario(today=program_day(at), at=at)
        look_back(today=program_day(at), at=at)
        self.stdout.write(f"{count} demo accounts, password {PASSWORD}")
