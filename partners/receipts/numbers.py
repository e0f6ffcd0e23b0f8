"""The entries that make a number of a partner on a day, as known at a moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import KindChoice, Partner, PointsEntry
from partners.models.ledger import PointsEntryQuerySet
from partners.receipts import words
from partners.receipts.addresses import Number
from partners.receipts.entries import EditionNote, edition_note
from partners.selectors import Editions, NoEditionError, published_editions
from program.rulebook import Kind, Rulebook
from ui import formats

KINDS: dict[Number, tuple[str, ...]] = {
    Number.SOURCED: (KindChoice.SOURCED,),
    Number.ASSISTED: (KindChoice.ASSISTED,),
    Number.MANAGED: (KindChoice.MANAGED,),
    Number.SOLD: (KindChoice.SOURCED, KindChoice.ASSISTED),
    Number.TOTAL: tuple(KindChoice.values),
    Number.EXPIRING_EVALUATION: (KindChoice.SOURCED, KindChoice.ASSISTED),
    Number.SOURCED_EXPIRING_EVALUATION: (KindChoice.SOURCED,),
}
"""What a number is made of; those that are missing here, of all kinds."""
BEFORE_EVALUATION = {Number.EXPIRING_EVALUATION, Number.SOURCED_EXPIRING_EVALUATION}
HORIZONS = {Number.EXPIRING_30: 30, Number.EXPIRING_60: 60, Number.EXPIRING_90: 90}
LABELS = {
    Number.SOURCED: gettext_lazy("Sourced points"),
    Number.ASSISTED: gettext_lazy("Assisted points"),
    Number.MANAGED: gettext_lazy("Managed points"),
    Number.SOLD: gettext_lazy("Sold points"),
    Number.TOTAL: gettext_lazy("Points in total"),
    Number.EXPIRING_30: gettext_lazy("Points that expire within 30 days"),
    Number.EXPIRING_60: gettext_lazy("Points that expire within 60 days"),
    Number.EXPIRING_90: gettext_lazy("Points that expire within 90 days"),
    Number.EXPIRING_EVALUATION: gettext_lazy(
        "Points that expire before the next evaluation"
    ),
    Number.SOURCED_EXPIRING_EVALUATION: gettext_lazy(
        "Sourced points that expire before the next evaluation"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KindSum:
    """What entries of one kind add to the number, in micro-points."""

    kind: str
    label: str
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberReceipt:
    """A number and the entries that make it; `edition` is None before the first one."""

    label: str
    points: int
    count: int
    kinds: Sequence[KindSum]
    entries: PointsEntryQuerySet
    condition: str
    rules: Sequence[words.Rule]
    edition: EditionNote | None


def number_receipt(
    partner: Partner, number: Number, *, day: date, known_at: datetime
) -> NumberReceipt:
    """Return the receipt of a number, from the ledger and not from the standing.

    The same arguments give the same receipt whatever is posted later. Raises
    `NoEditionError` where no edition says when the next evaluation is.
    """
    editions = published_editions()
    until = _horizon(number, day=day, editions=editions)
    entries = _entries_of(partner, number, day=day, until=until).known_at(known_at)
    sums = entries.aggregate(
        count=Count("pk"),
        **{
            kind: Sum("points", filter=Q(kind=kind), default=0)
            for kind in KindChoice.values
        },
    )
    note, rules = None, []
    try:
        edition = editions.on(day)
    except NoEditionError:
        pass
    else:
        note = edition_note(edition, until=editions.ends_before(edition))
        rules = list(_rules(number, edition.rulebook))
    kinds = [
        KindSum(kind=kind.value, label=str(kind.label), points=sums[kind.value])
        for kind in KindChoice
        if kind in KINDS.get(number, KindChoice.values)
    ]
    return NumberReceipt(
        label=str(LABELS[number]),
        points=sum(kind.points for kind in kinds),
        count=sums["count"],
        kinds=[kind for kind in kinds if kind.points or until is None],
        entries=entries,
        condition=_condition(day, until),
        rules=rules,
        edition=note,
    )


def _horizon(number: Number, *, day: date, editions: Editions) -> date | None:
    """Return the day on which a number's entries no longer count; None if it has none."""
    if number in BEFORE_EVALUATION:
        return editions.on(day).rulebook.calendar.next_evaluation(day)
    if number in HORIZONS:
        return day + timedelta(days=HORIZONS[number])
    return None


def _entries_of(
    partner: Partner, number: Number, *, day: date, until: date | None
) -> PointsEntryQuerySet:
    """Return the entries that add up to a number on a day."""
    entries = PointsEntry.objects.filter(partner=partner)
    entries = entries.expiring(day, until) if until else entries.counting_on(day)
    if number is Number.TOTAL or number in HORIZONS:
        return entries
    return entries.filter(kind__in=KINDS[number])


def _condition(day: date, until: date | None) -> str:
    """Say which entries the number is the sum of."""
    if until is not None:
        return _(
            "The sum of all entries that count on %(day)s and no longer do on %(end)s."
        ) % {
            "day": formats.day_long(day),
            "end": formats.day_long(until),
        }
    return _(
        "The sum of all entries that count on %(day)s: from their first day on, until "
        "the day before they expire."
    ) % {"day": formats.day_long(day)}


def _rules(number: Number, rulebook: Rulebook) -> Iterator[words.Rule]:
    kinds = KINDS.get(number, KINDS[Number.SOLD])
    for kind in Kind:
        if kind in kinds:
            yield words.rate(kind, rulebook)
    if KindChoice.MANAGED not in kinds or number is Number.TOTAL:
        yield words.window(rulebook)
        yield words.taken_back()
    if KindChoice.MANAGED in kinds:
        yield words.split(rulebook)
    yield words.exact(rulebook)
