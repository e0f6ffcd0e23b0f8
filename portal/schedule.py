"""The programme's calendar, in words.

every day       what begins, ends or expires on it: managed points of clients whose
                subscriptions or services turn, points that waited for a currency, the
                window of sold points, cures that end; warnings before certifications
                end, own subscriptions that lapse, the deadline for Gold; granted tiers
                that end, appeals that were decided or are late; registrations of deals
                that expire or soon will, and deals that nobody was free for
on the 1st      the summary of the month before, to every partner's owners
on the 15th     the monthly snapshot, and upgrades (3.4)
15 January,     the evaluation: downgrades to the best tier of the period, protection,
15 July         expired certifications

The clock (`outbox.services.tick`) puts one job per day since the portal went live; the
job splits the partners into ranges, and within a range days are worked off in order. So
a clock that was down for 40 days, or ran twice, gives the same rows as one that was not.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from clients.services import settle_turning
from deals.services import run_deal_day, settle_converted
from outbox import services as outbox
from partners import services as partners
from partners.selectors import edition_on
from partners.services.standing import follow_second_factors, run_standing_day
from portal.rehearsals import rehearse
from portal.summaries import queue_summaries


def put_day(*, day: date) -> None:
    """Queue the work of one day, one part for each range of partners.

    The next day waits for all parts of this one.
    """
    for first, last in partners.partner_ranges():
        outbox.put_part(
            "portal.day_of_partners",
            key=f"day:{day.isoformat()}:{first}",
            first=first,
            last=last,
            day=day.isoformat(),
        )


def run_day(*, day: date, today: date, at: datetime, first: int, last: int) -> None:
    """Do what a day owes for the partners of a range; twice is harmless.

    The points that the day brings come first: the snapshot is to count them. A cure that
    ends is decided before anything rises, or it would undo what has just been earned.
    Standings are brought to `today`, however late the work of `day` is done, and the next
    evaluation is rehearsed with them.
    """
    rulebook = edition_on(day).rulebook
    if day == today:
        # Before tiers are credited: they rest on what accounts have today.
        follow_second_factors(
            today=today, at=at, rulebook=rulebook, first=first, last=last
        )
    if rulebook.calendar.is_snapshot_day(day):
        check(day=day, at=at, first=first, last=last)
    else:
        settle(day=day, at=at, first=first, last=last)
        partners.end_cures(on=day, at=at, first=first, last=last)
        partners.run_tier_day(on=day, at=at, first=first, last=last)
        partners.grant_upgrades(on=day, at=at, first=first, last=last)
        partners.queue_tier_news(at=at, first=first, last=last)
    run_deal_day(on=day, today=today, at=at, first=first, last=last)
    run_standing_day(on=day, today=today, at=at, first=first, last=last)
    partners.refresh_standings(on=today, first=first, last=last)
    if day == today:
        # A day made up for later is followed by others: the last one rehearses.
        rehearse(on=today, at=at, first=first, last=last)
    queue_summaries(day=day, first=first, last=last)


@transaction.atomic
def check(*, day: date, at: datetime, first: int, last: int) -> partners.CheckDay:
    """Settle a check day and decide about the partners of a range; twice is harmless."""
    settle(day=day, at=at, first=first, last=last)
    done = partners.run_check_day(on=day, at=at, first=first, last=last)
    partners.queue_tier_news(at=at, first=first, last=last)
    return done


def settle(*, day: date, at: datetime, first: int, last: int) -> None:
    """Post what a day changes for the partners of a range."""
    settle_turning(on=day, at=at, first_partner=first, last_partner=last)
    settle_converted(on=day, at=at, first_partner=first, last_partner=last)
