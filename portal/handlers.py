"""Work that concerns more than one app: the programme's day."""

from __future__ import annotations

from datetime import date

from outbox import clock
from outbox.registry import Lane, follows, handler, periodic, when_needed
from portal import notices, rehearsals, schedule, summaries


@periodic("portal.day", days=clock.every_day, lane=Lane.BULK)
def day(*, day: str, **_future: object) -> None:
    """Split a day's work into ranges of partners; once by the keys of the ranges."""
    schedule.put_day(day=date.fromisoformat(day))


@handler("portal.day_of_partners", lane=Lane.BULK)
def day_of_partners(*, first: int, last: int, day: str, **_future: object) -> None:
    """Do a day's work for a range; each step is once by its own unique key."""
    now = clock.now()
    schedule.run_day(
        day=date.fromisoformat(day),
        today=clock.program_day(now),
        at=now,
        first=first,
        last=last,
    )


@follows("partners.edition_published", kind="portal.rehearse_all", lane=Lane.BULK)
def rehearse_all(*, edition_id: int, **_future: object) -> None:
    """Rehearse all partners with a new edition; once by the keys of the ranges."""
    rehearsals.queue_rehearsals(edition_id=edition_id)


@handler("portal.rehearse", lane=Lane.BULK)
def rehearse(*, first: int, last: int, **_future: object) -> None:
    """Rehearse a range of partners as of today; natural overwrite."""
    now = clock.now()
    rehearsals.rehearse_now(today=clock.program_day(now), at=now, first=first, last=last)


@handler("portal.monthly_summary", lane=Lane.BULK)
def monthly_summary(*, day: str, partners: list[int], **_future: object) -> None:
    """Tell partners how the month before a day went; once per person and month."""
    summaries.tell_summaries(
        day=date.fromisoformat(day), partner_ids=partners, at=clock.now()
    )


@when_needed("portal.tell_dead_jobs", needed=notices.dead_jobs_are_news, lane=Lane.MAIL)
def tell_dead_jobs(**_future: object) -> None:
    """Tell programme managers of given up work; once per kind and day."""
    notices.tell_dead_jobs(at=clock.now())
