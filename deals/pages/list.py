"""The list of deals."""

from __future__ import annotations

from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from deals.listings import SUMS, deal_table, may_register, sums_url
from deals.models import Deal
from outbox import clock
from partners.listings import ListTools
from partners.selectors import published_editions
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
    table.configure(request, known={SUMS, *filter_form.names})
    more_sums = sums_url(request, deals=table.paginator.count, known=request.GET)
    if not more_sums:
        deals = filter_form.narrow(Deal.objects.visible_to(request.user), on=today)
        sums = (
            deals.filter(lines__isnull=False)
            .values_list("lines__currency")
            .annotate(minor=Sum("lines__mrr_minor"))
            .order_by("lines__currency")
        )
        table.sums = {"mrr": dict(sums)}

    fragment = wants_fragment(request, "deal-table")
    return render(
        request,
        "deals/deal_list.html#deal-table" if fragment else "deals/deal_list.html",
        {
            "filter_form": filter_form,
            "table": table,
            "tools": tools,
            "sums_url": more_sums,
            "may_register": may_register(request.user),
            "today": today,
            "edition": editions.on(today).code,
            "fragment": fragment,
        },
    )
