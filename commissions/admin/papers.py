"""The document queue: papers that wait for finance, the oldest first.

After a decision the next one opens; keys do the same as the buttons
(js/review-queue.js). The number of a bank form is shown in one answer, to finance,
and each showing is written down.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Case, F, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commissions.admin.fresh import ask_for_factor
from commissions.admin.paper_forms import (
    PaperDemandForm,
    RejectionForm,
    SeenForm,
    filed_when_seen,
)
from commissions.models import DocumentStep, PaperDemand, PayoutDocument, Statement
from commissions.permissions import takes_file
from commissions.selectors.papers import invoice_due
from commissions.services.bank import masked, show_number
from commissions.services.papers import (
    PaperError,
    approve_paper,
    demand_paper,
    reject_paper,
)
from commissions.services.sealing import SealError
from outbox import clock
from partners.admin.users import actor_of
from partners.portfolio import (
    Deed,
    ForEach,
    OfPartner,
    PortfolioAdmin,
    PortfolioInline,
    QueueAdmin,
    SelectedRelationFilter,
    policy_action,
)
from partners.portfolio.display import NOTHING, money, page_link
from program.payout import Paper
from ui import formats

State = PayoutDocument.State

_WAITING_FIRST = Case(When(state=State.PENDING, then=0), default=1)


def _waits(paper: PayoutDocument) -> bool:
    return paper.state == State.PENDING


def _has_account(paper: PayoutDocument) -> bool:
    return paper.account_id is not None and paper.state in (
        State.PENDING,
        State.APPROVED,
    )


def _in_words(paper: PayoutDocument, _deed: Deed) -> str:
    """Return what a decision is about, so that it is not about something else."""
    if paper.state != State.PENDING:
        raise PaperError(_("It does not wait for approval any more."))
    if paper.account is not None:
        account = paper.account
        about = (masked(account), account.holder, account.bank_words)
        return ", ".join(filter(None, about))
    parts = [paper.name]
    if paper.amount_minor is not None:
        parts.append(f"{paper.invoice_number}, {_amounts(paper)}")
    return ", ".join(parts)


def _amounts(paper: PayoutDocument) -> str:
    """Return the amount of an invoice; beside what the statement owes if they differ."""
    stated = money(paper.amount_minor, paper.currency)
    statements = Statement.objects.filter(partner=paper.partner_id)
    statement = (
        statements.filter(quarter=paper.quarter).first() if paper.quarter else None
    )
    if statement is None:
        return stated
    due = invoice_due(statement)
    if (due, statement.currency) == (paper.amount_minor, paper.currency):
        return _("%(amount)s, as the statement owes") % {"amount": stated}
    return _("%(amount)s differs: the statement owes %(due)s") % {
        "amount": stated,
        "due": money(due, statement.currency),
    }


class WaitingPapersFilter(admin.SimpleListFilter):
    """What waits for finance, unless somebody asks for something else or searches."""

    title = gettext_lazy("state")
    parameter_name = "waits"
    ALL: ClassVar = "all"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        others = [choice for choice in State.choices if choice[0] != State.PENDING]
        return [*others, (self.ALL, gettext_lazy("All"))]

    def choices(self, changelist: Any) -> Any:
        first, *rest = super().choices(changelist)
        yield {**first, "display": _("Waits for approval")}
        yield from rest

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[PayoutDocument]
    ) -> QuerySet[PayoutDocument]:
        value = self.value()
        if value in State.values:
            return queryset.filter(state=value)
        from_a_page = (
            request.method == "POST" and request.POST.get("select_across") != "1"
        )
        if value or from_a_page or request.GET.get("q"):
            return queryset
        return queryset.filter(state=State.PENDING)


class DocumentStepInline(PortfolioInline[DocumentStep, PayoutDocument]):
    """Who did what when, and why."""

    model = DocumentStep
    scope = OfPartner("document__partner")
    fields = ("at", "from_label", "to_label", "note", "actor_name")
    ordering = ("at", "pk")
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[DocumentStep]:
        return super().get_queryset(request).select_related("actor")

    @admin.display(description=gettext_lazy("from"))
    def from_label(self, step: DocumentStep) -> str:
        return str(State(step.from_state).label) if step.from_state else NOTHING

    @admin.display(description=gettext_lazy("to"))
    def to_label(self, step: DocumentStep) -> str:
        return str(State(step.to_state).label)

    @admin.display(description=gettext_lazy("by"))
    def actor_name(self, step: DocumentStep) -> str:
        return str(step.actor or NOTHING)


@admin.register(PayoutDocument)
class PayoutDocumentAdmin(QueueAdmin[PayoutDocument]):
    """What partners filed is to read; it is decided by actions."""

    scope = OfPartner("partner")
    queue_of, queue_by = Q(state=State.PENDING), F("filed_at")
    refusals = (PaperError,)
    change_form_template = "admin/commissions/payoutdocument/change_form.html"
    list_display = ("partner", "kind", "quarter_shown", "state", "filed_at", "about")
    list_filter = (WaitingPapersFilter, "kind", ("partner", SelectedRelationFilter))
    list_select_related = ("partner", "account")
    search_fields = ("partner__name", "partner__ref", "invoice_number")
    search_help_text = gettext_lazy(
        "An invoice number, or the name or reference of a partner"
    )
    ordering = (_WAITING_FIRST.asc(), "filed_at", "pk")
    fields = (
        *("partner_page", "kind", "quarter_shown", "state", "account_shown", "file"),
        *("signed_on", "expires_on", "invoice_number", "amount", "filer", "filed_at"),
        *("reason", "decider", "decided_at"),
    )
    inlines = (DocumentStepInline,)
    actions = ("approve", "refuse", "show_number")

    def get_fieldsets(
        self, request: HttpRequest, obj: PayoutDocument | None = None
    ) -> Any:
        """Return the fields; the file is a link for who gets it, for others a name."""
        found = super().get_fieldsets(request, obj)
        if obj is None or takes_file(actor_of(request), obj):
            return found
        return [
            (
                title,
                {
                    **how,
                    "fields": [
                        "file_name" if name == "file" else name for name in how["fields"]
                    ],
                },
            )
            for title, how in found
        ]

    # --- What is shown ------------------------------------------------------------------

    @admin.display(description=gettext_lazy("partner"))
    def partner_page(self, paper: PayoutDocument) -> str:
        return page_link(paper.partner)

    @admin.display(description=gettext_lazy("quarter"), ordering="quarter")
    def quarter_shown(self, paper: PayoutDocument) -> str:
        if paper.quarter is None:
            return NOTHING
        return _("from %(month)s") % {"month": formats.month(paper.quarter)}

    @admin.display(description=gettext_lazy("about"))
    def about(self, paper: PayoutDocument) -> str:
        if paper.account is not None:
            return masked(paper.account)
        return _amounts(paper) if paper.amount_minor is not None else NOTHING

    @admin.display(description=gettext_lazy("bank account"))
    def account_shown(self, paper: PayoutDocument) -> str:
        if paper.account is None:
            return NOTHING
        account = paper.account
        parts = (account.holder, account.bank_words)
        return format_html("{}, {}", page_link(account), ", ".join(filter(None, parts)))

    @admin.display(description=gettext_lazy("file"))
    def file(self, paper: PayoutDocument) -> str:
        if not paper.content:
            return NOTHING
        url = reverse("commissions:paper_file", args=[paper.public_id])
        return format_html('<a href="{}">{}</a>', url, paper.name)

    @admin.display(description=gettext_lazy("file"))
    def file_name(self, paper: PayoutDocument) -> str:
        return paper.name or NOTHING

    @admin.display(description=gettext_lazy("amount"))
    def amount(self, paper: PayoutDocument) -> str:
        return _amounts(paper) if paper.amount_minor is not None else NOTHING

    @admin.display(description=gettext_lazy("filed by"))
    def filer(self, paper: PayoutDocument) -> str:
        return str(paper.filed_by)

    @admin.display(description=gettext_lazy("decided by"))
    def decider(self, paper: PayoutDocument) -> str:
        return str(paper.decided_by or NOTHING)

    # --- Acts ---------------------------------------------------------------------------

    @policy_action("approve", description=gettext_lazy("Approve…"), applies=_waits)
    @ForEach(
        SeenForm,
        title=gettext_lazy("Approve the papers"),
        options=lambda deed: {"papers": deed.selected},
        preview=_in_words,
        done=gettext_lazy("Approved; the partner was told."),
    )
    def approve(self, paper: PayoutDocument, deed: Deed) -> None:
        approve_paper(
            document_id=paper.pk,
            filed_at=filed_when_seen(deed.given["seen"], paper),
            actor=deed.actor,
            at=deed.at,
        )

    @policy_action("refuse", description=gettext_lazy("Reject…"), applies=_waits)
    @ForEach(
        RejectionForm,
        title=gettext_lazy("Reject the papers"),
        options=lambda deed: {"papers": deed.selected},
        preview=_in_words,
        done=gettext_lazy("Rejected; the partner was told why."),
    )
    def refuse(self, paper: PayoutDocument, deed: Deed) -> None:
        reject_paper(
            document_id=paper.pk,
            filed_at=filed_when_seen(deed.given["seen"], paper),
            reason=deed.given["reason"],
            actor=deed.actor,
            at=deed.at,
        )

    @policy_action(
        "show_number",
        description=gettext_lazy("Show the account number once"),
        applies=_has_account,
    )
    def show_number(
        self, request: HttpRequest, queryset: QuerySet[PayoutDocument]
    ) -> HttpResponse:
        """Show a number in clear, in this answer alone; written down before it is.

        Asks for the second factor first, as the file for the bank does (Z5).
        """
        papers = [paper for paper in queryset[:2] if _has_account(paper)]
        if len(papers) != 1 or papers[0].account is None:
            self.message_user(request, _("Choose one bank form."), messages.WARNING)
            return HttpResponseRedirect(request.get_full_path())
        if answer := ask_for_factor(self, request, queryset):
            return answer
        [paper] = papers
        assert paper.account
        try:
            number = show_number(
                account_id=paper.account.pk, actor=actor_of(request), at=clock.now()
            )
        except SealError:
            words = _("No key opens this number: see BANK_SEAL_KEYS.")
            self.message_user(request, words, messages.ERROR)
            return HttpResponseRedirect(self.page_of(paper))
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request,
            "admin/commissions/payoutdocument/number.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Account number"),
                "opts": self.opts,
                "paper": paper,
                "account": paper.account,
                "number": number,
                "page_url": self.page_of(paper),
            },
            headers={"Cache-Control": "no-store"},
        )


@admin.register(PaperDemand)
class PaperDemandAdmin(PortfolioAdmin[PaperDemand]):
    """What finance demands of a partner where a country asks for it if it applies."""

    scope = OfPartner("partner")
    form = PaperDemandForm
    refusals = (PaperError,)
    list_display = ("partner", "paper", "demanded", "quarter_shown", "reason", "at")
    list_filter = (("partner", SelectedRelationFilter), "demanded")
    list_select_related = ("partner",)
    search_fields = ("partner__name", "partner__ref")
    search_help_text = gettext_lazy("The name or the reference of a partner")
    ordering = ("-pk",)
    fields = (
        *("partner", "paper", "demanded", "from_quarter", "reason", "demander", "at"),
    )
    autocomplete_fields = ("partner",)

    def store(
        self, request: HttpRequest, obj: PaperDemand, form: Any, *, change: bool
    ) -> None:
        stored = demand_paper(
            partner_id=obj.partner_id,
            paper=Paper(obj.paper),
            demanded=obj.demanded,
            from_quarter=obj.from_quarter,
            reason=obj.reason,
            actor=actor_of(request),
            at=clock.now(),
        )
        obj.pk = stored.pk
        obj.refresh_from_db()

    @admin.display(description=gettext_lazy("from the quarter"))
    def quarter_shown(self, demand: PaperDemand) -> str:
        return formats.month(demand.from_quarter)

    @admin.display(description=gettext_lazy("by"))
    def demander(self, demand: PaperDemand) -> str:
        return str(demand.actor)
