"""What a partner files before it is paid: bank account, tax forms, invoices (3.8)."""

from __future__ import annotations

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commissions.models.receipts import MAX_MINOR, IsFirstDay
from commissions.models.visibility import MoneyMixin
from partners.append_only import AppendOnlyModel, AppendOnlyQuerySet
from partners.models import Partner
from program.clearing import MAX_LENGTH, SYSTEMS
from program.payout import Paper
from program.payout_life import DocumentState

MAX_FILE_BYTES = 10 * 1024 * 1024

CODE_NAMES = {
    "USABA": _("ABA routing number"),
    "CACPA": _("transit and institution number"),
    "GBDSC": _("sort code"),
    "AUBSB": _("BSB"),
    "INFSC": _("IFSC"),
    "NZNCC": _("bank and branch number"),
}
"""What people call the codes of the clearing systems of ISO 20022."""


class BankAccountQuerySet(MoneyMixin, AppendOnlyQuerySet["BankAccount"]):
    pass


class BankAccount(AppendOnlyModel):
    """Where a partner is paid. A change is a new row, filed with a new bank form.

    `sealed` is the account number (IBAN, or the local one), encrypted; `tail` are its
    last four characters, which is all that pages show. The bank of a local number is
    named by `bic`, by `clearing` (the national code of `bank_country`), or by both; they
    are public, and in clear. The address is structured, as banks ask for it since
    November 2026.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="bank_accounts",
        verbose_name=_("partner"),
    )
    holder = models.CharField(_("account holder"), max_length=70)
    sealed = models.TextField(_("account number, encrypted"))
    tail = models.CharField(_("last four characters"), max_length=4)
    is_iban = models.BooleanField(_("IBAN"))
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    clearing = models.CharField(
        _("national clearing code"), max_length=MAX_LENGTH, blank=True, default=""
    )
    bank_country = models.CharField(_("country of the bank"), max_length=2)
    currency = models.CharField(_("currency"), max_length=3)
    street = models.CharField(_("street"), max_length=70, blank=True)
    postcode = models.CharField(_("postcode"), max_length=16, blank=True)
    town = models.CharField(_("town"), max_length=35)
    country = models.CharField(_("country of the holder"), max_length=2)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))

    objects = BankAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")
        constraints = [
            models.CheckConstraint(
                name="bank_account_names_its_bank",
                condition=Q(is_iban=True, clearing="")
                | (Q(is_iban=False) & ~Q(bic="", clearing="")),
            )
        ]

    def __str__(self) -> str:
        return f"•••• {self.tail}"

    @property
    def clearing_system(self) -> str:
        """The system of its clearing code, as ISO 20022 calls it; "" without a code."""
        return SYSTEMS[self.bank_country].code if self.clearing else ""

    @property
    def clearing_words(self) -> str:
        """Its clearing code with what people call it; "" without a code."""
        if not self.clearing:
            return ""
        return f"{CODE_NAMES[self.clearing_system]} {self.clearing}"

    @property
    def bank_words(self) -> str:
        """What names its bank, besides an IBAN: BIC and clearing code, or ""."""
        return ", ".join(filter(None, (self.bic, self.clearing_words)))


def paper_path(document: PayoutDocument, _name: str) -> str:
    """Return where a paper is kept: a name drawn by lot, never the uploader's."""
    return f"papers/{document.public_id.hex[:2]}/{document.public_id.hex}"


class PayoutDocumentQuerySet(MoneyMixin, models.QuerySet["PayoutDocument"]):
    def valid_on(self, day: date) -> PayoutDocumentQuerySet:
        """Return the approved ones that hold on a day."""
        return self.filter(
            Q(expires_on=None) | Q(expires_on__gt=day), state=DocumentState.APPROVED
        )


class PayoutDocument(models.Model):
    """One paper of a partner and where it stands (3.8).

    A bank form has an `account`, the others a file. `quarter` (its first day) only for
    papers that are filed for each quarter; an invoice states its number and amount, in
    minor units. `expires_on` is the first day on which it no longer holds.
    """

    class Kind(models.TextChoices):
        BANK_FORM = Paper.BANK_FORM.value, _("Bank form")
        W9 = Paper.W9.value, _("Form W-9")
        W8BEN = Paper.W8BEN.value, _("Form W-8BEN")
        W8BEN_E = Paper.W8BEN_E.value, _("Form W-8BEN-E")
        TAX_INVOICE = Paper.TAX_INVOICE.value, _("VAT or GST invoice")
        RUT = Paper.RUT.value, _("RUT (Colombia)")
        BANK_CERTIFICATE = Paper.BANK_CERTIFICATE.value, _("Bank certificate (Colombia)")
        SOCIAL_SECURITY = (
            Paper.SOCIAL_SECURITY.value,
            _("Proof of social security payments (Colombia)"),
        )

    class State(models.TextChoices):
        IN_PROGRESS = DocumentState.IN_PROGRESS.value, _("In progress")
        PENDING = DocumentState.PENDING.value, _("Waits for approval")
        APPROVED = DocumentState.APPROVED.value, pgettext_lazy("paper", "Approved")
        REJECTED = DocumentState.REJECTED.value, pgettext_lazy("paper", "Rejected")
        REPLACED = DocumentState.REPLACED.value, pgettext_lazy("paper", "Replaced")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="payout_documents",
        verbose_name=_("partner"),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    quarter = models.DateField(_("quarter"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=12, choices=State, default=State.IN_PROGRESS
    )
    account = models.OneToOneField(
        BankAccount,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="form",
        verbose_name=_("bank account"),
    )
    name = models.CharField(_("file name"), max_length=200, blank=True)
    media_type = models.CharField(_("type"), max_length=100, blank=True)
    size = models.IntegerField(_("size in bytes"), default=0)
    sha256 = models.CharField(_("fingerprint"), max_length=64, blank=True)
    content = models.FileField(
        _("content"), upload_to=paper_path, max_length=200, blank=True
    )
    signed_on = models.DateField(_("signed or issued on"), null=True, blank=True)
    expires_on = models.DateField(_("valid until (excluded)"), null=True, blank=True)
    invoice_number = models.CharField(_("invoice number"), max_length=40, blank=True)
    amount_minor = models.BigIntegerField(_("amount, minor units"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    reason = models.CharField(_("why it was rejected"), max_length=500, blank=True)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("filed by"),
    )
    filed_at = models.DateTimeField(_("filed at"))
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

    objects = PayoutDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payout document")
        verbose_name_plural = _("payout documents")
        constraints = [
            models.CheckConstraint(
                name="payout_document_state_is_known",
                condition=Q(state__in=[state.value for state in DocumentState]),
            ),
            models.CheckConstraint(
                name="payout_document_kind_is_known",
                condition=Q(kind__in=[paper.value for paper in Paper]),
            ),
            models.CheckConstraint(
                name="payout_document_quarter_iff_quarterly",
                condition=Q(
                    IsFirstDay("quarter"), kind__in=("tax_invoice", "social_security")
                )
                | (~Q(kind__in=("tax_invoice", "social_security")) & Q(quarter=None)),
            ),
            models.CheckConstraint(
                name="payout_document_account_iff_bank_form",
                condition=Q(kind="bank_form", account__isnull=False)
                | (~Q(kind="bank_form") & Q(account=None)),
            ),
            models.CheckConstraint(
                name="payout_document_amount_in_range",
                condition=Q(amount_minor=None)
                | Q(amount_minor__gte=1, amount_minor__lte=MAX_MINOR),
            ),
            models.CheckConstraint(
                name="payout_document_size_in_range",
                condition=Q(size__gte=0, size__lte=MAX_FILE_BYTES),
            ),
            # One paper of a kind is under way, and one holds.
            models.UniqueConstraint(
                name="one_open_payout_document",
                fields=["partner", "kind"],
                condition=Q(quarter=None)
                & Q(state__in=("in_progress", "pending", "rejected")),
            ),
            models.UniqueConstraint(
                name="one_open_payout_document_of_quarter",
                fields=["partner", "kind", "quarter"],
                condition=Q(quarter__isnull=False)
                & Q(state__in=("in_progress", "pending", "rejected")),
            ),
            models.UniqueConstraint(
                name="one_approved_payout_document",
                fields=["partner", "kind"],
                condition=Q(quarter=None) & Q(state="approved"),
            ),
            models.UniqueConstraint(
                name="one_approved_payout_document_of_quarter",
                fields=["partner", "kind", "quarter"],
                condition=Q(quarter__isnull=False) & Q(state="approved"),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def shows_number(self) -> bool:
        """Say whether its file shows the account number that pages mask."""
        return self.kind == Paper.BANK_CERTIFICATE

    def holds_on(self, day: date) -> bool:
        """Say whether it is approved and has not run out on a day."""
        approved = self.state == DocumentState.APPROVED
        return approved and (self.expires_on is None or day < self.expires_on)


class DocumentStep(AppendOnlyModel):
    """A step of a paper's life: who, when, why."""

    document = models.ForeignKey(
        PayoutDocument,
        on_delete=models.PROTECT,
        related_name="steps",
        verbose_name=_("document"),
    )
    from_state = models.CharField(_("from"), max_length=12, blank=True)
    to_state = models.CharField(_("to"), max_length=12)
    note = models.CharField(_("note"), max_length=500, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))

    class DocumentStepQuerySet(MoneyMixin, AppendOnlyQuerySet["DocumentStep"]):
        of_partner = "document__partner__"

    objects = DocumentStepQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of a document")
        verbose_name_plural = _("steps of documents")

    def __str__(self) -> str:
        return f"{self.from_state} > {self.to_state}"


class PaperDemandQuerySet(MoneyMixin, AppendOnlyQuerySet["PaperDemand"]):
    def of(self, partner_id: int, *, quarter: date) -> frozenset[Paper]:
        """Return the papers that are demanded of a partner for a quarter."""
        rows = self.filter(partner_id=partner_id, from_quarter__lte=quarter)
        last = {row.paper: row.demanded for row in rows.order_by("from_quarter", "pk")}
        return frozenset(Paper(paper) for paper, demanded in last.items() if demanded)


class PaperDemand(AppendOnlyModel):
    """Finance says of a partner that a paper applies to it, or does no more (3.8).

    From a quarter (its first day) until a later row about the same paper.
    """

    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="paper_demands",
        verbose_name=_("partner"),
    )
    paper = models.CharField(_("paper"), max_length=20, choices=PayoutDocument.Kind)
    demanded = models.BooleanField(_("it applies"), default=True)
    from_quarter = models.DateField(_("from the quarter"))
    reason = models.CharField(_("reason"), max_length=500)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))

    objects = PaperDemandQuerySet.as_manager()

    class Meta:
        verbose_name = _("demanded paper")
        verbose_name_plural = _("demanded papers")
        constraints = [
            models.CheckConstraint(
                name="paper_demand_kind_is_known",
                condition=Q(paper__in=[paper.value for paper in Paper]),
            ),
            models.CheckConstraint(
                name="paper_demand_from_a_first_day", condition=IsFirstDay("from_quarter")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_paper_display()} {self.from_quarter:%Y-%m-%d}"
