"""What stands above a list (columns, views, downloads), and the list of points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.utils.translation import gettext_lazy

from partners.forms import PointsFilterForm
from partners.models import KindChoice, PointsEntry, SavedView
from partners.models.ledger import PointsEntryQuerySet
from partners.receipts import addresses, sources
from partners.receipts.entries import state_of
from partners.selectors import published_editions
from partners.services.list_files import DOWNLOAD_ROWS
from partners.services.saved_views import address_of, split
from partners.tables import PointsTable
from ui.csv import BATCH, Cell, points_cell
from ui.listings import COLUMNS, Listing, Sheet, listing_of, picked, register

if TYPE_CHECKING:
    from partners.models import User
    from ui.http import SignedInRequest

# --- What stands above a list ---------------------------------------------------------


class ListTools:
    """Columns to choose, views to open and keep, files to take: of one list.

    >>> tools = ListTools(request, "deals")
    >>> if tools.default_url:
    >>>     return redirect(tools.default_url)

    The page's context has it as `tools`, beside the configured `table`.
    """

    def __init__(self, request: SignedInRequest, name: str) -> None:
        self.request = request
        self.listing = listing_of(name)
        self.query, self.chosen = split(request.GET)

    @cached_property
    def views(self) -> list[SavedView]:
        """The views of the list that the person may open, each with its address."""
        user = self.request.user
        views = list(SavedView.objects.of_list(self.listing.name, user))
        for view in views:
            view.address = address_of(view)  # type: ignore[attr-defined]
        return views

    @property
    def default_url(self) -> str:
        """Where an address without any parameters leads, "" if it stays."""
        if self.request.GET:
            return ""
        defaults = (view for view in self.views if view.is_default)  # type: ignore[attr-defined]
        return next((address_of(view) for view in defaults), "")

    @property
    def current(self) -> SavedView | None:
        """The view that the page shows now."""
        shown = (self.query, self.chosen)
        same = (view for view in self.views if (view.query, view.columns) == shown)
        return next(same, None)

    @property
    def longest_download(self) -> int:
        """How many rows are downloaded at once; a longer list is made into a file."""
        return DOWNLOAD_ROWS

    @property
    def full_query(self) -> str:
        """The list's parameters: what it shows, without the page of it."""
        params = QueryDict(self.query, mutable=True)
        if self.chosen:
            params.setlist(COLUMNS, self.chosen)
        return params.urlencode()

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The parameters a choice of columns keeps."""
        params = QueryDict(self.query)
        return [(name, value) for name in params for value in params.getlist(name)]


# --- The list of points ---------------------------------------------------------------

POINTS_FIELDS = (
    ("source", gettext_lazy("Reference")),
    ("source", gettext_lazy("For")),
    ("source", gettext_lazy("Client")),
    ("kind", gettext_lazy("Kind")),
    ("reason", gettext_lazy("Reason")),
    ("state", gettext_lazy("State")),
    ("effective_on", gettext_lazy("Counts from")),
    ("expires_on", gettext_lazy("Expires")),
    ("points", gettext_lazy("Points")),
    ("", gettext_lazy("Edition")),
    ("", gettext_lazy("Recorded")),
    ("", gettext_lazy("Receipt")),
)


def points_entries(
    filter_form: PointsFilterForm, *, user: User, on: date
) -> PointsEntryQuerySet:
    """Return the entries a person may see, narrowed by the form."""
    mine = PointsEntry.objects.visible_to(user)
    return filter_form.narrow(mine, user=user, on=on)


def points_sheet(params: QueryDict, *, user: User, on: date, host: str) -> Sheet:
    """Return exactly the entries shown, in the same order, with all six decimals."""
    filter_form = PointsFilterForm(params)
    entries = points_entries(filter_form, user=user, on=on)
    table = PointsTable(entries, on=on, user=user)
    table.arrange(params, known=filter_form.names)
    filter_form.insist(repeatable={COLUMNS})
    header, places = picked(POINTS_FIELDS, table.chosen)
    return Sheet(
        header=header,
        rows=_point_rows(table.arranged, places, user=user, on=on, host=host),
        count=table.arranged.count,
    )


def _point_rows(
    entries: PointsEntryQuerySet,
    places: Sequence[int],
    *,
    user: User,
    on: date,
    host: str,
) -> Iterator[list[Cell]]:
    """Yield the rows of the file; sources are named a batch at a time."""
    kinds, reasons = dict(KindChoice.choices), dict(PointsEntry.Reason.choices)
    editions = {edition.id: edition.code for edition in published_editions()}
    remaining = entries.iterator(chunk_size=BATCH)
    while batch := list(islice(remaining, BATCH)):
        names = sources.names_of(batch, user=user)
        for entry in batch:
            name = names.get((entry.source_kind, entry.source_id))
            row: tuple[Cell, ...] = (
                entry.source_ref,
                name.title if name else "",
                name.detail if name else "",
                kinds[KindChoice(entry.kind)],
                reasons[PointsEntry.Reason(entry.reason)],
                state_of(entry, on=on)[0],
                entry.effective_on,
                entry.expires_on,
                points_cell(entry.points),
                editions[entry.edition_id],
                entry.recorded_at,
                f"{host}{addresses.entry_url(entry.public_id)}",
            )
            yield [row[place] for place in places]


register(
    Listing(
        name="points",
        title=gettext_lazy("Points"),
        url_name="partners:points",
        build=points_sheet,
        of_company=True,
    )
)
