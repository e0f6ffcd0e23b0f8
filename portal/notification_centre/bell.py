"""The bell of every page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from django.http import HttpRequest

from partners.models import Notification

MOST: Final = 99
"""Nobody counts further; the database need not either."""


def bell(request: HttpRequest) -> dict[str, Callable[[], str]]:
    """Give templates `unread`: how many notifications are, "" for none.

    Nothing is asked of the database until a page shows it.
    """
    return {"unread": partial(unread, request)}


def unread(request: HttpRequest) -> str:
    """Return how many notifications the person who asks has not read, as text."""
    # Middleware may have refused the request before it had a user.
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ""
    mine = Notification.objects.visible_to(user).unread()
    count = mine[: MOST + 1].count()
    return f"{MOST}+" if count > MOST else str(count or "")
