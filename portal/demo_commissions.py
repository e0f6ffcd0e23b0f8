"""What the demo has earned and was paid for three years, with all that goes wrong in it.

Everything is done by the services, on the days on which it would have happened; what
waits for somebody today stands at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Min, QuerySet

from commissions import services as money
from commissions.services.forfeiting import warn_of_forfeiture
from commissions.services.papers.expiring import warn_of_expiry
from commissions.services.payouts import Way
from deals import services as deals
from deals.models import Deal
from partners.models import MembershipChoice, Partner, Person, Role, User
from partners.services import open_account
from partners.services.standing.membership import become_provider
from partners.standing_sql import NO_LAST_ID
from portal import demo_payouts as payouts
from portal.demo_bundle.cast import CAST as NAMED
from portal.demo_disputes import decide_disputes, leave_correction, leave_dispute
from portal.demo_papers import (
    leave_in_progress,
    name_account,
    reject_waiting,
    renew_tax_form,
    settle_papers,
)
from portal.demo_payouts import People, noon
from program.calendar import add_months
from program.commission import month_of
from program.payout import closes_on, quarter_of

SHOWN: Final = "P-aurora"
LAPSED: Final = "P-zenith"
"""Its tax form ran out at New Year: what it earns is withheld, and soon lost."""
EXPIRING: Final = "P-nova"
BOUNCED: Final = "P-meridian"
"""The bank sent its payment back; it has named another account."""
REJECTED: Final = "P-atelier"
UNDECIDED: Final = "P-lumen"
BEGINNER: Final = "P-sprout"
CAST: Final = (SHOWN, LAPSED, EXPIRING, BOUNCED, REJECTED, UNDECIDED, BEGINNER)
LATER_MONTHS: Final = 9
PREPARING, APPROVING = "finance@portal.example", "finance2@portal.example"
W8_YEARS: Final = 3
"""A W-8 holds until the end of the third year after that of its signature (3.8)."""


@transaction.atomic
def pay_demo_partners(*, today: date, at: datetime) -> None:
    """Give the partners of the demo three years of statements and payments; once."""
    people = _people(at=at)
    first = Partner.objects.filter(schedules__refused="").aggregate(
        month=Min("schedules__first_month")
    )["month"]
    stated = Partner.objects.exclude(statements=None).exists()
    if people is None or first is None or stated:
        return
    *past, newest = payouts.quarters_until(today, first=quarter_of(first))
    with _nobody_listening():
        _file_papers(people, since=add_months(first, -1), today=today)
        _demote(today=today, at=at)
        _cancel(today=today, at=at)
        for quarter in past:
            owed = payouts.close_quarter(quarter)
            payouts.invoice_quarter(quarter, owed, people)
            payouts.pay_quarter(quarter, people, today=today)
        decide_disputes(
            Partner.objects.get(ref=SHOWN),
            Partner.objects.get(ref=BOUNCED),
            people,
            on=closes_on(newest) - timedelta(days=20),
        )
    owed = payouts.close_quarter(newest)
    payouts.invoice_quarter(newest, owed, people, unapproved=(REJECTED, UNDECIDED))
    _pay_half_of(newest, people, today=today)
    _leave_papers_open(newest, people, today=today)
    _leave_money_open(people, today=today, at=at)
    warn_of_forfeiture(today=today, at=at, first=0, last=NO_LAST_ID)
    warn_of_expiry(today=today, at=at, first=0, last=NO_LAST_ID)


@contextmanager
def _nobody_listening() -> Iterator[None]:
    """Tell nobody of what happened years ago: closed accounts are not told anything.

    Within the transaction: nobody sees them closed, nor the letters that are not sent.
    """
    listening = list(User.objects.filter(is_active=True).values_list("pk", flat=True))
    User.objects.filter(pk__in=listening).update(is_active=False)
    yield
    User.objects.filter(pk__in=listening).update(is_active=True)


def _people(*, at: datetime) -> People | None:
    """Return who acts; owners without an account get one. None: it is not the demo."""
    staff = {user.email: user for user in User.objects.filter(is_staff=True)}
    known = Partner.objects.filter(ref__in=CAST).count()
    if not {PREPARING, APPROVING} <= staff.keys() or known < len(CAST):
        return None
    owners: dict[int, User] = {}
    people = Person.objects.active().filter(role=Role.OWNER).select_related("user")
    for person in people.order_by("pk"):
        if person.partner_id not in owners:
            owners[person.partner_id] = person.user or open_account(
                person_id=person.pk, actor=None, at=at
            )
    return People(preparing=staff[PREPARING], approving=staff[APPROVING], owners=owners)


def _file_papers(people: People, *, since: date, today: date) -> None:
    """File what everybody files; a W-8 ends with the third year after its signature."""
    named = {f"P-{each.slug}" for each in NAMED}
    for partner in Partner.objects.filter(pk__in=people.owners).order_by("pk"):
        if partner.ref == BEGINNER:
            continue
        # The others came to it later, and were paid then for all the time before.
        day = since if partner.ref in named else add_months(today, -LATER_MONTHS)
        day = max(day, partner.joined_on)
        people.papers_on[partner.pk] = day
        owner, signed_on = people.owners[partner.pk], day
        if partner.ref == LAPSED:
            signed_on = date(today.year - W8_YEARS - 1, 11, 3)
        if partner.ref == EXPIRING:
            signed_on = date(today.year - W8_YEARS, 1, 12)
        settle_papers(
            partner,
            owner,
            people.preparing,
            signed_on=min(signed_on, day),
            at=noon(day),
        )
        if partner.ref in named - {LAPSED, EXPIRING}:
            renew_tax_form(
                partner, owner, people.preparing, at=noon(today - timedelta(days=300))
            )


def _demote(*, today: date, at: datetime) -> None:
    """Make a partner without a tier a provider, which cuts its schedules (3.9)."""
    on = today - timedelta(days=40)
    long_ago = add_months(on, -13)
    partner = (
        Partner.objects.filter(
            membership=MembershipChoice.PARTNER,
            schedules__refused="",
            schedules__ended="",
            schedules__closed_on__lt=long_ago,
            schedules__last_month__gt=today,
        )
        .exclude(ref__in=[f"P-{each.slug}" for each in NAMED])
        .exclude(tier_changes__on__gt=on)
        .order_by("pk")
        .first()
    )
    if partner is None:
        return
    become_provider(
        partner_id=partner.pk,
        reason="Asked to go on as a provider: its own subscription ended.",
        on=on,
        actor=partner.pdm,
        at=noon(on),
    )
    _settle(Deal.objects.filter(partner=partner), at=at)


def _cancel(*, today: date, at: datetime) -> None:
    """End an older deal of the partner that is shown, within the term of its schedule."""
    on = today - timedelta(days=33)
    deal = (
        Deal.objects.filter(
            partner__ref=SHOWN,
            stage=Deal.Stage.WON,
            cancelled_on=None,
            closed_on__lt=today - timedelta(days=400),
            schedules__refused="",
            schedules__last_month__gt=today,
        )
        .order_by("-closed_on", "pk")
        .first()
    )
    if deal is None:
        return
    deals.cancel_deal(
        deal_id=deal.pk,
        on=on,
        note="The client moved to the system of its new parent company.",
        actor=deal.partner.pdm,
        at=noon(on),
    )
    _settle(Deal.objects.filter(pk=deal.pk), at=at)


def _settle(of: QuerySet[Deal], *, at: datetime) -> None:
    """Bring schedules to date, and months that the import has accrued already."""
    money.settle_schedules(deal_ids=list(of.values_list("pk", flat=True)), at=at)


def _pay_half_of(quarter: date, people: People, *, today: date) -> None:
    """Leave a run to be approved and one to be checked; pay what goes other ways."""
    day, yesterday = payouts.pay_day(quarter, today=today), today - timedelta(days=1)
    soon = max(today + timedelta(days=2), day)
    for currency, way in payouts.ways():
        if way is not Way.LIST:
            run_id = payouts.prepare(currency, way, people, on=yesterday, execute_on=soon)
            if way is Way.TRANSFER and run_id is not None:
                payouts.check(run_id, people, on=yesterday)
        else:
            payouts.pay(
                currency,
                way,
                people,
                on=day,
                rejected={BOUNCED: "AC04: the account is closed."},
            )


def _leave_papers_open(quarter: date, people: People, *, today: date) -> None:
    """Leave a paper in each state: rejected, waiting, in progress."""
    rejected, bounced, beginner = (
        Partner.objects.get(ref=ref) for ref in (REJECTED, BOUNCED, BEGINNER)
    )
    reject_waiting(
        rejected,
        people.preparing,
        reason="The invoice names another amount than the statement.",
        at=noon(closes_on(quarter)) + timedelta(days=2),
    )
    name_account(
        bounced,
        people.owners[bounced.pk],
        number=2,
        at=noon(today - timedelta(days=1)),
    )
    leave_in_progress(
        beginner, people.owners[beginner.pk], at=noon(today - timedelta(days=6))
    )


def _leave_money_open(people: People, *, today: date, at: datetime) -> None:
    """Leave contested months and an adjustment; record an increase and a refund."""
    month = add_months(month_of(today), -1)
    shown = Partner.objects.get(ref=SHOWN)
    _record_increase(shown, people, today=today)
    leave_dispute(shown, people, month=add_months(month, -1), today=today)
    bounced = Partner.objects.get(ref=BOUNCED)
    leave_correction(bounced, people, month=add_months(month, -1), today=today)
    _take_receipt_back(shown, people, month=month, at=at)
    money.propose_adjustment(
        partner_id=Partner.objects.get(ref=UNDECIDED).pk,
        amount_minor=25_000,
        reason="Agreed for the launch event of the summer.",
        actor=people.preparing,
        at=noon(today - timedelta(days=2)),
    )


def _record_increase(shown: Partner, people: People, *, today: date) -> None:
    """Record that a client bought more by itself, of something that was sold before.

    A client of the partner that is shown, if it has one early enough in its term.
    """
    on = today - timedelta(days=50)
    others = Partner.objects.exclude(pk=shown.pk).order_by("pk")
    for partner in (shown, *others):
        running = partner.schedules.filter(refused="", ended="", first_month__lt=on)
        for schedule in running.order_by("-first_month", "pk"):
            try:
                money.record_increase(
                    client_id=schedule.client_id,
                    product_line=schedule.product_line,
                    on=on,
                    mrr_minor=9_000,
                    currency=schedule.currency,
                    note="Added seats in the shop.",
                    actor=people.preparing,
                    at=noon(today - timedelta(days=8)),
                )
            except money.IncreaseError:
                continue
            return


def _take_receipt_back(
    partner: Partner, people: People, *, month: date, at: datetime
) -> None:
    """Take back what a client paid for a month, or one before it: the bank did so."""
    for paid in (month, add_months(month, -1), add_months(month, -2)):
        schedules = partner.schedules.filter(
            refused="", ended="", accruals__month=paid, accruals__commission_minor__gt=0
        )
        for schedule in schedules.order_by("mrr_minor", "pk"):
            receipt = schedule.client.receipts.filter(
                product_line=schedule.product_line,
                month=paid,
                amount_minor__gt=0,
                takes_back=None,
            ).first()
            if receipt is None:
                continue
            money.take_back_receipt(
                receipt_id=receipt.pk,
                reason="The client’s bank returned the direct debit.",
                actor=people.preparing,
                at=at - timedelta(days=3),
            )
            money.accrue_clients(client_ids=[schedule.client_id], months=[paid], at=at)
            return
