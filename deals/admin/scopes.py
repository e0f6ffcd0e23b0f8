"""Whose a row of a deal or of a registration is, for the pages of the back office."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from django.db.models import Model, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP

from deals.models import Deal, Registration
from deals.models.visibility import deal_scope, registration_scope
from partners.models import User

ModelT = TypeVar("ModelT", bound=Model)


@dataclass(frozen=True, slots=True)
class _Of(ABC):
    """Rows that belong to another one; `path` leads there, "" from that one itself."""

    path: str = ""

    target: ClassVar[type[Model]]

    @abstractmethod
    def condition(self, user: User, prefix: str) -> Q:
        """Return which of those rows an account may see."""

    def narrow(self, queryset: QuerySet[ModelT], user: User) -> QuerySet[ModelT]:
        prefix = f"{self.path}{LOOKUP_SEP}" if self.path else ""
        return queryset.filter(self.condition(user, prefix))

    def partner_id_of(self, row: Model) -> int | None:
        end: Any = row
        for name in filter(None, self.path.split(LOOKUP_SEP)):
            end = getattr(end, name)
        partner_id: int | None = end.partner_id
        return partner_id

    def mistakes(self, model: type[Model]) -> Iterator[str]:
        end = model
        for name in filter(None, self.path.split(LOOKUP_SEP)):
            related = end._meta.get_field(name).related_model
            if not isinstance(related, type):
                yield f"“{name}” of {self.path} is no relation"
                return
            end = related
        if end is not self.target:
            yield f"“{self.path}” leads to {end.__name__}, not to {self.target.__name__}"


class OfDeal(_Of):
    """Rows of a deal: of the portfolio, and of a growth specialist's territories."""

    __slots__ = ()
    target = Deal

    def condition(self, user: User, prefix: str) -> Q:
        return deal_scope(user, prefix)


class OfRegistration(_Of):
    """Rows of a registration: as those of a deal, and never of a draft."""

    __slots__ = ()
    target = Registration

    def condition(self, user: User, prefix: str) -> Q:
        return registration_scope(user, prefix)
