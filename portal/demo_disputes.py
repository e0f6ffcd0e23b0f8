"""Contested months of the demo: corrected, refused, open with a thread, being checked."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from commissions import services as money
from commissions.services import disputing
from partners.models import Partner
from portal.demo_payouts import People, noon
from program.calendar import add_months
from program.commission import month_of


def decide_disputes(right: Partner, wrong: Partner, people: People, *, on: date) -> None:
    """Let two partners contest a month: one was right, the other was not."""
    at, month = noon(on), add_months(month_of(on), -2)
    dispute = _contest(
        right,
        people,
        month=month,
        more=4_200,
        text="The client paid for the extra seats from the first day of the month.",
        at=at - timedelta(days=6),
    )
    if dispute is not None:
        decided = disputing.correct(
            dispute_id=dispute,
            amount_minor=4_200,
            answer="You are right: the seats were billed with a separate invoice.",
            actor=people.preparing,
            at=at,
        )
        assert decided.adjustment_id is not None
        money.approve_adjustment(
            adjustment_id=decided.adjustment_id,
            factor_at=at,
            actor=people.approving,
            at=at,
        )
    dispute = _contest(
        wrong,
        people,
        month=month,
        more=90_000,
        text="We count the whole year that the client paid in advance.",
        at=at - timedelta(days=3),
    )
    if dispute is not None:
        disputing.refuse(
            dispute_id=dispute,
            answer="A year paid in advance is received month by month: clause 3.6.",
            actor=people.preparing,
            at=at,
        )


def leave_dispute(partner: Partner, people: People, *, month: date, today: date) -> None:
    """Leave a month contested, and both sides writing about it."""
    owner = people.owners[partner.pk]
    dispute = _contest(
        partner,
        people,
        month=month,
        more=12_500,
        text="Our own list has two more seats for this client since the summer.",
        at=noon(today - timedelta(days=4)),
    )
    if dispute is not None:
        for who, days, internal, text in (
            (people.preparing, 3, False, "Which invoice are the two seats on?"),
            (people.preparing, 3, True, "Billing says they began a month later."),
            (owner, 2, False, "On the one of the 3rd; we can send a copy."),
        ):
            disputing.write_message(
                dispute_id=dispute,
                text=text,
                internal=internal,
                actor=who,
                at=noon(today - timedelta(days=days)),
            )


def leave_correction(
    partner: Partner, people: People, *, month: date, today: date
) -> None:
    """Leave a correction that a second person has not checked yet."""
    dispute = _contest(
        partner,
        people,
        month=month,
        more=6_000,
        text="The client paid the second invoice of the month as well.",
        at=noon(today - timedelta(days=5)),
    )
    if dispute is not None:
        disputing.correct(
            dispute_id=dispute,
            amount_minor=6_000,
            answer="The second invoice reached us late: you are right.",
            actor=people.preparing,
            at=noon(today - timedelta(days=1)),
        )


def _contest(
    partner: Partner,
    people: People,
    *,
    month: date,
    more: int,
    text: str,
    at: datetime,
) -> int | None:
    """Contest what the largest schedule earned in a month; return the dispute's id."""
    accrued = (
        partner.schedules.filter(
            refused="",
            accruals__month=month,
            accruals__number=0,
            accruals__commission_minor__gt=0,
        )
        .order_by("-mrr_minor", "pk")
        .values_list("pk", "accruals__commission_minor")
        .first()
    )
    if accrued is None:
        return None
    schedule_id, earned = accrued
    dispute = disputing.contest(
        schedule_id=schedule_id,
        month=month,
        expected_minor=earned + more,
        text=text,
        actor=people.owners[partner.pk],
        at=at,
        today=at.date(),
    )
    return dispute.pk
