"""A query whose text is put together once, for what every page or the home page asks.

The ORM puts a query together anew each time it is asked; for one with many columns and
conditions that takes several times as long as the database takes to answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable

from partners.models import Partner, Person, User

M = TypeVar("M", bound=Model)

COMPANY: Final = -1
ACCOUNT: Final = -2


def somebody() -> User:
    """Return who stands for any person of any company, for a query's `visible_to`.

    Their places are `COMPANY` and `ACCOUNT`.
    """
    user = User(pk=ACCOUNT)
    vars(user)["person"] = Person(partner=Partner(pk=COMPANY))
    return user


class Prepared(Generic[M]):
    """The rows of a query in which values stand for those that are given later.

    `make` returns the query, without prefetching, with a value of its own, found nowhere
    else in it, in each place: `places` says which name each stands for. Whole numbers and
    days; None, given later, equals nothing.

        of_account = Prepared(lambda: User.objects.filter(pk=-1), pk=-1)
        of_account.first(pk=7)

    Each thread puts it together for itself: what turns values of the database into
    Python's belongs to a thread's connection.
    """

    def __init__(self, make: Callable[[], QuerySet[M]], **places: int | date) -> None:
        assert len({*places.values()}) == len(places)
        self.make: Final = make
        self.places: Final = places
        self.ours = threading.local()

    def first(self, **values: int | date | None) -> M | None:
        """Return the first row, None if there is none."""
        return next(iter(self.rows(**values)), None)

    def rows(self, **values: int | date | None) -> list[M]:
        """Return the rows as the ORM would, each with what is joined to it."""
        assert values.keys() == self.places.keys()
        if not hasattr(self.ours, "query"):
            self.ours.query = _Query(self.make(), self.places)
        query: _Query[M] = self.ours.query
        return query.ask(values)


class _Query(Generic[M]):
    """A query of one thread, as text and parameters."""

    def __init__(self, queryset: QuerySet[M], places: Mapping[str, int | date]) -> None:
        self.queryset = queryset
        compiler: Any = queryset.query.get_compiler(using=queryset.db)
        self.text, self.parameters = compiler.as_sql()
        self.places = [
            (at, name)
            for at, parameter in enumerate(self.parameters)
            for name, value in places.items()
            if parameter == _adapted(value)
        ]
        assert {name for _at, name in self.places} == places.keys()
        # Everything else the ORM does with an answer it does as always.
        compiler.as_sql = self._as_sql
        query: Any = queryset.query
        query.get_compiler = lambda *_args, **_options: compiler

    def ask(self, values: Mapping[str, int | date | None]) -> list[M]:
        parameters = [*self.parameters]
        for at, name in self.places:
            parameters[at] = _adapted(values[name])
        self.parameters = parameters
        return list(ModelIterable(self.queryset))

    def _as_sql(self, *_args: Any, **_options: Any) -> tuple[str, list[Any]]:
        return self.text, self.parameters


def _adapted(value: int | date | None) -> Any:
    """Return a value as it stands among the parameters of this database."""
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return value
