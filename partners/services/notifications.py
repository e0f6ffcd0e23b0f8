"""Telling people something: once per person and event, in the event's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Subquery

from outbox import services as outbox
from outbox.services import JSON
from partners.models import Notification, NotificationPreference, Person, Role, User
from partners.notifications import Mail, NotificationKind, kind_of
from partners.services.digests import plan_digest

MAX_KEY, MAX_PATH = 200, 300


@dataclass(frozen=True, slots=True)
class _Recipient:
    """Somebody who is told, and how they want to hear of it."""

    user_id: int
    time_zone: str
    mail: Mail


def notify(
    kind: str,
    *,
    key: str,
    user_ids: Iterable[int],
    at: datetime,
    partner_id: int | None = None,
    facts: Mapping[str, JSON] | None = None,
    path: str = "",
    due_on: date | None = None,
) -> None:
    """Tell accounts something; whoever was told of this event before is not told again.

    `key` names the event ("deal-won:4711"), `facts` are what the words of the kind rest
    on, `path` is where it leads. Each gets it by e-mail as they have chosen: at once, by
    one row of the outbox, or with the next digest. Accounts that are closed are left out.

    Raises `UnknownNotificationKindError`, `ValueError` for a key or a path that cannot be
    stored or leads out of the portal, and `TransactionManagementError` outside a
    transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            f"{key!r} must be told in the transaction in which it happens."
        )
    _check(key, path)
    declared = kind_of(kind)
    wanted = sorted(set(user_ids))
    if not wanted:
        return
    told = [
        (
            Notification(
                user_id=one.user_id,
                partner_id=partner_id,
                kind=kind,
                key=key,
                urgency=declared.urgency,
                facts=dict(facts or {}),
                path=path,
                due_on=due_on,
                created_at=at,
                mail=one.mail,
            ),
            one,
        )
        for one in _recipients(wanted, declared)
    ]
    Notification.objects.bulk_create([each for each, _ in told], ignore_conflicts=True)
    # Only what is news: a rival, or an earlier run, may have told some of them.
    stored = Notification.objects.filter(
        public_id__in=[each.public_id for each, _ in told]
    )
    news = set(stored.values_list("public_id", flat=True))
    for each, recipient in told:
        if each.public_id in news:
            _plan_mail(each, recipient, at=at)


def settle_notifications(*, key: str, at: datetime) -> None:
    """Mark an event as needing nobody's act any more: it was done, or came to nothing."""
    Notification.objects.filter(key=key, done_at=None).update(done_at=at)


def settle_kind(*, kind: str, partner_id: int, at: datetime) -> None:
    """Mark all of a kind about a partner as needing nobody's act any more."""
    Notification.objects.filter(kind=kind, partner_id=partner_id, done_at=None).update(
        done_at=at
    )


def read_notifications(*, user: User, at: datetime, public_id: UUID | None = None) -> int:
    """Mark somebody's notifications as read, one or all; return how many were unread."""
    unread = Notification.objects.visible_to(user).unread()
    if public_id is not None:
        unread = unread.filter(public_id=public_id)
    return unread.update(read_at=at)


def accounts_of(*, partner_id: int, roles: Collection[Role]) -> list[int]:
    """Return the accounts of a company's active people in some roles; owners always."""
    people = Person.objects.active().filter(
        partner_id=partner_id,
        role__in={Role.OWNER, *roles},
        user__isnull=False,
        user__is_active=True,
    )
    return [user_id for user_id in people.values_list("user_id", flat=True) if user_id]


def _check(key: str, path: str) -> None:
    """Refuse what SQLite's INSERT OR IGNORE would leave out without a word."""
    if not 0 < len(key) <= MAX_KEY:
        raise ValueError(f"A key has 1 to {MAX_KEY} characters, not {key!r}.")
    inside = path.startswith("/") and not path.startswith(("//", "/\\"))
    if path and (len(path) > MAX_PATH or not inside):
        raise ValueError(f"{path!r} is no path of this portal.")


def _recipients(user_ids: list[int], kind: NotificationKind) -> Iterable[_Recipient]:
    chosen = NotificationPreference.objects.filter(user=OuterRef("pk"), kind=kind.name)
    person = Person.objects.active().filter(user=OuterRef("pk"))
    users = User.objects.filter(pk__in=user_ids, is_active=True).annotate(
        chosen=Subquery(chosen.values("mail")[:1]),
        role=Subquery(person.values("role")[:1]),
    )
    for pk, zone, mail, role in users.order_by("pk").values_list(
        "pk", "time_zone", "chosen", "role"
    ):
        yield _Recipient(pk, zone, kind.allowed(mail or kind.mail_for(role), role))


def _plan_mail(told: Notification, to: _Recipient, *, at: datetime) -> None:
    if to.mail == Mail.AT_ONCE:
        outbox.put(
            "partners.mail_notification",
            key=f"mail:{told.public_id}",
            notification=str(told.public_id),
        )
    elif to.mail != Mail.NEVER:
        plan_digest(user_id=to.user_id, time_zone=to.time_zone, mail=to.mail, at=at)
