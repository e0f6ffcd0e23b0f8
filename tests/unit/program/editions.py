"""The two shipped editions, and changed copies of them."""

from program.rulebook import Rulebook, parse_rulebook, shipped_documents

DOCUMENT_A, DOCUMENT_B = shipped_documents()
A, B = parse_rulebook(DOCUMENT_A), parse_rulebook(DOCUMENT_B)


def changed(old: str, new: str, *, document: str = DOCUMENT_B) -> str:
    """Return the document with one place changed, which must exist exactly once."""
    assert document.count(old) == 1, f"{document.count(old)} times in the edition: {old}"
    return document.replace(old, new)


def edition(*changes: tuple[str, str]) -> Rulebook:
    """Return edition B with some places of its document changed."""
    document = DOCUMENT_B
    for old, new in changes:
        document = changed(old, new, document=document)
    return parse_rulebook(document)
