"""What the receipts of holds and of decisions about registrations end with."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from partners.models import Partner
from partners.receipts.addresses import objection_url
from partners.receipts.entries import edition_note
from partners.receipts.words import Rule, in_language
from partners.selectors import published_editions
from ui.http import SignedInRequest, absolute_url

CLAUSE: Final = "3.10"


def decision_receipt(
    request: SignedInRequest,
    partner: Partner,
    *,
    page: str,
    on: date,
    clause: str = CLAUSE,
) -> dict[str, Any]:
    """Return the foot of a receipt: the clause of the edition of a day, the address."""
    editions = published_editions()
    edition = editions.on(on)
    address = absolute_url(request, request.get_full_path())
    texts = edition.rulebook.rule_texts
    return {
        "partner": partner,
        "known_at": None,
        "address": address,
        "objection_url": objection_url(partner, page=page, address=address),
        "rules": [
            Rule(cited, in_language(texts[cited]))
            for cited in dict.fromkeys((clause, CLAUSE))
            if cited in texts
        ],
        "edition": edition_note(edition, until=editions.ends_before(edition)),
        "rulebook": edition.rulebook,
    }
