"""What prospects of shared deals do in the vendor's CRM, and who wants to know (R84)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deals.models.domains import MAX_DOMAIN
from partners.append_only import AppendOnlyModel, AppendOnlyQuerySet


class ProspectSignal(AppendOnlyModel):
    """A prospect of a company did something; told again it is the same row."""

    class Kind(models.TextChoices):
        SIGN_UP = "sign_up", _("Created an account in the CRM")

    external_id = models.CharField(_("id of the sender"), max_length=100, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    domain = models.CharField(_("domain"), max_length=MAX_DOMAIN)
    happened_at = models.DateTimeField(_("happened at"))
    received_at = models.DateTimeField(_("received at"))
    # None: by the signed endpoint.
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("entered by"),
    )
    deals = models.JSONField(_("deals it concerned"), default=list)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("signal of a prospect")
        verbose_name_plural = _("signals of prospects")
        constraints = [
            models.CheckConstraint(
                name="prospect_signal_is_named", condition=~Q(external_id="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.domain}: {self.get_kind_display()}"


class SignalSubscription(models.Model):
    """Somebody asked for the signals of the prospects of their deals (R84, 3.18)."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="signal_subscription",
        verbose_name=_("account"),
    )
    since_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("subscription to signals")
        verbose_name_plural = _("subscriptions to signals")

    def __str__(self) -> str:
        return str(self.user)
