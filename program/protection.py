"""Whether a prospect is free, and what needs a human to look (rulebook 3.10.1).

What is known about a prospect comes as counts and days, never as names: the answer that
somebody gets must not say who else works on it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Answer(StrEnum):
    """What somebody hears who asks about a prospect."""

    FREE = "free"
    YOURS = "yours"
    PROTECTED = "protected"
    HUMAN = "human"


class Conflict(StrEnum):
    """Why a human looks at a registration before it is accepted."""

    OPEN_DEAL = "open_deal"
    IN_REVIEW = "in_review"
    HELD = "held"
    LOOK_ALIKE = "look_alike"
    SEVERAL_CLIENTS = "several_clients"
    OWN_COMPANY = "own_company"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDeal:
    """An open deal of another company with the prospect.

    `valid_until` is the first day it no longer protects; None for one that was not
    registered in the portal, which protects for as long as a registration would have.
    """

    registered_on: date
    valid_until: date | None

    def ends_on(self, *, validity_days: int) -> date:
        return self.valid_until or self.registered_on + timedelta(days=validity_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What is known about a prospect: one's own work, that of others, and doubts.

    `alike` counts companies of nearly the same name in the same country on which others
    work; `clients` the client records the prospect may be.
    """

    own: int = 0
    deals: tuple[OpenDeal, ...] = ()
    reviews: int = 0
    holds: int = 0
    alike: int = 0
    clients: int = 0
    own_company: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An answer; `until` is the first day a protected prospect is free again."""

    answer: Answer
    until: date | None = None


def conflicts(claims: Claims) -> dict[Conflict, int]:
    """Return what a human has to look at, with how often; empty: nothing.

    One's own work on the same prospect is none: a client may buy twice.
    """
    found = {
        Conflict.OWN_COMPANY: int(claims.own_company),
        Conflict.OPEN_DEAL: len(claims.deals),
        Conflict.IN_REVIEW: claims.reviews,
        Conflict.HELD: claims.holds,
        Conflict.LOOK_ALIKE: claims.alike,
        Conflict.SEVERAL_CLIENTS: claims.clients if claims.clients > 1 else 0,
    }
    return {conflict: count for conflict, count in found.items() if count}


def answer(claims: Claims, *, today: date, validity_days: int) -> Verdict:
    """Return what somebody hears who asks today.

    Doubts about the prospect itself come first, then one's own work, then an open deal of
    somebody else with the day on which the last of them ends; what nobody can know by
    rule needs a human.
    """
    if claims.own_company:
        return Verdict(answer=Answer.HUMAN)
    if claims.own:
        return Verdict(answer=Answer.YOURS)
    if claims.deals:
        until = _last(claims.deals, validity_days=validity_days)
        # An imported deal may be open for longer than a registration holds.
        if until > today:
            return Verdict(answer=Answer.PROTECTED, until=until)
    if conflicts(claims):
        return Verdict(answer=Answer.HUMAN)
    return Verdict(answer=Answer.FREE)


def _last(deals: Iterable[OpenDeal], *, validity_days: int) -> date:
    return max(deal.ends_on(validity_days=validity_days) for deal in deals)
