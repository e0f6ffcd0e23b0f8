"""Contested months: finance corrects or refuses, the partner's manager reads along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Case, When
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commissions.forms.disputes import CorrectForm, RefuseForm
from commissions.models import Dispute, DisputeMessage
from commissions.receipts.month import month_receipt
from commissions.services import disputing
from commissions.tables.disputes import time_left
from outbox import clock
from partners.admin.companies import add_list
from partners.portfolio import (
    Deed,
    ForEach,
    OfPartner,
    PortfolioAdmin,
    PortfolioInline,
    SelectedRelationFilter,
    policy_action,
)
from partners.portfolio.display import NOTHING, money, page_link
from program.money import Money
from ui import formats

State = Dispute.State

_OPEN_FIRST = Case(
    When(state=State.OPEN, then=0), When(state=State.PROPOSED, then=1), default=2
).asc()


def _is_open(dispute: Dispute) -> bool:
    return dispute.state == State.OPEN


def _outcome(dispute: Dispute, _deed: Deed) -> str:
    """Say what the partner expects and what the line comes to today."""
    if dispute.state != State.OPEN:
        raise disputing.DisputeError(disputing.not_now(dispute))
    earned = month_receipt(dispute.schedule, dispute.month).earned
    return _("earned %(earned)s, expected %(expected)s") % {
        "earned": formats.money(earned.minor, earned.currency),
        "expected": money(dispute.expected_minor, dispute.currency),
    }


def _currency(deed: Deed) -> Mapping[str, Any]:
    """Tell the form in which currency a correction is: that of the partner's payout."""
    first = deed.selected.first()
    return {"currency": first.partner.payout_currency if first else "USD"}


class MessageInline(PortfolioInline[DisputeMessage, Dispute]):
    """What both sides wrote, and the notes that the partner does not see."""

    model = DisputeMessage
    scope = OfPartner("dispute__partner")
    fields = ("text", "internal", "author", "at")
    ordering = ("at", "pk")
    show_change_link = False
    verbose_name_plural = gettext_lazy("The thread")


@admin.register(Dispute)
class DisputeAdmin(PortfolioAdmin[Dispute]):
    """Contested months, the oldest promise first."""

    scope = OfPartner("partner")
    refusals = (disputing.DisputeError,)
    list_display = (
        "deal",
        "partner",
        "month_shown",
        "state",
        "left",
        "expected",
        "due_at",
    )
    list_filter = ("state", ("partner", SelectedRelationFilter))
    list_select_related = ("partner", "schedule__deal")
    search_fields = ("schedule__deal_ref", "partner__name", "partner__ref")
    search_help_text = gettext_lazy("A deal, or the name or reference of a partner")
    ordering = (_OPEN_FIRST, "due_at", "pk")
    fields = (
        *("partner_page", "deal", "month_shown", "receipt", "thread", "state"),
        *("kept", "expected", "opener", "opened_at", "due_at", "decider", "decided_at"),
        *("answer", "adjustment_shown"),
    )
    inlines = (MessageInline,)
    actions = ("correct", "refuse")

    @admin.display(description=gettext_lazy("deal"), ordering="schedule__deal_ref")
    def deal(self, dispute: Dispute) -> str:
        return str(dispute.schedule.deal)

    @admin.display(description=gettext_lazy("partner"))
    def partner_page(self, dispute: Dispute) -> str:
        return page_link(dispute.partner)

    @admin.display(description=gettext_lazy("month"), ordering="month")
    def month_shown(self, dispute: Dispute) -> str:
        return formats.month(dispute.month)

    @admin.display(description=gettext_lazy("expected"))
    def expected(self, dispute: Dispute) -> str:
        return money(dispute.expected_minor, dispute.currency)

    @admin.display(description=gettext_lazy("time left"))
    def left(self, dispute: Dispute) -> str:
        if not dispute.is_undecided:
            return NOTHING
        return time_left(dispute.due_at, clock.now())[0]

    @admin.display(description=gettext_lazy("earned when it was contested"))
    def kept(self, dispute: Dispute) -> str:
        pair = dispute.evidence.get("earned")
        if not pair:
            return NOTHING
        amount = Money(*pair)
        return money(amount.minor, amount.currency)

    @admin.display(description=gettext_lazy("receipt"))
    def receipt(self, dispute: Dispute) -> str:
        url = reverse(
            "commissions:month", args=[dispute.schedule.public_id, dispute.month]
        )
        return format_html('<a href="{}">{}</a>', url, _("As it stands now"))

    @admin.display(description=gettext_lazy("thread"))
    def thread(self, dispute: Dispute) -> str:
        url = reverse("commissions:dispute", args=[dispute.public_id])
        return format_html('<a href="{}">{}</a>', url, _("Read and write"))

    @admin.display(description=gettext_lazy("opened by"))
    def opener(self, dispute: Dispute) -> str:
        return str(dispute.opened_by)

    @admin.display(description=gettext_lazy("decided by"))
    def decider(self, dispute: Dispute) -> str:
        return str(dispute.decided_by or NOTHING)

    @admin.display(description=gettext_lazy("correction"))
    def adjustment_shown(self, dispute: Dispute) -> str:
        proposed = dispute.adjustment
        if proposed is None:
            return NOTHING
        amount = money(proposed.amount_minor, proposed.currency)
        return format_html(
            "{}: {} {}", amount, proposed.get_state_display(), page_link(proposed)
        )

    @policy_action("correct", description=gettext_lazy("Correct…"), applies=_is_open)
    @ForEach(
        CorrectForm,
        title=gettext_lazy("Propose a correction"),
        options=_currency,
        preview=_outcome,
        one=gettext_lazy("Correct one at a time."),
        done=gettext_lazy("Proposed; a second person approves it. The partner was told."),
    )
    def correct(self, dispute: Dispute, deed: Deed) -> None:
        disputing.correct(
            dispute_id=dispute.pk,
            amount_minor=deed.given["amount"],
            answer=deed.given["answer"],
            actor=deed.actor,
            at=deed.at,
        )

    @policy_action("refuse", description=gettext_lazy("Refuse…"), applies=_is_open)
    @ForEach(
        RefuseForm,
        title=gettext_lazy("Refuse with a reason"),
        preview=_outcome,
        done=gettext_lazy("Refused; the partner was told."),
    )
    def refuse(self, dispute: Dispute, deed: Deed) -> None:
        disputing.refuse(
            dispute_id=dispute.pk,
            answer=deed.given["answer"],
            actor=deed.actor,
            at=deed.at,
        )


add_list(Dispute)
