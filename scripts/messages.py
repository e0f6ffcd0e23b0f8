"""The texts of the portal: collect them, check the translations, compile them.

    messages.py extract   texts of code and templates into locale/*/LC_MESSAGES/django.po
    messages.py check     nothing to extract, nothing untranslated, every placeholder kept
    messages.py compile   .po into the .mo that Django loads; only what changed

Babel does the work, because a fresh machine has no GNU gettext. English is the source
language: its texts are the ones in the code.
"""

import argparse
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("fr",)
PACKAGES = (
    *("portal", "benefits", "commissions", "deals", "clients", "partners"),
    *("interchange", "outbox", "ui"),
)
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PROJECT = "Partner Portal"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("act", nargs="+", choices=("extract", "check", "compile"))
    for act in parser.parse_args().act:
        if failed := {"extract": extract, "check": check, "compile": compile_stale}[
            act
        ]():
            return failed
    return 0


def po_path(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def extract() -> int:
    """Bring the .po files up to date; a text that is gone from the code goes."""
    from babel.messages.pofile import write_po  # noqa: PLC0415

    template = collect()
    for language in LANGUAGES:
        catalog = read(language)
        catalog.update(
            template,
            no_fuzzy_matching=True,
            update_creation_date=False,  # type: ignore[call-arg]  # newer than its types
        )
        catalog.obsolete.clear()
        path = po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        written = BytesIO()
        # Files without lines: a moved line is no change of text.
        write_po(written, catalog, width=88, sort_by_file=True, include_lineno=False)
        path.write_bytes(written.getvalue())
        missing = sum(1 for message in catalog if message.id and not is_complete(message))
        print(f"{language}: {len(catalog)} texts, {missing} untranslated")
    return 0


def check() -> int:
    """Print what is not as it should be; return 1 if anything was printed."""
    template = collect()
    wanted = {(message.id, message.context) for message in template if message.id}
    complaints: list[str] = []
    for language in LANGUAGES:
        catalog = read(language)
        there = {(message.id, message.context) for message in catalog if message.id}
        complaints += [f"{language}: not extracted: {key[0]}" for key in wanted - there]
        complaints += [f"{language}: not in use: {key[0]}" for key in there - wanted]
        for message in catalog:
            if not message.id:
                continue
            if not is_complete(message):
                complaints.append(f"{language}: untranslated or fuzzy: {message.id}")
            complaints += [
                f"{language}: {error}: {message.id}" for error in message.check()
            ]
    if complaints:
        print(*sorted(complaints), sep="\n")
        print(f"{len(complaints)} complaints; `make messages` collects the texts anew")
    return int(bool(complaints))


def compile_stale() -> int:
    """Write the .mo of every .po that is newer than it."""
    for language in LANGUAGES:
        source = po_path(language)
        target = source.with_suffix(".mo")
        if not source.exists():
            continue
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        from babel.messages.mofile import write_mo  # noqa: PLC0415

        written = BytesIO()
        write_mo(written, read(language))
        # In one step: a portal that starts now sees the old file or the new one.
        draft = target.with_suffix(".mo.new")
        draft.write_bytes(written.getvalue())
        draft.replace(target)
    return 0


def is_complete(message: object) -> bool:
    text = getattr(message, "string", "")
    texts = text if isinstance(text, tuple | list) else (text,)
    return all(texts) and not getattr(message, "fuzzy", False)


def read(language: str) -> "Catalog":
    from babel.messages.catalog import Catalog  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    path = po_path(language)
    if not path.exists():
        return Catalog(
            locale=language,
            project=PROJECT,
            fuzzy=False,
            charset="utf-8",
            header_comment=f"# The texts of the portal: {language}.",
        )
    with path.open("rb") as file:
        return read_po(file, locale=language)


def collect() -> "Catalog":
    """Return every text of the code and the templates, without translations."""
    from babel.messages.catalog import Catalog  # noqa: PLC0415
    from babel.messages.extract import extract as extract_from  # noqa: PLC0415

    catalog = Catalog(project=PROJECT, fuzzy=False, charset="utf-8")
    for path, source in sources():
        found = extract_from(
            "python",
            BytesIO(source.encode()),
            keywords=KEYWORDS,
            comment_tags=("Translators:",),
            options={"encoding": "utf-8"},
        )
        for line, text, comments, context in found:
            catalog.add(
                text,
                locations=[(str(path.relative_to(ROOT)), line)],
                auto_comments=comments,
                context=context,
            )
    return catalog


def sources() -> Iterator[tuple[Path, str]]:
    """Yield Python source: modules as they are, templates as what Django sees in them."""
    from django.utils.translation.template import templatize  # noqa: PLC0415

    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in {".html", ".txt"}:
            text = path.read_text(encoding="utf-8")
            seen = templatize(text, origin=str(path))
            # To Python the layout of a page would be indentation, and wrong.
            yield path, "\n".join(line.lstrip() for line in seen.splitlines())


if __name__ == "__main__":
    sys.exit(main())
