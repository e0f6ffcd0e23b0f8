"""What people are told: what is behind the bell, and how each person wants it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, When
from django.utils.translation import gettext_lazy as _

from partners.models.companies import Partner, partner_scope_or_none

if TYPE_CHECKING:
    from partners.models.users import User


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, user: User) -> Self:
        """Return a person's own notifications, as far as the company is still theirs."""
        return self.filter(partner_scope_or_none(user), user=user.pk)

    def unread(self) -> Self:
        return self.filter(read_at=None)

    def needing_action(self) -> Self:
        """Return what asks for an act that nobody has done yet."""
        return self.filter(urgency=Notification.Urgency.ACT, done_at=None)

    def waiting_for_digest(self) -> Self:
        """Return what a digest is to tell: nobody has mailed or read it, or done it."""
        return self.filter(mail__in=DIGESTS, mailed_at=None, read_at=None, done_at=None)

    def act_first(self) -> Self:
        """Put what still needs an act first, then the newest."""
        waits = Case(
            When(urgency=Notification.Urgency.ACT, done_at=None, then=0), default=1
        )
        return self.annotate(waits=waits).order_by("waits", "-created_at", "-id")


class MailChoice(models.TextChoices):
    """When something is told by e-mail."""

    AT_ONCE = "at_once", _("At once")
    DAILY = "daily", _("Daily")
    WEEKLY = "weekly", _("Weekly")
    NEVER = "never", _("Never")


DIGESTS = (MailChoice.DAILY, MailChoice.WEEKLY)


class Notification(models.Model):
    """Something one person is told. Its words are made when it is read.

    `kind` names what turns `facts` into words (`partners.notifications`), so that each
    reader has the own language. `key` names the event: a person is told once. What needs
    an act has a day by which (`due_on`) or none, and `done_at` when it needs none more.
    `mail` is when the person is to get it by e-mail, as they had chosen when it was told.
    """

    class Urgency(models.TextChoices):
        ACT = "act", _("Act now")
        INFORMATION = "information", _("Information")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="notifications",
        db_index=False,  # the indexes below begin with it
        verbose_name=_("for"),
    )
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("partner"),
    )
    kind = models.CharField(_("kind"), max_length=60)
    key = models.CharField(_("event"), max_length=200)
    urgency = models.CharField(_("urgency"), max_length=12, choices=Urgency)
    facts = models.JSONField(_("facts"), default=dict)
    path = models.CharField(_("leads to"), max_length=300, blank=True)
    due_on = models.DateField(_("due on"), null=True)
    created_at = models.DateTimeField(_("told at"))
    read_at = models.DateTimeField(_("read at"), null=True)
    done_at = models.DateTimeField(_("done at"), null=True)
    mail = models.CharField(_("by e-mail"), max_length=10, choices=MailChoice)
    mailed_at = models.DateTimeField(_("mailed at"), null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(
                name="one_notification_per_person_and_event", fields=["user", "key"]
            ),
            models.CheckConstraint(
                name="notification_urgency_is_known",
                condition=Q(urgency__in=("act", "information")),
            ),
            models.CheckConstraint(
                name="notification_mail_is_known",
                condition=Q(mail__in=MailChoice.values),
            ),
        ]
        indexes = [
            models.Index(name="notifications_of", fields=["user", "-created_at", "-id"]),
            models.Index(
                name="notifications_unread", fields=["user"], condition=Q(read_at=None)
            ),
            models.Index(
                name="notifications_for_digest",
                fields=["user"],
                condition=Q(mail__in=DIGESTS, mailed_at=None, read_at=None, done_at=None),
            ),
            # Settling an event, which is everybody's who was told of it.
            models.Index(
                name="notifications_of_event", fields=["key"], condition=Q(done_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class NotificationPreference(models.Model):
    """When a person gets a kind by e-mail; without a row, as the kind says."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="notification_preferences",
        db_index=False,
        verbose_name=_("person"),
    )
    kind = models.CharField(_("kind"), max_length=60)
    mail = models.CharField(_("by e-mail"), max_length=10, choices=MailChoice)

    class Meta:
        verbose_name = _("notification preference")
        verbose_name_plural = _("notification preferences")
        constraints = [
            models.UniqueConstraint(
                name="one_preference_per_person_and_kind", fields=["user", "kind"]
            ),
            models.CheckConstraint(
                name="notification_preference_mail_is_known",
                condition=Q(mail__in=MailChoice.values),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.mail}"
