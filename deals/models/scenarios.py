"""What-if: a set of deals, dates and losses that somebody keeps and may share."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models import Partner, partner_scope

if TYPE_CHECKING:
    from partners.models import User


class ScenarioQuerySet(models.QuerySet["Scenario"]):
    def visible_to(self, user: User) -> Self:
        """Return a company's scenarios; staff see those that were shared with them."""
        scope = self.filter(partner_scope(user, "partner__"), removed_at=None)
        return scope.filter(shared=True) if user.is_staff else scope


class Scenario(models.Model):
    """The choices of the simulator; its result is computed whenever it is opened."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="scenarios",
        verbose_name=_("partner"),
    )
    name = models.CharField(_("name"), max_length=100)
    choices = models.JSONField(_("choices"), default=dict)
    shared = models.BooleanField(_("shared with the partner manager"), default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    created_at = models.DateTimeField(_("created at"))
    saved_at = models.DateTimeField(_("saved at"))
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    objects = ScenarioQuerySet.as_manager()

    class Meta:
        verbose_name = _("scenario")
        verbose_name_plural = _("scenarios")
        constraints = [
            models.CheckConstraint(name="scenario_is_named", condition=~Q(name="")),
            models.UniqueConstraint(
                name="one_scenario_per_partner_and_name",
                fields=["partner", "name"],
                condition=Q(removed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name
