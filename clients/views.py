"""Pages about clients."""

from __future__ import annotations

from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from clients.listings import client_table
from clients.models import Client, Relationship, Subscription
from outbox import clock
from partners.listings import ListTools
from ui.http import SignedInRequest, wants_fragment


@require_GET
@vary_on_headers("HX-Target")
def client_list(request: SignedInRequest) -> HttpResponse:
    """List the clients a person may see; htmx gets the table alone, from the same URL."""
    tools = ListTools(request, "clients")
    if tools.default_url:
        return redirect(tools.default_url)
    today = clock.today()
    user = request.user
    filter_form, table = client_table(request.GET, user=user, on=today)
    sums = (
        Subscription.objects.running_for(user, on=today)
        .filter(
            client__in=filter_form.narrow(
                Client.objects.visible_to(user),
                running=Relationship.objects.visible_to(user).running_on(today),
            )
        )
        .values("currency")
        .annotate(minor=Sum("mrr_minor"))
        .order_by("currency")
    )
    table.sums = {"mrr": {row["currency"]: row["minor"] for row in sums}}
    table.configure(request, known=filter_form.names)

    fragment = wants_fragment(request, "client-table")
    return render(
        request,
        "clients/client_list.html#client-table"
        if fragment
        else "clients/client_list.html",
        {
            "filter_form": filter_form,
            "table": table,
            "tools": tools,
            "today": today,
            "fragment": fragment,
        },
    )
