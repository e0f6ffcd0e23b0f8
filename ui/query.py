"""Query parameters with types: what a page does not know never reaches the ORM (R11)."""

import re
from collections.abc import Collection
from datetime import date, datetime
from enum import Enum
from typing import TypeVar, overload

from django.core.exceptions import BadRequest, ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from ui.text import clean_text

E = TypeVar("E", bound=Enum)

MAX_INTEGER = 10**15
_DIGITS = re.compile(r"[0-9]{1,16}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z", re.ASCII
)

FIRST_DAY = date(1970, 1, 1)
LAST_DAY = date(2199, 12, 31)
"""Days outside are refused: calendar arithmetic on them could leave what `date` holds."""


class BadQueryError(BadRequest):
    """The address has a parameter that this page does not know or cannot read.

    Django answers 400; the sentence is shown to the person.
    """


class Query:
    """Reads a query string once, by name and type.

    >>> query = Query(request.GET, known={"on", "kind"})
    >>> query.day("on"), query.choice("kind", Kind)

    Construction raises `BadQueryError` for a name outside `known`; each reader raises it
    for a value that is not of its type or that stands there twice. A missing or an empty
    value is the default.
    """

    def __init__(self, params: QueryDict, *, known: Collection[str]) -> None:
        for name in params:
            if name not in known:
                raise BadQueryError(
                    _("This page knows no parameter “%(name)s”.")
                    % {"name": ascii(name[:50])[1:-1]}
                )
        self._params = params

    def text(self, name: str, *, max_length: int = 200) -> str:
        """Return clean text (`ui.text`), "" if missing."""
        try:
            return clean_text(self._one(name), max_length=max_length)
        except ValidationError as error:
            raise self._refusal(name, error.messages[0]) from error

    @overload
    def integer(self, name: str, *, low: int = ..., high: int = ...) -> int | None: ...

    @overload
    def integer(
        self, name: str, *, default: int, low: int = ..., high: int = ...
    ) -> int: ...

    def integer(
        self,
        name: str,
        *,
        default: int | None = None,
        low: int = 0,
        high: int = MAX_INTEGER,
    ) -> int | None:
        """Return a whole number from `low` to `high`, both included."""
        value = self._one(name)
        if not value:
            return default
        if not _DIGITS.fullmatch(value) or not low <= int(value) <= high:
            raise self._refusal(
                name,
                _("Expected a whole number from %(low)s to %(high)s.")
                % {"low": low, "high": high},
            )
        return int(value)

    def day(self, name: str) -> date | None:
        """Return a day written YYYY-MM-DD, from `FIRST_DAY` to `LAST_DAY`."""
        value = self._one(name)
        if not value:
            return None
        try:
            day = date.fromisoformat(value) if _DAY.fullmatch(value) else date.min
        except ValueError:
            day = date.min
        if not FIRST_DAY <= day <= LAST_DAY:
            raise self._refusal(name, _("Expected a date written YYYY-MM-DD."))
        return day

    def moment(self, name: str) -> datetime | None:
        """Return a moment written 2026-11-23T09:30:00Z, with its time zone."""
        value = self._one(name)
        if not value:
            return None
        try:
            moment = datetime.fromisoformat(value) if _MOMENT.fullmatch(value) else None
        except ValueError:
            moment = None
        if moment is None or not FIRST_DAY <= moment.date() <= LAST_DAY:
            raise self._refusal(
                name, _("Expected a moment written YYYY-MM-DDTHH:MM:SSZ.")
            )
        return moment

    def choice(self, name: str, options: type[E]) -> E | None:
        """Return the member of `options` whose value stands there."""
        value = self._one(name)
        if not value:
            return None
        return self._member(name, value, options)

    def choices(self, name: str, options: type[E]) -> frozenset[E]:
        """Return the members of `options` whose values stand there, one each."""
        return frozenset(
            self._member(name, value, options)
            for value in self._params.getlist(name)
            if value
        )

    def flag(self, name: str) -> bool:
        """Return whether the value is 1; 0 and missing are False."""
        return self.integer(name, default=0, high=1) == 1

    def _one(self, name: str) -> str:
        values = self._params.getlist(name)
        if len(values) > 1:
            raise self._refusal(name, _("It stands there more than once."))
        return values[0] if values else ""

    def _member(self, name: str, value: str, options: type[E]) -> E:
        for option in options:
            if option.value == value:
                return option
        known = ", ".join(str(option.value) for option in options)
        raise self._refusal(name, _("Expected one of: %(options)s.") % {"options": known})

    @staticmethod
    def _refusal(name: str, reason: str) -> BadQueryError:
        return BadQueryError(
            _("The parameter “%(name)s” cannot be read. %(reason)s")
            % {"name": name, "reason": reason}
        )
