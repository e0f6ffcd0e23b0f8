"""Keys that editions of earlier releases do not have, and what holds without them.

An edition without such a key does not know the feature: it is off. What the shipped
editions say of it is offered where the next edition is drafted, and is not assumed.
"""

import re
import tomllib
from collections.abc import Collection
from functools import cache, lru_cache

from program.rulebook.entries import Entry, entries
from program.rulebook.shipped import shipped_documents

OPTIONAL_KEYS = (
    "tiers.appeal_from_days",
    "tiers.appeal_decide_days",
    "certification.warning_days",
    "escalation.second_factor_required",
)
"""The keys; those of one feature stand together and come together."""

FEATURES = {
    "tiers.appeal_from_days": "appeals",
    "tiers.appeal_decide_days": "appeals",
    "certification.warning_days": "warnings",
    "escalation.second_factor_required": "second_factor",
}
"""The feature each key belongs to."""


def absent_entries(document: str) -> tuple[Entry, ...]:
    """Return what the newest shipped edition says of the keys a document lacks."""
    known = {entry.key for entry in entries(document)}
    return tuple(entry for key, entry in _shipped_entries().items() if key not in known)


def features_of(document: str) -> tuple[str, ...]:
    """Return the features of which a document lacks a key, each once."""
    lacking = (FEATURES[entry.key] for entry in absent_entries(document))
    return tuple(dict.fromkeys(lacking))


def with_features(document: str, features: Collection[str]) -> str:
    """Return the document with the keys of some features as the shipped edition has them.

    Keys that are there stay as they are. Each goes to the end of its table, which an
    edition always has.
    """
    for entry in absent_entries(document):
        if FEATURES[entry.key] in features:
            document = _with_line(document, *entry.key.split("."))
    return document


def with_french_title(document: str, title: str) -> str:
    """Return the document with a French title, if it has none: below the English one."""
    if tomllib.loads(document)["edition"].get("title_fr"):
        return document
    quoted = title.replace("\\", "\\\\").replace('"', '\\"')
    return _TITLE.sub(
        lambda found: f'{found[0]}\ntitle_fr = "{quoted}"', document, count=1
    )


@lru_cache(maxsize=32)
def titles(document: str) -> tuple[str, str]:
    """Return an edition's English and French title; French is "" if it has none.

    An edition that was stored before there were French titles has the one of the shipped
    edition whose English title it bears.
    """
    try:
        edition = tomllib.loads(document).get("edition", {})
    except tomllib.TOMLDecodeError:  # stored past the services
        return "", ""
    title = str(edition.get("title", ""))
    return title, str(edition.get("title_fr", "")) or french_title(title)


def french_title(title: str) -> str:
    """Return the French title of the shipped edition with an English one, or ""."""
    return _shipped_titles().get(title, "")


_TITLE = re.compile(r"^title *= *\"(?:[^\"\\]|\\.)*\"", re.MULTILINE)


@cache
def _shipped_titles() -> dict[str, str]:
    tables = [tomllib.loads(text)["edition"] for text in shipped_documents()]
    return {table["title"]: table["title_fr"] for table in tables}


@cache
def _shipped_entries() -> dict[str, Entry]:
    found = {entry.key: entry for entry in entries(shipped_documents()[-1])}
    return {key: found[key] for key in OPTIONAL_KEYS}


def _with_line(document: str, table: str, key: str) -> str:
    written = re.compile(rf"^{key} = .*$", re.MULTILINE).search(shipped_documents()[-1])
    header = re.compile(rf"^\[{table}\][^\n]*\n(?:[^\[\n][^\n]*\n)*", re.MULTILINE)
    found = header.search(document)
    assert written is not None, "a key of the shipped edition"
    assert found is not None, "a table that every edition has"
    return f"{document[: found.end()]}{written[0]}\n{document[found.end() :]}"
