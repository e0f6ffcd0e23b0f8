"""How people come to a company: the owner invites them, or they ask to join."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from partners.models.companies import Partner, partner_scope
from partners.models.people import Role

if TYPE_CHECKING:
    from partners.models.users import User


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(partner_scope(user, "partner__"))

    def open(self) -> Self:
        """Return those neither accepted nor withdrawn; some may be too old by now."""
        return self.filter(accepted_at=None, revoked_at=None)


class Invitation(models.Model):
    """A letter with which one person opens an account at one company, once.

    The letter's secret is not stored, only what it hashes to.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="invitations",
        verbose_name=_("partner"),
    )
    email = models.EmailField(_("e-mail"), max_length=254)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    role = models.CharField(_("role"), max_length=10, choices=Role)
    language = models.CharField(_("language of the letter"), max_length=5)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("invited by"),
    )
    created_at = models.DateTimeField(_("invited at"))
    expires_at = models.DateTimeField(_("valid until"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                name="one_open_invitation_per_partner_and_email",
                fields=["partner", "email"],
                condition=Q(accepted_at=None, revoked_at=None),
            ),
            models.CheckConstraint(
                name="invitation_is_accepted_or_withdrawn_not_both",
                condition=Q(accepted_at=None) | Q(revoked_at=None),
            ),
            models.CheckConstraint(
                name="invitation_expires_after_it_was_written",
                condition=Q(expires_at__gt=F("created_at")),
            ),
            models.CheckConstraint(
                name="invitation_role_is_known", condition=Q(role__in=Role.values)
            ),
            models.CheckConstraint(
                name="invitation_email_is_lower_case", condition=Q(email=Lower("email"))
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def name(self) -> str:
        """The invited person's name, or the address where nobody gave one."""
        return f"{self.first_name} {self.last_name}".strip() or self.email

    def holds(self, at: datetime) -> bool:
        """Return whether it can be accepted at a moment."""
        return (
            self.accepted_at is None and self.revoked_at is None and at < self.expires_at
        )


class JoinQuestion(models.Model):
    """An address that somebody gave at /join/, before anybody knows whose it is.

    It stands here, and not in a link or in the queue, so that neither logs nor tools for
    the queue read it. The row goes when its link is too old (`expires_at`).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail"), max_length=254)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    language = models.CharField(_("language"), max_length=5)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(_("valid until"), db_index=True)

    class Meta:
        verbose_name = _("question whose address it is")
        verbose_name_plural = _("questions whose address it is")
        constraints = [
            models.CheckConstraint(
                name="join_question_email_is_lower_case",
                condition=Q(email=Lower("email")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id}"


class JoinRequestQuerySet(models.QuerySet["JoinRequest"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(partner_scope(user, "partner__"))

    def open(self) -> Self:
        """Return those that no owner has answered."""
        return self.filter(decided_at=None)


class JoinRequest(models.Model):
    """Somebody with an address of the company's domain asks its owners to be let in.

    The row is made when the address is confirmed, so no owner is asked by a stranger.
    """

    class Decision(models.TextChoices):
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="join_requests",
        verbose_name=_("partner"),
    )
    email = models.EmailField(_("e-mail"), max_length=254)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    language = models.CharField(_("language"), max_length=5)
    confirmed_at = models.DateTimeField(_("asked at"))
    decision = models.CharField(
        _("decision"), max_length=10, choices=Decision, blank=True, default=""
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )

    objects = JoinRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request to join")
        verbose_name_plural = _("requests to join")
        constraints = [
            models.UniqueConstraint(
                name="one_open_join_request_per_partner_and_email",
                fields=["partner", "email"],
                condition=Q(decided_at=None),
            ),
            models.CheckConstraint(
                name="join_request_is_decided_as_a_whole",
                condition=Q(decision="", decided_at=None, decided_by=None)
                | Q(
                    decision__in=["approved", "refused"],
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="join_request_email_is_lower_case", condition=Q(email=Lower("email"))
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def name(self) -> str:
        """The person's name, or the address where nobody gave one."""
        return f"{self.first_name} {self.last_name}".strip() or self.email
