"""The mails that tell people something: what is in them, and sending them once.

A mail is one row of the outbox. Its job locks what it tells, sends, and marks it as
mailed, in one transaction: a second run finds nothing to tell. Only a worker that dies
between the mail server's answer and the commit sends a mail again, and then under the
same Message-ID, by which mail programs recognise it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from smtplib import SMTPException
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from partners.models import Notification, User
from partners.notifications import Mail, Row, Urgency, kind_of, words_of
from partners.services.digests import takes_weekly
from partners.services.preferences import DIGEST, unsubscribe_token
from ui.middleware import zone_of

MOST_IN_A_DIGEST: Final = 50
"""How many things a digest spells out; the portal lists the others."""

LOCAL_ADDRESS: Final = "http://localhost:8000"
"""Where links of mails lead while nobody has said where the portal is (PORTAL_URL)."""


class MailNotSentError(RuntimeError):
    """The mail server did not take a mail. Says why, and never to whom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something a mail tells, with addresses that work outside of the portal."""

    title: str
    text: str
    rows: Sequence[Row]
    url: str
    due_on: date | None
    is_act: bool


@transaction.atomic
def mail_notification(*, public_id: UUID, at: datetime) -> bool:
    """Mail a notification at once; return whether it was sent.

    It is not if it was mailed, read or done before, if the person has chosen otherwise
    since, or may not see it any more. Raises `MailNotSentError`.
    """
    told = (
        Notification.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(public_id=public_id, mail=Mail.AT_ONCE)
        .filter(mailed_at=None, read_at=None, done_at=None)
        .first()
    )
    if told is None or not _may_be_told(told):
        return False
    _send(
        "notification",
        told.user,
        unsubscribes=told.kind,
        message_id=f"notification-{told.public_id}",
        items=lambda: [_item(told)],
    )
    told.mailed_at = at
    told.save(update_fields=["mailed_at"])
    return True


@transaction.atomic
def mail_digest(*, user_id: int, day: date, at: datetime) -> int:
    """Mail what waits for somebody's digest of a day; return how many things it tells.

    On Mondays that includes what is wanted weekly. Nothing is sent if nothing waits.
    Raises `MailNotSentError`.
    """
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return 0
    wanted = [Mail.DAILY, Mail.WEEKLY] if takes_weekly(day) else [Mail.DAILY]
    waiting = list(
        Notification.objects.visible_to(user)
        .waiting_for_digest()
        .filter(mail__in=wanted)
        .act_first()
        .select_for_update(of=("self",))
    )
    if not waiting:
        return 0
    _send(
        "digest",
        user,
        unsubscribes=DIGEST,
        message_id=f"digest-{user.pk}-{day}",
        items=lambda: [_item(each) for each in waiting[:MOST_IN_A_DIGEST]],
        count=len(waiting),
        more=max(len(waiting) - MOST_IN_A_DIGEST, 0),
    )
    ids = [each.pk for each in waiting]
    Notification.objects.filter(pk__in=ids).update(mailed_at=at)
    return len(ids)


def portal_address(path: str) -> str:
    """Return the address of a path of this portal, for whoever reads it in a mail."""
    return f"{settings.PORTAL_URL or LOCAL_ADDRESS}{path}"


def _may_be_told(told: Notification) -> bool:
    mine = Notification.objects.visible_to(told.user).filter(pk=told.pk)
    return told.user.is_active and mine.exists()


def _item(told: Notification) -> Item:
    words = words_of(told)
    return Item(
        title=words.title,
        text=words.text,
        rows=[
            Row(row.label, row.value, portal_address(row.path) if row.path else "")
            for row in words.rows
        ],
        # By way of the notification's own address: opening it marks it as read.
        url=portal_address(reverse("notifications:open", args=[told.public_id])),
        due_on=told.due_on,
        is_act=told.urgency == Urgency.ACT,
    )


def _send(
    template: str,
    user: User,
    *,
    unsubscribes: str,
    message_id: str,
    items: Callable[[], list[Item]],
    **context: object,
) -> None:
    """Send a mail in the reader's language; `items` are worded in it too."""
    token = unsubscribe_token(user_id=user.pk, kind=unsubscribes)
    unsubscribe_url = portal_address(reverse("notifications:unsubscribe", args=[token]))
    with translation.override(user.language), timezone.override(zone_of(user.time_zone)):
        context |= {
            "reader": user,
            "items": items(),
            "list_url": portal_address(reverse("notifications:list")),
            "preferences_url": portal_address(reverse("notifications:preferences")),
            "unsubscribe_url": unsubscribe_url,
            "ended": kind_of(unsubscribes).label if unsubscribes else "",
        }
        subject = render_to_string(f"mail/{template}.subject.txt", context)
        text = render_to_string(f"mail/{template}.txt", context)
        html = render_to_string(f"mail/{template}.html", context)
    host = urlsplit(portal_address("/")).hostname
    mail = EmailMultiAlternatives(
        # One line, whatever the names in it hold.
        " ".join(subject.split()),
        text.strip() + "\n",
        to=[user.email],
        headers={
            "Message-ID": f"<{message_id}@{host}>",
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    mail.attach_alternative(html, "text/html")
    try:
        mail.send()
    except (SMTPException, OSError) as error:
        # What the server says names the address, and errors of jobs are logged.
        raise MailNotSentError(type(error).__name__) from None
