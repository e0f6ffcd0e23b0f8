"""Telling people something: once per person and event, in the event's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from django.db import transaction

from outbox.services import JSON
from partners.models import Notification, Person, Role
from partners.notifications import kind_of


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
    on, `path` is where it leads. Raises `UnknownNotificationKindError`, and
    `TransactionManagementError` outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            f"{key!r} must be told in the transaction in which it happens."
        )
    urgency = kind_of(kind).urgency
    Notification.objects.bulk_create(
        [
            Notification(
                user_id=user_id,
                partner_id=partner_id,
                kind=kind,
                key=key,
                urgency=urgency,
                facts=dict(facts or {}),
                path=path,
                due_on=due_on,
                created_at=at,
            )
            for user_id in dict.fromkeys(user_ids)
        ],
        ignore_conflicts=True,
    )


def settle_notifications(*, key: str, at: datetime) -> None:
    """Mark an event as needing nobody's act any more: it was done, or came to nothing."""
    Notification.objects.filter(key=key, done_at=None).update(done_at=at)


def accounts_of(*, partner_id: int, roles: Collection[Role]) -> list[int]:
    """Return the accounts of a company's active people in some roles; owners always."""
    people = Person.objects.active().filter(
        partner_id=partner_id,
        role__in={Role.OWNER, *roles},
        user__isnull=False,
        user__is_active=True,
    )
    return [user_id for user_id in people.values_list("user_id", flat=True) if user_id]
