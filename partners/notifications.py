"""The kinds of notifications: what each says, how urgent it is, and when it is mailed.

An app declares its kinds in a module `notifications` that its `AppConfig.ready` imports:

    @notification_kind("partners.cure", label=_("Certifications"), urgency=Urgency.ACT)
    def cure(facts: Facts) -> Words: ...

The words are made when somebody reads them, in that person's language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.utils.functional import Promise

from partners.models import Notification, NotificationPreference

Facts = Mapping[str, Any]
Urgency = Notification.Urgency
Mail = NotificationPreference.Mail


class Words(NamedTuple):
    """One line, and a sentence or two that say why and what to do next."""

    title: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationKind:
    """What a kind of notification is called in the preferences, and how it is worded.

    `mail` is when it is mailed to people who have not chosen.
    """

    name: str
    label: str | Promise
    urgency: Notification.Urgency
    mail: NotificationPreference.Mail
    words: Callable[[Facts], Words]


_KINDS: Final[dict[str, NotificationKind]] = {}


class UnknownNotificationKindError(LookupError):
    """Nobody has declared this kind of notification."""


def notification_kind(
    name: str,
    *,
    label: str | Promise,
    urgency: Notification.Urgency = Urgency.INFORMATION,
    mail: NotificationPreference.Mail = Mail.DAILY,
) -> Callable[[Callable[[Facts], Words]], Callable[[Facts], Words]]:
    """Declare a kind of notification. Raises `ValueError` for a name that is taken."""

    def declare(words: Callable[[Facts], Words]) -> Callable[[Facts], Words]:
        if name in _KINDS:
            raise ValueError(f"The notification kind {name!r} is declared twice.")
        _KINDS[name] = NotificationKind(
            name=name, label=label, urgency=urgency, mail=mail, words=words
        )
        return words

    return declare


def kind_of(name: str) -> NotificationKind:
    """Return a kind of notification, or raise `UnknownNotificationKindError`."""
    try:
        return _KINDS[name]
    except KeyError:
        raise UnknownNotificationKindError(name) from None


def kinds() -> tuple[NotificationKind, ...]:
    """Return all kinds, by name."""
    return tuple(_KINDS[name] for name in sorted(_KINDS))


def words_of(notification: Notification) -> Words:
    """Return what a notification says, in the active language."""
    return kind_of(notification.kind).words(notification.facts)
