"""`manage.py close_statements`: close every quarter that is due (docs/commissions.md)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from commissions.models import Statement
from commissions.services.statements import close_due, partners_to_close
from outbox import clock
from partners.models import Partner


class Command(BaseCommand):
    help = (
        "Close the statements of all quarters that are over for 15 days, in order. The "
        "clock does so every day; run again, it closes nothing twice. What keeps a "
        "partner's quarter open is listed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        closed = blocked = 0
        for partner_id in list(partners_to_close(on=clock.program_day(now))):
            for done in close_due(partner_id=partner_id, at=now):
                if isinstance(done, Statement):
                    closed += 1
                    continue
                blocked += 1
                ref = Partner.objects.values_list("ref", flat=True).get(pk=partner_id)
                self.stdout.write(f"{ref}: {done}")
        self.stdout.write(f"{closed} statements closed, {blocked} partners wait.")
