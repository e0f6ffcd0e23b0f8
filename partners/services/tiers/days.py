"""What a day owes to overrides and appeals, whatever day it is."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from partners.services.tiers.admissions import lock_admitted
from partners.services.tiers.appeal_days import settle_appeals, warn_overdue_appeals
from partners.services.tiers.overrides import end_overrides


@transaction.atomic
def run_tier_day(*, on: date, at: datetime, first: int, last: int) -> int:
    """End what ends, carry out what was decided the day before, warn of what is late.

    Before anything rises that day. Returns how many tiers changed; twice is harmless.
    """
    lock_admitted(first=first, last=last)
    changed = settle_appeals(on=on, at=at, first=first, last=last)
    end_overrides(on=on, at=at, first=first, last=last)
    warn_overdue_appeals(on=on, at=at, first=first, last=last)
    return changed
