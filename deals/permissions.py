"""Who may do what about deals, on whichever side.

For staff that stands in `partners.permissions.POLICY`; for people of a company it follows
from their role.
"""

from __future__ import annotations

from typing import Final

from deals.models import Deal
from partners.models import Role, User
from partners.permissions import ANSWER, COMMENT, WORK, staff_may_share

SELLING: Final = frozenset({Role.OWNER, Role.SALES})
"""Who registers deals and works on them."""

ADDING: Final = SELLING | {Role.SERVICES}
"""Who may comment and upload besides."""


def has_role(user: User, roles: frozenset[Role] = SELLING) -> bool:
    """Say whether an account acts for a company in one of the roles."""
    return user.person is not None and user.person.role in roles


def may_work(user: User) -> bool:
    """Say whether an account works on the deals it sees, on whichever side."""
    return staff_may_share(user, WORK, Deal) or has_role(user)


def may_add(user: User) -> bool:
    """Say whether an account may comment on the deals it sees, and put files there."""
    return staff_may_share(user, COMMENT, Deal) or has_role(user, ADDING)


def works_for_vendor(user: User) -> bool:
    """Say whether an account answers on deals for the vendor."""
    return staff_may_share(user, ANSWER, Deal)
