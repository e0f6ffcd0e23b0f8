"""An edition's way from a draft over a rehearsal to its publication."""

from partners.services.rulebook.drafts import (
    Changes,
    EditionError,
    InvalidDraftError,
    draft_edition,
    save_draft,
    withdraw_draft,
)
from partners.services.rulebook.publishing import publish_edition, write_letters
from partners.services.rulebook.rehearsals import rehearse_edition, rehearse_part

__all__ = [
    "Changes",
    "EditionError",
    "InvalidDraftError",
    "draft_edition",
    "publish_edition",
    "rehearse_edition",
    "rehearse_part",
    "save_draft",
    "withdraw_draft",
    "write_letters",
]
