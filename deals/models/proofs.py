"""Sourced or assisted, and the client's proof that the partner is involved (3.10)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from deals.models.deals import Deal
from deals.models.shared import DealFile
from deals.models.visibility import deal_scope
from partners.append_only import AppendOnlyModel, AppendOnlyQuerySet

if TYPE_CHECKING:
    from partners.models import User


class MotionStep(AppendOnlyModel):
    """What somebody said about the motion of a deal, and on what evidence."""

    class Event(models.TextChoices):
        PROPOSED = "proposed", _("Proposed by the rule")
        CONFIRMED = "confirmed", _("Confirmed")
        CONTESTED = "contested", _("Contested")
        DECIDED = "decided", pgettext_lazy("motion", "Decided")
        CORRECTED = "corrected", _("Corrected after the close")

    deal = models.ForeignKey(
        Deal,
        on_delete=models.PROTECT,
        related_name="motion_steps",
        verbose_name=_("deal"),
    )
    event = models.CharField(_("event"), max_length=10, choices=Event)
    motion = models.CharField(_("motion"), max_length=10, choices=Deal.Motion)
    evidence = models.JSONField(_("evidence"), default=dict)
    reason = models.TextField(_("reason"), max_length=2_000, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of a motion")
        verbose_name_plural = _("steps of motions")

    def __str__(self) -> str:
        return f"{self.get_motion_display()}: {self.get_event_display()}"


class ProofRequestQuerySet(models.QuerySet["ProofRequest"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(deal_scope(user, "deal__"))

    def open_at(self, at: datetime) -> Self:
        return self.filter(answer="", withdrawn_at=None, expires_at__gt=at)


class ProofRequest(models.Model):
    """A link with which the client says once whether the partner is involved.

    Only the hash of its secret is kept; it holds 14 days.
    """

    class Answer(models.TextChoices):
        CONFIRMED = "confirmed", _("Confirmed")
        DENIED = "denied", _("Denied")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    deal = models.ForeignKey(
        Deal,
        on_delete=models.PROTECT,
        related_name="proof_requests",
        verbose_name=_("deal"),
    )
    secret_hash = models.CharField(_("hash of the secret"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("e-mail"), max_length=254)
    language = models.CharField(_("language"), max_length=5, default="en")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("asked by"),
    )
    asked_at = models.DateTimeField(_("asked at"))
    expires_at = models.DateTimeField(_("expires at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=10, choices=Answer, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    signed_as = models.CharField(_("signed as"), max_length=200, blank=True)
    remark = models.TextField(_("remark"), max_length=2_000, blank=True)

    objects = ProofRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for a proof")
        verbose_name_plural = _("requests for proofs")
        constraints = [
            models.CheckConstraint(
                name="proof_request_is_answered_or_not",
                condition=Q(answer="", answered_at=None)
                | (
                    Q(answer__in=("confirmed", "denied"), answered_at__isnull=False)
                    & ~Q(signed_as="")
                ),
            ),
            models.CheckConstraint(
                name="proof_request_ends_after_it_begins",
                condition=Q(expires_at__gt=F("asked_at")),
            ),
            # A new link withdraws the old one.
            models.UniqueConstraint(
                name="one_open_proof_request_per_deal",
                fields=["deal"],
                condition=Q(answer="", withdrawn_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.asked_at:%Y-%m-%d}"


class Proof(AppendOnlyModel):
    """A proof of involvement, dated. The deal names the one that counts (`poi_on`)."""

    class Kind(models.TextChoices):
        LINK = "link", _("Answer of the client")
        FILE = "file", _("File")
        STATEMENT = "statement", _("Statement of the vendor")

    deal = models.ForeignKey(
        Deal, on_delete=models.PROTECT, related_name="proofs", verbose_name=_("deal")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    dated_on = models.DateField(_("dated"))
    request = models.OneToOneField(
        ProofRequest,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="proof",
        verbose_name=_("request"),
    )
    file = models.ForeignKey(
        DealFile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("file"),
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    # None: the client, by the link.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("proof of involvement")
        verbose_name_plural = _("proofs of involvement")
        constraints = [
            models.CheckConstraint(
                name="proof_rests_on_something",
                condition=Q(kind="link", request__isnull=False, file=None)
                | Q(kind="file", request=None, file__isnull=False)
                | Q(kind="statement", request=None, file=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.dated_on}"
