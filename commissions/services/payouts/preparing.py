"""Preparing a payout run: who is owed what, on which account, and who must wait (3.7).

A run has one currency and goes one way: as a SEPA credit transfer, or as a list for the
bank. Every partner is looked at again under its lock: papers, account, balance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Max, OuterRef, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _

from commissions.models import (
    BankAccount,
    Payment,
    PayoutDocument,
    PayoutRun,
    Statement,
)
from commissions.models import PaymentStep as Step
from commissions.selectors.papers import current_account, missing_papers
from commissions.services.payouts.errors import PayoutError
from commissions.services.payouts.steps import lock_partners
from commissions.services.statements.gathering import forfeited_unstated
from partners.models import Partner, User
from partners.services import audit
from program.payout import SEPA_COUNTRIES, quarter_end, still_due
from program.payout_life import LIVE_PAYMENTS
from program.statements import MissingRateError

EURO = "EUR"
MOST = 1_000
"""Payments of a run; the next one takes the others."""


class Way(StrEnum):
    """How a payment goes to the bank: as pain.001, or in a list (CSV)."""

    SEPA = "sepa"
    LIST = "list"


class Wait(StrEnum):
    """Why a partner to which something is owed is not paid now."""

    PAPERS = "papers"
    ACCOUNT = "account"
    ON_ITS_WAY = "on_its_way"
    OTHER_CURRENCY = "other_currency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What a partner would be paid now, or why it waits.

    `statement` is the one that is paid; `minor` in minor units of its currency.
    """

    partner: Partner
    statement: Statement
    minor: int
    account: BankAccount | None = None
    wait: Wait | None = None

    @property
    def way(self) -> Way | None:
        return way_of(self.account, self.statement.currency) if self.account else None


def way_of(account: BankAccount, currency: str) -> Way:
    """Return how an amount in a currency reaches an account."""
    reached = account.is_iban and account.bank_country in SEPA_COUNTRIES
    return Way.SEPA if currency == EURO and reached else Way.LIST


def owed_now(partner: Partner, *, on: date) -> Owed | None:
    """Return what a partner would be paid on a day; None if nothing is owed to it.

    Read under the partner's lock if something is to follow from it.
    """
    last = Statement.objects.filter(partner=partner).order_by("-number").first()
    if last is None or last.closing_minor <= 0:
        return None
    live = Payment.objects.filter(partner=partner, statement_line=None).live()
    statement = _to_pay(last)
    if statement is None:
        return None
    if live.exclude(currency=last.currency).exists() or (
        statement.currency != last.currency
    ):
        return Owed(partner=partner, statement=last, minor=0, wait=Wait.OTHER_CURRENCY)
    minor = still_due(
        closing=closing_now(last),
        live=live.aggregate(sum=Sum("amount_minor"))["sum"] or 0,
        owed=statement.payable_minor + statement.withheld_minor,
    )
    if not minor:
        return None
    owed = missing_papers(
        partner_id=partner.pk,
        country=partner.country,
        on=on,
        quarter=statement.quarter,
    )
    account = current_account(partner.pk, on)
    wait = Wait.PAPERS if owed else None if account else Wait.ACCOUNT
    return Owed(
        partner=partner, statement=statement, minor=minor, account=account, wait=wait
    )


def closing_now(last: Statement) -> int:
    """Return the balance of a partner's last statement without what was lost since.

    The next statement takes it off; paid out before, it would have to be recovered.
    """
    try:
        lost = forfeited_unstated(
            last.partner_id, until=quarter_end(last.quarter), currency=last.currency
        )
    except MissingRateError:
        # How much is lost is known once the rate is: until then nothing is paid.
        return 0
    return last.closing_minor - max(lost, 0)


def _to_pay(last: Statement) -> Statement | None:
    """Return the statement that is paid: the last one, or an older one that bounced.

    A statement with a live payment is not paid again; None if there is no other one
    whose payment was rejected or cancelled.
    """
    if not Payment.objects.filter(statement=last).live().exists():
        return last
    paid = Payment.objects.filter(statement=OuterRef("pk"), state__in=LIVE_PAYMENTS)
    return (
        Statement.objects.filter(partner=last.partner_id, payments__isnull=False)
        .exclude(pk__in=Subquery(paid.values("statement")))
        .order_by("-number")
        .distinct()
        .first()
    )


def all_owed(*, on: date, currency: str | None = None) -> Iterator[Owed]:
    """Yield what is owed to whom on a day, those who wait included, by partner."""
    for partner in _in_credit(currency).iterator():
        if owed := owed_now(partner, on=on):
            yield owed


def currencies_in_credit() -> list[str]:
    """Return the currencies in which something is owed to somebody, sorted."""
    return sorted(set(_in_credit(None).order_by().values_list("stated_in", flat=True)))


def _in_credit(currency: str | None) -> QuerySet[Any]:
    """Return the partners whose last statement owes them something."""
    last = Statement.objects.filter(partner=OuterRef("pk")).order_by("-number")
    partners = Partner.objects.annotate(
        closing=Subquery(last.values("closing_minor")[:1]),
        stated_in=Subquery(last.values("currency")[:1]),
    ).filter(closing__gt=0)
    if currency is not None:
        partners = partners.filter(stated_in=currency)
    return partners.order_by("pk")


@transaction.atomic
def prepare_run(
    *,
    currency: str,
    way: Way,
    execute_on: date,
    actor: User,
    at: datetime,
    today: date,
) -> PayoutRun:
    """Prepare the payments of a currency that go one way; at most `MOST` of them.

    Raises `PayoutError` where nothing can be paid, and for a day that has passed.
    """
    if execute_on < today:
        raise PayoutError(_("The day of execution has passed."))
    # Without a bank form that was approved nobody is paid: not worth a lock and a look.
    with_account = PayoutDocument.objects.valid_on(today).filter(
        kind=PayoutDocument.Kind.BANK_FORM
    )
    in_credit = _in_credit(currency).filter(pk__in=with_account.values("partner"))
    ids = list(in_credit.values_list("pk", flat=True))
    found: list[Owed] = []
    for partner in lock_partners(ids):
        owed = owed_now(partner, on=today)
        if owed is not None and owed.wait is None and owed.way == way:
            found.append(owed)
        if len(found) == MOST:
            break
    if not found:
        raise PayoutError(_("Nothing can be paid this way in %s now.") % currency)
    run = PayoutRun.objects.create(
        currency=currency,
        execute_on=execute_on,
        total_minor=sum(owed.minor for owed in found),
        payment_count=len(found),
        prepared_by=actor,
        prepared_at=at,
    )
    _add_payments(run, found, actor=actor, at=at)
    audit.record(
        "commissions.run_prepared",
        actor=actor,
        at=at,
        partner_id=None,
        of=run,
        changes={
            "total_minor": (None, run.total_minor),
            "payment_count": (None, run.payment_count),
        },
    )
    return run


def _add_payments(
    run: PayoutRun, found: list[Owed], *, actor: User, at: datetime
) -> None:
    attempts = dict(
        Payment.objects.filter(statement__in=[owed.statement.pk for owed in found])
        .values_list("statement")
        .annotate(last=Max("attempt"))
    )
    payments = Payment.objects.bulk_create(
        Payment(
            run=run,
            partner=owed.partner,
            statement=owed.statement,
            attempt=attempts.get(owed.statement.pk, 0) + 1,
            amount_minor=owed.minor,
            currency=run.currency,
            account=owed.account,
        )
        for owed in found
    )
    Step.objects.bulk_create(
        Step(payment=payment, to_state=payment.state, actor=actor, at=at)
        for payment in payments
    )
    audit.record_many(
        [
            audit.Act(
                "commissions.payment_prepared",
                partner_id=payment.partner_id,
                of=payment,
                changes={"amount_minor": (None, payment.amount_minor)},
            )
            for payment in payments
        ],
        actor=actor,
        at=at,
    )
