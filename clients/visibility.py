"""Whose clients a member of staff sees, where packages above know it.

A growth specialist works in territories, and who works where is known to the deals. They
say it here, as they say to the points what a source is called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from django.db.models import Q

if TYPE_CHECKING:
    from partners.models import StaffRole, User

    Narrowing = Callable[[User], Q]

NarrowingT = TypeVar("NarrowingT", bound="Narrowing")

_NARROWINGS: dict[str, Narrowing] = {}


def narrows_clients(role: StaffRole) -> Callable[[NarrowingT], NarrowingT]:
    """Make a function say which clients staff of a role see, as a condition on them."""

    def register(narrowing: NarrowingT) -> NarrowingT:
        _NARROWINGS[role] = narrowing
        return narrowing

    return register


def narrowing_of(user: User) -> Q | None:
    """Return the condition on the clients of an account; None: it sees those of all."""
    narrowing = _NARROWINGS.get(user.staff_role) if user.is_staff else None
    return narrowing(user) if narrowing else None
