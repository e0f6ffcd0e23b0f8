"""Private calendar addresses: made, revoked, and recognised by their fingerprint."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Final

from django.db import transaction

from partners.models import CalendarFeed, Partner, User
from partners.services import audit

SECRET_BYTES: Final = 32


@transaction.atomic
def make_feed(*, user: User, partner: Partner, at: datetime) -> str:
    """Return the secret of a new feed; the one before ends. It is told this once."""
    User.objects.select_for_update().get(pk=user.pk)
    _close(user, at=at)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    feed = CalendarFeed.objects.create(
        user_id=user.pk, partner=partner, fingerprint=fingerprint(secret), created_at=at
    )
    audit.record(
        "partners.calendar_feed_made",
        actor=user,
        at=at,
        partner_id=partner.pk,
        of=feed,
    )
    return secret


@transaction.atomic
def revoke_feed(
    *, user_id: int, actor: User | None, at: datetime, note: str = ""
) -> bool:
    """End a person's feed; return whether there was one.

    Whoever takes an account or a company away from somebody calls it, and so does a new
    password: an address that was copied before must not outlive that, and would come
    back to life with the account.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    feed = CalendarFeed.objects.filter(user=user.pk).open().first()
    if feed is None:
        return False
    _close(user, at=at)
    audit.record(
        "partners.calendar_feed_revoked",
        actor=actor,
        at=at,
        partner_id=feed.partner_id,
        of=feed,
        note=note,
    )
    return True


def reader_of(secret: str) -> User | None:
    """Return for whom a feed is read, None if it is none any more.

    Somebody who left, moved to another company or lost the account reads nothing.
    """
    feed = (
        CalendarFeed.objects.open()
        .filter(fingerprint=fingerprint(secret))
        .select_related("user")
        .first()
    )
    if feed is None:
        return None
    user = feed.user
    if not user.is_active or user.is_staff or user.person is None:
        return None
    return user if user.person.partner_id == feed.partner_id else None


def fingerprint(secret: str) -> str:
    """Return what is kept of a secret. It has 256 random bits, so no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _close(user: User, *, at: datetime) -> None:
    CalendarFeed.objects.filter(user=user.pk).open().update(revoked_at=at)
