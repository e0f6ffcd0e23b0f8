"""What a partner asks of the vendor for one deal (R48, R87-R90, 3.19)."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from deals.models.deals import Deal
from deals.models.visibility import deal_scope

if TYPE_CHECKING:
    from partners.models import User


class DealRequestQuerySet(models.QuerySet["DealRequest"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(deal_scope(user, "deal__"))

    def open(self) -> Self:
        return self.filter(state=DealRequest.State.OPEN)

    def late_at(self, at: datetime) -> Self:
        return self.open().filter(due_at__lte=at)


class DealRequest(models.Model):
    """A request on a deal, its answer, and its revocation.

    For an onboarding waiver the plan of the partner's own service stands in `text`,
    `hours`, `from_on`, `until_on` and `client_agrees`.
    """

    class Kind(models.TextChoices):
        WAIVER = "waiver", _("Onboarding waiver")
        REFERENCE = "reference", _("Customer reference")
        DEMO = "demo", _("Help with a demo")
        ENGINEER = "engineer", _("Solutions engineer")

    class State(models.TextChoices):
        OPEN = "open", _("Waits for an answer")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        REVOKED = "revoked", _("Revoked")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    deal = models.ForeignKey(
        Deal,
        on_delete=models.PROTECT,
        related_name="requests",
        db_index=False,
        verbose_name=_("deal"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    text = models.TextField(_("what is needed"), max_length=4_000)
    hours = models.IntegerField(_("hours"), null=True, blank=True)
    from_on = models.DateField(_("from"), null=True, blank=True)
    until_on = models.DateField(_("until (excluded)"), null=True, blank=True)
    client_agrees = models.BooleanField(_("the client agrees"), default=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("asked by"),
    )
    asked_at = models.DateTimeField(_("asked at"))
    due_at = models.DateTimeField(_("answer due"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    answer = models.TextField(_("answer"), max_length=2_000, blank=True)
    # When everybody was told that `due_at` has passed: once, however late that is.
    late_told_at = models.DateTimeField(_("lateness told at"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("revoked by"),
    )
    revoked_at = models.DateTimeField(
        pgettext_lazy("request", "revoked at"), null=True, blank=True
    )
    revocation = models.TextField(_("why it was revoked"), max_length=2_000, blank=True)

    objects = DealRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request on a deal")
        verbose_name_plural = _("requests on deals")
        constraints = [
            models.UniqueConstraint(
                name="one_open_request_per_deal_and_kind",
                fields=["deal", "kind"],
                condition=Q(state="open"),
            ),
            models.CheckConstraint(
                name="deal_request_state_is_known",
                condition=Q(
                    state__in=("open", "approved", "refused", "withdrawn", "revoked")
                ),
            ),
            models.CheckConstraint(
                name="deal_request_is_decided_or_not",
                condition=Q(state__in=("open", "withdrawn"), decided_by=None)
                | Q(
                    state__in=("approved", "refused", "revoked"),
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="deal_request_is_revoked_or_not",
                condition=(
                    Q(state="revoked", revoked_by__isnull=False) & ~Q(revocation="")
                )
                | (~Q(state="revoked") & Q(revoked_by=None)),
            ),
            models.CheckConstraint(
                name="deal_request_ends_after_it_begins",
                condition=Q(until_on=None) | Q(until_on__gt=F("from_on")),
            ),
            models.CheckConstraint(
                name="deal_request_waiver_has_a_plan",
                condition=~Q(kind="waiver")
                | Q(hours__gt=0, from_on__isnull=False, until_on__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="requests_of_deal", fields=["deal"]),
            models.Index(
                name="requests_due", fields=["due_at"], condition=Q(state="open")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}"

    def runs_on(self, day: date) -> bool:
        """Say whether an approved waiver holds on a day."""
        return (
            self.state == self.State.APPROVED
            and (self.from_on is None or self.from_on <= day)
            and (self.until_on is None or day < self.until_on)
        )
