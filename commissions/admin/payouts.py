"""Payout runs: prepared by one, approved by another, sent; payments: paid or rejected."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commissions.admin.fresh import ask_for_factor, for_each_with_factor
from commissions.admin.payout_forms import WAYS, PaidForm, PrepareForm, ReasonForm
from commissions.models import Payment, PaymentStep, PayoutRun
from commissions.services import payouts
from commissions.services.payouts import PayoutError, Way
from commissions.services.payouts.deciding import refuse_wrong
from outbox import clock
from partners.admin.users import actor_of
from partners.portfolio import (
    Deed,
    Everybodys,
    ForEach,
    LastRowsFormSet,
    OfPartner,
    PortfolioAdmin,
    PortfolioInline,
    SelectedRelationFilter,
    policy_action,
)
from partners.portfolio.display import NOTHING, list_link, money, page_link
from ui import formats

RunState, State = PayoutRun.State, Payment.State


def _is(*states: str) -> Any:
    return lambda row: row.state in states


def _run_in_words(run: PayoutRun, deed: Deed) -> str:
    """Return what a step is about, and what is wrong with it by now."""
    words = _("%(count)d payments, %(total)s, on %(day)s") % {
        "count": run.payment_count,
        "total": money(run.total_minor, run.currency),
        "day": formats.day(run.execute_on),
    }
    refuse_wrong(run, on=deed.today)
    return words


def _payment_in_words(payment: Payment, _deed: Deed) -> str:
    if payment.state != State.SENT:
        raise PayoutError(
            _("This payment is “%(state)s” by now.")
            % {"state": payment.get_state_display()}
        )
    return f"{payment.partner}, {money(payment.amount_minor, payment.currency)}"


class PaymentsOfRun(LastRowsFormSet):
    last = 50


class PaymentInline(PortfolioInline[Payment, PayoutRun]):
    """The first payments of a run; all of them are a list."""

    model = Payment
    scope = OfPartner("partner")
    formset = PaymentsOfRun
    fields = ("partner_name", "amount", "account_shown", "state")
    ordering = ("pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        return super().get_queryset(request).select_related("partner", "account")

    @admin.display(description=gettext_lazy("partner"))
    def partner_name(self, payment: Payment) -> str:
        return payment.partner.name

    @admin.display(description=gettext_lazy("amount"))
    def amount(self, payment: Payment) -> str:
        return money(payment.amount_minor, payment.currency)

    @admin.display(description=gettext_lazy("bank account"))
    def account_shown(self, payment: Payment) -> str:
        account = payment.account
        return ", ".join(filter(None, (str(account), account.bank_words)))


@admin.register(PayoutRun)
class PayoutRunAdmin(PortfolioAdmin[PayoutRun]):
    """Payments that go to the bank together. Adding one prepares it."""

    scope = Everybodys("a run pays many partners; the policy names who sees runs")
    form = PrepareForm
    refusals = (PayoutError,)
    list_display = ("execute_on", "currency", "total", "payment_count", "state")
    list_filter = ("state", "execute_on")
    search_fields = ("currency", "file_sha256")
    ordering = ("-execute_on", "-pk")
    fields = (
        *("currency", "way_shown", "execute_on", "state", "total", "payment_count"),
        "all_payments",
        *("prepared", "checked", "approved", "executed", "file_sha256"),
    )
    inlines = (PaymentInline,)
    actions = ("check_it", "approve", "execute", "download", "cancel")

    def store(
        self, request: HttpRequest, obj: PayoutRun, form: Any, *, change: bool
    ) -> None:
        now = clock.now()
        stored = payouts.prepare_run(
            currency=obj.currency,
            way=form.way,
            execute_on=obj.execute_on,
            actor=actor_of(request),
            at=now,
            today=clock.program_day(now),
        )
        obj.pk = stored.pk
        obj.refresh_from_db()

    @admin.display(description=gettext_lazy("way"))
    def way_shown(self, run: PayoutRun) -> str:
        return str(WAYS[Way(run.way)]) if run.way else NOTHING

    @admin.display(description=gettext_lazy("total"), ordering="total_minor")
    def total(self, run: PayoutRun) -> str:
        return money(run.total_minor, run.currency)

    @admin.display(description=gettext_lazy("all payments"))
    def all_payments(self, run: PayoutRun) -> str:
        return list_link(Payment, _("As a list"), run__id__exact=run.pk)

    @admin.display(description=gettext_lazy("prepared"))
    def prepared(self, run: PayoutRun) -> str:
        return _by(run.prepared_by, run.prepared_at)

    @admin.display(description=gettext_lazy("checked"))
    def checked(self, run: PayoutRun) -> str:
        return _by(run.checked_by, run.checked_at)

    @admin.display(description=gettext_lazy("approved"))
    def approved(self, run: PayoutRun) -> str:
        return _by(run.approved_by, run.approved_at)

    @admin.display(description=gettext_lazy("sent to the bank"))
    def executed(self, run: PayoutRun) -> str:
        return _by(run.executed_by, run.executed_at)

    @policy_action(
        "check", description=gettext_lazy("Check…"), applies=_is(RunState.PREPARED)
    )
    @ForEach(
        title=gettext_lazy("Check the run"),
        preview=_run_in_words,
        done=gettext_lazy("Checked: another person approves it now."),
    )
    def check_it(self, run: PayoutRun, deed: Deed) -> None:
        payouts.check_run(run_id=run.pk, actor=deed.actor, at=deed.at, today=deed.today)

    @policy_action(
        "approve", description=gettext_lazy("Approve…"), applies=_is(RunState.CHECKED)
    )
    @for_each_with_factor(
        ForEach(
            title=gettext_lazy("Approve the run"),
            preview=_run_in_words,
            done=gettext_lazy("Approved: it can be sent to the bank."),
        )
    )
    def approve(self, run: PayoutRun, deed: Deed, factor_at: datetime | None) -> None:
        payouts.approve_run(
            run_id=run.pk,
            factor_at=factor_at,
            actor=deed.actor,
            at=deed.at,
            today=deed.today,
        )

    @policy_action(
        "execute",
        description=gettext_lazy("Send to the bank…"),
        applies=_is(RunState.APPROVED),
    )
    @for_each_with_factor(
        ForEach(
            title=gettext_lazy("Send the run to the bank"),
            preview=_run_in_words,
            done=gettext_lazy("Sent: download the file and give it to the bank."),
        )
    )
    def execute(self, run: PayoutRun, deed: Deed, factor_at: datetime | None) -> None:
        payouts.execute_run(
            run_id=run.pk,
            factor_at=factor_at,
            actor=deed.actor,
            at=deed.at,
            today=deed.today,
        )

    @policy_action(
        "download",
        description=gettext_lazy("Download the file"),
        applies=_is(RunState.EXECUTED),
    )
    def download(
        self, request: HttpRequest, queryset: QuerySet[PayoutRun]
    ) -> HttpResponse:
        """Hand out the file for the bank, with the account numbers in it; recorded."""
        if answer := ask_for_factor(self, request, queryset):
            return answer
        runs = list(queryset[:2])
        back = HttpResponseRedirect(reverse("admin:commissions_payoutrun_changelist"))
        if len(runs) != 1:
            self.message_user(request, _("Choose one run."), messages.WARNING)
            return back
        try:
            file = payouts.run_file(
                run_id=runs[0].pk, actor=actor_of(request), at=clock.now()
            )
        except PayoutError as error:
            self.message_user(request, str(error), messages.ERROR)
            return back
        return HttpResponse(
            file.content,
            content_type=file.media_type,
            headers={
                "Content-Disposition": f'attachment; filename="{file.name}"',
                "Cache-Control": "private, no-store",
            },
        )

    @policy_action(
        "cancel",
        description=gettext_lazy("Cancel the run…"),
        applies=_is(RunState.PREPARED, RunState.CHECKED, RunState.APPROVED),
    )
    @ForEach(
        ReasonForm,
        title=gettext_lazy("Cancel the run"),
        done=gettext_lazy("Cancelled: its payments can be prepared anew."),
    )
    def cancel(self, run: PayoutRun, deed: Deed) -> None:
        payouts.cancel_run(
            run_id=run.pk, reason=deed.given["reason"], actor=deed.actor, at=deed.at
        )


class PaymentStepInline(PortfolioInline[PaymentStep, Payment]):
    """Who did what when, and why."""

    model = PaymentStep
    scope = OfPartner("payment__partner")
    fields = ("at", "from_label", "to_label", "note", "actor_name")
    ordering = ("at", "pk")
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentStep]:
        return super().get_queryset(request).select_related("actor")

    @admin.display(description=gettext_lazy("from"))
    def from_label(self, step: PaymentStep) -> str:
        return str(State(step.from_state).label) if step.from_state else NOTHING

    @admin.display(description=gettext_lazy("to"))
    def to_label(self, step: PaymentStep) -> str:
        return str(State(step.to_state).label)

    @admin.display(description=gettext_lazy("by"))
    def actor_name(self, step: PaymentStep) -> str:
        return str(step.actor or NOTHING)


@admin.register(Payment)
class PaymentAdmin(PortfolioAdmin[Payment]):
    """What is paid to whom, and what the bank answered."""

    scope = OfPartner("partner")
    refusals = (PayoutError,)
    list_display = (
        *("partner", "statement", "amount", "account", "state", "paid_on", "end_to_end"),
    )
    list_filter = (
        *("state", "paid_on"),
        ("partner", SelectedRelationFilter),
        ("run", SelectedRelationFilter),
    )
    list_select_related = ("partner", "statement__partner", "account")
    search_fields = ("partner__name", "partner__ref", "public_id")
    search_help_text = gettext_lazy("The name or the reference of a partner")
    ordering = ("-run", "pk")
    fields = (
        *("partner_page", "statement_page", "run_page", "attempt", "amount"),
        *("account_page", "state", "paid_on", "reason", "end_to_end"),
    )
    inlines = (PaymentStepInline,)
    actions = ("mark_paid", "mark_rejected")

    @admin.display(description=gettext_lazy("partner"))
    def partner_page(self, payment: Payment) -> str:
        return page_link(payment.partner)

    @admin.display(description=gettext_lazy("statement"))
    def statement_page(self, payment: Payment) -> str:
        return page_link(payment.statement)

    @admin.display(description=gettext_lazy("payout run"))
    def run_page(self, payment: Payment) -> str:
        return str(payment.run)

    @admin.display(description=gettext_lazy("bank account"))
    def account_page(self, payment: Payment) -> str:
        return page_link(payment.account)

    @admin.display(description=gettext_lazy("amount"), ordering="amount_minor")
    def amount(self, payment: Payment) -> str:
        return money(payment.amount_minor, payment.currency)

    @policy_action(
        "mark_paid", description=gettext_lazy("Mark paid…"), applies=_is(State.SENT)
    )
    @ForEach(
        PaidForm,
        title=gettext_lazy("Mark the payments as paid"),
        options=lambda deed: {"today": deed.today},
        preview=_payment_in_words,
        done=gettext_lazy("Paid; the partner was told."),
    )
    def mark_paid(self, payment: Payment, deed: Deed) -> None:
        payouts.mark_paid(
            payment_id=payment.pk,
            paid_on=deed.given["paid_on"],
            actor=deed.actor,
            at=deed.at,
        )

    @policy_action(
        "mark_rejected",
        description=gettext_lazy("Mark rejected…"),
        applies=_is(State.SENT),
    )
    @ForEach(
        ReasonForm,
        title=gettext_lazy("The bank rejected the payments"),
        preview=_payment_in_words,
        done=gettext_lazy("Rejected: it can be paid again; the partner was told."),
    )
    def mark_rejected(self, payment: Payment, deed: Deed) -> None:
        payouts.mark_rejected(
            payment_id=payment.pk,
            reason=deed.given["reason"],
            actor=deed.actor,
            at=deed.at,
        )


def _by(person: Any, at: Any) -> str:
    if at is None:
        return NOTHING
    return format_html("{}, {}", person or NOTHING, formats.moment(at))
