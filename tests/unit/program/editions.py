"""The two shipped editions, and changed copies of them."""

import pytest

from program.rulebook import Rulebook, RulebookError, parse_rulebook, shipped_documents

ANY_LINE = "*"

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


def refused(document: str) -> RulebookError:
    """Return the error that building an edition from this document raises."""
    with pytest.raises(RulebookError) as caught:
        parse_rulebook(document)
    return caught.value


def assert_refused(old: str, new: str, *, key: str, reason: str, at: str | None) -> None:
    """Change edition B and expect an error with this key and reason.

    Its line is that of the change, or of `at`; ANY_LINE leaves it open.
    """
    document = changed(old, new)

    error = refused(document)

    assert error.key == key
    assert reason in error.reason
    assert key in str(error)
    if at != ANY_LINE:
        place = new if at is None else at
        assert document.count(place) == 1
        assert error.line == document[: document.index(place)].count("\n") + 1
        assert f"line {error.line}:" in str(error)
