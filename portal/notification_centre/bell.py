"""The bell of every page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest

from partners.models import Notification
from portal.arriving import MOST, UNREAD


def bell(request: HttpRequest) -> dict[str, Callable[[], str]]:
    """Give templates `unread`: how many notifications are, "" for none."""
    return {"unread": partial(unread, request)}


def unread(request: HttpRequest) -> str:
    """Return how many notifications the person who asks has not read, as text."""
    # Middleware may have refused the request before it had a user.
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ""
    count = getattr(user, UNREAD, None)
    if count is None:  # signed in by this very request, or nobody's account
        mine = Notification.objects.visible_to(user).unread()
        count = mine[: MOST + 1].count()
    return f"{MOST}+" if count > MOST else str(count or "")
