"""/commissions/statements/…: what was closed, its lines, and what waits for the next."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from commissions.forms.filters import LineFilterForm
from commissions.models import Payment, Statement, StatementLine
from commissions.pages.rights import WHOSE, NobodysError, company_read, whose_query
from commissions.selectors.months import settled_statements
from commissions.selectors.overview import overview_of
from commissions.selectors.statement_rows import lines_of, missing_words
from commissions.selectors.unstated import unstated
from commissions.services.statements.words import account_rows
from commissions.tables.statements import LineTable, WaitingTable
from deals.models import client_shown
from outbox import clock
from partners.receipts.entries import edition_note
from partners.selectors import published_editions
from program.money import Money
from program.payout import quarter_end
from program.payout_life import PaymentState
from ui.columns import amounts
from ui.http import SignedInRequest, wants_fragment
from ui.query import Query
from ui.tones import Tone

PAYMENT_TONES = {
    PaymentState.PREPARED: Tone.NEUTRAL,
    PaymentState.SENT: Tone.BRAND,
    PaymentState.PAID: Tone.GOOD,
    PaymentState.REJECTED: Tone.BAD,
    PaymentState.CANCELLED: Tone.NEUTRAL,
}


@require_GET
def statement_list(request: SignedInRequest) -> HttpResponse:
    """List the statements of a partner and its payments, and say when the next closes."""
    user = request.user
    try:
        partner = company_read(user, request.GET)
    except NobodysError:
        return redirect("admin:index")
    Query(request.GET, known={WHOSE} if user.is_staff else ())
    today = clock.today()
    settled = settled_statements(partner.pk)
    overview = overview_of(partner, on=today, editions=published_editions())
    payments = (
        Payment.objects.visible_to(user)
        .filter(partner=partner)
        .select_related("statement", "run", "account")
        .order_by("-pk")
    )
    context = {
        "partner": partner,
        "overview": overview,
        "rows": [
            (one, *_figures(one), settled.is_settled(one.pk))
            for one in Statement.objects.visible_to(user)
            .filter(partner=partner)
            .order_by("-number")
        ],
        "payments": [
            (
                one,
                Money(one.amount_minor, one.currency),
                PAYMENT_TONES[PaymentState(one.state)],
            )
            for one in payments
        ],
        "whose": whose_query(user, partner),
        "today": today,
    }
    return render(request, "commissions/statement_list.html", context)


@require_GET
@vary_on_headers("HX-Target")
def statement(request: SignedInRequest, statement_id: UUID) -> HttpResponse:
    """Show a statement: its account, what seals it, its lines; htmx gets these alone."""
    user = request.user
    found = get_object_or_404(
        Statement.objects.visible_to(user).select_related("partner", "edition"),
        public_id=statement_id,
    )
    filter_form = LineFilterForm(request.GET)
    lines = filter_form.narrow(lines_of(found).select_related("statement"))
    total = filter_form.narrow(StatementLine.objects.filter(statement=found)).aggregate(
        minor=Sum("minor", default=0)
    )["minor"]
    table = LineTable(
        lines,
        filtered=filter_form.is_active,
        sums={"minor": Money(total, found.currency)},
    ).configure(request, known=filter_form.names)
    fragment = wants_fragment(request, "line-table")
    context: dict[str, Any] = {
        "statement": found,
        "partner": found.partner,
        "filter_form": filter_form,
        "table": table,
        "fragment": fragment,
        "whose": whose_query(user, found.partner),
    }
    if fragment:
        return render(request, "commissions/statement.html#line-table", context)
    editions = published_editions()
    edition = editions.by_id(found.edition_id)
    context |= {
        "last_day": quarter_end(found.quarter),
        "account": account_rows(found),
        "controls": _controls(found),
        "missing": missing_words(found),
        "closing": Money(found.closing_minor, found.currency),
        "payable": Money(found.payable_minor, found.currency),
        "payments": [
            (
                one,
                Money(one.amount_minor, one.currency),
                PAYMENT_TONES[PaymentState(one.state)],
            )
            for one in Payment.objects.visible_to(user)
            .filter(statement=found)
            .select_related("run")
            .order_by("attempt")
        ],
        "edition": edition_note(edition, until=editions.ends_before(edition)),
    }
    return render(request, "commissions/statement.html", context)


@require_GET
@vary_on_headers("HX-Target")
def waiting(request: SignedInRequest) -> HttpResponse:
    """List the lines that stand in no statement yet."""
    user = request.user
    try:
        partner = company_read(user, request.GET)
    except NobodysError:
        return redirect("admin:index")
    today = clock.today()
    lines = unstated(partner.pk, today)
    sums = lines.order_by().values("currency").annotate(minor=Sum("commission_minor"))
    products = published_editions().on(today).rulebook.products
    table = WaitingTable(
        lines.annotate(client_shown=client_shown("schedule__deal__")).select_related(
            "schedule__deal__client"
        ),
        products=products,
        sums={"commission": amounts({row["currency"]: row["minor"] for row in sums})},
    ).configure(request, known={WHOSE} if user.is_staff else ())
    context = {
        "partner": partner,
        "table": table,
        "whose": whose_query(user, partner),
        "today": today,
        "fragment": wants_fragment(request, "waiting-table"),
    }
    template = "commissions/waiting.html"
    if context["fragment"]:
        template += "#waiting-table"
    return render(request, template, context)


def _figures(one: Statement) -> tuple[Any, ...]:
    """Return what the list says of a statement: its last day, closing, payable, held."""
    return (
        quarter_end(one.quarter),
        Money(one.closing_minor, one.currency),
        Money(one.payable_minor, one.currency),
        Money(one.withheld_minor, one.currency),
    )


def _controls(found: Statement) -> list[tuple[str, int, Money]]:
    """Return the control totals: currency, how many lines, their sum."""
    return [
        (currency, count, Money(minor, currency))
        for currency, (count, minor) in sorted(found.controls.get("sums", {}).items())
    ]
