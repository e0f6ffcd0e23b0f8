"""Pages about clients."""

from __future__ import annotations

from django.db.models import Prefetch, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from clients.forms import ClientFilterForm
from clients.models import Client, Relationship, Subscription
from clients.receipts import relationships_with_points
from clients.tables import ClientTable
from outbox import clock
from partners.models import PointsEntry
from partners.permissions import may_read
from ui.http import SignedInRequest, wants_fragment


@require_GET
@vary_on_headers("HX-Target")
def client_list(request: SignedInRequest) -> HttpResponse:
    """List the clients a person may see; htmx gets the table alone, from the same URL."""
    today = clock.today()
    filter_form = ClientFilterForm(request.GET)
    mine = Relationship.objects.visible_to(request.user)
    clients = filter_form.narrow(
        Client.objects.visible_to(request.user), running=mine.running_on(today)
    )
    running = Subscription.objects.running_for(request.user, on=today)
    sums = (
        running.filter(client__in=clients)
        .values("currency")
        .annotate(minor=Sum("mrr_minor"))
        .order_by("currency")
    )
    table = ClientTable(
        clients.prefetch_related(
            Prefetch("subscriptions", queryset=running, to_attr="running")
        ).prefetch_related(
            Prefetch(
                "relationships",
                queryset=relationships_with_points(mine, on=today),
                to_attr="mine",
            ),
        ),
        receipts=may_read(request.user, PointsEntry),
        sums={"mrr": {row["currency"]: row["minor"] for row in sums}},
        filtered=filter_form.is_active,
    ).configure(request, known=filter_form.names)

    fragment = wants_fragment(request, "client-table")
    return render(
        request,
        "clients/client_list.html#client-table"
        if fragment
        else "clients/client_list.html",
        {
            "filter_form": filter_form,
            "table": table,
            "today": today,
            "fragment": fragment,
        },
    )
