"""The choices of the simulator as they stand in an address.

Deals are named by the first eight digits of their public id, or by all of it where two
deals of a company begin alike. One parameter holds many of them, so that an address stays
short: `?won=1a2b3c4d.5e6f7a8b&at=1a2b3c4d_20270110&lost=SUB-1&goal=gold`. A form sends
`won` once for each box and `at-1a2b3c4d` for each day; both are read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from deals.services.what_if.facts import MAX_RENEWALS
from deals.services.what_if.simulating import Choices
from program.rulebook import Tier
from ui.query import FIRST_DAY, LAST_DAY, BadQueryError, Query
from ui.text import clean_text

MAX_CHOSEN: Final = 250
"""Deals that one address may name; more would not fit into one."""

_SHORT: Final = 8
_TOKEN: Final = re.compile(r"[0-9a-f]{8}|[0-9a-f]{32}", re.ASCII)
_DAY_FIELD: Final = re.compile(r"at-([0-9a-f]{8}|[0-9a-f]{32})", re.ASCII)
_DATED: Final = re.compile(r"([0-9a-f]{8}|[0-9a-f]{32})_([0-9]{8})", re.ASCII)
_MAX_REF: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an address asks for; deals are named by tokens that may name nothing."""

    won: frozenset[str]
    days: Mapping[str, date]
    lost: frozenset[str]
    goal: Tier | None
    page: int
    scenario: UUID | None


def read_address(params: QueryDict, *, known: Iterable[str] = ()) -> Asked:
    """Read an address; `known` are parameters that stand beside. Raises `BadQueryError`.

    Nothing is looked up: a deal that does not exist, is not the company's, or is not open
    any more is a token without effect.
    """
    fields = {name for name in params if _DAY_FIELD.fullmatch(name)}
    query = Query(
        params,
        known={"won", "at", "lost", "goal", "page", "scenario", *fields, *known},
    )
    days = dict(_dated(params.getlist("at")))
    for name in sorted(fields):
        if day := query.day(name):
            days[name.removeprefix("at-")] = day
    won = frozenset(_tokens("won", params.getlist("won")))
    if len(won) > MAX_CHOSEN or len(days) > MAX_CHOSEN:
        raise BadQueryError(
            _("A scenario holds at most %(number)s deals.") % {"number": MAX_CHOSEN}
        )
    goal = query.choice("goal", Tier)
    if goal is Tier.NONE:
        raise BadQueryError(_("“No tier” is nothing to reach."))
    return Asked(
        won=won,
        days=days,
        lost=frozenset(_refs(params.getlist("lost"))),
        goal=goal,
        page=query.integer("page", default=1, low=1, high=1_000),
        scenario=_scenario(query.text("scenario")),
    )


def _tokens(name: str, values: Iterable[str]) -> list[str]:
    found = [part for value in values for part in value.split(".") if part]
    if not all(map(_TOKEN.fullmatch, found)):
        raise _unreadable(name)
    return found


def _dated(values: Iterable[str]) -> Iterable[tuple[str, date]]:
    for part in (part for value in values for part in value.split(".") if part):
        match = _DATED.fullmatch(part)
        try:
            day = date.fromisoformat(match[2]) if match else date.min
        except ValueError:
            day = date.min
        if match is None or not FIRST_DAY <= day <= LAST_DAY:
            raise _unreadable("at")
        yield match[1], day


def _refs(values: list[str]) -> Iterable[str]:
    """Return references of subscriptions; text that none can have is refused."""
    if len(values) > MAX_RENEWALS:
        raise _unreadable("lost")
    for value in filter(None, values):
        try:
            yield clean_text(value, max_length=_MAX_REF)
        except ValidationError:
            raise _unreadable("lost") from None


def _scenario(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise _unreadable("scenario") from None


def _unreadable(name: str) -> BadQueryError:
    return BadQueryError(_("The parameter “%(name)s” cannot be read.") % {"name": name})


class Tokens:
    """The short names of a company's open deals."""

    def __init__(self, deals: Iterable[UUID]) -> None:
        deals = list(deals)
        shorts = Counter(deal.hex[:_SHORT] for deal in deals)
        self._names = {
            deal: deal.hex[:_SHORT] if shorts[deal.hex[:_SHORT]] == 1 else deal.hex
            for deal in deals
        }
        self._deals = {name: deal for deal, name in self._names.items()}
        self._deals |= {deal.hex: deal for deal in deals}

    def name(self, deal: UUID) -> str:
        return self._names[deal]

    def choices(self, asked: Asked) -> tuple[Choices, int]:
        """Return what was chosen, and how many of the chosen deals are not open."""
        won = {self._deals[one] for one in asked.won if one in self._deals}
        days = {
            self._deals[one]: day for one, day in asked.days.items() if one in self._deals
        }
        choices = Choices(won=frozenset(won), days=days, lost=asked.lost, goal=asked.goal)
        return choices, sum(one not in self._deals for one in asked.won)

    def joined(self, deals: Iterable[UUID]) -> str:
        """Return the names of deals as one value of an address."""
        return ".".join(sorted(self._names[one] for one in deals if one in self._names))

    def dated(self, days: Mapping[UUID, date]) -> str:
        """Return deals with their days as one value of an address."""
        return ".".join(
            sorted(
                f"{self._names[one]}_{day:%Y%m%d}"
                for one, day in days.items()
                if one in self._names
            )
        )

    def query(self, choices: Choices, *, scenario: UUID | None = None) -> str:
        """Return choices as the query of an address, the same for the same choices."""
        parameters: list[tuple[str, str]] = [
            ("won", self.joined(choices.won)),
            ("at", self.dated(choices.days)),
            *(("lost", ref) for ref in sorted(choices.lost)),
            ("goal", choices.goal.value if choices.goal else ""),
            ("scenario", str(scenario) if scenario else ""),
        ]
        return urlencode([(name, value) for name, value in parameters if value])
