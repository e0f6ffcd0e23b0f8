"""What speaks against a partner: escalations, findings, suspended benefits (R7, R10)."""

from __future__ import annotations

import uuid
from datetime import date
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from partners.append_only import AppendOnlyModel, AppendOnlyQuerySet
from partners.models.companies import Partner
from partners.models.of_partner import OfPartnerQuerySet


class EscalationQuerySet(OfPartnerQuerySet["Escalation"]):
    """Rows of partners, by who may see the partner."""


class Escalation(models.Model):
    """A complaint about a partner: reported, then settled, marked or dismissed (3.22).

    Settled and marked ones weigh on the standing for a time, a mark stays on record; a
    dismissed one was unfounded. The partner reads `summary` and `outcome`.
    """

    class Severity(models.TextChoices):
        LOW = "low", _("Low")
        SERIOUS = "serious", _("Serious")
        CRITICAL = "critical", _("Critical")

    class Source(models.TextChoices):
        CLIENT = "client", _("A client")
        PROGRAMME = "programme", _("The programme")

    class State(models.TextChoices):
        REPORTED = "reported", _("Reported")
        SETTLED = "settled", _("Settled")
        MARKED = "marked", _("Marked on record")
        DISMISSED = "dismissed", _("Dismissed")

    NEXT_STATES: ClassVar[dict[str, frozenset[str]]] = {
        State.REPORTED: frozenset({State.SETTLED, State.MARKED, State.DISMISSED}),
        State.SETTLED: frozenset(),
        State.MARKED: frozenset(),
        State.DISMISSED: frozenset(),
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="escalations",
        verbose_name=_("partner"),
    )
    severity = models.CharField(_("severity"), max_length=10, choices=Severity)
    raised_by = models.CharField(_("raised by"), max_length=10, choices=Source)
    summary = models.TextField(_("what is complained about"))
    reported_on = models.DateField(_("reported on"))
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.REPORTED
    )
    closed_on = models.DateField(
        pgettext_lazy("escalation", "closed on"), null=True, blank=True
    )
    outcome = models.TextField(_("outcome"), blank=True)

    objects = EscalationQuerySet.as_manager()

    class Meta:
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        constraints = [
            models.CheckConstraint(
                name="escalation_words_are_known",
                condition=Q(
                    severity__in=("low", "serious", "critical"),
                    raised_by__in=("client", "programme"),
                    state__in=("reported", "settled", "marked", "dismissed"),
                ),
            ),
            models.CheckConstraint(
                name="escalation_closed_on_iff_closed",
                condition=Q(state="reported", closed_on=None)
                | (~Q(state="reported") & Q(closed_on__isnull=False)),
            ),
            models.CheckConstraint(
                name="escalation_closed_after_it_was_reported",
                condition=Q(closed_on=None) | Q(closed_on__gte=F("reported_on")),
                violation_error_message=_("It cannot end before it was reported."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reported_on} {self.get_severity_display()}"


class EscalationTransition(AppendOnlyModel):
    """One step of an escalation: from nothing to reported, and to its end."""

    escalation = models.ForeignKey(
        Escalation,
        on_delete=models.PROTECT,
        related_name="transitions",
        verbose_name=_("escalation"),
    )
    from_state = models.CharField(_("from"), max_length=10, blank=True)
    to_state = models.CharField(_("to"), max_length=10, choices=Escalation.State)
    on = models.DateField(_("on"))
    note = models.TextField(_("note"), blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("who"),
    )
    at = models.DateTimeField(_("at"))

    objects = AppendOnlyQuerySet["EscalationTransition"].as_manager()

    class Meta:
        verbose_name = _("step of an escalation")
        verbose_name_plural = _("steps of escalations")
        constraints = [
            models.UniqueConstraint(
                name="one_step_per_escalation_and_state",
                fields=["escalation", "to_state"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.to_state}"


class ConditionFindingQuerySet(OfPartnerQuerySet["ConditionFinding"]):
    """Rows of partners, by who may see the partner."""


class ConditionFinding(models.Model):
    """A member of staff found that a condition of good standing is not met (R10).

    From `from_on` until `until_on`, the first day on which it is met again. The partner
    reads `reason`.
    """

    class Condition(models.TextChoices):
        POLICIES = "policies", _("Agreement and policies")
        PAPERWORK = "paperwork", _("Commission paperwork")
        CONDUCT = "conduct", _("Code of conduct")
        SECURITY = "security", _("Security measures")
        TRAINING = "training", _("Training and certifications")

    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="condition_findings",
        verbose_name=_("partner"),
    )
    condition = models.CharField(_("condition"), max_length=10, choices=Condition)
    from_on = models.DateField(_("not met from"))
    until_on = models.DateField(_("met again from"), null=True, blank=True)
    reason = models.TextField(_("reason"))
    found_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("found by"),
    )
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )

    objects = ConditionFindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        constraints = [
            models.UniqueConstraint(
                name="one_open_finding_per_partner_and_condition",
                fields=["partner", "condition"],
                condition=Q(until_on=None),
                violation_error_message=_("This condition is found not met already."),
            ),
            models.CheckConstraint(
                name="finding_condition_is_known",
                condition=Q(
                    condition__in=(
                        *("policies", "paperwork", "conduct", "security"),
                        "training",
                    )
                ),
            ),
            models.CheckConstraint(
                name="finding_ends_after_it_begins",
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")),
                violation_error_message=_("It cannot end before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_on} {self.get_condition_display()}"


class FactorGapQuerySet(OfPartnerQuerySet["FactorGap"]):
    """Rows of partners, by who may see the partner."""


class FactorGap(models.Model):
    """Days on which somebody of a company signed in with one factor only (3.22).

    The portal's clock opens it on the day it finds such an account and closes it on the
    day it finds none; a day of the past therefore stays what it was. It names nobody:
    `people` is how many there were on the first day.
    """

    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="factor_gaps",
        verbose_name=_("partner"),
    )
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)
    people = models.PositiveIntegerField(_("people without a second factor"))

    objects = FactorGapQuerySet.as_manager()

    class Meta:
        verbose_name = _("gap in second factors")
        verbose_name_plural = _("gaps in second factors")
        constraints = [
            models.UniqueConstraint(
                name="one_open_factor_gap_per_partner",
                fields=["partner"],
                condition=Q(until_on=None),
            ),
            models.CheckConstraint(
                name="factor_gap_ends_after_it_begins",
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")),
            ),
            models.CheckConstraint(
                name="factor_gap_is_about_somebody", condition=Q(people__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_on}"


class BenefitSuspensionQuerySet(OfPartnerQuerySet["BenefitSuspension"]):
    def running_on(self, day: date) -> Self:
        """Return the suspensions that hold on a day."""
        return self.filter(Q(until_on=None) | Q(until_on__gt=day), from_on__lte=day)


class BenefitSuspension(models.Model):
    """A partner in default has no benefits for a time (R7)."""

    class Cause(models.TextChoices):
        DEFAULT = "default", _("In default")
        OWN_SUBSCRIPTION = "own_subscription", _("Own subscription lapsed")

    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="benefit_suspensions",
        verbose_name=_("partner"),
    )
    cause = models.CharField(
        _("cause"), max_length=20, choices=Cause, default=Cause.DEFAULT
    )
    from_on = models.DateField(_("suspended from"))
    until_on = models.DateField(_("restored from"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    suspended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("suspended by"),
    )
    restored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("restored by"),
    )

    objects = BenefitSuspensionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suspension of benefits")
        verbose_name_plural = _("suspensions of benefits")
        constraints = [
            models.UniqueConstraint(
                name="one_open_suspension_per_partner_and_cause",
                fields=["partner", "cause"],
                condition=Q(until_on=None),
                violation_error_message=_("The benefits are suspended already."),
            ),
            models.CheckConstraint(
                name="suspension_cause_is_known",
                condition=Q(cause__in=("default", "own_subscription")),
            ),
            models.CheckConstraint(
                name="suspension_ends_after_it_begins",
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_on} {self.get_cause_display()}"
