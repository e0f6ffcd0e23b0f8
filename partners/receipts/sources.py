"""What is behind an entry of the ledger, said by the app that owns it.

The ledger knows a source by kind and number, because deals and clients stand above
partners. The app that posts for a kind registers here what it can say about its sources;
it does so when Django starts (`<app>/apps.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, Protocol

from django.db.models import Case, Exists, Max, Q, QuerySet, Value, When

from partners.models import PointsEntry, User
from partners.selectors import Edition, Editions
from program.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of a receipt's facts, ready to be read."""

    label: str
    value: str
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceName:
    """What a person calls a source: its name, what it is of, and its page if any."""

    title: str
    detail: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSource:
    """A source that will earn once its currency is on the scale (3.23)."""

    kind: str
    name: SourceName
    mrr: Money
    since: date


class FromSource(Protocol):
    """Something that a source stands behind: an entry, or a movement of the diary."""

    @property
    def source_kind(self) -> str: ...
    @property
    def source_id(self) -> int: ...


class PointsSource(Protocol):
    """What an app says about the sources of one kind, to the people who may see them."""

    def named(self, source_ids: Collection[int], *, user: User) -> QuerySet[Any, Any]:
        """Return what names those sources that `user` may see today, in no order.

        Rows of the id and three texts: a name, what it is of, what its page is found by.
        """

    def name(self, title: str, detail: str, page: str) -> SourceName:
        """Return the name that a row of `named` stands for."""

    def matching(self, text: str, *, user: User) -> QuerySet[Any, Any]:
        """Return the ids of the sources whose names contain `text`, as a subquery."""

    def facts(self, source_id: int, *, user: User, edition: Edition) -> Sequence[Fact]:
        """Return what the source says today; empty if `user` may not see it."""

    def pending(
        self, *, user: User, on: date, editions: Editions
    ) -> Sequence[PendingSource]:
        """Return what waits for its currency on a day, newest first."""

    def pending_count(self, *, user: User, on: date, editions: Editions) -> int:
        """Return how many wait, without reading them."""

    def perhaps_pending(
        self, *, user: User, on: date, editions: Editions
    ) -> QuerySet[Any, Any]:
        """Return the rows of which some may wait; where there are none, nothing does."""


_SOURCES: dict[str, PointsSource] = {}


def register(kind: str, source: PointsSource) -> None:
    """Let `source` speak for a kind of `PointsEntry.Source`."""
    _SOURCES[kind] = source


def names_of(
    entries: Iterable[FromSource], *, user: User
) -> dict[tuple[str, int], SourceName]:
    """Return (source kind, source id) → its name, in one query for all kinds."""
    wanted: dict[str, set[int]] = {}
    for entry in entries:
        if entry.source_kind in _SOURCES:
            wanted.setdefault(entry.source_kind, set()).add(entry.source_id)
    if not wanted:
        return {}
    # Each row says its kind; the columns of the first are the names of all.
    first, *others = (
        _SOURCES[kind].named(ids, user=user).annotate(of_kind=Value(kind))
        for kind, ids in sorted(wanted.items())
    )
    return {
        (kind, source_id): _SOURCES[kind].name(title, detail, page)
        for source_id, title, detail, page, kind in first.union(*others, all=True)
    }


def matching(text: str, *, user: User) -> Q:
    """Return the condition on entries whose source is called something with `text`."""
    condition = Q(source_ref__icontains=text)
    for kind, source in _SOURCES.items():
        ids = source.matching(text, user=user)
        condition |= Q(source_kind=kind, source_id__in=ids)
    return condition


def facts_of(entry: PointsEntry, *, user: User, edition: Edition) -> Sequence[Fact]:
    """Return what the entry's source says today."""
    source = _SOURCES.get(entry.source_kind)
    if source is None:
        return ()
    return source.facts(entry.source_id, user=user, edition=edition)


def pending(*, user: User, on: date, editions: Editions) -> list[PendingSource]:
    """Return all that waits for its currency, newest first."""
    found = [
        waiting
        for source in _SOURCES.values()
        for waiting in source.pending(user=user, on=on, editions=editions)
    ]
    return sorted(found, key=lambda waiting: waiting.since, reverse=True)


def may_wait(*, user: User, on: date, editions: Editions) -> Max:
    """Return whether anything may wait, as a sum of another query: 1, 0, None of no rows.

    The answer is nearly always no, and costs no query of its own this way.
    """
    anything = reduce(
        or_,
        (
            Q(Exists(source.perhaps_pending(user=user, on=on, editions=editions)))
            for source in _SOURCES.values()
        ),
        Q(pk__in=()),
    )
    return Max(Case(When(anything, then=1), default=0))


def pending_count(*, user: User, on: date, editions: Editions) -> int:
    """Return how many sources wait for their currency."""
    return sum(
        source.pending_count(user=user, on=on, editions=editions)
        for source in _SOURCES.values()
    )
