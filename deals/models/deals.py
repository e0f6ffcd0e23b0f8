"""Deals, their lines and their life."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client
from deals.models.lines import ProductLine, credits_in_range, mrr_in_range
from deals.models.visibility import deal_scope
from partners.append_only import AppendOnlyModel, AppendOnlyQuerySet
from partners.models import (
    MembershipChoice,
    Partner,
    Person,
    RulebookEdition,
    TierChoice,
)
from program.deal_life import DEAL_STEPS, DealStage
from program.steps import Actor, IllegalStepError, step

if TYPE_CHECKING:
    from partners.models import User


class InvalidTransitionError(ValueError):
    """A deal cannot go from where it is to where somebody wants it."""


def client_shown(path: str = "") -> Coalesce:
    """Return `Deal.client_label` for a query; `path` leads to the deal: `deal__`."""
    typed = NullIf(F(f"{path}client_name"), Value(""))
    return Coalesce(typed, F(f"{path}client__name"))


def client_matches(text: str, path: str = "") -> Q:
    """Return the condition that `Deal.client_label` contains `text`."""
    return Q(**{f"{path}client_name__icontains": text}) | Q(
        **{f"{path}client_name": "", f"{path}client__name__icontains": text}
    )


class DealQuerySet(models.QuerySet["Deal"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(deal_scope(user))

    def matching(self, text: str) -> Self:
        """Return the deals whose name, reference or client contains `text`."""
        return self.filter(
            Q(name__icontains=text) | Q(ref__icontains=text) | client_matches(text)
        )

    def by_client(self) -> Self:
        """Add `client_shown`, which is `client_label`, to put the deals in its order."""
        return self.annotate(client_shown=client_shown())

    def for_table(self) -> Self:
        """Load what one row of the deal table shows, in one query."""
        return self.select_related("client", "partner").prefetch_related("lines")


class Deal(models.Model):
    """A deal of a partner with a client.

    When it is won it keeps what its points and commissions rest on: edition, credited
    tier, membership, territory and growth flag of that day (design 3, 3.23).
    """

    class Motion(models.TextChoices):
        SOURCED = "sourced", _("Partner sourced")
        ASSISTED = "assisted", _("Partner assisted")

    class Stage(models.TextChoices):
        REGISTERED = DealStage.REGISTERED.value, _("Registered")
        WON = DealStage.WON.value, _("Won")
        LOST = DealStage.LOST.value, _("Lost")
        EXPIRED = DealStage.EXPIRED.value, pgettext_lazy("deal", "Expired")
        WITHDRAWN = DealStage.WITHDRAWN.value, _("Withdrawn")

    class Pipeline(models.TextChoices):
        """How far the sale is while the deal is registered; both sides move it."""

        DISCOVERY = "discovery", _("Discovery")
        QUALIFIED = "qualified", _("Qualified")
        PRESENTED = "presented", _("Presented")
        DECIDING = "deciding", _("Decision pending")
        CONTRACT = "contract", _("Contract sent")

    class MotionState(models.TextChoices):
        """Who has said so far whether the deal is sourced or assisted."""

        PROPOSED = "proposed", _("Proposed")
        CONFIRMED = "confirmed", _("Confirmed by the partner")
        CONTESTED = "contested", _("Contested by the partner")
        DECIDED = "decided", _("Decided by the vendor")

    class LostReason(models.TextChoices):
        PRICE = "price", _("Price")
        COMPETITOR = "competitor", _("A competitor")
        NO_DECISION = "no_decision", _("No decision")
        NO_NEED = "no_need", _("No need any more")
        NO_ANSWER = "no_answer", _("No answer from the client")
        OTHER = "other", _("Another reason")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ref = models.CharField(_("reference"), max_length=100, unique=True)
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="deals",
        db_index=False,
        verbose_name=_("partner"),
    )
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="deals", verbose_name=_("client")
    )
    # As the partner typed it at the registration. The client's record may be shared with
    # another partner, and what one of them typed is no business of the other.
    client_name = models.CharField(
        _("client, as the partner calls it"), max_length=200, blank=True
    )
    name = models.CharField(_("name"), max_length=200)
    motion = models.CharField(_("motion"), max_length=10, choices=Motion)
    # What comes from the vendor's systems was decided there.
    motion_state = models.CharField(
        _("state of the motion"),
        max_length=10,
        choices=MotionState,
        default=MotionState.DECIDED,
    )
    pipeline = models.CharField(
        _("pipeline stage"), max_length=10, choices=Pipeline, default=Pipeline.DISCOVERY
    )
    expected_close_on = models.DateField(_("expected close"), null=True, blank=True)
    next_step = models.CharField(_("next step"), max_length=300, blank=True)
    need = models.TextField(_("what the client needs"), max_length=4_000, blank=True)
    owner = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("deal owner"),
    )
    # Only what was registered in the portal expires; the rest follows its source.
    valid_until = models.DateField(_("valid until (excluded)"), null=True, blank=True)
    extensions = models.SmallIntegerField(_("extensions"), default=0)
    # The last day on which anybody did something about it: what has stood still shows.
    active_on = models.DateField(_("last activity"), null=True, blank=True)
    lost_reason = models.CharField(
        _("why it was lost"), max_length=12, choices=LostReason, blank=True
    )
    registered_on = models.DateField(_("registered on"))
    stage = models.CharField(
        _("stage"), max_length=10, choices=Stage, default=Stage.REGISTERED
    )
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    poi_on = models.DateField(_("proof of involvement on"), null=True, blank=True)
    cancelled_on = models.DateField(_("cancelled on"), null=True, blank=True)
    won_edition = models.ForeignKey(
        RulebookEdition,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("won under edition"),
    )
    won_tier = models.CharField(
        _("credited tier when won"), max_length=10, choices=TierChoice, blank=True
    )
    won_membership = models.CharField(
        _("membership when won"), max_length=10, choices=MembershipChoice, blank=True
    )
    won_territory = models.CharField(_("territory when won"), max_length=2, blank=True)
    won_growth = models.BooleanField(_("growth market when won"), null=True, blank=True)

    objects = DealQuerySet.as_manager()

    class Meta:
        verbose_name = _("deal")
        verbose_name_plural = _("deals")
        constraints = [
            models.CheckConstraint(
                name="deal_stage_is_known",
                condition=Q(stage__in=[stage.value for stage in DealStage]),
            ),
            models.CheckConstraint(
                name="deal_closed_on_iff_closed",
                condition=Q(stage="registered", closed_on=None)
                | (~Q(stage="registered") & Q(closed_on__isnull=False)),
                violation_error_message=_("A deal that ended has a closing day."),
            ),
            models.CheckConstraint(
                name="deal_cancelled_only_if_won",
                condition=Q(cancelled_on=None) | Q(stage="won"),
                violation_error_message=_("Only a won deal can be cancelled."),
            ),
            models.CheckConstraint(
                name="deal_motion_is_known",
                condition=Q(motion__in=("sourced", "assisted"))
                & Q(motion_state__in=("proposed", "confirmed", "contested", "decided")),
            ),
            models.CheckConstraint(
                name="deal_pipeline_is_known",
                condition=Q(
                    pipeline__in=(
                        *("discovery", "qualified", "presented", "deciding"),
                        "contract",
                    )
                ),
            ),
            models.CheckConstraint(
                name="deal_extensions_not_negative", condition=Q(extensions__gte=0)
            ),
            models.CheckConstraint(
                name="deal_won_facts_iff_won",
                condition=Q(stage="won", won_growth__isnull=False)
                | (~Q(stage="won") & Q(won_growth=None, won_edition=None)),
            ),
        ]
        indexes = [
            # The deal list: newest first.
            models.Index(
                name="deals_of_partner", fields=["partner", "-registered_on", "-id"]
            ),
            # Home: what is open, what was closed lately, what lacks its proof.
            models.Index(
                name="deals_by_closing", fields=["partner", "stage", "closed_on"]
            ),
            # The board: a stage of the pipeline, by expected close.
            models.Index(
                name="deals_on_the_board",
                fields=["partner", "pipeline", "expected_close_on", "id"],
                condition=Q(stage="registered"),
            ),
            # The daily search for what expires, and for whom to remind.
            models.Index(
                name="deals_by_validity",
                fields=["valid_until"],
                condition=Q(stage="registered", valid_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def client_label(self) -> str:
        """What the client is called on the pages of the deal."""
        return self.client_name or self.client.name

    @property
    def last_valid_on(self) -> date | None:
        """The last day on which a registration still holds, as people read a day."""
        return self.valid_until - timedelta(days=1) if self.valid_until else None

    def move(self, event: str, *, by: Actor) -> None:
        """Take a step of `program.deal_life`, or raise `InvalidTransitionError`."""
        try:
            self.stage = step(DEAL_STEPS, self.stage, event, by=by)
        except IllegalStepError as error:
            raise InvalidTransitionError(
                _("That cannot be done with a deal that is: %(stage)s.")
                % {"stage": self.get_stage_display()}
            ) from error


class DealLine(ProductLine):
    """One product line of a deal: the net increase of monthly recurring revenue."""

    deal = models.ForeignKey(
        Deal,
        on_delete=models.PROTECT,
        related_name="lines",
        verbose_name=_("deal"),
    )
    # An upgrade is a line of its own: what came on top, from its own day on (3.6).
    upgrade_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="upgrades",
        verbose_name=_("upgrade of"),
    )
    added_on = models.DateField(_("added on"), null=True, blank=True)

    class Meta:
        verbose_name = _("deal line")
        verbose_name_plural = _("deal lines")
        constraints = [
            models.UniqueConstraint(
                name="one_line_per_deal_and_product_line",
                fields=["deal", "product_line"],
                condition=Q(upgrade_of=None),
            ),
            models.UniqueConstraint(
                name="one_upgrade_per_line_and_day", fields=["upgrade_of", "added_on"]
            ),
            models.CheckConstraint(
                name="deal_line_upgrade_has_its_day",
                condition=Q(upgrade_of=None, added_on=None)
                | Q(upgrade_of__isnull=False, added_on__isnull=False),
            ),
            mrr_in_range("deal_line_mrr_in_range"),
            credits_in_range("deal_line_credits_not_negative"),
        ]


class LineReduction(AppendOnlyModel):
    """A downgrade: from a day on the line is worth less (3.2)."""

    line = models.ForeignKey(
        DealLine,
        on_delete=models.PROTECT,
        related_name="reductions",
        db_index=False,
        verbose_name=_("deal line"),
    )
    on = models.DateField(_("on"))
    mrr_minor = models.BigIntegerField(_("monthly recurring revenue, minor units"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("line reduction")
        verbose_name_plural = _("line reductions")
        constraints = [
            models.UniqueConstraint(
                name="one_reduction_per_line_and_day", fields=["line", "on"]
            ),
            mrr_in_range("line_reduction_mrr_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.on}"


class DealTransition(AppendOnlyModel):
    """A step of a deal's life: who, when, from where to where."""

    deal = models.ForeignKey(
        Deal, on_delete=models.PROTECT, related_name="transitions", verbose_name=_("deal")
    )
    from_stage = models.CharField(_("from"), max_length=10, blank=True)
    to_stage = models.CharField(_("to"), max_length=10)
    on = models.DateField(_("on"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("deal transition")
        verbose_name_plural = _("deal transitions")

    def __str__(self) -> str:
        return f"{self.from_stage} > {self.to_stage}"
