"""An edition as a page shows it, and two of them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _

from partners.receipts.edition_labels import (
    WORDS,
    absent,
    in_language,
    label,
    section_title,
    shown,
)
from program.rulebook import (
    Entry,
    Region,
    Rulebook,
    Tier,
    absent_entries,
    entries,
)
from ui import formats

APART = frozenset({"growth", "benefits", "rules", "edition"})
"""Sections that a page shows in a form of their own, or elsewhere."""
_THRESHOLDS = "tiers.thresholds."
_TITLES = {"en": "edition.title", "fr": "edition.title_fr"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One value in words; `anchor` is where the page has it."""

    anchor: str
    label: str
    value: str
    cites: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    anchor: str
    title: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """The minima of a tier, in micro-points."""

    tier: Tier
    sold: int
    managed: int
    total: int
    cites: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Markets:
    """The growth markets of a region, by name."""

    title: str
    names: Sequence[str]
    cites: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    rule: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionText:
    """A whole edition in words."""

    sections: Sequence[Section]
    thresholds: Sequence[Threshold]
    markets: Sequence[Markets]
    wordings: Sequence[Wording]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One value of two editions; where one lacks it, what holds then, or ""."""

    label: str
    before: str
    after: str
    cites: str
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    title: str
    anchor: str
    pairs: Sequence[Pair]


@lru_cache(maxsize=8)
def entries_of(document: str) -> tuple[Entry, ...]:
    return entries(document)


def edition_text(document: str, rulebook: Rulebook) -> EditionText:
    """Return an edition in words, in the order of its document.

    A key that came after the edition was written stands at the end of its section, with
    what holds without it.
    """
    found = entries_of(document)
    lacking = absent_entries(document)
    names = dict.fromkeys(one.section for one in found)
    return EditionText(
        sections=[
            Section(
                anchor=name,
                title=section_title(name),
                lines=[
                    _line(one)
                    for one in found
                    if one.section == name and not one.name.startswith(_THRESHOLDS)
                ]
                + [_absent_line(one) for one in lacking if one.section == name],
            )
            for name in names
            if name not in APART
        ],
        thresholds=[
            Threshold(
                tier=row.tier,
                sold=row.sold_minimum,
                managed=row.managed_minimum,
                total=row.total,
                cites=row.rule,
            )
            for row in rulebook.table.rows
        ],
        markets=[_markets(region, rulebook) for region in Region],
        wordings=[
            Wording(rule=rule, sentence=in_language(text.en, text.fr))
            for rule, text in rulebook.rule_texts.items()
        ],
    )


def compare(before: str, after: str, *, everything: bool) -> Sequence[Compared]:
    """Return the values of two documents side by side: all, or those that differ."""
    olds = {one.name: one for one in entries_of(before)}
    news = {one.name: one for one in entries_of(after)}
    sections: dict[str, list[Pair]] = {}
    for name in dict.fromkeys([*news, *olds]):
        old, new = olds.get(name), news.get(name)
        either = new or old
        assert either is not None
        differs = old is None or new is None or old.value != new.value
        if (everything or differs) and _is_shown(either):
            sections.setdefault(either.section, []).append(
                Pair(
                    label=label(either),
                    before=shown(old) if old else absent(either),
                    after=shown(new) if new else absent(either),
                    cites=either.rule,
                    differs=differs,
                )
            )
    return [
        Compared(title=section_title(name), anchor=name, pairs=pairs)
        for name, pairs in sections.items()
    ]


def _is_shown(entry: Entry) -> bool:
    """Say whether a value is compared: of a growth market it is the region, once.

    Of titles and rules it is the wording in the language of the page.
    """
    if entry.name in _TITLES.values():
        return entry.name == _TITLES[in_language("en", "fr")]
    if entry.section == "growth":
        return entry.column == "region"
    if entry.section == "rules":
        return entry.column == in_language("en", "fr")
    return True


def _line(entry: Entry) -> Line:
    return Line(
        anchor=entry.name, label=label(entry), value=shown(entry), cites=entry.rule
    )


def _absent_line(entry: Entry) -> Line:
    value = _("%(what)s: this edition does not name it") % {"what": absent(entry)}
    return Line(anchor=entry.name, label=label(entry), value=value, cites=entry.rule)


def _markets(region: Region, rulebook: Rulebook) -> Markets:
    inside = [one for one in rulebook.growth.values() if one.region is region]
    cites = dict.fromkeys(part for one in inside for part in one.rule.split(", ")[:1])
    return Markets(
        title=str(WORDS[region.value]),
        names=sorted(formats.territory(one.code) for one in inside),
        cites=", ".join(cites),
    )
