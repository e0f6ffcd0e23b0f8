"""State machines as tables (reliability R8): what is in no table cannot be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Actor(StrEnum):
    """Who may take a step."""

    PARTNER = "partner"
    STAFF = "staff"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Step:
    """Where an event leads, and who may bring it about."""

    to: str
    by: frozenset[Actor]


Table = Mapping[tuple[str, str], Step]
"""(state, event) → step; what is missing is illegal."""


class IllegalStepError(ValueError):
    """The event cannot happen in this state, or not by this actor."""

    def __init__(self, state: str, event: str, actor: Actor) -> None:
        self.state, self.event, self.actor = state, event, actor
        super().__init__(f"{actor} cannot {event} what is {state}")


def leads_to(state: str, *actors: Actor) -> Step:
    """Return the step to a state that these actors may take."""
    return Step(state, frozenset(actors))


def step(table: Table, state: str, event: str, *, by: Actor) -> str:
    """Return the state that follows. Raises `IllegalStepError`."""
    found = table.get((state, event))
    if found is None or by not in found.by:
        raise IllegalStepError(state, event, by)
    return found.to


def events_for(table: Table, state: str, *, by: Actor) -> frozenset[str]:
    """Return the events an actor may bring about in a state."""
    return frozenset(
        event for (at, event), found in table.items() if at == state and by in found.by
    )


def pairs(table: Table) -> frozenset[tuple[str, str]]:
    """Return (from, to) of every legal step, for the guard in the database."""
    return frozenset((state, found.to) for (state, _event), found in table.items())
