"""Editions that differ from the shipped ones in a line or two."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime

from partners.models import RulebookEdition
from program.rulebook import parse_rulebook, shipped_documents


def publish_edition(*, effective_on: date, changes: Mapping[str, str]) -> RulebookEdition:
    """Publish a copy of the newest shipped edition in which texts are replaced."""
    document = shipped_documents()[-1]
    code = f"T-{effective_on.isoformat()}"
    for old, new in {
        'code = "2025-B"': f'code = "{code}"',
        "2025-07-16": effective_on.isoformat(),
        **changes,
    }.items():
        assert old in document, f"the shipped edition has no {old!r}"
        document = document.replace(old, new, 1)
    parse_rulebook(document)
    return RulebookEdition.objects.create(
        code=code,
        title="Test",
        effective_on=effective_on,
        document=document,
        sha256=hashlib.sha256(document.encode()).hexdigest(),
        state=RulebookEdition.State.PUBLISHED,
        published_at=datetime(2025, 1, 1, tzinfo=UTC),
    )
