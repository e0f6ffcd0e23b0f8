"""Whose deals a member of staff sees: growth specialists by their territories (R44).

What stands here is asked by every `visible_to` of this package and by the pages of the
back office, so that no list, filter or search knows more than another one.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, Q, QuerySet

from clients.models import Client
from clients.visibility import narrows_clients
from partners.models import StaffRole, User, partner_scope
from partners.models.companies import works_by_territory
from program.deal_life import RegistrationState

_GROWTH = "growth"


def deal_scope(user: User, prefix: str = "") -> Q:
    """Return the condition that keeps deals this account may see.

    `prefix` is the path from the filtered model to the deal, e.g. `deal__`. A growth
    specialist sees the deals whose client is in a territory of theirs, and those assigned
    to them; without a row as a specialist none.
    """
    scope = partner_scope(user, f"{prefix}partner__")
    if not works_by_territory(user):
        return scope
    mine = Q(**{f"{prefix}pk__in": _assigned(user)})
    return scope & (_in_territory(user, f"{prefix}client__country") | mine)


def registration_scope(user: User, prefix: str = "") -> Q:
    """Return the condition that keeps registrations this account may see: no draft.

    For staff; a company's people see their drafts, too.
    """
    scope = partner_scope(user, f"{prefix}partner__")
    if not user.is_staff:
        return scope
    scope &= ~Q(**{f"{prefix}state": RegistrationState.DRAFT})
    if not works_by_territory(user):
        return scope
    mine = Q(**{f"{prefix}deal__in": _assigned(user)})
    return scope & (_in_territory(user, f"{prefix}country") | mine)


@narrows_clients(StaffRole.GROWTH_SPECIALIST)
def client_scope(user: User) -> Q:
    """Return the condition that keeps clients a growth specialist may see."""
    # By the keys: a client with several deals is one row still.
    assigned = Client.objects.filter(deals__in=_assigned(user)).values("pk")
    return _in_territory(user, "country") | Q(pk__in=assigned)


def growth_accounts(*, territory: str, segment: str) -> list[int]:
    """Return the growth specialists in whose area a prospect lies, by their accounts.

    All of them see it. Who works for one segment of a territory alone is not counted for
    the others.
    """
    specialists = User.objects.filter(
        staff_role=StaffRole.GROWTH_SPECIALIST,
        is_staff=True,
        is_active=True,
        specialists__active=True,
        specialists__kind=_GROWTH,
        specialists__areas__territory__in=("", territory),
        specialists__areas__segment__in=("", segment),
    )
    return sorted(set(specialists.values_list("pk", flat=True)))


def _in_territory(user: User, country: str) -> Q:
    """Return whether a country is in an area of somebody; a blank one is everywhere.

    Of growth specialists alone: the areas of the others are products.
    """
    areas = user.specialists.filter(active=True, kind=_GROWTH, areas__isnull=False)
    everywhere = Exists(areas.filter(areas__territory=""))
    return Q(everywhere) | Q(**{f"{country}__in": areas.values("areas__territory")})


def _assigned(user: User) -> QuerySet[Any, Any]:
    running = user.specialists.filter(
        assignments__isnull=False, assignments__ended_at=None
    )
    return running.values("assignments__deal_id")
