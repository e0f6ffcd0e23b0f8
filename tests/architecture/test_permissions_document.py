"""docs/permissions.md says what the policy of the back office says."""

from __future__ import annotations

from pathlib import Path

from partners.models import StaffRole
from partners.permissions import POLICY, Grant

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"
HEADS = ("PDM", "programme manager", "finance", "growth specialist", "auditor")


def cell(grant: Grant | None) -> str:
    """Return a grant in words: nothing, a look, and what may be done besides."""
    if grant is None:
        return "–"
    words = {
        "add": grant.add,
        "change": grant.change,
        "act": grant.actions,
        "share": grant.shared,
    }
    return "; ".join(["look", *(word for word, given in words.items() if given)])


def table() -> list[str]:
    """Return the document's table of who may do what with each model."""
    rows = [("model", *HEADS), ("---",) * (len(HEADS) + 1)]
    rows += [
        (f"`{model}`", *(cell(grants.get(role)) for role in StaffRole))
        for model, grants in POLICY.items()
    ]
    return [f"| {' | '.join(row)} |" for row in rows]


def details() -> list[str]:
    """Return one line for each grant beyond a look, with its fields and acts."""
    lines = []
    for model, grants in POLICY.items():
        for role, head in zip(StaffRole, HEADS, strict=True):
            grant = grants.get(role, Grant())
            for word, given in (
                ("adds", grant.add),
                ("changes", grant.change),
                ("acts", grant.actions),
                ("shares", grant.shared),
            ):
                if given:
                    names = ", ".join(f"`{name}`" for name in given)
                    lines.append(f"- `{model}`, {head} {word}: {names}")
    return lines


def test_the_document_is_the_policy() -> None:
    written = DOCUMENT.read_text(encoding="utf-8").splitlines()
    stated = [line for line in written if line.startswith(("| model", "| `", "- `"))]

    expected = [line for line in (*table(), *details()) if not line.startswith("| ---")]
    assert stated == expected, "\n".join((*table(), "", *details()))
