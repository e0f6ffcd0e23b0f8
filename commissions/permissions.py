"""Who acts about money for a company; who sees it, the models say (`sees_money`)."""

from __future__ import annotations

from typing import Final

from commissions.models import PayoutDocument, sees_money
from partners.models import Role, User
from partners.permissions import staff_may

__all__ = ["ACTING", "acts", "sees_money", "takes_file", "takes_numbers"]

ACTING: Final = frozenset({Role.OWNER, Role.FINANCE})
"""Who files papers, contests lines and compares spreadsheets; readers read."""


def acts(user: User) -> bool:
    """Say whether an account acts for a company about money."""
    return user.person is not None and user.person.role in ACTING


def takes_file(user: User, paper: PayoutDocument) -> bool:
    """Say whether who sees a paper takes its file, too.

    Of staff, finance alone takes one that shows the account number.
    """
    return not paper.shows_number or takes_numbers(user)


def takes_numbers(user: User) -> bool:
    """Say whether an account may see account numbers that pages mask."""
    return not user.is_staff or staff_may(user, "show_number", PayoutDocument)
