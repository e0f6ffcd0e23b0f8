"""Pages about deals."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from deals.listings import deal_table
from deals.models import Deal, DealLine, DealTransition, LineReduction
from deals.receipts import lines_with_points, proof_fact
from deals.tables import DealLineTable, product_name
from outbox import clock
from partners.listings import ListTools
from partners.models import PointsEntry
from partners.permissions import may_read
from partners.selectors import published_editions
from program.money import Money
from ui.http import SignedInRequest, wants_fragment


@require_GET
@vary_on_headers("HX-Target")
def deal_list(request: SignedInRequest) -> HttpResponse:
    """List the deals a person may see; htmx gets the table alone, from the same URL."""
    tools = ListTools(request, "deals")
    if tools.default_url:
        return redirect(tools.default_url)
    today = clock.today()
    editions = published_editions()
    filter_form, table = deal_table(
        request.GET, user=request.user, on=today, editions=editions
    )
    lines = DealLine.objects.filter(
        deal__in=filter_form.narrow(Deal.objects.visible_to(request.user))
    )
    sums = lines.values("currency").annotate(minor=Sum("mrr_minor")).order_by("currency")
    table.sums = {"mrr": {row["currency"]: row["minor"] for row in sums}}
    table.configure(request, known=filter_form.names)

    fragment = wants_fragment(request, "deal-table")
    return render(
        request,
        "deals/deal_list.html#deal-table" if fragment else "deals/deal_list.html",
        {
            "filter_form": filter_form,
            "table": table,
            "tools": tools,
            "today": today,
            "edition": editions.on(today).code,
            "fragment": fragment,
        },
    )


@require_GET
def deal_detail(request: SignedInRequest, deal_id: UUID) -> HttpResponse:
    """Show one deal: what it rests on, and what each of its lines earns."""
    today = clock.today()
    deal = get_object_or_404(
        Deal.objects.visible_to(request.user).select_related(
            "client", "partner", "won_edition"
        ),
        public_id=deal_id,
    )
    editions = published_editions()
    products = editions.on(today).rulebook.products
    lines = lines_with_points(on=today).filter(deal=deal).select_related("deal")
    proof = None
    if deal.closed_on and deal.won_edition_id:
        rulebook = editions.by_id(deal.won_edition_id).rulebook
        proof = proof_fact(deal.closed_on, deal.poi_on, rulebook=rulebook)
    context = {
        "deal": deal,
        "proof": proof,
        "table": DealLineTable(
            lines,
            on=today,
            editions=editions,
            receipts=may_read(request.user, PointsEntry),
        ).configure(request),
        "reductions": [
            (
                reduction,
                product_name(reduction.line, products),
                Money(reduction.mrr_minor, reduction.line.currency),
            )
            for reduction in LineReduction.objects.filter(line__deal=deal)
            .select_related("line")
            .order_by("on", "pk")
        ],
        "transitions": [
            (step, _step_label(step)) for step in deal.transitions.order_by("at", "pk")
        ],
        "today": today,
    }
    return render(request, "deals/deal_detail.html", context)


def _step_label(step: DealTransition) -> str:
    """Return what happened: a won deal that stays won was ended."""
    if step.from_stage == step.to_stage:
        return _("Subscription ended")
    return str(Deal.Stage(step.to_stage).label)
