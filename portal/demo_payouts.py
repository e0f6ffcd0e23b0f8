"""Three years of statements and payments of the demo, quarter by quarter (3.7).

Each quarter is closed, invoiced, checked, approved by a second person, sent to the bank
and answered on the days on which it would have been. The newest is left half way.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from commissions import services as money
from commissions.selectors.papers import invoice_due
from commissions.services.payouts import Way
from commissions.services.payouts.preparing import EURO, currencies_in_credit
from commissions.services.statements import partners_to_close
from outbox import clock
from partners.models import Partner, User
from partners.selectors import published_editions
from portal.demo_papers import approve_waiting, file_invoice
from program.calendar import add_months
from program.commission import pay_on
from program.money import Money
from program.payout import (
    TAXED_COUNTRIES,
    closes_on,
    last_closed_quarter,
    quarter_end,
)

ROOM: Final = timedelta(days=3)
"""What the newest quarter needs between its closing and today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who acts: two of finance, and the owner of each partner by the partner's id.

    `papers_on` is the day on which each partner filed its papers.
    """

    preparing: User
    approving: User
    owners: Mapping[int, User]
    papers_on: dict[int, date] = field(default_factory=dict)


def quarters_until(today: date, *, first: date) -> list[date]:
    """Return the first days of the quarters that are closed by a day, oldest first."""
    newest = last_closed_quarter(today - ROOM)
    found = []
    while first <= newest:
        found.append(first)
        first = add_months(first, 3)
    return found


def noon(day: date) -> datetime:
    """Return a moment in the middle of a day of the programme."""
    return clock.start_of(day) + timedelta(hours=12)


def close_quarter(quarter: date) -> dict[int, Money]:
    """Close a quarter for all who have something to state; return what it owes whom."""
    at = noon(closes_on(quarter))
    owed = {}
    for partner_id in list(partners_to_close(on=closes_on(quarter))):
        closed = money.close_statement(partner_id=partner_id, quarter=quarter, at=at)
        if not isinstance(closed, money.Blocked) and (minor := invoice_due(closed)):
            owed[partner_id] = Money(minor, closed.currency)
    return owed


def invoice_quarter(
    quarter: date,
    owed: Mapping[int, Money],
    people: People,
    *,
    unapproved: Collection[str] = (),
) -> None:
    """File the invoices that a quarter asks for; finance approves all but some refs.

    Who has not filed its other papers by then does not file an invoice either.
    """
    at = noon(closes_on(quarter)) + timedelta(days=1)
    filed = [
        partner
        for partner in Partner.objects.filter(pk__in=owed).order_by("pk")
        if partner.country in TAXED_COUNTRIES
        and people.papers_on.get(partner.pk, date.max) <= at.date()
    ]
    for partner in filed:
        file_invoice(
            partner,
            people.owners[partner.pk],
            quarter=quarter,
            owed=owed[partner.pk],
            at=at,
        )
    approve_waiting(
        [partner for partner in filed if partner.ref not in unapproved],
        people.preparing,
        at=at + timedelta(hours=3),
    )


def pay_day(quarter: date, *, today: date) -> date:
    """Return the day on which the demo pays a quarter: the due one, if it is past."""
    editions = published_editions()
    edition = editions.on(max(closes_on(quarter), editions.first_day))
    due = pay_on(quarter_end(quarter), rulebook=edition.rulebook)
    return min(due, today - timedelta(days=1))


def pay_quarter(quarter: date, people: People, *, today: date) -> None:
    """Pay everything that a quarter owes and nothing keeps back."""
    day = pay_day(quarter, today=today)
    for currency, way in ways():
        pay(currency, way, people, on=day)


def ways() -> list[tuple[str, Way]]:
    """Return the runs that there may be: a currency, and the way it goes.

    All partners of the demo that are paid in euro have an IBAN. Dollars go by transfer
    where a BIC or a national code names the bank; the list takes the others.
    """
    found = []
    for currency in currencies_in_credit():
        if currency == EURO:
            found.append((currency, Way.SEPA))
            continue
        if currency == "USD":
            found.append((currency, Way.TRANSFER))
        found.append((currency, Way.LIST))
    return found


def pay(
    currency: str,
    way: Way,
    people: People,
    *,
    on: date,
    rejected: Mapping[str, str] | None = None,
) -> None:
    """Take a run from its preparation to what the bank answered, in one afternoon.

    Nothing is done where nothing can be paid this way. `rejected` are the partners
    whose payment comes back: their ref, and why.
    """
    at = noon(on) + timedelta(hours=2)
    run_id = prepare(currency, way, people, on=on)
    if run_id is None:
        return
    check(run_id, people, on=on)
    money.approve_run(
        run_id=run_id, factor_at=at, actor=people.approving, at=at, today=on
    )
    run = money.execute_run(
        run_id=run_id, factor_at=at, actor=people.preparing, at=at, today=on
    )
    for payment_id, ref in run.payments.order_by("pk").values_list("pk", "partner__ref"):
        actor, answered_at = people.preparing, at + timedelta(hours=3)
        if rejected and ref in rejected:
            money.mark_rejected(
                payment_id=payment_id, reason=rejected[ref], actor=actor, at=answered_at
            )
        else:
            money.mark_paid(
                payment_id=payment_id, paid_on=on, actor=actor, at=answered_at
            )


def prepare(
    currency: str,
    way: Way,
    people: People,
    *,
    on: date,
    execute_on: date | None = None,
) -> int | None:
    """Prepare a run at noon of a day, to be executed then or later.

    Return its id; None if nothing can be paid this way.
    """
    try:
        run = money.prepare_run(
            currency=currency,
            way=way,
            execute_on=execute_on or on,
            actor=people.preparing,
            at=noon(on),
            today=on,
        )
    except money.PayoutError:
        return None
    return run.pk


def check(run_id: int, people: People, *, on: date) -> None:
    """Look a run through an hour after it was prepared."""
    at = noon(on) + timedelta(hours=1)
    money.check_run(run_id=run_id, actor=people.preparing, at=at, today=on)
