"""The life of a registration and of a deal, as tables (3.10; reliability R8).

A registration asks whether a deal may be worked on; once accepted it is a deal, which
both sides share until it is won, lost, expires or is withdrawn. A step that is in no
table cannot be taken by anybody.
"""

from enum import StrEnum

from program.steps import Actor, Table, leads_to


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


_State, _Event = RegistrationState, RegistrationEvent

REGISTRATION_STEPS: Table = {
    (_State.DRAFT, _Event.SUBMIT): leads_to(_State.SUBMITTED, Actor.PARTNER),
    (_State.DRAFT, _Event.WITHDRAW): leads_to(_State.WITHDRAWN, Actor.PARTNER),
    # Complete and without a conflict it is accepted by the clock, at once (3.10).
    (_State.SUBMITTED, _Event.ACCEPT): leads_to(
        _State.ACCEPTED, Actor.STAFF, Actor.CLOCK
    ),
    (_State.SUBMITTED, _Event.ASK): leads_to(_State.NEEDS_INFO, Actor.STAFF),
    (_State.SUBMITTED, _Event.REFUSE): leads_to(_State.REFUSED, Actor.STAFF),
    (_State.SUBMITTED, _Event.WITHDRAW): leads_to(_State.WITHDRAWN, Actor.PARTNER),
    (_State.NEEDS_INFO, _Event.ANSWER): leads_to(_State.SUBMITTED, Actor.PARTNER),
    (_State.NEEDS_INFO, _Event.REFUSE): leads_to(_State.REFUSED, Actor.STAFF),
    (_State.NEEDS_INFO, _Event.WITHDRAW): leads_to(_State.WITHDRAWN, Actor.PARTNER),
    # By an appeal that somebody else decides.
    (_State.REFUSED, _Event.OVERTURN): leads_to(_State.ACCEPTED, Actor.STAFF),
}

DEAL_STEPS: Table = {
    (DealStage.REGISTERED, DealEvent.WIN): leads_to(DealStage.WON, Actor.STAFF),
    (DealStage.REGISTERED, DealEvent.LOSE): leads_to(
        DealStage.LOST, Actor.PARTNER, Actor.STAFF
    ),
    (DealStage.REGISTERED, DealEvent.EXPIRE): leads_to(DealStage.EXPIRED, Actor.CLOCK),
    (DealStage.REGISTERED, DealEvent.WITHDRAW): leads_to(
        DealStage.WITHDRAWN, Actor.PARTNER
    ),
}
