"""Promises of an answer, as the back office shows them."""

from __future__ import annotations

from datetime import datetime

from django.utils.html import format_html

from deals.forms.registration_words import promise_clock
from outbox import clock


def time_left(due_at: datetime) -> str:
    """Return the clock that the partner sees, too; a broken promise is marked."""
    promise = promise_clock(due_at, clock.now())
    if promise.is_late:
        return format_html('<strong class="late">{}</strong>', promise.words)
    return promise.words
