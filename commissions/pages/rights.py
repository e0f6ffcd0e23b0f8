"""Whose money a page is about, and for whom it opens (403 and 404)."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.http import urlencode

from commissions.models import sees_money
from commissions.permissions import acts
from partners.models import Partner, User
from ui.query import BadQueryError

WHOSE = "partner"
"""The parameter by which staff say whose pages they read."""


class NobodysError(Exception):
    """Staff opened a page of a company without saying of which."""


def company_read(user: User, params: QueryDict) -> Partner:
    """Return the company whose money a page shows.

    A person's own; staff name one of their portfolio by `?partner=`. Raises 403 for
    people who do not see money, 404 for who has no company and for partners whose money
    is not theirs to see, `NobodysError` for staff who name none.
    """
    if user.is_staff:
        return _named(user, params)
    if user.partner is None:
        raise Http404
    if not sees_money(user):
        raise PermissionDenied
    return user.partner


def company_acted_for(user: User) -> Partner:
    """Return the company somebody acts for about money: staff get 404, others 403."""
    if user.is_staff or user.partner is None:
        raise Http404
    if not acts(user):
        raise PermissionDenied
    return user.partner


def whose_query(user: User, partner: Partner) -> str:
    """Return what keeps staff with a partner, at the end of addresses; "" for others."""
    return f"?{urlencode({WHOSE: str(partner.public_id)})}" if user.is_staff else ""


def _named(user: User, params: QueryDict) -> Partner:
    values = params.getlist(WHOSE)
    if not any(values):
        raise NobodysError
    if not sees_money(user):
        raise Http404
    try:
        public_id = UUID(values[-1])
    except ValueError as error:
        raise BadQueryError(str(error)) from error
    return get_object_or_404(Partner.objects.visible_to(user), public_id=public_id)
