"""`manage.py evaluate_tiers --on DAY`: the snapshot of a check day, and its decisions."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outbox import clock
from partners import services
from partners.selectors import NoEditionError
from portal import schedule


class Command(BaseCommand):
    help = (
        "Take the snapshot of a check day (the 15th), grant upgrades and, on 15 January "
        "and 15 July, evaluate. Running it again changes nothing; partners whose tier "
        "was changed or evaluated after that day are left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", type=date.fromisoformat, required=True, metavar="DAY")

    def handle(self, *args: Any, on: date, **options: Any) -> None:
        now = clock.now()
        if on > clock.program_day(now):
            raise CommandError(f"{on} is in the future.")
        done = services.CheckDay(on=on)
        try:
            services.refuse_other_days(on=on)
            for first, last in services.partner_ranges():
                done += schedule.check(day=on, at=now, first=first, last=last)
        except (services.NotACheckDayError, NoEditionError) as error:
            raise CommandError(str(error)) from error
        services.refresh_standings(on=clock.program_day(now))
        self.stdout.write(
            f"{on}: {done.snapshots} snapshots, {done.upgraded} upgrades, "
            f"{done.evaluated} evaluations, {done.downgraded} downgrades."
        )
