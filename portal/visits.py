"""Remembering on which days somebody was here."""

from __future__ import annotations

from datetime import date

from portal.models import Visit


def record_visit(*, user_id: int, today: date, last_on: date | None) -> None:
    """Remember that somebody is here today; nothing is written a second time that day.

    `last_on` is the day the caller read. Two requests at once write the same row; a
    clock that went back writes nothing.
    """
    if last_on is not None and last_on >= today:
        return
    Visit.objects.bulk_create(
        [Visit(user_id=user_id, last_on=today, previous_on=last_on)],
        update_conflicts=True,
        unique_fields=["user"],
        update_fields=["last_on", "previous_on"],
    )
