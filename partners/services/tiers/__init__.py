"""The life of a tier: snapshots, upgrades, evaluations, and what people decide (3.4).

Each step is exactly once by a unique key per partner and day, and a step that was
already taken is left alone. Decisions are made by `program.tiers`; here they are given
their facts, stored with them, and carried out.

    check_days   what the 15th of a month does
    upgrades     rises
    evaluations  15 January and 15 July
    cures        expired certifications
    decisions    what they share
    appeals      before a demotion takes effect, and appeal_days: what the calendar does
    overrides    tiers that staff grant
    elite        review, invitation, answer, and elite_days: who is to be reviewed
    days         what every day owes to these
    rehearsal    what the next evaluation would decide
"""

from partners.services.tiers.check_days import (
    CheckDay,
    NotACheckDayError,
    refuse_other_days,
    run_check_day,
    take_snapshots,
)
from partners.services.tiers.cures import end_cures
from partners.services.tiers.days import run_tier_day
from partners.services.tiers.upgrades import grant_upgrades

__all__ = [
    "CheckDay",
    "NotACheckDayError",
    "end_cures",
    "grant_upgrades",
    "refuse_other_days",
    "run_check_day",
    "run_tier_day",
    "take_snapshots",
]
