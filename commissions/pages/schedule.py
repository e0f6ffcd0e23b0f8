"""/commissions/schedules/…: one schedule, and the receipt of one of its months."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from commissions.models import Dispute, Schedule
from commissions.pages.rights import whose_query
from commissions.permissions import acts
from commissions.receipts.month import as_text, month_receipt
from commissions.receipts.ribbon import ribbons_of
from commissions.receipts.rules import clauses_of
from commissions.receipts.schedule import changes_of, rows_of
from commissions.tables.schedules import legend, picture
from outbox import clock
from partners.models import User
from partners.receipts.entries import edition_note
from partners.selectors import Editions, published_editions
from program.money import Money
from ui.http import SignedInRequest, absolute_url
from ui.query import Query

FACTS = ("motion", "closed_on", "poi_on", "membership", "tier", "accredited", "territory")


@require_GET
def schedule(request: SignedInRequest, schedule_id: UUID) -> HttpResponse:
    """Show a schedule: the facts it rests on, its months, what cut it."""
    Query(request.GET, known=())
    found = seen_schedule(request.user, schedule_id)
    today = clock.today()
    editions = published_editions()
    ribbon = ribbons_of([found], partner=found.partner, on=today, editions=editions)[
        found.pk
    ]
    into = found.partner.payout_currency
    rulebook = editions.by_id(found.edition_id).rulebook
    rows = rows_of(found, ribbon, on=today, into=into, rulebook=rulebook)
    context = {
        **_common(request, found, editions, *("3.7", "3.8")),
        "ribbon": ribbon,
        "picture": picture(ribbon),
        "legend": legend(),
        "rows": rows,
        "into": into if into != found.currency else "",
        "earned": Money(ribbon.earned, found.currency),
        "left": ribbon.left(today),
        "expected": Money(sum(row.expected.minor for row in rows), found.currency),
        "steps": [
            (step, changes_of(step, found)) for step in found.steps.order_by("number")
        ],
        "contested": Dispute.objects.visible_to(request.user)
        .filter(schedule=found)
        .order_by("-opened_at"),
        "today": today,
    }
    return render(request, "commissions/schedule.html", context)


@require_GET
def month(request: SignedInRequest, schedule_id: UUID, month: date) -> HttpResponse:
    """Show the receipt of a month of a schedule."""
    Query(request.GET, known=())
    found = seen_schedule(request.user, schedule_id)
    receipt = month_receipt(found, month)
    if not receipt.lines and not found.first_month <= month <= found.last_month:
        raise Http404
    editions = published_editions()
    context = _common(request, found, editions, "1.4")
    dispute = (
        Dispute.objects.visible_to(request.user)
        .filter(schedule=found, month=month)
        .order_by("-opened_at")
        .first()
    )
    context |= {
        "month": month,
        "receipt": receipt,
        "text": as_text(
            receipt, product=context["product"], edition=context["edition"].code
        ),
        "dispute": dispute,
        "may_contest": acts(request.user)
        and receipt.was_accrued
        and (dispute is None or not dispute.is_undecided),
        "today": clock.today(),
    }
    return render(request, "commissions/month.html", context)


def seen_schedule(user: User, schedule_id: UUID) -> Schedule:
    """Return a schedule with what its pages need; 404 if the account does not see it."""
    schedules = Schedule.objects.visible_to(user).select_related(
        "deal__client", "partner__pdm"
    )
    return get_object_or_404(schedules, public_id=schedule_id)


def _common(
    request: SignedInRequest, found: Schedule, editions: Editions, *clauses: str
) -> dict[str, Any]:
    """Return what both pages show: the product, the facts, the clauses, the address."""
    edition = editions.by_id(found.edition_id)
    product = edition.rulebook.products.get(found.product_line)
    address = absolute_url(request, request.get_full_path())
    return {
        "schedule": found,
        "partner": found.partner,
        "product": product.name if product else found.product_line,
        "most": Money(found.mrr_minor, found.currency),
        "facts": _facts(found),
        "rules": clauses_of(found, edition.rulebook, *clauses),
        "edition": edition_note(edition, until=editions.ends_before(edition)),
        "address": address,
        "whose": whose_query(request.user, found.partner),
    }


def _facts(found: Schedule) -> dict[str, Any]:
    """Return the facts of the close date by name, days as days."""
    facts = {name: found.facts.get(name) for name in FACTS}
    for name in ("closed_on", "poi_on"):
        if facts[name]:
            facts[name] = date.fromisoformat(facts[name])
    return facts
