"""What people decide about a partner's tier: overrides, appeals, the way to Elite."""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from partners.models.companies import Partner
from partners.models.of_partner import OfPartnerQuerySet
from partners.models.standing import Evaluation, Snapshot, TierChange, TierChoice
from partners.models.tier_life_queries import TierOverrideQuerySet

if TYPE_CHECKING:
    from partners.models.users import User

ALL_BPS = 10_000


def _account(
    words: Any, *, null: bool = True
) -> models.ForeignKey[User | None, User | None]:
    """Return a field for who did something."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=null,
        related_name="+",
        db_index=False,
        verbose_name=words,
    )


class TierOverride(models.Model):
    """A tier that staff grant for a time, above the one that was earned (C32).

    It counts from `from_on` to the day before `until_on`; withdrawn, to the day before
    `withdrawn_on`. One person proposes it and another approves it.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="tier_overrides",
        verbose_name=_("partner"),
    )
    tier = models.CharField(_("granted tier"), max_length=10, choices=TierChoice)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until (excluded)"))
    reason = models.TextField(_("reason"))
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.PROPOSED
    )
    proposed_by = _account(_("proposed by"), null=False)
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_by = _account(_("decided by"))
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_note = models.TextField(_("what was said"), blank=True)
    withdrawn_by = _account(_("withdrawn by"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)
    withdrawn_on = models.DateField(_("withdrawn from"), null=True)
    withdrawal_reason = models.TextField(_("why withdrawn"), blank=True)
    # When the daily job told people that it had ended.
    ended_at = models.DateTimeField(_("end noted at"), null=True)

    objects = TierOverrideQuerySet.as_manager()

    class Meta:
        verbose_name = _("tier override")
        verbose_name_plural = _("tier overrides")
        constraints = [
            models.CheckConstraint(
                name="tier_override_ends_after_it_begins",
                condition=Q(until_on__gt=F("from_on")),
                violation_error_message=_("The end must lie after the beginning."),
            ),
            models.CheckConstraint(
                name="tier_override_has_two_people",
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="tier_override_is_decided_or_not",
                condition=Q(state="proposed", decided_by=None, decided_at=None)
                | Q(
                    state__in=("approved", "refused"),
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                )
                | Q(state="withdrawn"),
            ),
            models.CheckConstraint(
                name="tier_override_is_withdrawn_or_not",
                condition=Q(
                    state="withdrawn",
                    withdrawn_by__isnull=False,
                    withdrawn_at__isnull=False,
                    withdrawn_on__isnull=False,
                )
                | (~Q(state="withdrawn") & Q(withdrawn_by=None, withdrawn_on=None)),
            ),
            models.CheckConstraint(
                name="tier_override_has_a_reason", condition=~Q(reason="")
            ),
            models.CheckConstraint(
                name="tier_override_tier_is_known",
                condition=Q(tier__in=TierChoice.values),
            ),
            models.UniqueConstraint(
                name="one_proposed_override_per_partner",
                fields=["partner"],
                condition=Q(state="proposed"),
            ),
        ]
        indexes = [
            # The daily search for those whose end was not noted yet.
            models.Index(
                name="tier_overrides_to_end",
                fields=["until_on"],
                condition=Q(ended_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_tier_display()} {self.from_on}–{self.until_on}"

    @property
    def ends_on(self) -> date:
        """The first day on which it grants nothing any more."""
        if self.withdrawn_on is None:
            return self.until_on
        return max(self.from_on, min(self.until_on, self.withdrawn_on))


class TierAppeal(models.Model):
    """A partner's appeal against the demotion an evaluation day would bring.

    One member of staff proposes what to do, another decides. An evaluation that waited
    for the decision is `waiting`; `settled_on` is the day on which it was carried out or
    dropped. `decide_by` is the last day of the clock.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        UPHELD = "upheld", _("Upheld: the tier stays")
        REJECTED = "rejected", _("Rejected")

    class Proposal(models.TextChoices):
        UPHOLD = "uphold", _("Uphold")
        REJECT = "reject", _("Reject")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="tier_appeals",
        db_index=False,  # the constraint below begins with it
        verbose_name=_("partner"),
    )
    evaluation_on = models.DateField(_("evaluation of"))
    tier = models.CharField(_("tier at stake"), max_length=10, choices=TierChoice)
    feared_tier = models.CharField(
        _("tier it would fall to"), max_length=10, choices=TierChoice
    )
    text = models.TextField(_("what the partner says"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    filed_by = _account(_("made by"), null=False)
    filed_at = models.DateTimeField(_("made at"))
    filed_on = models.DateField(_("made on"))
    decide_by = models.DateField(_("to be decided by"))
    proposal = models.CharField(
        _("proposal"), max_length=10, choices=Proposal, blank=True
    )
    proposal_reason = models.TextField(_("reason of the proposal"), blank=True)
    proposed_by = _account(_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed at"), null=True)
    decided_by = _account(_("decided by"))
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_on = models.DateField(_("decided on"), null=True)
    decision_reason = models.TextField(_("reason of the decision"), blank=True)
    override = models.OneToOneField(
        TierOverride,
        on_delete=models.PROTECT,
        null=True,
        related_name="appeal",
        verbose_name=_("override"),
    )
    waiting = models.OneToOneField(
        Evaluation,
        on_delete=models.PROTECT,
        null=True,
        related_name="appeal",
        verbose_name=_("evaluation that waited"),
    )
    settled_on = models.DateField(_("settled on"), null=True)
    overdue_at = models.DateTimeField(_("clock ran out at"), null=True)

    objects = OfPartnerQuerySet["TierAppeal"].as_manager()

    class Meta:
        verbose_name = _("tier appeal")
        verbose_name_plural = _("tier appeals")
        constraints = [
            models.UniqueConstraint(
                name="one_appeal_per_partner_and_evaluation",
                fields=["partner", "evaluation_on"],
            ),
            models.CheckConstraint(
                name="tier_appeal_has_two_people",
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="tier_appeal_is_decided_or_not",
                condition=Q(state="open", decided_by=None, decided_on=None)
                | (
                    Q(
                        state__in=("upheld", "rejected"),
                        proposed_by__isnull=False,
                        decided_by__isnull=False,
                        decided_at__isnull=False,
                        decided_on__isnull=False,
                    )
                    & ~Q(decision_reason="")
                ),
            ),
            models.CheckConstraint(name="tier_appeal_has_a_text", condition=~Q(text="")),
            models.CheckConstraint(
                name="tier_appeal_is_settled_after_its_decision",
                condition=Q(settled_on=None) | Q(settled_on__gt=F("decided_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.evaluation_on}"


class EliteReviewQuerySet(OfPartnerQuerySet["EliteReview"]):
    def open(self) -> Self:
        return self.filter(state__in=EliteReview.OPEN_STATES)


class EliteReview(models.Model):
    """The manual review of a candidate for Elite, or of an Elite partner (R115–R117).

    Retention is entered by staff with its source; `checklist` keeps, from the invitation
    on, every criterion with its value and the edition's minimum.
    """

    class Kind(models.TextChoices):
        CANDIDACY = "candidacy", _("Candidate for Elite")
        KEEPING = "keeping", _("Whether Elite is kept")

    class State(models.TextChoices):
        NEAR = "near", _("Near Elite")
        CANDIDATE = "candidate", _("Under review")
        INVITED = "invited", _("Invited")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        KEPT = "kept", _("Elite kept")
        ENDED = "ended", _("Elite ended")
        CLOSED = "closed", pgettext_lazy("review", "Closed")

    OPEN_STATES = (State.NEAR, State.CANDIDATE, State.INVITED)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="elite_reviews",
        verbose_name=_("partner"),
    )
    kind = models.CharField(
        _("kind"), max_length=10, choices=Kind, default=Kind.CANDIDACY
    )
    state = models.CharField(_("state"), max_length=10, choices=State)
    opened_on = models.DateField(_("opened on"))
    opened_at = models.DateTimeField(_("opened at"))
    # Null: found by a check of the points.
    opened_by = _account(_("opened by"))
    snapshot = models.ForeignKey(
        Snapshot,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("snapshot"),
    )
    customer_retention_bps = models.IntegerField(_("customer retention"), null=True)
    customer_retention_source = models.CharField(
        _("source of customer retention"), max_length=200, blank=True
    )
    revenue_retention_bps = models.IntegerField(_("revenue retention"), null=True)
    revenue_retention_source = models.CharField(
        _("source of revenue retention"), max_length=200, blank=True
    )
    checked_by = _account(_("reviewed by"))
    checked_at = models.DateTimeField(_("reviewed at"), null=True)
    checklist = models.JSONField(_("checklist"), default=dict)
    sha256 = models.CharField(_("fingerprint"), max_length=64, blank=True)
    invited_by = _account(_("invited by"))
    invited_at = models.DateTimeField(_("invited at"), null=True)
    invited_on = models.DateField(_("invited on"), null=True)
    closed_by = _account(_("answered or closed by"))
    closed_at = models.DateTimeField(_("answered or closed at"), null=True)
    closed_on = models.DateField(_("answered or closed on"), null=True)
    closing_reason = models.TextField(_("reason"), blank=True)
    change = models.OneToOneField(
        TierChange,
        on_delete=models.PROTECT,
        null=True,
        related_name="elite_review",
        verbose_name=_("tier change"),
    )

    objects = EliteReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("Elite review")
        verbose_name_plural = _("Elite reviews")
        constraints = [
            models.UniqueConstraint(
                name="one_open_elite_review_per_partner",
                fields=["partner"],
                condition=Q(state__in=("near", "candidate", "invited")),
            ),
            models.CheckConstraint(
                name="elite_review_has_two_people",
                condition=(Q(invited_by=None) | ~Q(invited_by=F("checked_by")))
                & (
                    ~Q(state__in=("kept", "ended"))
                    | (Q(checked_by__isnull=False) & ~Q(closed_by=F("checked_by")))
                ),
            ),
            models.CheckConstraint(
                name="elite_review_is_invited_or_not",
                condition=Q(
                    state__in=("invited", "accepted", "declined"),
                    invited_by__isnull=False,
                    invited_on__isnull=False,
                    checked_by__isnull=False,
                )
                | Q(state__in=("near", "candidate"), invited_by=None, invited_on=None)
                | Q(state__in=("kept", "ended", "closed")),
            ),
            models.CheckConstraint(
                name="elite_review_retention_in_range",
                condition=(
                    Q(customer_retention_bps=None)
                    | Q(customer_retention_bps__range=(0, 10 * ALL_BPS))
                )
                & (
                    Q(revenue_retention_bps=None)
                    | Q(revenue_retention_bps__range=(0, 10 * ALL_BPS))
                ),
            ),
            models.CheckConstraint(
                name="elite_review_changes_the_tier_when_accepted_or_ended",
                condition=Q(change=None) | Q(state__in=("accepted", "ended")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.opened_on}"
