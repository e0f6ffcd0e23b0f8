"""How people want to be told: their choices, and the link that ends a kind of mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core import signing
from django.db import transaction

from partners.models import Notification, NotificationPreference, User
from partners.models.notifications import DIGESTS
from partners.notifications import (
    Mail,
    NotificationKind,
    UnknownNotificationKindError,
    grouped,
    kind_of,
    kinds,
)
from partners.services import audit
from partners.services.digests import plan_digest

SALT: Final = "partners.notifications.unsubscribe"
DIGEST: Final = ""
"""Stands for "all that comes in digests" where the link of a mail names a kind."""


class NotAllowedError(ValueError):
    """Owners cannot do without the mail that asks them to act."""


class InvalidLinkError(ValueError):
    """The link is none of a mail of ours."""


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """What the link in a mail ends, and for whom. `kind` is `DIGEST` for all of them."""

    user: User
    kind: str

    @property
    def label(self) -> str:
        """What the kind is called; empty for the digests."""
        return "" if self.kind == DIGEST else str(kind_of(self.kind).label)


def offered_kinds(user: User) -> list[tuple[NotificationKind, ...]]:
    """Return what somebody can choose for: what is for them, and what they got.

    Kinds with one label come together, as they are chosen together.
    """
    told = set(
        Notification.objects.filter(user=user).values_list("kind", flat=True).distinct()
    )
    return grouped(
        kind for kind in kinds() if kind.is_for(user.person) or kind.name in told
    )


def mail_choices(user: User) -> dict[str, Mail]:
    """Return kind → when somebody gets it by e-mail, of all kinds there are."""
    stored = NotificationPreference.objects.filter(user=user)
    chosen = dict(stored.values_list("kind", "mail"))
    role = role_of(user)
    return {
        kind.name: kind.allowed(chosen.get(kind.name) or kind.mail_for(role), role)
        for kind in kinds()
    }


def role_of(user: User) -> str | None:
    """Return somebody's role in a company; None for staff and whoever has none."""
    return user.person.role if user.person else None


@transaction.atomic
def store_preferences(
    *, user_id: int, mails: Mapping[str, str], actor: User, at: datetime
) -> None:
    """Store what somebody chose for some kinds.

    What waits for a digest follows the choice. Raises `NotAllowedError` if an owner
    wants no mail that asks to act, `UnknownNotificationKindError`.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    for name, mail in mails.items():
        if kind_of(name).allowed(mail, role_of(user)) != mail:
            raise NotAllowedError
    before = mail_choices(user)
    _choose(user, mails, at=at)
    _record(user, before, mails, actor=actor, at=at, note="")


def unsubscribe_token(*, user_id: int, kind: str) -> str:
    """Return the secret of the link that ends a kind of mail, or `DIGEST`, for somebody.

    It is signed, does not expire and opens nothing else.
    """
    return signing.dumps([user_id, kind], salt=SALT)


def read_unsubscribe_token(token: str) -> Unsubscription:
    """Return what the link of a mail ends, or raise `InvalidLinkError`."""
    try:
        user_id, kind = signing.loads(token, salt=SALT)
        user = User.objects.get(pk=user_id)
        if kind != DIGEST:
            kind_of(kind)
    except (signing.BadSignature, User.DoesNotExist, UnknownNotificationKindError):
        raise InvalidLinkError from None
    return Unsubscription(user, kind)


@transaction.atomic
def unsubscribe(*, token: str, at: datetime) -> Unsubscription:
    """End a kind of mail, or the digests, for whom the link was written.

    Owners keep a weekly digest of what asks them to act. A second time changes nothing.
    Raises `InvalidLinkError`.
    """
    ended = read_unsubscribe_token(token)
    user = User.objects.select_for_update().get(pk=ended.user.pk)
    before, role = mail_choices(user), role_of(user)
    least = {
        kind.name: kind.allowed(Mail.NEVER, role)
        for group in offered_kinds(user)
        for kind in group
        if _ends(ended, kind, before[kind.name])
    }
    news = {name: mail for name, mail in least.items() if before[name] != mail}
    if news:
        _choose(user, news, at=at)
        note = "By the link of a mail"
        _record(user, before, news, actor=user, at=at, note=note)
    return ended


def _ends(ended: Unsubscription, kind: NotificationKind, mail: str) -> bool:
    """Say whether a kind is what the link ends: called the same, or in the digests."""
    if ended.kind == DIGEST:
        return mail in DIGESTS
    named = kind_of(ended.kind)
    return (named.staff, str(named.label)) == (kind.staff, str(kind.label))


def _choose(user: User, mails: Mapping[str, str], *, at: datetime) -> None:
    NotificationPreference.objects.bulk_create(
        [
            NotificationPreference(user=user, kind=name, mail=mail)
            for name, mail in sorted(mails.items())
        ],
        update_conflicts=True,
        unique_fields=["user", "kind"],
        update_fields=["mail"],
    )
    for name, mail in mails.items():
        # What waits for a digest goes with that, also if the next is to come at once.
        if mail != Mail.AT_ONCE:
            waiting = Notification.objects.filter(
                user=user, kind=name, mailed_at=None, read_at=None, done_at=None
            )
            if waiting.exclude(mail=mail).update(mail=mail) and mail != Mail.NEVER:
                plan_digest(user_id=user.pk, time_zone=user.time_zone, mail=mail, at=at)


def _record(
    user: User,
    before: Mapping[str, str],
    after: Mapping[str, str],
    *,
    actor: User,
    at: datetime,
    note: str,
) -> None:
    if changes := audit.differences(before, after):
        audit.record(
            "partners.notification_preferences",
            actor=actor,
            at=at,
            partner_id=user.partner.pk if user.partner else None,
            of=user,
            changes=changes,
            note=note,
        )
