"""Work of this app that the outbox runs, and the events that it follows."""

from __future__ import annotations

from datetime import date

from commissions import services
from commissions.models import Dispute
from commissions.services import nightly, statements
from commissions.services.accruing import queue_month
from commissions.services.bank import send_bank_letter
from commissions.services.disputing import tell_late_disputes
from commissions.services.forfeiting import forfeit_day, warn_of_forfeiture
from commissions.services.papers.expiring import warn_of_expiry
from outbox import clock
from outbox import services as outbox
from outbox.registry import Lane, follows, handler, periodic, when_needed
from partners.services import partner_ranges
from program.calendar import add_months

# --- Schedules and what they earn (3.6, 3.9, 3.11) ------------------------------------


@follows("deals.won", kind="commissions.open_schedules", lane=Lane.MONEY)
@follows("deals.cancelled", kind="commissions.end_schedules", lane=Lane.MONEY)
@follows("deals.line_added", kind="commissions.open_upgrade", lane=Lane.MONEY)
@follows("deals.line_reduced", kind="commissions.follow_downgrade", lane=Lane.MONEY)
@follows("deals.proof_changed", kind="commissions.follow_proof", lane=Lane.MONEY)
@follows("deals.motion_corrected", kind="commissions.follow_motion", lane=Lane.MONEY)
def follow_deal(*, deal_id: int, **_future: object) -> None:
    """Bring a deal's schedules to what the facts ask for; twice changes nothing."""
    services.settle_schedules(deal_ids=[deal_id], at=clock.now())


@follows("deals.imported", kind="commissions.follow_import", lane=Lane.MONEY)
def follow_import(*, deal_ids: list[int], at: str, **_future: object) -> None:
    """Bring schedules of imported deals to date; what they earned comes at the end."""
    services.settle_imported(deal_ids=deal_ids, since=at, at=clock.now())


@follows("partners.membership_changed", kind="commissions.change_terms", lane=Lane.MONEY)
def change_terms(*, change_id: int, partner_id: int, **_future: object) -> None:
    """Bring a partner's schedules to what its new membership leaves of them (3.9)."""
    services.queue_settling(partner_id=partner_id, key=f"membership:{change_id}")


@handler("commissions.settle_deals", lane=Lane.MONEY)
def settle_deals(*, deal_ids: list[int], **_future: object) -> None:
    """Bring the schedules of some deals to date; the same facts change nothing."""
    services.settle_schedules(deal_ids=deal_ids, at=clock.now())


@periodic(
    "commissions.settle_missed",
    days=clock.every_day,
    lane=Lane.MONEY,
    first=date(2026, 11, 26),
    ordered=False,
)
def settle_missed(*, day: str, **_future: object) -> None:
    """Open what no event has opened: deals that were won before there were schedules."""
    services.queue_missed(key=f"missed:{day}")


@periodic("commissions.accrue_month", days=clock.first_days, lane=Lane.MONEY)
def accrue_month(*, day: str, **_future: object) -> None:
    """Accrue the month before, in ranges of clients; a line once by its key."""
    queue_month(month=add_months(date.fromisoformat(day), -1))


@handler("commissions.accrue_range", lane=Lane.MONEY)
def accrue_range(*, month: str, first: int, last: int, **_future: object) -> None:
    """Accrue a month for a range of clients; a line once by its key."""
    services.accrue_month(
        month=date.fromisoformat(month), first=first, last=last, at=clock.now()
    )


@handler("commissions.accrue", lane=Lane.MONEY)
def accrue(*, client_ids: list[int], months: list[str], **_future: object) -> None:
    """Accrue months of some clients anew; of those that are over."""
    services.accrue_clients(
        client_ids=client_ids,
        months=[date.fromisoformat(month) for month in months],
        at=clock.now(),
    )


@handler("commissions.accrue_touched", lane=Lane.MONEY)
def accrue_touched(*, since: str, **_future: object) -> None:
    """Split what an import touched into jobs; `finish` does the same at its end."""
    services.queue_touched(since=since)


@handler("commissions.accrue_all_months", lane=Lane.MONEY)
def accrue_all_months(*, client_ids: list[int], **_future: object) -> None:
    """Accrue every month that is over for some clients; a line once by its key."""
    services.accrue_clients(client_ids=client_ids, at=clock.now())


# --- Papers, bank accounts, forfeiture (3.8) ------------------------------------------


@periodic(
    "commissions.papers_day",
    days=clock.every_day,
    lane=Lane.MONEY,
    first=date(2026, 11, 26),
)
def papers_day(*, day: str, **_future: object) -> None:
    """Split a day's work into ranges of partners; once by the keys of the ranges."""
    for first, last in partner_ranges():
        outbox.put_part(
            "commissions.papers_of_partners",
            key=f"papers:{day}:{first}",
            first=first,
            last=last,
            day=day,
        )


@handler("commissions.papers_of_partners", lane=Lane.MONEY)
def papers_of_partners(*, first: int, last: int, day: str, **_future: object) -> None:
    """Take what is lost, warn of what will be; each once by its row, or its key.

    A day that is made up for takes what was lost on it; warnings are those of today.
    """
    now, due = clock.now(), date.fromisoformat(day)
    today = clock.program_day(now)
    forfeit_day(day=due, at=now, first=first, last=last)
    if due == today:
        warn_of_forfeiture(today=today, at=now, first=first, last=last)
        warn_of_expiry(today=today, at=now, first=first, last=last)


@handler("commissions.bank_letter", lane=Lane.MAIL)
def bank_letter(*, account_id: int, person_id: int, **_future: object) -> None:
    """Write to an owner that another bank account was named; one row for each."""
    send_bank_letter(account_id=account_id, person_id=person_id)


# --- Contested lines ------------------------------------------------------------------


def _disputes_late() -> bool:
    late = Dispute.objects.overdue_at(clock.now())
    return late.filter(late_told_at=None).exists()


@when_needed("commissions.late_disputes", needed=_disputes_late, lane=Lane.MAIL)
def late_disputes(**_future: object) -> None:
    """Say that the promised answer to a contested line is late; once for each."""
    tell_late_disputes(at=clock.now())


# --- Statements (3.7) -----------------------------------------------------------------


@periodic(
    "commissions.close_day",
    days=clock.every_day,
    lane=Lane.MONEY,
    first=date(2026, 11, 26),
    ordered=False,
)
def close_day(*, day: str, **_future: object) -> None:
    """Have what is due closed, by ranges of partners: every day, for what was blocked.

    A rate or an accrual that comes later lets a quarter close on the next day.
    """
    for first, last in partner_ranges():
        outbox.put(
            "commissions.close_partners",
            key=f"close:{day}:{first}",
            first=first,
            last=last,
        )


@handler("commissions.close_partners", lane=Lane.MONEY)
def close_partners(*, first: int, last: int, **_future: object) -> None:
    """Close the quarters of a range that are due; one statement each by its key."""
    statements.close_range(first=first, last=last, at=clock.now())


@periodic(
    "commissions.check_money",
    days=clock.every_day,
    lane=Lane.BULK,
    first=date(2026, 11, 26),
    ordered=False,
)
def check_money(**_future: object) -> None:
    """Recompute all statements and ask for the invariants; faults go to the log."""
    nightly.check_money(on=clock.today())
