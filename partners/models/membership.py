"""Provider or partner over time, and what the calendar decided about it (3.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from partners.append_only import AppendOnlyModel
from partners.models.companies import MembershipChoice, Partner, partner_scope
from partners.models.rulebook import RulebookEdition
from partners.models.standing import PartnerHistoryQuerySet, Snapshot, TierChoice

if TYPE_CHECKING:
    from partners.models.users import User


class MembershipChangeQuerySet(PartnerHistoryQuerySet["MembershipChange"]):
    pass


class MembershipChange(AppendOnlyModel):
    """The membership from a day on; the first row is the joining, the last one holds.

    `Partner.membership` is a copy of the last row, for lists and for the statement that
    recomputes standings.
    """

    class Cause(models.TextChoices):
        JOINED = "joined", _("Joined")
        IMPORTED = "imported", _("Imported")
        STAFF = "staff", _("Decided by the programme")
        GOLD_DEADLINE = "gold_deadline", _("Gold was not reached in time")
        OWN_SUBSCRIPTION = "own_subscription", _("Own subscription lapsed")

    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="membership_changes",
        db_index=False,  # the index below begins with it
        verbose_name=_("partner"),
    )
    on = models.DateField(_("from"))
    membership = models.CharField(
        _("membership"), max_length=10, choices=MembershipChoice
    )
    cause = models.CharField(_("cause"), max_length=20, choices=Cause)
    reason = models.TextField(_("reason"), blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("who"),
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    objects = MembershipChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of membership")
        verbose_name_plural = _("changes of membership")
        constraints = [
            models.UniqueConstraint(
                name="one_joining_per_partner",
                fields=["partner"],
                condition=Q(cause="joined"),
            ),
            models.CheckConstraint(
                name="membership_change_is_known",
                condition=Q(
                    membership__in=MembershipChoice.values,
                    cause__in=(
                        *("joined", "imported", "staff"),
                        *("gold_deadline", "own_subscription"),
                    ),
                ),
            ),
        ]
        indexes = [
            models.Index(name="memberships_of_partner", fields=["partner", "on", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.get_membership_display()}"


class GoldNoticeQuerySet(PartnerHistoryQuerySet["GoldNotice"]):
    pass


class GoldNotice(AppendOnlyModel):
    """A partner was told that it missed the deadline for Gold (3.9).

    It becomes a provider on `moves_on` unless it has a tier by then.
    """

    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="gold_notices",
        db_index=False,
        verbose_name=_("partner"),
    )
    deadline_on = models.DateField(_("deadline"))
    noticed_on = models.DateField(_("told on"))
    moves_on = models.DateField(_("provider from"))
    edition = models.ForeignKey(
        RulebookEdition,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("rulebook edition"),
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    objects = GoldNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice about Gold")
        verbose_name_plural = _("notices about Gold")
        constraints = [
            models.UniqueConstraint(
                name="one_gold_notice_per_partner_and_deadline",
                fields=["partner", "deadline_on"],
            ),
            models.CheckConstraint(
                name="gold_notice_runs_from_its_day",
                condition=Q(noticed_on__gte=F("deadline_on"))
                & Q(moves_on__gte=F("noticed_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deadline_on}"


class UpgradeHeldQuerySet(PartnerHistoryQuerySet["UpgradeHeld"]):
    pass


class UpgradeHeld(AppendOnlyModel):
    """A check reached a higher tier and did not credit it: a condition was red (R5)."""

    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="held_upgrades",
        db_index=False,
        verbose_name=_("partner"),
    )
    on = models.DateField(_("on"))
    tier = models.CharField(_("tier"), max_length=10, choices=TierChoice)
    snapshot = models.ForeignKey(
        Snapshot,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("snapshot"),
    )
    # The codes of the conditions that were not met, in the order of R10.
    conditions = models.JSONField(_("conditions not met"))
    recorded_at = models.DateTimeField(_("recorded at"))

    objects = UpgradeHeldQuerySet.as_manager()

    class Meta:
        verbose_name = _("upgrade held back")
        verbose_name_plural = _("upgrades held back")
        constraints = [
            models.UniqueConstraint(
                name="one_held_upgrade_per_partner_and_day", fields=["partner", "on"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.get_tier_display()}"


class OwnLapseQuerySet(models.QuerySet["OwnLapse"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(partner_scope(user, "partner__"))


class OwnLapse(models.Model):
    """The own subscription was not enough from a day on (R9, 3.9).

    Open while it can be cured, up to and including `cure_until`.
    """

    class Outcome(models.TextChoices):
        OPEN = "open", _("Can be cured")
        CURED = "cured", _("Cured")
        PROVIDER = "provider", _("Became a provider")
        SUSPENDED = "suspended", _("Benefits suspended")

    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="own_lapses",
        db_index=False,  # the unique constraint's index begins with it
        verbose_name=_("partner"),
    )
    since_on = models.DateField(_("since"))
    cure_until = models.DateField(_("can be cured until"))
    # The code of program.standing.OwnReason.
    reason = models.CharField(_("reason"), max_length=30)
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=Outcome, default=Outcome.OPEN
    )
    ended_on = models.DateField(_("ended on"), null=True, blank=True)

    objects = OwnLapseQuerySet.as_manager()

    class Meta:
        verbose_name = _("lapse of an own subscription")
        verbose_name_plural = _("lapses of own subscriptions")
        constraints = [
            models.UniqueConstraint(
                name="one_own_lapse_per_partner_and_day", fields=["partner", "since_on"]
            ),
            models.UniqueConstraint(
                name="one_open_own_lapse_per_partner",
                fields=["partner"],
                condition=Q(outcome="open"),
            ),
            models.CheckConstraint(
                name="own_lapse_ended_on_iff_ended",
                condition=Q(outcome="open", ended_on=None)
                | (
                    Q(outcome__in=("cured", "provider", "suspended"))
                    & Q(ended_on__isnull=False)
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.since_on}"
