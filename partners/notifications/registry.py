"""The kinds of notifications: what each says, how urgent it is, and when it is mailed.

An app declares its kinds in its module (or package) `notifications`:

    @notification_kind("partners.cure", label=_("Certifications"), urgency=Urgency.ACT)
    def cure(facts: Facts) -> Words: ...

The words are made when somebody reads them, in that person's language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.utils.functional import Promise

from partners.models import Notification, Person, Role
from partners.models.notifications import MailChoice

Facts = Mapping[str, Any]
Urgency = Notification.Urgency
Mail = MailChoice


class Row(NamedTuple):
    """A figure beside the words: what it is, its value, and where its receipt is."""

    label: str
    value: str
    path: str = ""


class Words(NamedTuple):
    """One line, a sentence or two that say why and what to do next, and figures."""

    title: str
    text: str = ""
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationKind:
    """What a kind of notification is called in the preferences, and how it is worded.

    Kinds with one label are one line of the preferences.
    `mail` is when it is mailed to people who have not chosen. A kind for `staff` is not
    offered to the people of partners, nor the other way round. `owners` says that only
    owners are told, and who chose it in the preferences.
    """

    name: str
    label: str | Promise
    urgency: Notification.Urgency
    mail: MailChoice
    staff: bool
    owners: bool
    words: Callable[[Facts], Words]

    def is_for(self, person: Person | None) -> bool:
        """Say whether the kind is offered to somebody; staff are nobody's people."""
        return self.staff == (person is None)

    def mail_for(self, role: str | None) -> MailChoice:
        """Return when it is mailed to somebody of a role who has not chosen."""
        return Mail.NEVER if self.owners and role != Role.OWNER else self.mail

    def allowed(self, mail: str, role: str | None) -> MailChoice:
        """Return what somebody chose, or the least they must have."""
        if mail == Mail.NEVER and not self.may_be_silenced(role):
            return Mail.WEEKLY
        return Mail(mail)

    def may_be_silenced(self, role: str | None) -> bool:
        """Say whether somebody may have no mail of it: owners are told what to do."""
        return not (self.urgency == Urgency.ACT and role == Role.OWNER)


_KINDS: Final[dict[str, NotificationKind]] = {}


class UnknownNotificationKindError(LookupError):
    """Nobody has declared this kind of notification."""


def notification_kind(
    name: str,
    *,
    label: str | Promise,
    urgency: Notification.Urgency = Urgency.INFORMATION,
    mail: MailChoice = Mail.DAILY,
    staff: bool = False,
    owners: bool = False,
) -> Callable[[Callable[[Facts], Words]], Callable[[Facts], Words]]:
    """Declare a kind of notification. Raises `ValueError` for a name that is taken."""

    def declare(words: Callable[[Facts], Words]) -> Callable[[Facts], Words]:
        if name in _KINDS:
            raise ValueError(f"The notification kind {name!r} is declared twice.")
        _KINDS[name] = NotificationKind(
            name=name,
            label=label,
            urgency=urgency,
            mail=mail,
            staff=staff,
            owners=owners,
            words=words,
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


def grouped(some: Iterable[NotificationKind]) -> list[tuple[NotificationKind, ...]]:
    """Return kinds by their label: people choose for all that is called the same.

    What asks to act comes first, then in the order of the labels.
    """
    groups: dict[tuple[bool, str], list[NotificationKind]] = {}
    for kind in some:
        groups.setdefault((kind.staff, str(kind.label)), []).append(kind)
    return sorted(
        (tuple(group) for group in groups.values()),
        key=lambda group: (
            all(kind.urgency != Urgency.ACT for kind in group),
            str(group[0].label),
        ),
    )


def words_of(notification: Notification) -> Words:
    """Return what a notification says, in the active language.

    A kind that is gone, or not there yet on this host, says its name: a page with a row
    that cannot be worded is better than no page.
    """
    try:
        kind = kind_of(notification.kind)
    except UnknownNotificationKindError:
        return Words(notification.kind)
    return kind.words(notification.facts)
