"""/commissions/disputes/…: a month is contested, both sides write, finance answers."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from commissions.forms.disputes import ContestForm, MessageForm
from commissions.models import Dispute
from commissions.pages.rights import (
    WHOSE,
    NobodysError,
    company_acted_for,
    company_read,
    whose_query,
)
from commissions.pages.schedule import seen_schedule
from commissions.permissions import acts
from commissions.receipts.month import MonthReceipt, month_receipt
from commissions.services import disputing
from commissions.services.contested import answer_days
from commissions.tables.disputes import TONES, DisputeTable, time_left
from outbox import clock
from partners.models import User
from partners.permissions import VIEW, staff_may, staff_may_share
from program.money import Money
from ui.doors import spend
from ui.http import SignedInRequest, render_form, sent
from ui.query import Query

WRITE = "write"
"""The act by which the policy lets staff write about a contested line."""


@require_GET
def dispute_list(request: SignedInRequest) -> HttpResponse:
    """List what a company contested; staff say whose."""
    user = request.user
    try:
        partner = company_read(user, request.GET)
    except NobodysError:
        listed = staff_may(user, VIEW, Dispute)
        return redirect(
            "admin:commissions_dispute_changelist" if listed else "admin:index"
        )
    now = clock.now()
    rows = Dispute.objects.visible_to(user).filter(partner=partner)
    table = DisputeTable(
        rows.select_related("schedule__deal", "opened_by"), now=now
    ).configure(request, known={WHOSE} if user.is_staff else ())
    context = {
        "partner": partner,
        "table": table,
        "whose": whose_query(user, partner),
        "now": now,
    }
    return render(request, "commissions/dispute_list.html", context)


@require_http_methods(["GET", "POST"])
def contest(request: SignedInRequest, schedule_id: UUID, month: date) -> HttpResponse:
    """Contest a month: what is expected, and why; the line is kept as it stands."""
    Query(request.GET, known=())
    found = seen_schedule(request.user, schedule_id)
    company_acted_for(request.user)
    receipt = month_receipt(found, month)
    if not receipt.was_accrued:
        raise Http404
    form = ContestForm(sent(request), currency=found.currency)
    if request.method == "POST":
        spend(request, "dispute")
        if form.is_valid():
            now = clock.now()
            try:
                dispute = disputing.contest(
                    schedule_id=found.pk,
                    month=month,
                    expected_minor=form.cleaned_data["expected"],
                    text=form.cleaned_data["text"],
                    actor=request.user,
                    at=now,
                    today=clock.program_day(now),
                )
            except disputing.DisputeError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("Finance was told and answers here."))
                return redirect("commissions:dispute", dispute_id=dispute.public_id)
    context = {
        "schedule": found,
        "month": month,
        "receipt": receipt,
        "days": answer_days(clock.today()),
        "today": clock.today(),
    }
    return render_form(request, "commissions/contest.html", context, form=form)


@require_GET
def dispute(request: SignedInRequest, dispute_id: UUID) -> HttpResponse:
    """Show a contested month: the evidence as it stood, the thread, the answer."""
    Query(request.GET, known=())
    found = _seen(request.user, dispute_id)
    return render(request, "commissions/dispute.html", _context(request, found))


@require_POST
def dispute_message(request: SignedInRequest, dispute_id: UUID) -> HttpResponse:
    """Write to the other side; of staff also a note that the partner never sees."""
    user = request.user
    found = _seen(user, dispute_id)
    if not _may_write(user):
        raise PermissionDenied
    spend(request, "comment")
    form = MessageForm(request.POST, staff=user.is_staff)
    if form.is_valid():
        try:
            disputing.write_message(
                dispute_id=found.pk,
                text=form.cleaned_data["text"],
                internal=form.cleaned_data.get("internal", False),
                actor=user,
                at=clock.now(),
            )
        except disputing.DisputeError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your message stands in the thread."))
            return redirect(_thread(found))
    context = _context(request, found) | {"form": form}
    return render_form(request, "commissions/dispute.html", context, form=form)


@require_POST
def dispute_withdraw(request: SignedInRequest, dispute_id: UUID) -> HttpResponse:
    """Take a contested month back."""
    found = _seen(request.user, dispute_id)
    company_acted_for(request.user)
    try:
        disputing.withdraw(dispute_id=found.pk, actor=request.user, at=clock.now())
    except disputing.DisputeError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("It is withdrawn; the line stays as it is."))
    return redirect(_thread(found))


def _seen(user: User, dispute_id: UUID) -> Dispute:
    rows = Dispute.objects.visible_to(user).select_related(
        "schedule__deal__client", "partner", "opened_by", "decided_by",
        "adjustment__statement_line__statement",
    )  # fmt: skip
    return get_object_or_404(rows, public_id=dispute_id)


def _may_write(user: User) -> bool:
    return staff_may_share(user, WRITE, Dispute) if user.is_staff else acts(user)


def _thread(found: Dispute) -> str:
    return f"{reverse('commissions:dispute', args=[found.public_id])}#thread"


def _context(request: SignedInRequest, found: Dispute) -> dict[str, Any]:
    user, now = request.user, clock.now()
    said = found.messages.select_related("author").order_by("at", "pk")
    if not user.is_staff:
        said = said.filter(internal=False)
    is_open = found.state == Dispute.State.OPEN
    # Whoever looks as a partner sees what it sees, and does nothing.
    looking = getattr(request, "seen_by", None) is not None
    words, late = time_left(found.due_at, now)
    expected = found.expected_minor
    return {
        "dispute": found,
        "tone": TONES[Dispute.State(found.state)],
        "evidence": _evidence(found),
        "now_stands": _now_stands(found),
        "expected": None if expected is None else Money(expected, found.currency),
        "stated": getattr(found.adjustment, "statement_line", None),
        "adjusted": Money(found.adjustment.amount_minor, found.adjustment.currency)
        if found.adjustment
        else None,
        "said": said,
        "is_open": is_open,
        "is_undecided": found.is_undecided,
        "left": words if found.is_undecided else "",
        "late": late,
        "form": MessageForm(staff=user.is_staff)
        if found.is_undecided and not looking and _may_write(user)
        else None,
        "may_withdraw": is_open and not looking and acts(user),
        "back_office_url": reverse("admin:commissions_dispute_change", args=[found.pk])
        if user.is_staff and staff_may(user, VIEW, Dispute)
        else "",
        "whose": whose_query(user, found.partner),
        "now": now,
    }


def _now_stands(found: Dispute) -> MonthReceipt | None:
    """Return what the month comes to now; None where that is another company's by now.

    An import may give away a deal of which no statement has a line yet.
    """
    if found.schedule.partner_id != found.partner_id:
        return None
    return month_receipt(found.schedule, found.month)


def _evidence(found: Dispute) -> dict[str, Any]:
    """Return the evidence with its amounts as money, without what an old one lacks."""
    kept = found.evidence

    def amount(pair: Any) -> Money | None:
        return Money(*pair) if pair else None

    return {
        "edition": kept.get("edition", ""),
        "rate_bps": kept.get("rate_bps", 0),
        "base": amount(kept.get("base")),
        "earned": amount(kept.get("earned")),
        "receipts": [
            (one["id"], one["ref"], amount(one["amount"]))
            for one in kept.get("receipts", ())
        ],
        "parts": [(one["label"], amount(one["took"])) for one in kept.get("parts", ())],
        "lines": [
            (one["number"], amount(one["commission"])) for one in kept.get("lines", ())
        ],
        "statements": kept.get("statements", ()),
    }
