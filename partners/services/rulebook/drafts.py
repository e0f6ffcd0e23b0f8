"""Writing an edition: copied from the newest, changed value by value, or withdrawn."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import RulebookEdition, User
from partners.services import audit
from program.rulebook import (
    Entry,
    Region,
    Rulebook,
    RulebookError,
    Value,
    entries,
    parse_rulebook,
    with_features,
    with_french_title,
    with_territory,
    with_unit,
    with_values,
    without_entries,
)

State = RulebookEdition.State
OPEN: Final = (State.DRAFT, State.REHEARSED)
RESERVED: Final = frozenset({"compare", "what-changes"})
"""Codes that are addresses of other pages."""
MAX_ERRORS: Final = 30
"""Faults of one draft that are told at once: each takes reading the document again."""

Path = tuple[int | str, ...]
Wanted = Mapping[Path, tuple[str, Value]]

_CODE: Final = "edition.code"
_TITLE: Final = "edition.title"
_TITLE_FR: Final = "edition.title_fr"
_DAY: Final = "edition.effective_on"
_PREFACE: Final = re.compile(r"\A(?:[ \t]*(?:#[^\n]*)?\n)*")
_REGION_RULES: Final = {
    Region.ASIA: "R26",
    Region.LATIN_AMERICA: "R27",
    Region.EASTERN_EUROPE: "R28",
    Region.MIDDLE_EAST_AFRICA: "R29",
}
_UNIT_RULE: Final = "R24"


class EditionError(ValueError):
    """An edition is not in a state for this, or not by this person."""


class InvalidDraftError(EditionError):
    """Values no edition can have; `errors` maps a value's name to what is wrong."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__("; ".join(f"{name}: {why}" for name, why in errors.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """A growth market to add, with its names."""

    code: str
    en: str
    fr: str
    region: Region


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What somebody wants an edition to say: values by name, and what comes and goes.

    `dropped` are the names of units and territories that leave the edition.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    units: Mapping[str, int | str] = field(default_factory=dict)
    territories: tuple[Territory, ...] = ()
    dropped: frozenset[str] = frozenset()


@transaction.atomic
def draft_edition(
    *,
    code: str,
    title: str,
    effective_on: date,
    actor: User,
    at: datetime,
    today: date,
    title_fr: str = "",
    features: Collection[str] = (),
) -> RulebookEdition:
    """Copy the newest published edition as a draft with a code and a day of its own.

    Without a French title it has the same in both languages. Of the `features` that came
    after the newest edition the keys are added, with the values this release ships.
    Raises `InvalidDraftError` for a code or title that cannot be one, and for a day that
    is not in the future or not after the newest edition's.
    """
    newest = newest_published()
    values: dict[str, Value] = {_CODE: code, _TITLE: title, _DAY: effective_on}
    if title_fr:
        values[_TITLE_FR] = title_fr
    errors = {**_code_errors(code), **_day_errors(effective_on, newest, today)}
    if errors:
        raise InvalidDraftError(errors)
    base = with_features(with_french_title(newest.document, "-"), features)
    document, rulebook = _changed(base, Changes(values=values))
    if not title_fr:
        values = {_TITLE_FR: rulebook.title}
        document, rulebook = _changed(document, Changes(values=values))
    # What stands above the first table is about the edition that was copied.
    preface = f"# Edition {rulebook.code}, drafted from {newest.code}.\n\n"
    document = _PREFACE.sub(preface, document, count=1)
    edition = RulebookEdition.objects.create(
        code=rulebook.code,
        title=rulebook.title,
        effective_on=rulebook.effective_on,
        document=document,
        sha256=fingerprint(document),
        author=actor,
    )
    audit.record(
        "partners.edition_drafted",
        actor=actor,
        at=at,
        partner_id=None,
        of=edition,
        changes={"effective_on": (None, effective_on), "copy of": (None, newest.code)},
    )
    return edition


@transaction.atomic
def save_draft(
    *,
    edition_id: int,
    changes: Changes,
    seen_sha256: str,
    actor: User,
    at: datetime,
    today: date,
) -> RulebookEdition:
    """Store other values in a draft; what was rehearsed before is to be rehearsed again.

    `seen_sha256` is the fingerprint of what the person had on the screen. Raises
    `InvalidDraftError` with a sentence per value, `EditionError` for what is no draft any
    more and for a draft that somebody else has changed meanwhile.
    """
    edition = locked_draft(edition_id)
    if edition.sha256 != seen_sha256:
        raise EditionError(
            _("Somebody has changed this draft meanwhile. Open it again to go on.")
        )
    document, rulebook = _changed(edition.document, changes)
    errors = _day_errors(rulebook.effective_on, newest_published(), today)
    if rulebook.code != edition.code:
        errors[_CODE] = _("A draft keeps its code.")
    if errors:
        raise InvalidDraftError(errors)
    if document == edition.document:
        return edition
    before, after = _by_name(edition.document), _by_name(document)
    gone = {name: None for name in before if name not in after}
    edition.document, edition.sha256 = document, fingerprint(document)
    edition.title, edition.effective_on = rulebook.title, rulebook.effective_on
    edition.state, edition.rehearsed_sha256 = State.DRAFT, ""
    edition.author = actor
    edition.save()
    audit.record(
        "partners.edition_changed",
        actor=actor,
        at=at,
        partner_id=None,
        of=edition,
        changes=audit.differences(before, {**after, **gone}),
    )
    return edition


@transaction.atomic
def withdraw_draft(
    *, edition_id: int, reason: str, actor: User, at: datetime
) -> RulebookEdition:
    """Give up a draft; it stays to be read. Raises `EditionError` if it is no draft."""
    edition = locked_draft(edition_id)
    before = edition.state
    edition.state, edition.rehearsed_sha256 = State.WITHDRAWN, ""
    edition.save(update_fields=["state", "rehearsed_sha256"])
    audit.record(
        "partners.edition_withdrawn",
        actor=actor,
        at=at,
        partner_id=None,
        of=edition,
        changes={"state": (before, edition.state)},
        note=reason,
    )
    return edition


def locked_draft(edition_id: int) -> RulebookEdition:
    """Lock an edition that may still change, or raise `EditionError`."""
    edition = RulebookEdition.objects.select_for_update(of=("self",)).get(pk=edition_id)
    if edition.state == State.PUBLISHED:
        raise EditionError(_("This edition is published: it never changes again."))
    if edition.state not in OPEN:
        raise EditionError(_("This draft was withdrawn."))
    return edition


def newest_published() -> RulebookEdition:
    """Return the published edition with the latest day."""
    newest = RulebookEdition.objects.published().order_by("-effective_on").first()
    assert newest is not None, "editions ship with the portal"
    return newest


def fingerprint(document: str) -> str:
    return hashlib.sha256(document.encode()).hexdigest()


def day_error(day: date, newest: RulebookEdition, today: date) -> str:
    """Return why an edition cannot begin on a day, "" if it can."""
    if day <= today:
        return _("An edition begins in the future: what was decided stays decided.")
    if day <= newest.effective_on:
        return _("Edition %(code)s begins on that day or later.") % {"code": newest.code}
    return ""


def _day_errors(day: date, newest: RulebookEdition, today: date) -> dict[str, str]:
    error = day_error(day, newest, today)
    return {_DAY: error} if error else {}


def _code_errors(code: str) -> dict[str, str]:
    if code.lower() in RESERVED:
        return {_CODE: _("This word is the address of another page.")}
    if RulebookEdition.objects.filter(code__iexact=code).exists():
        return {_CODE: _("There is an edition with this code already.")}
    return {}


def _changed(document: str, changes: Changes) -> tuple[str, Rulebook]:
    """Return the changed document and what it says, or raise `InvalidDraftError`.

    The parser stops at the first fault. Each fault is noted under the value that has it,
    this value is put back, and the rest is read again.
    """
    base, errors = _with_parts(document, changes)
    known = {entry.name: entry for entry in entries(base)}
    wanted = {
        known[name].path: (name, value)
        for name, value in changes.values.items()
        if name in known and value != known[name].value
    }
    while True:
        values = {path: value for path, (_name, value) in wanted.items()}
        try:
            text = with_values(base, values)
            rulebook = parse_rulebook(text)
        except RulebookError as error:
            at_fault = _at_fault(error.key, wanted)
            errors.setdefault(_name_of(error.key, known, at_fault, wanted), error.reason)
            if at_fault is None or len(errors) >= MAX_ERRORS:
                break
            del wanted[at_fault]
        else:
            break
    if errors:
        raise InvalidDraftError(errors)
    return text, rulebook


def _with_parts(document: str, changes: Changes) -> tuple[str, dict[str, str]]:
    """Return the document with its entries that come and go, and what went wrong."""
    errors: dict[str, str] = {}
    known = {entry.key: entry for entry in entries(document)}
    gone = [known[name].path for name in changes.dropped if name in known]
    # A territory has several columns, each of them a value below the entry itself.
    document = without_entries(document, {path[:3] for path in gone})
    for currency, worth in changes.units.items():
        name = f"points.units.{currency}"
        if name in known:
            errors[name] = _("This currency is on the scale already.")
            continue
        document = _tried(
            document,
            partial(with_unit, document, currency, worth=worth, rule=_UNIT_RULE),
            name=name,
            errors=errors,
        )
    for territory in changes.territories:
        name = f"growth.territories.{territory.code}"
        if name in known and name not in changes.dropped:
            errors[name] = _("This territory is a growth market already.")
            continue
        document = _tried(
            document,
            partial(
                with_territory,
                document,
                territory.code,
                en=territory.en,
                fr=territory.fr,
                region=territory.region,
                rule=_REGION_RULES[territory.region],
            ),
            name=name,
            errors=errors,
        )
    return document, errors


def _tried(
    before: str, add: Callable[[], str], *, name: str, errors: dict[str, str]
) -> str:
    """Return the document with an entry added, or as it was, with what is wrong noted."""
    try:
        after = add()
        parse_rulebook(after)
    except RulebookError as error:
        if error.key.startswith(name) or not error.key:
            errors[name] = error.reason
            return before
    return after


def _at_fault(key: str, wanted: Wanted) -> Path | None:
    """Return the changed value that a fault lies in, or the one that is nearest to it.

    Some rules compare two values, and the fault is told at the one that was not changed:
    a threshold that is lower than that of the tier below.
    """
    steps = re.split(r"[.\[]", key)
    near = {path: _shared(steps, path) for path in wanted}
    best = max(near, key=lambda path: near[path], default=None)
    return best if best is not None and near[best] else None


def _shared(steps: list[str], path: Path) -> int:
    """Return how many steps from the top two keys have in common."""
    count = 0
    for one, other in zip(steps, map(str, path), strict=False):
        if one != other:
            break
        count += 1
    return count


def _name_of(
    key: str, known: Mapping[str, Entry], at_fault: Path | None, wanted: Wanted
) -> str:
    """Return the name of the value a fault is told at."""
    name = key.partition("[")[0].removesuffix(".value")
    if name in known or at_fault is None:
        return name
    return wanted[at_fault][0]


def _by_name(document: str) -> dict[str, Value]:
    return {entry.name: entry.value for entry in entries(document)}
