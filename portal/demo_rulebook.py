"""A draft of the next edition for the demo, and its rehearsal."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from partners.models import RulebookEdition, User
from partners.services.rulebook import (
    Changes,
    draft_edition,
    rehearse_edition,
    save_draft,
)
from program.rulebook import Value

AUTHOR: Final = "manager@portal.example"
RAISED: Final[dict[str, Value]] = {
    "tiers.table.code": "C",
    "tiers.thresholds.gold.sold": 125,
    "tiers.thresholds.gold.total": 310,
    "tiers.thresholds.platinum.sold": 380,
    "tiers.thresholds.platinum.total": 980,
}
"""What makes some rise and some fall."""
NOTICE: Final = timedelta(days=30)


def draft_demo_edition(*, today: date, at: datetime) -> None:
    """Draft an edition for the day after an evaluation, a month ahead or more, once.

    The rehearsal is in the queue: the workers do it as soon as they run.
    """
    day = _day_after_an_evaluation(today + NOTICE)
    code = f"{day.year}-{'A' if day.month == 1 else 'B'}"
    if RulebookEdition.objects.filter(code=code).exists():
        return
    author = User.objects.get(email=AUTHOR)
    edition = draft_edition(
        code=code,
        title=f"Draft of the minima from {day:%B %Y}",
        effective_on=day,
        actor=author,
        at=at,
        today=today,
    )
    edition = save_draft(
        edition_id=edition.pk,
        changes=Changes(values=RAISED),
        seen_sha256=edition.sha256,
        actor=author,
        at=at,
        today=today,
    )
    rehearse_edition(edition_id=edition.pk, actor=author, at=at, today=today)


def _day_after_an_evaluation(earliest: date) -> date:
    """Return the first 16 January or 16 July that is not before a day."""
    days = (
        date(year, month, 16)
        for year in (earliest.year, earliest.year + 1)
        for month in (1, 7)
    )
    return next(day for day in days if day >= earliest)
