"""The receipt of one entry of the points ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from partners.models import KindChoice, PointsEntry, User
from partners.receipts import words
from partners.receipts.arithmetic import Arithmetic, recompute
from partners.receipts.sources import Fact, SourceName, facts_of, names_of
from partners.selectors import Edition, published_editions
from program.money import InvalidMoneyError
from program.rulebook import Kind, Rulebook
from ui import formats
from ui.tones import Tone

SOLD = (KindChoice.SOURCED, KindChoice.ASSISTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionNote:
    """The edition a page rests on; `until` is the last day it holds, None if it does."""

    code: str
    title: str
    effective_on: date
    until: date | None
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryReceipt:
    """What the receipt of an entry shows; `history` is its source's, oldest first."""

    entry: PointsEntry
    name: SourceName
    claim: str
    edition: EditionNote
    rules: Sequence[words.Rule]
    facts: Sequence[Fact]
    source_facts: Sequence[Fact]
    arithmetic: Arithmetic
    history: Sequence[PointsEntry]
    worth_now: int


def entry_receipt(entry: PointsEntry, *, user: User, on: date) -> EntryReceipt:
    """Return the receipt of an entry, as `user` may see it, on a day.

    Of the source's history only what belongs to partners the user may see is shown.
    """
    editions = published_editions()
    edition = editions.by_id(entry.edition_id)
    history = list(
        PointsEntry.objects.visible_to(user)
        .filter(source_kind=entry.source_kind, source_id=entry.source_id)
        .order_by("seq")
    )
    name = names_of([entry], user=user).get((entry.source_kind, entry.source_id))
    return EntryReceipt(
        entry=entry,
        name=name or SourceName(title=entry.source_ref, detail=""),
        claim=_claim(entry, on),
        edition=edition_note(edition, until=editions.ends_before(edition)),
        rules=_rules(entry, edition.rulebook),
        facts=_stored_facts(entry, edition.rulebook),
        source_facts=facts_of(entry, user=user, edition=edition),
        arithmetic=recompute(entry, history=history, rulebook=edition.rulebook),
        history=history,
        worth_now=sum(other.points for other in history if counts_on(other, on)),
    )


def edition_note(edition: Edition, *, until: date | None) -> EditionNote:
    """Return what a page says about the edition; `until` is the first day of the next."""
    return EditionNote(
        code=edition.code,
        title=words.edition_title(edition.rulebook),
        effective_on=edition.effective_on,
        until=until - timedelta(days=1) if until else None,
        sha256=edition.sha256,
    )


def counts_on(entry: PointsEntry, day: date) -> bool:
    """Say whether an entry is part of the totals of a day."""
    return entry.effective_on <= day and (
        entry.expires_on is None or entry.expires_on > day
    )


def counting_on(day: date) -> Q:
    """Return the condition on entries that `counts_on` asks of one."""
    return Q(effective_on__lte=day) & (Q(expires_on=None) | Q(expires_on__gt=day))


def state_of(entry: PointsEntry, *, on: date) -> tuple[str, Tone]:
    """Return whether an entry counts on a day, as a word and its colour."""
    if entry.effective_on > on:
        return pgettext("entry", "Not yet counting"), Tone.NEUTRAL
    if not counts_on(entry, on):
        return pgettext("entry", "Expired"), Tone.NEUTRAL
    if entry.points < 0:
        return pgettext("entry", "Taken back"), Tone.BAD
    return pgettext("entry", "Counting"), Tone.GOOD


def _claim(entry: PointsEntry, on: date) -> str:
    """Say in one sentence what the entry does."""
    facts = {
        "points": formats.points_exact(abs(entry.points)),
        "kind": str(KindChoice(entry.kind).label).lower(),
        "day": formats.day_long(entry.effective_on),
        "reason": str(PointsEntry.Reason(entry.reason).label).lower(),
    }
    if entry.points > 0:
        sentence = (
            _("From %(day)s on, %(points)s %(kind)s points are added: %(reason)s.")
            % facts
        )
    else:
        sentence = (
            _("From %(day)s on, %(points)s %(kind)s points are taken away: %(reason)s.")
            % facts
        )
    if entry.expires_on is None:
        return sentence
    expires = formats.day_long(entry.expires_on)
    if entry.expires_on <= on:
        return f"{sentence} " + _("Since %(day)s this no longer counts.") % {
            "day": expires
        }
    return f"{sentence} " + _("On %(day)s this stops counting.") % {"day": expires}


def _rules(entry: PointsEntry, rulebook: Rulebook) -> list[words.Rule]:
    return list(_rules_in_order(entry, rulebook))


def _rules_in_order(entry: PointsEntry, rulebook: Rulebook) -> Iterator[words.Rule]:
    """Yield the rules an entry follows from, in the order of its arithmetic."""
    facts = entry.facts
    yield words.rate(Kind(entry.kind), rulebook)
    lines = facts.get("lines", [facts])
    for currency in sorted({str(line.get("currency", "")) for line in lines}):
        if currency in rulebook.points.units:
            yield words.unit(currency, rulebook)
    if "territory" in facts:
        yield words.growth(
            facts["territory"], is_growth=bool(facts.get("growth")), rulebook=rulebook
        )
    if entry.kind in SOLD:
        yield words.proof(rulebook)
        yield words.window(rulebook, expires_on=entry.expires_on)
    else:
        yield words.split(rulebook)
        yield words.stock(rulebook)
    if entry.reason == PointsEntry.Reason.CANCELLED:
        yield words.taken_back()
    if entry.reason == PointsEntry.Reason.REDUCED:
        yield words.reduced()
    if entry.reason == PointsEntry.Reason.CORRECTED:
        yield words.corrected()
    yield words.exact(rulebook)


def _stored_facts(entry: PointsEntry, rulebook: Rulebook) -> list[Fact]:
    """Return the facts stored with the entry: what the arithmetic starts from."""
    facts = entry.facts
    found = [
        Fact(label=_("Kind"), value=str(KindChoice(entry.kind).label)),
        Fact(label=_("Reason"), value=str(PointsEntry.Reason(entry.reason).label)),
    ]
    if "deal" in facts:
        found.append(Fact(label=_("Deal reference"), value=str(facts["deal"])))
    if "client" in facts:
        found.append(Fact(label=_("Client reference"), value=str(facts["client"])))
    if "product_line" in facts:
        product = rulebook.products.get(facts["product_line"])
        found.append(
            Fact(
                label=_("Product line"),
                value=product.name if product else str(facts["product_line"]),
            )
        )
    found += _money_facts(facts)
    if "territory" in facts:
        code = str(facts["territory"])
        found.append(
            Fact(
                label=_("Territory of the client"),
                value=f"{formats.territory(code)} ({code})",
                note=_("Growth market")
                if facts.get("growth")
                else _("Not a growth market"),
            )
        )
    if "parts" in facts and facts.get("serves"):
        found.append(
            Fact(
                label=_("Partners who serve the client"),
                value=formats.number(facts["parts"]),
            )
        )
    found.append(Fact(label=_("Counts from"), value=formats.day_long(entry.effective_on)))
    if entry.expires_on:
        found.append(
            Fact(label=_("Stops counting on"), value=formats.day_long(entry.expires_on))
        )
    found.append(Fact(label=_("Recorded"), value=formats.moment(entry.recorded_at)))
    return found


def _money_facts(facts: dict[str, Any]) -> Iterator[Fact]:
    """Yield amount and unit of a deal line; nothing where they make no sense."""
    try:
        mrr = formats.money(facts["mrr_minor"], facts["currency"])
        unit = formats.money(facts["unit_minor"], facts["currency"])
    except (KeyError, TypeError, InvalidMoneyError):
        return
    yield Fact(label=_("Net monthly recurring revenue"), value=mrr)
    yield Fact(label=_("Worth of one unit"), value=unit)
