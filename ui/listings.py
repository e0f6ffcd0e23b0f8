"""The lists of the portal, by name: what a download of one holds, and where it stands.

The app that owns a list registers it when Django starts (`<app>/apps.py`). What works on
any list (downloads, saved views) finds it here, and a worker makes a file of it without
knowing what pages are made of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

from django.http import QueryDict
from django.utils.functional import Promise

from ui.csv import Cell

if TYPE_CHECKING:
    from django.contrib.auth.models import _User

COLUMNS = "columns"
"""The parameter that names the columns shown, once for each."""


class UnknownListError(LookupError):
    """No list is registered under this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a file of a list holds. Nothing is read before `count` or `rows` is."""

    header: Sequence[Cell]
    rows: Iterable[Sequence[Cell]]
    count: Callable[[], int]


class Build(Protocol):
    def __call__(self, params: QueryDict, *, user: _User, on: date, host: str) -> Sheet:
        """Return what a list shows to `user` under these parameters, on a day.

        `host` stands before addresses in cells. Raises `BadQueryError` for a parameter
        the list does not know or cannot read.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list: its name in addresses, its words, its page, and what fills a file of it.

    `of_company`: the list is one company's own, so that staff have none of theirs.
    """

    name: str
    title: str | Promise
    url_name: str
    build: Build
    of_company: bool = False


_LISTINGS: dict[str, Listing] = {}


def register(listing: Listing) -> None:
    """Let a list be found by its name."""
    _LISTINGS[listing.name] = listing


def listing_of(name: str) -> Listing:
    """Return a list by its name, or raise `UnknownListError`."""
    try:
        return _LISTINGS[name]
    except KeyError:
        raise UnknownListError(name) from None


def listings() -> tuple[Listing, ...]:
    """Return all lists, by name."""
    return tuple(_LISTINGS[name] for name in sorted(_LISTINGS))


def picked(
    fields: Sequence[tuple[str, Cell]], columns: Sequence[str]
) -> tuple[list[Cell], list[int]]:
    """Return the header of a file, and which of the `fields` it has.

    `fields` are (column of the table, heading) in the order of the file; a field of
    column "" belongs to the whole file alone. With `columns`, the file has the fields of
    these, in their order.
    """
    if not columns:
        places = list(range(len(fields)))
    else:
        places = [
            place
            for column in columns
            for place, (of, _heading) in enumerate(fields)
            if of == column
        ]
    return [fields[place][1] for place in places], places
