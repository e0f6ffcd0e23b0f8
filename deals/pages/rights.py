"""Who of a company may do what about deals; whoever may not is told so (403)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from deals.models import Deal
from partners.models import Partner, Role, StaffRole, User
from partners.permissions import role_of

SELLING: Final = frozenset({Role.OWNER, Role.SALES})
"""Who registers deals and works on them."""

ADDING: Final = SELLING | {Role.SERVICES}
"""Who may comment and upload besides."""

STAFF: Final = frozenset(
    {StaffRole.PDM, StaffRole.PROGRAMME_MANAGER, StaffRole.GROWTH_SPECIALIST}
)
"""The staff who work on the deals they see: finance and auditors read."""


def own_company(user: User) -> Partner:
    """Return the company an account acts for; 404 for staff and for who has none."""
    if user.partner is None:
        raise Http404
    return user.partner


def company_acted_for(user: User, roles: frozenset[Role] = SELLING) -> Partner:
    """Return the company for which somebody acts in one of the roles; 403 for others."""
    company = own_company(user)
    if not has_role(user, roles):
        raise PermissionDenied
    return company


def has_role(user: User, roles: frozenset[Role] = SELLING) -> bool:
    """Say whether an account acts for a company in one of the roles."""
    return user.person is not None and user.person.role in roles


def may_work(user: User) -> bool:
    """Say whether an account works on the deals it sees, on whichever side."""
    return works_for_vendor(user) or has_role(user)


def may_add(user: User) -> bool:
    """Say whether an account may comment on the deals it sees, and put files there."""
    return works_for_vendor(user) or has_role(user, ADDING)


def works_for_vendor(user: User) -> bool:
    """Say whether an account is of the staff who work on deals."""
    return role_of(user) in STAFF


def seen_deal(user: User, deal_id: UUID) -> Deal:
    """Return a deal with what its page needs; 404 if the account does not see it."""
    deals = Deal.objects.visible_to(user).select_related(
        *("client", "partner__pdm", "won_edition", "owner")
    )
    return get_object_or_404(deals, public_id=deal_id)


def deal_to(may: Callable[[User], bool], user: User, deal_id: UUID) -> Deal:
    """Return a deal somebody acts on: 404 if they do not see it, 403 if they may not."""
    deal = seen_deal(user, deal_id)
    if not may(user):
        raise PermissionDenied
    return deal
