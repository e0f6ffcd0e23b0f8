"""Whose a row is: how the rows of a model lead to the partner they belong to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

from django.db.models import Model, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP

from partners.models import Partner, User, partner_scope
from partners.models.companies import works_by_territory

ModelT = TypeVar("ModelT", bound=Model)


class Scope(Protocol):
    """Narrows a queryset to what an account may see."""

    def narrow(self, queryset: QuerySet[ModelT], user: User) -> QuerySet[ModelT]: ...

    def partner_id_of(self, row: Model) -> int | None:
        """Return the partner a stored row belongs to; None: to no one in particular."""
        ...

    def mistakes(self, model: type[Model]) -> Iterator[str]:
        """Yield what is wrong with this scope for a model; the system check asks."""
        ...


@dataclass(frozen=True, slots=True)
class OfPartner:
    """Rows of one partner; `path` leads there: "deal__partner", "" from the partner.

    A partner whose manager changes is out of the old portfolio with the next request.
    """

    path: str

    def narrow(self, queryset: QuerySet[ModelT], user: User) -> QuerySet[ModelT]:
        prefix = f"{self.path}{LOOKUP_SEP}" if self.path else ""
        return queryset.filter(partner_scope(user, prefix))

    def partner_id_of(self, row: Model) -> int | None:
        partner: Any = row
        for name in filter(None, self.path.split(LOOKUP_SEP)):
            partner = getattr(partner, name)
        return partner.pk if partner is not None else None

    def mistakes(self, model: type[Model]) -> Iterator[str]:
        end = model
        for name in filter(None, self.path.split(LOOKUP_SEP)):
            related = end._meta.get_field(name).related_model
            if not isinstance(related, type):
                yield f"“{name}” of {self.path} is no relation"
                return
            end = related
        if end is not Partner:
            yield f"“{self.path}” leads to {end.__name__}, not to a partner"


@dataclass(frozen=True, slots=True)
class Visible:
    """Rows that say themselves who sees them, by `visible_to` of their own model.

    With `through` it is the model of that relation which says it: readings of a client.
    """

    through: str = ""

    def narrow(self, queryset: QuerySet[ModelT], user: User) -> QuerySet[ModelT]:
        if partner_scope(user) == Q() and not works_by_territory(user):
            return queryset  # all partners: no row to leave out
        visible = self._target(queryset.model)._default_manager.visible_to(user)  # type: ignore[attr-defined]
        return queryset.filter(**{f"{self.through or 'pk'}__in": visible.values("pk")})

    def partner_id_of(self, row: Model) -> int | None:
        return None

    def mistakes(self, model: type[Model]) -> Iterator[str]:
        target = self._target(model)
        if not hasattr(target._default_manager, "visible_to"):
            yield f"{target.__name__} has no “visible_to”"

    def _target(self, model: type[Model]) -> type[Model]:
        if not self.through:
            return model
        return cast(type[Model], model._meta.get_field(self.through).related_model)


@dataclass(frozen=True, slots=True)
class Everybodys:
    """Rows of no partner in particular: rates, editions, accounts. `why` says so."""

    why: str

    def narrow(self, queryset: QuerySet[ModelT], user: User) -> QuerySet[ModelT]:
        return queryset

    def partner_id_of(self, row: Model) -> int | None:
        return None

    def mistakes(self, model: type[Model]) -> Iterator[str]:
        if not self.why:
            yield "“Everybodys” needs a reason"
