"""What people are told: the kinds of notifications, declared in this package.

Every module here is imported when Django is ready (`PartnersConfig.ready`), as is the
module `notifications` of every other app.
"""

from partners.notifications.registry import (
    Facts,
    Mail,
    NotificationKind,
    Row,
    UnknownNotificationKindError,
    Urgency,
    Words,
    grouped,
    kind_of,
    kinds,
    notification_kind,
    words_of,
)

__all__ = [
    "Facts",
    "Mail",
    "NotificationKind",
    "Row",
    "UnknownNotificationKindError",
    "Urgency",
    "Words",
    "grouped",
    "kind_of",
    "kinds",
    "notification_kind",
    "words_of",
]
