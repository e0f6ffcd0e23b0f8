"""Who acts about money for a company; who sees it, the models say (`sees_money`)."""

from __future__ import annotations

from typing import Final

from partners.models import Role, User

ACTING: Final = frozenset({Role.OWNER, Role.FINANCE})
"""Who files papers, contests lines and compares spreadsheets; readers read."""


def acts(user: User) -> bool:
    """Say whether an account acts for a company about money."""
    return user.person is not None and user.person.role in ACTING
