"""The days a company's calendar shows, from today on for a year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from clients.models import Subscription
from deals.models import Deal
from partners.models import Certification, Notification, PointsEntry, User
from partners.notifications import words_of
from partners.selectors import published_editions
from ui import formats

HORIZON: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One entry of the calendar. `uid` stays the same for the same thing."""

    uid: str
    on: date
    title: str
    text: str = ""
    path: str = ""


def days_of(user: User, *, today: date) -> list[Day]:
    """Return what lies before a person's company, and before the person.

    No names of people and no amounts of money: a calendar is read in many places.
    """
    last = today + HORIZON
    return [
        *_checks(today, last),
        *_expiring_points(user, today, last),
        *_certifications(user, today, last),
        *_renewals(user, today, last),
        *_registrations(user, today, last),
        *_deadlines(user, today, last),
    ]


def _checks(today: date, last: date) -> Iterator[Day]:
    """Yield check days and evaluations, each by the calendar of its own edition."""
    editions = published_editions()
    for day in editions.on(today).rulebook.calendar.snapshot_days(today, last):
        if editions.on(day).rulebook.calendar.is_evaluation_day(day):
            title = _("Evaluation: tiers may fall")
            text = _("Tiers are decided anew from the checks of the last months.")
        else:
            title = _("Monthly check: tiers may rise")
            text = _("The points of this day are kept, and a higher tier is credited.")
        yield Day(uid=f"check-{day}", on=day, title=title, text=text, path="/")


def _expiring_points(user: User, today: date, last: date) -> Iterator[Day]:
    sums = (
        PointsEntry.objects.visible_to(user)
        .filter(expires_on__gt=today, expires_on__lte=last)
        .values("expires_on")
        .annotate(points=Sum("points"))
        .order_by("expires_on")
    )
    for row in sums:
        if row["points"] <= 0:
            continue
        day: date | None = row["expires_on"]
        assert day is not None, "filtered by it"
        yield Day(
            uid=f"points-{day}",
            on=day,
            title=_("%(points)s points expire")
            % {"points": formats.points(row["points"])},
            text=_("From this day on they do not count any more."),
            path=f"{reverse('partners:points')}?state=expiring",
        )


def _certifications(user: User, today: date, last: date) -> Iterator[Day]:
    held = Certification.objects.visible_to(user).filter(
        expires_on__gt=today, expires_on__lte=last, person__left_on=None
    )
    for certification in held.order_by("expires_on", "pk"):
        assert certification.expires_on is not None, "filtered by it"
        yield Day(
            uid=f"certification-{certification.pk}",
            on=certification.expires_on,
            title=_("Certification expires: %(name)s") % {"name": certification.name},
            text=_("From this day on it is not valid any more."),
        )


def _renewals(user: User, today: date, last: date) -> Iterator[Day]:
    running = Subscription.objects.running_for(user, on=today).filter(
        renews_on__gt=today, renews_on__lte=last
    )
    days: dict[tuple[date, int], str] = {}
    for subscription in running.select_related("client").order_by("renews_on", "pk"):
        assert subscription.renews_on is not None, "filtered by it"
        of = (subscription.renews_on, subscription.client_id)
        days[of] = subscription.client.name
    for (day, client_id), name in days.items():
        yield Day(
            uid=f"renewal-{client_id}-{day}",
            on=day,
            title=_("Renewal: %(client)s") % {"client": name},
            text=_("A subscription of this client renews on this day."),
            path=reverse("clients:list"),
        )


def _registrations(user: User, today: date, last: date) -> Iterator[Day]:
    """Yield the last valid day of each open registration."""
    running = Deal.objects.visible_to(user).filter(
        stage=Deal.Stage.REGISTERED,
        valid_until__gt=today,
        valid_until__lte=last + timedelta(days=1),
    )
    for deal in running.order_by("valid_until", "pk"):
        assert deal.last_valid_on is not None, "filtered by it"
        yield Day(
            uid=f"registration-{deal.public_id}",
            on=deal.last_valid_on,
            title=_("Registration ends: %(deal)s") % {"deal": deal.name},
            text=_("The last day it holds. From the next on the prospect is free."),
            path=reverse("deals:detail", args=[deal.public_id]),
        )


def _deadlines(user: User, today: date, last: date) -> Iterator[Day]:
    due = (
        Notification.objects.visible_to(user)
        .needing_action()
        .filter(due_on__gte=today, due_on__lte=last)
    )
    for notification in due.order_by("due_on", "pk"):
        assert notification.due_on is not None, "filtered by it"
        words = words_of(notification)
        yield Day(
            uid=f"deadline-{notification.public_id}",
            on=notification.due_on,
            title=_("Deadline: %(title)s") % {"title": words.title},
            text=words.text,
            path=notification.path,
        )
