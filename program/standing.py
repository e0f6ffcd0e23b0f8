"""Good standing, the own subscription, the deadline for Gold (rulebook 2.6, 3.9, 3.22).

Periods are half open: `until` and `ends_on` are the first day that no longer counts. Days
on which something can still be saved (`cure_until`) are included.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from program.calendar import add_months
from program.money import Money
from program.points import reaches
from program.rulebook import Edition, Membership, Rulebook


class Condition(StrEnum):
    """The six conditions of good standing, in the order of the guide (R10)."""

    POLICIES = "policies"
    PAPERWORK = "paperwork"
    CONDUCT = "conduct"
    SECURITY = "security"
    RELATIONS = "relations"
    TRAINING = "training"


class Reason(StrEnum):
    """Why a condition is met or not."""

    MET = "met"
    NOT_REQUIRED = "not_required"
    FINDING = "finding"
    ONE_FACTOR = "one_factor"
    CURRENT_ESCALATION = "current_escalation"
    RECENT_ESCALATION = "recent_escalation"
    NEVER_CERTIFIED = "never_certified"
    CERTIFICATION_ENDED = "certification_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Somebody found that a condition is not met, from a day until it was mended."""

    condition: Condition
    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorGap:
    """Somebody signed in with one factor only, from a day until everybody had two."""

    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """An escalation: open until `closed_on`; a dismissed one leaves no trace (3.22)."""

    reported_on: date
    closed_on: date | None = None
    dismissed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A certification as the company has it: it ends with its holder's stay, too."""

    earned_on: date
    ends_on: date | None = None

    def covers(self, day: date) -> bool:
        return self.earned_on <= day and (self.ends_on is None or self.ends_on > day)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionState:
    """A condition on a day.

    `since` is the first day it was not met, if that is known; `until` the day on which it
    is met again by itself, if there is one.
    """

    condition: Condition
    reason: Reason
    since: date | None = None
    until: date | None = None

    @property
    def met(self) -> bool:
        return self.reason in {Reason.MET, Reason.NOT_REQUIRED}


def conditions(
    *,
    on: date,
    membership: Membership,
    findings: Iterable[Finding],
    complaints: Iterable[Complaint],
    holdings: Iterable[Holding],
    rulebook: Rulebook,
    gaps: Iterable[FactorGap] = (),
) -> tuple[ConditionState, ...]:
    """Return the six conditions as they are on a day (R10).

    What begins later is left out, so that a day of the past stays as it was. A finding of
    staff says more than the gap that the portal noted, and is named before it.
    """
    open_on = sorted(
        (
            each
            for each in findings
            if each.since <= on and (each.until is None or each.until > on)
        ),
        key=lambda each: each.since,
    )
    found = {each.condition: each for each in reversed(open_on)}
    by_themselves = {
        Condition.RELATIONS: _relations(on, complaints, rulebook),
        Condition.TRAINING: _training(on, membership, tuple(holdings), rulebook),
    }
    if found.get(Condition.SECURITY) is None:
        by_themselves[Condition.SECURITY] = _security(on, gaps, rulebook)
    states = []
    for condition in Condition:
        state = by_themselves.get(condition)
        finding = found.get(condition)
        if finding and (state is None or state.met):
            state = ConditionState(
                condition=condition, reason=Reason.FINDING, since=finding.since
            )
        states.append(state or ConditionState(condition=condition, reason=Reason.MET))
    return tuple(states)


def _security(on: date, gaps: Iterable[FactorGap], rulebook: Rulebook) -> ConditionState:
    """Return whether everybody signs in with two factors, where that is asked for."""
    open_on = [
        each.since
        for each in gaps
        if each.since <= on and (each.until is None or each.until > on)
    ]
    if not (open_on and rulebook.escalation.second_factor_required):
        return ConditionState(condition=Condition.SECURITY, reason=Reason.MET)
    return ConditionState(
        condition=Condition.SECURITY, reason=Reason.ONE_FACTOR, since=min(open_on)
    )


def _relations(
    on: date, complaints: Iterable[Complaint], rulebook: Rulebook
) -> ConditionState:
    """Return whether a current or a recent escalation is on record (C28)."""
    known = [each for each in complaints if each.reported_on <= on]
    current = [each for each in known if each.closed_on is None or each.closed_on > on]
    if current:
        return ConditionState(
            condition=Condition.RELATIONS,
            reason=Reason.CURRENT_ESCALATION,
            since=min(each.reported_on for each in current),
        )
    recent = {
        each: weighs_until(each.closed_on, rulebook)
        for each in known
        if each.closed_on is not None and not each.dismissed
    }
    weighing = [each for each, until in recent.items() if until > on]
    if not weighing:
        return ConditionState(condition=Condition.RELATIONS, reason=Reason.MET)
    return ConditionState(
        condition=Condition.RELATIONS,
        reason=Reason.RECENT_ESCALATION,
        since=min(each.reported_on for each in weighing),
        until=max(recent[each] for each in weighing),
    )


def weighs_until(closed_on: date, rulebook: Rulebook) -> date:
    """Return the first day on which a closed escalation is no longer recent (3.22)."""
    return add_months(closed_on, rulebook.escalation.recent_months)


def _training(
    on: date, membership: Membership, holdings: Sequence[Holding], rulebook: Rulebook
) -> ConditionState:
    condition = Condition.TRAINING
    if membership is Membership.PROVIDER or not rulebook.certification.required:
        return ConditionState(condition=condition, reason=Reason.NOT_REQUIRED)
    if any(each.covers(on) for each in holdings):
        return ConditionState(condition=condition, reason=Reason.MET)
    ended = [each.ends_on for each in holdings if each.ends_on and each.earned_on <= on]
    if not ended:
        return ConditionState(condition=condition, reason=Reason.NEVER_CERTIFIED)
    return ConditionState(
        condition=condition, reason=Reason.CERTIFICATION_ENDED, since=max(ended)
    )


def covered_until(*, on: date, holdings: Iterable[Holding]) -> date | None:
    """Return the first day without a certification, None if there is no such day.

    The day itself if none covers it. A certification that follows without a gap counts.
    """
    day = on
    ahead = tuple(holdings)
    while covering := [each for each in ahead if each.covers(day)]:
        ends = [each.ends_on for each in covering if each.ends_on is not None]
        if len(ends) < len(covering):
            return None
        day = max(ends)
    return day


# --- The own subscription -------------------------------------------------------------


class OwnReason(StrEnum):
    """Whether the own subscription is enough, and if not why."""

    SUFFICIENT = "sufficient"
    NOT_RECORDED = "not_recorded"
    AMOUNT_NOT_RECORDED = "amount_not_recorded"
    ENDED = "ended"
    EDITION_TOO_LOW = "edition_too_low"
    AMOUNT_TOO_LOW = "amount_too_low"

    @property
    def sufficient(self) -> bool:
        return self is OwnReason.SUFFICIENT

    @property
    def lapsed(self) -> bool:
        """Whether what is on record is not enough; nothing on record is no lapse."""
        return self in {
            OwnReason.ENDED,
            OwnReason.EDITION_TOO_LOW,
            OwnReason.AMOUNT_TOO_LOW,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What is on record of a company's own subscription; `ends_on` is paid until."""

    edition: Edition | None = None
    monthly: Money | None = None
    ends_on: date | None = None


def own_subscription(
    *, on: date, own: Own, membership: Membership, rulebook: Rulebook
) -> OwnReason:
    """Return whether the own subscription is enough on a day (R9, C25, C38).

    An edition above the one asked for is enough, and so is the minimum itself.
    """
    rules = rulebook.membership
    partner = membership is Membership.PARTNER
    asked = rules.partner_edition if partner else rules.provider_edition
    if own.edition is None:
        return OwnReason.NOT_RECORDED
    if own.ends_on is not None and own.ends_on <= on:
        return OwnReason.ENDED
    if _SIZES[own.edition] < _SIZES[asked]:
        return OwnReason.EDITION_TOO_LOW
    return _amount(own.monthly, rulebook) if partner else OwnReason.SUFFICIENT


def _amount(monthly: Money | None, rulebook: Rulebook) -> OwnReason:
    if monthly is None:
        return OwnReason.AMOUNT_NOT_RECORDED
    minimum = rulebook.membership.partner_minimum
    enough = reaches(amount=monthly, minimum=minimum, rulebook=rulebook)
    return OwnReason.SUFFICIENT if enough else OwnReason.AMOUNT_TOO_LOW


_SIZES = {edition: size for size, edition in enumerate(Edition)}


def cure_until(*, since: date, rulebook: Rulebook) -> date:
    """Return the last day on which a lapsed own subscription can be mended (3.9)."""
    return since + timedelta(days=rulebook.membership.subscription_cure_days)


def becomes_provider(
    *, on: date, own: Own, membership: Membership, rulebook: Rulebook
) -> bool:
    """Say what follows a lapse that was not cured: provider, or suspended (3.9)."""
    if membership is Membership.PROVIDER:
        return False
    left = own_subscription(
        on=on, own=own, membership=Membership.PROVIDER, rulebook=rulebook
    )
    return left.sufficient


# --- The deadline for Gold ------------------------------------------------------------


def gold_deadline(
    *, member_since: date, lost_on: date | None, rulebook: Rulebook
) -> date | None:
    """Return the day by which a partner without a tier must be Gold (3.9).

    Only for a partner without a tier; `lost_on` is the day it lost its last one. Then the
    next evaluation is the deadline, unless the first months run longer. None where the
    edition has no deadline.
    """
    rules = rulebook.membership
    if not rules.gold_deadline_enabled:
        return None
    deadline = add_months(member_since, rules.gold_deadline_months)
    if lost_on is None:
        return deadline
    day_after = lost_on + timedelta(days=1)
    return max(deadline, rulebook.calendar.next_evaluation(day_after))


def moves_on(*, deadline: date, noticed_on: date, rulebook: Rulebook) -> date:
    """Return the day a partner becomes a provider: the notice runs from its own day."""
    notice = timedelta(days=rulebook.membership.demotion_notice_days)
    return max(deadline, noticed_on) + notice


def due_warning(*, ends_on: date, on: date, days: Iterable[int]) -> int | None:
    """Return the warning that is due on a day: the tightest whose day has come.

    None before the first one and from `ends_on` on, when it is too late to warn.
    """
    left = (ends_on - on).days
    return (
        min((each for each in days if left <= each), default=None) if left > 0 else None
    )
