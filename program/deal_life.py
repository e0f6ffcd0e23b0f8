"""The life of a registration and of a deal, as tables (3.10; reliability R8).

A registration asks whether a deal may be worked on; once accepted it is a deal, which
both sides share until it is won, lost, expires or is withdrawn. A step that is in no
table cannot be taken by anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Actor(StrEnum):
    """Who may take a step."""

    PARTNER = "partner"
    STAFF = "staff"
    CLOCK = "clock"


class RegistrationState(StrEnum):
    """Where a registration stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    NEEDS_INFO = "needs_info"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class RegistrationEvent(StrEnum):
    """What happens to a registration."""

    SUBMIT = "submit"
    ACCEPT = "accept"
    ASK = "ask"
    ANSWER = "answer"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    OVERTURN = "overturn"


class DealStage(StrEnum):
    """Where an accepted deal stands; `REGISTERED` is what runs."""

    REGISTERED = "registered"
    WON = "won"
    LOST = "lost"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class DealEvent(StrEnum):
    """What ends a deal."""

    WIN = "win"
    LOSE = "lose"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Step:
    """Where an event leads, and who may bring it about."""

    to: str
    by: frozenset[Actor]


Table = Mapping[tuple[str, str], Step]
"""(state, event) → step; what is missing is illegal."""


def _by(*actors: Actor) -> frozenset[Actor]:
    return frozenset(actors)


_State, _Event = RegistrationState, RegistrationEvent

REGISTRATION_STEPS: Table = {
    (_State.DRAFT, _Event.SUBMIT): Step(_State.SUBMITTED, _by(Actor.PARTNER)),
    (_State.DRAFT, _Event.WITHDRAW): Step(_State.WITHDRAWN, _by(Actor.PARTNER)),
    # Complete and without a conflict it is accepted by the clock, at once (3.10).
    (_State.SUBMITTED, _Event.ACCEPT): Step(
        _State.ACCEPTED, _by(Actor.STAFF, Actor.CLOCK)
    ),
    (_State.SUBMITTED, _Event.ASK): Step(_State.NEEDS_INFO, _by(Actor.STAFF)),
    (_State.SUBMITTED, _Event.REFUSE): Step(_State.REFUSED, _by(Actor.STAFF)),
    (_State.SUBMITTED, _Event.WITHDRAW): Step(_State.WITHDRAWN, _by(Actor.PARTNER)),
    (_State.NEEDS_INFO, _Event.ANSWER): Step(_State.SUBMITTED, _by(Actor.PARTNER)),
    (_State.NEEDS_INFO, _Event.REFUSE): Step(_State.REFUSED, _by(Actor.STAFF)),
    (_State.NEEDS_INFO, _Event.WITHDRAW): Step(_State.WITHDRAWN, _by(Actor.PARTNER)),
    # By an appeal that somebody else decides.
    (_State.REFUSED, _Event.OVERTURN): Step(_State.ACCEPTED, _by(Actor.STAFF)),
}

DEAL_STEPS: Table = {
    (DealStage.REGISTERED, DealEvent.WIN): Step(DealStage.WON, _by(Actor.STAFF)),
    (DealStage.REGISTERED, DealEvent.LOSE): Step(
        DealStage.LOST, _by(Actor.PARTNER, Actor.STAFF)
    ),
    (DealStage.REGISTERED, DealEvent.EXPIRE): Step(DealStage.EXPIRED, _by(Actor.CLOCK)),
    (DealStage.REGISTERED, DealEvent.WITHDRAW): Step(
        DealStage.WITHDRAWN, _by(Actor.PARTNER)
    ),
}


class IllegalStepError(ValueError):
    """The event cannot happen in this state, or not by this actor."""

    def __init__(self, state: str, event: str, actor: Actor) -> None:
        self.state, self.event, self.actor = state, event, actor
        super().__init__(f"{actor} cannot {event} what is {state}")


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
