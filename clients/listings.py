"""The list of clients, as a page and as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.forms import ClientFilterForm
from clients.models import Client, Relationship, Subscription
from clients.receipts import relationships_with_points
from clients.tables import ClientTable, kinds_of, running_mrr
from partners.models import PointsEntry, Role
from partners.permissions import may_read
from ui import formats
from ui.csv import BATCH, Cell, amount_cells, points_cell
from ui.listings import COLUMNS, Listing, Sheet, picked, register

if TYPE_CHECKING:
    from partners.models import User

FIELDS = (
    ("name", gettext_lazy("Reference")),
    ("name", gettext_lazy("Client")),
    ("country", gettext_lazy("Territory")),
    ("segment", gettext_lazy("Segment")),
    ("kinds", gettext_lazy("Relationship")),
    ("mrr", gettext_lazy("Running MRR")),
    ("mrr", gettext_lazy("Currency")),
    ("points", gettext_lazy("Managed points today")),
)


def client_table(
    params: QueryDict, *, user: User, on: date
) -> tuple[ClientFilterForm, ClientTable]:
    """Return the list's form, and its rows as the form narrows them."""
    filter_form = ClientFilterForm(params)
    mine = Relationship.objects.visible_to(user)
    clients = filter_form.narrow(
        Client.objects.visible_to(user), running=mine.running_on(on)
    )
    table = ClientTable(
        clients.prefetch_related(
            Prefetch(
                "subscriptions",
                queryset=Subscription.objects.running_for(user, on=on),
                to_attr="running",
            )
        ).prefetch_related(
            Prefetch(
                "relationships",
                queryset=relationships_with_points(mine, on=on),
                to_attr="mine",
            )
        ),
        receipts=may_read(user, PointsEntry),
        filtered=filter_form.is_active,
        selling=_sells(user),
    )
    return filter_form, table


def _sells(user: User) -> bool:
    return user.person is not None and user.person.role in {Role.OWNER, Role.SALES}


def client_sheet(params: QueryDict, *, user: User, on: date, host: str) -> Sheet:
    """Return exactly the clients shown, in the same order and columns."""
    filter_form, table = client_table(params, user=user, on=on)
    table.arrange(params, known=filter_form.names)
    filter_form.insist(repeatable={COLUMNS})
    header, places = picked(FIELDS, table.chosen)
    return Sheet(
        header=header, rows=_rows(table.arranged, places), count=table.arranged.count
    )


def _rows(clients: Any, places: Sequence[int]) -> Iterator[list[Cell]]:
    segments = dict(Client.Segment.choices)
    labels = dict(Relationship.Kind.choices)
    for client in clients.iterator(chunk_size=BATCH):
        kinds = [str(labels[kind]) for kind in kinds_of(client)]
        formerly = [_("formerly")] if client.mine else []
        posted = [one.points_now for one in client.mine if one.entry_id]
        row: tuple[Cell, ...] = (
            client.ref,
            client.name,
            formats.territory(client.country),
            segments.get(client.segment, ""),
            formats.listing(kinds or formerly),
            *amount_cells(running_mrr(client)),
            points_cell(sum(posted)) if posted else None,
        )
        yield [row[place] for place in places]


register(
    Listing(
        name="clients",
        title=gettext_lazy("Clients"),
        url_name="clients:list",
        build=client_sheet,
    )
)
