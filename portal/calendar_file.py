"""Days as an iCalendar file (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from portal.calendar_days import Day

REFRESH = timedelta(hours=12)


def calendar_file(
    days: Iterable[Day], *, name: str, host: str, domain: str, at: datetime
) -> bytes:
    """Return a calendar of whole days, which need no time zone.

    `domain` makes the names of the entries unique in the world; `host` stands before
    their addresses.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//{name}//Partner calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for day in days:
        event = Event()
        event.add("uid", f"{day.uid}@{domain}")
        event.add("dtstamp", at)
        event.add("dtstart", day.on)
        event.add("dtend", day.on + timedelta(days=1))
        event.add("summary", day.title)
        if day.text:
            event.add("description", day.text)
        if day.path:
            event.add("url", f"{host}{day.path}")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    file: bytes = calendar.to_ical()
    return file
