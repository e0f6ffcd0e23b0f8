"""Deals and companies as the pages of deals find them, for whoever may act (403)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.http import Http404
from django.shortcuts import get_object_or_404

from deals.models import Deal, Registration
from deals.permissions import SELLING, has_role
from partners.models import Partner, Role, User


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


def seen_deal(user: User, deal_id: UUID) -> Deal:
    """Return a deal with what its page needs; 404 if the account does not see it.

    `seen_registration` is the public id of its registration, if the account sees that.
    """
    registrations = Registration.objects.visible_to(user).filter(deal=OuterRef("pk"))
    deals = (
        Deal.objects.visible_to(user)
        .select_related("client", "partner__pdm", "won_edition", "owner")
        .annotate(seen_registration=Subquery(registrations.values("public_id")))
    )
    return get_object_or_404(deals, public_id=deal_id)


def deal_to(may: Callable[[User], bool], user: User, deal_id: UUID) -> Deal:
    """Return a deal somebody acts on: 404 if they do not see it, 403 if they may not."""
    deal = seen_deal(user, deal_id)
    if not may(user):
        raise PermissionDenied
    return deal
