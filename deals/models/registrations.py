"""Registrations: what a partner asks for before a deal is shared (R82, 3.10)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client
from deals.models.deals import Deal
from deals.models.domains import RegisteredDomain
from deals.models.lines import ProductLine, credits_in_range, mrr_in_range
from deals.models.numbers import ids_from, number_of
from deals.models.visibility import registration_scope
from partners.append_only import AppendOnlyModel, AppendOnlyQuerySet
from partners.models import Partner, Person
from program.deal_life import RegistrationState

if TYPE_CHECKING:
    from partners.models import User


class RefusalCode(models.TextChoices):
    """Why a registration is refused; each stands for a clause of the rulebook (3.10)."""

    PURSUED = "pursued", _("Somebody else works on this prospect")
    NOT_SOLD_THERE = "not_sold_there", _("The vendor does not sell there")
    BAD_CONTACT = "bad_contact", _("No valid contact data")
    UNLAWFUL_DATA = "unlawful_data", _("Contact data obtained by questionable means")
    OWN_AFFILIATE = "own_affiliate", _("The prospect belongs to the partner")
    NOT_ACTIVE = "not_active", _("The prospect is not actively worked on")
    BAD_DOMAIN = "bad_domain", _("The domain is not the prospect's")


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def visible_to(self, user: User) -> Self:
        """Return a company's registrations; staff never see drafts."""
        return self.filter(registration_scope(user))

    def waiting(self) -> Self:
        """Return what waits for the vendor's answer, the oldest promise first."""
        return self.filter(state=RegistrationState.SUBMITTED).order_by("due_at", "pk")

    def late_at(self, at: datetime) -> Self:
        return self.filter(state=RegistrationState.SUBMITTED, due_at__lte=at)

    def numbered(self, text: str) -> Self:
        """Return the registrations whose `number` is, or begins with, a text."""
        ids = ids_from("REG", text)
        return self.filter(public_id__range=ids) if ids else self.none()


class Registration(models.Model):
    """A partner's request to share a deal with the vendor.

    The facts of the prospect are those the partner gave; what was decided stands beside
    them. An accepted one has its deal.
    """

    class State(models.TextChoices):
        DRAFT = RegistrationState.DRAFT.value, _("Draft")
        SUBMITTED = RegistrationState.SUBMITTED.value, _("In review")
        NEEDS_INFO = RegistrationState.NEEDS_INFO.value, _("Information needed")
        ACCEPTED = RegistrationState.ACCEPTED.value, pgettext_lazy("state", "Accepted")
        REFUSED = RegistrationState.REFUSED.value, pgettext_lazy("state", "Refused")
        WITHDRAWN = RegistrationState.WITHDRAWN.value, pgettext_lazy("state", "Withdrawn")

    class Origin(models.TextChoices):
        DASHBOARD = "dashboard", _("Dashboard")
        CLIENT = "client", _("Client")
        COPY = "copy", _("Copy of a deal")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="registrations",
        db_index=False,
        verbose_name=_("partner"),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.DRAFT
    )
    origin = models.CharField(
        _("begun from"), max_length=10, choices=Origin, default=Origin.DASHBOARD
    )
    client = models.ForeignKey(
        Client,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="registrations",
        verbose_name=_("client"),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("begun by"),
    )
    created_at = models.DateTimeField(_("begun at"))
    saved_at = models.DateTimeField(_("saved at"))

    # The prospect: empty in a draft, complete once submitted.
    company = models.CharField(_("company"), max_length=200, blank=True)
    company_key = models.CharField(_("key of the company"), max_length=200, blank=True)
    country = models.CharField(_("country or territory"), max_length=2, blank=True)
    segment = models.CharField(
        _("segment"), max_length=10, choices=Client.Segment, blank=True
    )
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    # The deal.
    name = models.CharField(_("name of the deal"), max_length=200, blank=True)
    need = models.TextField(_("what the client needs"), max_length=4_000, blank=True)
    next_step = models.CharField(_("next step"), max_length=300, blank=True)
    intro_note = models.TextField(
        _("note to the vendor's seller"), max_length=4_000, blank=True
    )
    expected_close_on = models.DateField(_("expected close"), null=True, blank=True)
    owner = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("deal owner"),
    )
    # What the motion is proposed from (R34, 3.10).
    introduced_by_vendor = models.BooleanField(
        _("the vendor introduced us to this client"), default=False
    )
    data_is_lawful = models.BooleanField(
        _("the contact agreed that we pass on this data"), default=False
    )

    # The answer.
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    due_at = models.DateTimeField(_("answer due"), null=True, blank=True)
    late_told_at = models.DateTimeField(_("lateness told at"), null=True, blank=True)
    conflicts = models.JSONField(_("what needs a human"), default=list, blank=True)
    open_fields = models.JSONField(_("fields in question"), default=list, blank=True)
    question = models.TextField(_("question"), max_length=2_000, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("decided by"),
    )
    refusal_code = models.CharField(
        _("reason code"), max_length=20, choices=RefusalCode, blank=True
    )
    refusal_text = models.TextField(_("reason"), max_length=2_000, blank=True)
    refusal_clause = models.CharField(_("clause"), max_length=20, blank=True)
    deal = models.OneToOneField(
        Deal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="registration",
        verbose_name=_("deal"),
    )

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        constraints = [
            models.CheckConstraint(
                name="registration_state_is_known",
                condition=Q(state__in=[state.value for state in RegistrationState]),
            ),
            models.CheckConstraint(
                name="registration_has_its_deal_iff_accepted",
                condition=Q(state="accepted", deal__isnull=False)
                | (~Q(state="accepted") & Q(deal=None)),
            ),
            models.CheckConstraint(
                name="registration_refused_with_a_reason",
                condition=~Q(state="refused")
                | (
                    ~Q(refusal_code="")
                    & ~Q(refusal_text="")
                    & ~Q(refusal_clause="")
                    & Q(decided_by__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="registration_in_review_has_a_promise",
                condition=~Q(state__in=("submitted", "needs_info"))
                | Q(submitted_at__isnull=False, due_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                name="registrations_of_partner", fields=["partner", "state", "-saved_at"]
            ),
            models.Index(name="registrations_by_company", fields=["company_key"]),
            # The review queue, and the search for broken promises.
            models.Index(
                name="registrations_due",
                fields=["due_at"],
                condition=Q(state="submitted"),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.company or self.number

    @property
    def number(self) -> str:
        """What people call it on the telephone; also the reference of its deal."""
        return number_of("REG", self.public_id)


class RegistrationDomain(models.Model):
    """One of the domains of the prospect of a registration."""

    registration = models.ForeignKey(
        Registration,
        on_delete=models.PROTECT,
        related_name="domains",
        db_index=False,
        verbose_name=_("registration"),
    )
    domain = models.ForeignKey(
        RegisteredDomain,
        on_delete=models.PROTECT,
        related_name="registrations",
        verbose_name=_("domain"),
    )

    class Meta:
        verbose_name = _("domain of a registration")
        verbose_name_plural = _("domains of registrations")
        constraints = [
            models.UniqueConstraint(
                name="one_row_per_registration_and_domain",
                fields=["registration", "domain"],
            ),
        ]

    def __str__(self) -> str:
        return str(self.domain)


class RegistrationLine(ProductLine):
    """A product line the prospect is expected to buy."""

    registration = models.ForeignKey(
        Registration,
        on_delete=models.PROTECT,
        related_name="lines",
        db_index=False,
        verbose_name=_("registration"),
    )

    class Meta:
        verbose_name = _("line of a registration")
        verbose_name_plural = _("lines of registrations")
        constraints = [
            models.UniqueConstraint(
                name="one_line_per_registration_and_product",
                fields=["registration", "product_line"],
            ),
            mrr_in_range("registration_line_mrr_in_range"),
            credits_in_range("registration_line_credits_in_range"),
        ]


class RegistrationStep(AppendOnlyModel):
    """A step of a registration's life: who, when, why."""

    registration = models.ForeignKey(
        Registration,
        on_delete=models.PROTECT,
        related_name="steps",
        verbose_name=_("registration"),
    )
    event = models.CharField(_("event"), max_length=10)
    from_state = models.CharField(_("from"), max_length=10, blank=True)
    to_state = models.CharField(_("to"), max_length=10)
    note = models.TextField(_("note"), max_length=2_000, blank=True)
    facts = models.JSONField(_("facts"), default=dict)
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
        verbose_name = _("step of a registration")
        verbose_name_plural = _("steps of registrations")

    def __str__(self) -> str:
        return f"{self.from_state} > {self.to_state}"


class RegistrationAppeal(models.Model):
    """The one appeal against a refusal; somebody else than the refuser decides it."""

    class Outcome(models.TextChoices):
        UPHELD = "upheld", _("The refusal stands")
        OVERTURNED = "overturned", _("The registration is accepted")

    registration = models.OneToOneField(
        Registration,
        on_delete=models.PROTECT,
        related_name="appeal",
        verbose_name=_("registration"),
    )
    # Kept here, so that the database can compare the two people.
    refused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("refused by"),
    )
    text = models.TextField(_("why the refusal is wrong"), max_length=4_000)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("made by"),
    )
    made_at = models.DateTimeField(_("made at"))
    due_at = models.DateTimeField(_("answer due"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    answer = models.TextField(_("answer"), max_length=2_000, blank=True)
    clause = models.CharField(_("clause"), max_length=20, blank=True)
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
    late_told_at = models.DateTimeField(_("lateness told at"), null=True, blank=True)

    class Meta:
        verbose_name = _("appeal against a refusal")
        verbose_name_plural = _("appeals against refusals")
        constraints = [
            models.CheckConstraint(
                name="registration_appeal_is_decided_by_another",
                condition=Q(decided_by=None) | ~Q(decided_by=F("refused_by")),
            ),
            models.CheckConstraint(
                name="registration_appeal_is_decided_or_not",
                condition=Q(outcome="", decided_by=None, decided_at=None)
                | (
                    Q(
                        outcome__in=("upheld", "overturned"),
                        decided_by__isnull=False,
                        decided_at__isnull=False,
                    )
                    & ~Q(answer="")
                ),
            ),
        ]
        indexes = [
            models.Index(
                name="registration_appeals_due",
                fields=["due_at"],
                condition=Q(outcome=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.registration}"
