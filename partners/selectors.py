"""Reads that pages, services and the apps above share."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from partners.models import (
    MembershipChange,
    Partner,
    RulebookEdition,
    RulebookRehearsal,
    TierOverride,
)
from program.rulebook import Membership, Rulebook, parse_rulebook


class NoEditionError(LookupError):
    """No rulebook edition holds on this day: it lies before the first one."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A published edition: its row id, its parsed rules, its document's fingerprint."""

    id: int
    code: str
    effective_on: date
    rulebook: Rulebook
    sha256: str


class Editions:
    """The published editions, oldest first, as they stood when they were read."""

    def __init__(self, editions: tuple[Edition, ...]) -> None:
        self._editions = editions
        self._days = [edition.effective_on for edition in editions]

    def __iter__(self) -> Iterator[Edition]:
        return iter(self._editions)

    @property
    def first_day(self) -> date:
        """The first day any edition holds."""
        return self._days[0]

    def on(self, day: date) -> Edition:
        """Return the edition that holds on a day; the last one known holds on.

        Raises `NoEditionError` for days before the first edition.
        """
        index = bisect_right(self._days, day)
        if not index:
            raise NoEditionError(f"No rulebook edition holds on {day}.")
        return self._editions[index - 1]

    def by_id(self, edition_id: int) -> Edition:
        """Return the edition of a row, or raise `NoEditionError`."""
        for edition in self:
            if edition.id == edition_id:
                return edition
        raise NoEditionError(f"There is no published edition {edition_id}.")

    def ends_before(self, edition: Edition) -> date | None:
        """Return the first day an edition no longer holds; None while it does."""
        index = bisect_right(self._days, edition.effective_on)
        return self._days[index] if index < len(self._days) else None

    def currencies_added_on(self, day: date) -> frozenset[str]:
        """Return the currencies that join the scale on a day (3.23)."""
        added: frozenset[str] = frozenset()
        known: frozenset[str] = frozenset()
        for edition in self:
            units = frozenset(edition.rulebook.points.units)
            if edition.effective_on == day:
                added = units - known
            known = units
        return added

    def converting(self, currency: str, day: date) -> tuple[Edition, date] | None:
        """Return the edition that turns a currency into points, and from which day.

        That is the edition of the day. Where its scale lacks the currency, points stay
        pending until a later edition adds it, and count from that edition's first day
        (3.23); None while there is none.
        """
        for edition in (self.on(day), *(e for e in self if e.effective_on > day)):
            if currency in edition.rulebook.points.units:
                return edition, max(day, edition.effective_on)
        return None


_PARSED: dict[str, Rulebook] = {}
"""Fingerprint → parsed document. Published editions never change, so the key is safe."""


@lru_cache(maxsize=8)
def _parsed_draft(sha256: str, document: str) -> Rulebook:
    return parse_rulebook(document)


def parsed(sha256: str, document: str) -> Rulebook:
    """Return what a document says, read once per process for as long as it is used.

    Of any document with its fingerprint, published or not. Raises `RulebookError`.
    """
    return _PARSED.get(sha256) or _parsed_draft(sha256, document)


@lru_cache(maxsize=8)
def _rehearsed(pk: int, before: str, after: str) -> tuple[Rulebook, Rulebook]:
    row = RulebookRehearsal.objects.select_related("baseline").get(pk=pk)
    return parsed(before, row.baseline.document), parsed(after, row.document)


def rehearsed_rules(rehearsal: RulebookRehearsal) -> tuple[Rulebook, Rulebook]:
    """Return the rules a rehearsal compared, the earlier first; documents are read once.

    Needs its baseline loaded, of both not the document.
    """
    return _rehearsed(rehearsal.pk, rehearsal.baseline.sha256, rehearsal.sha256)


def _parse_unknown(fingerprints: Iterable[str]) -> None:
    """Parse the documents this process has not met yet, fetched by one query for all."""
    unknown = set(fingerprints) - _PARSED.keys()
    if not unknown:
        return
    documents = RulebookEdition.objects.published().filter(sha256__in=unknown)
    for sha256, document in documents.values_list("sha256", "document"):
        _PARSED[sha256] = parse_rulebook(document)


def published_editions() -> Editions:
    """Return the published editions: one query, two where a document is yet to parse."""
    rows = list(RulebookEdition.objects.raw(*_published_rows()))
    _parse_unknown(row.sha256 for row in rows)
    return Editions(
        tuple(
            Edition(row.pk, row.code, row.effective_on, _PARSED[row.sha256], row.sha256)
            for row in rows
        )
    )


@cache
def _published_rows() -> tuple[str, tuple[Any, ...]]:
    """Return the SQL of the published editions without their documents.

    Compiled once: nearly every page asks, and composing takes as long as running it.
    """
    published = RulebookEdition.objects.published().order_by("effective_on")
    fields = published.only("code", "effective_on", "sha256")
    return fields.query.sql_with_params()


def override_on(
    partner_id: int, day: date, *, known_at: datetime | None = None
) -> TierOverride | None:
    """Return what grants a partner another tier than the earned one on a day."""
    return (
        TierOverride.objects.filter(partner_id=partner_id)
        .in_force_on(day, known_at=known_at)
        .select_related("proposed_by", "decided_by")
        .order_by("-decided_at", "-pk")
        .first()
    )


def edition_on(day: date) -> Edition:
    """Return the edition that holds on a day, or raise `NoEditionError`."""
    return published_editions().on(day)


def rulebook_on(day: date) -> Rulebook:
    """Return the rules that hold on a day, or raise `NoEditionError`."""
    return edition_on(day).rulebook


def membership_on(
    partner: Partner, day: date, *, known_at: datetime | None = None
) -> Membership:
    """Return whether a company was provider or partner on a day.

    With `known_at` as it was known at that moment. The first row of the history holds
    for the days before it too: a company was nothing else before it joined.
    """
    history = MembershipChange.objects.filter(partner=partner).order_by("on", "id")
    changes = list(history.values_list("on", "recorded_at", "membership"))
    held = [
        membership
        for on, recorded_at, membership in changes
        if on <= day and (known_at is None or recorded_at <= known_at)
    ]
    before = changes[0][-1] if changes else partner.membership
    return Membership(held[-1] if held else before)


def memberships_on(partners: Iterable[Partner], day: date) -> dict[int, Membership]:
    """Return partner id → membership on a day, by one query."""
    found = {partner.pk: Membership(partner.membership) for partner in partners}
    first: set[int] = set()
    changes = MembershipChange.objects.filter(partner_id__in=found).order_by("on", "id")
    for pk, on, membership in changes.values_list("partner_id", "on", "membership"):
        if on <= day or pk not in first:
            found[pk] = Membership(membership)
        first.add(pk)
    return found


def memberships_at(
    moments: Collection[tuple[int, date]],
) -> dict[tuple[int, date], Membership]:
    """Return (partner id, day) → what the company was then, by two queries for all."""
    ids = {pk for pk, _day in moments}
    histories: dict[int, list[tuple[date, str]]] = {pk: [] for pk in ids}
    changes = MembershipChange.objects.filter(partner_id__any_of=ids).order_by("on", "id")
    for pk, on, membership in changes.values_list("partner_id", "on", "membership"):
        histories[pk].append((on, membership))
    partners = Partner.objects.filter(pk__any_of=ids)
    copies = dict(partners.values_list("pk", "membership"))
    found = {}
    for pk, day in moments:
        history = histories[pk]
        held = [membership for on, membership in history if on <= day]
        before = history[0][1] if history else copies[pk]
        found[pk, day] = Membership(held[-1] if held else before)
    return found
