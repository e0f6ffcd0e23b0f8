"""Who is signed in, with all that every page asks about them, in one query.

An account, the person it acts for, that person's company, its development manager, and
how many notifications are unread: four queries for each page, were each asked by itself.
Nothing is kept from one request to the next, so what is taken away is gone on the next.
"""

from __future__ import annotations

from typing import Any, Final

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import (
    Case,
    F,
    FilteredRelation,
    IntegerField,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)

from partners.models import Notification, Partner, Person, StaffRole, User
from portal.prepared import ACCOUNT, Prepared

MOST: Final = 99
"""Nobody counts further; the database need not either."""

UNREAD: Final = "unread_on_arrival"
"""Where an account that came in with its session keeps its number."""

_JOINED: Final[tuple[tuple[str, str, type[Model]], ...]] = (
    ("here", "_person_", Person),
    ("here__partner", "_partner_", Partner),
    ("here__partner__pdm", "_pdm_", User),
)
"""Path from the account → the prefix of its columns, and what it leads to."""


class SessionBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth is untyped
    """Allauth's backend; whoever has a session is read with what their pages need."""

    def get_user(self, user_id: Any) -> User | None:
        """Return the account of a session; None if it is gone or not active."""
        user = _ARRIVAL.first(pk=user_id)
        if user is None:
            return None
        person, company, manager = (
            _taken(user, prefix, model) for _path, prefix, model in _JOINED
        )
        if isinstance(person, Person) and isinstance(company, Partner):
            company.pdm = manager  # type: ignore[assignment]
            person.partner = company
        # What `User.person` would ask for: staff act for no company.
        vars(user)["person"] = None if user.is_staff else person
        return user if self.user_can_authenticate(user) else None


def _arriving() -> QuerySet[User]:
    """Return the query for an account and what every page asks about it."""
    columns = {
        f"{prefix}{field.attname}": F(f"{path}__{field.attname}")
        for path, prefix, model in _JOINED
        for field in model._meta.concrete_fields
    }
    return (
        User.objects.filter(pk=ACCOUNT)
        .annotate(here=FilteredRelation("people", condition=Q(people__left_on=None)))
        .annotate(**columns, **{UNREAD: _unread()})
        .order_by("here__pk")[:1]
    )


_ARRIVAL: Final = Prepared(_arriving, pk=ACCOUNT)


def _taken(user: User, prefix: str, model: type[Model]) -> Model | None:
    """Take what was joined off the account and return it as an object; None if not."""
    names = [field.attname for field in model._meta.concrete_fields]
    values = [vars(user).pop(f"{prefix}{name}") for name in names]
    if values[names.index("id")] is None:
        return None
    return model.from_db(user._state.db, names, values)


class _CountUpTo(Subquery):
    """How many rows a query that is cut off finds."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def _unread() -> Case:
    """Return the count of `Notification.objects.visible_to(account).unread()`.

    As one condition for every kind of account: `partner_scope` in the words of SQL. A
    test compares the two.
    """
    about: dict[str, Q] = {
        "nobody": Q(partner=None),
        "portfolio": Q(partner=None) | Q(partner__pdm=OuterRef("pk")),
        "all": Q(),
        "company": Q(partner=None) | Q(partner=OuterRef("here__partner")),
    }
    count = {
        whose: _CountUpTo(
            Notification.objects.unread()
            .filter(condition, user=OuterRef("pk"))
            .values("pk")[: MOST + 1]
        )
        for whose, condition in about.items()
    }
    return Case(
        When(is_staff=False, then=count["company"]),
        When(staff_role=StaffRole.PDM, then=count["portfolio"]),
        When(Q(is_superuser=True) | ~Q(staff_role=""), then=count["all"]),
        default=count["nobody"],
    )
