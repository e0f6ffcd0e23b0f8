"""Preparing a payout run: who is owed what, on which account, and who must wait (3.7).

A run has one currency and goes one way: as a SEPA credit transfer, as another credit
transfer, or as a list for the bank. Every partner is looked at again under its lock:
papers, account, balance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from commissions.models import (
    BankAccount,
    Payment,
    PayoutDocument,
    PayoutRun,
    Statement,
)
from commissions.models import PaymentStep as Step
from commissions.services.payouts.books import Books
from commissions.services.payouts.errors import PayoutError
from commissions.services.payouts.steps import lock_partners
from partners.models import Partner, User
from partners.services import audit
from program.payout import Way, ways_to

EURO = "EUR"
MOST = 1_000
"""Payments of a run; the next one takes the others."""


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
    def ways(self) -> frozenset[Way]:
        if self.account is None:
            return frozenset()
        return ways_of(self.account, self.statement.currency)


def ways_of(account: BankAccount, currency: str) -> frozenset[Way]:
    """Return the ways on which an amount in a currency reaches an account."""
    return ways_to(
        currency,
        country=account.bank_country,
        is_iban=account.is_iban,
        named=bool(account.bic or account.clearing),
    )


def owed_now(partner: Partner, *, on: date, books: Books | None = None) -> Owed | None:
    """Return what a partner would be paid on a day; None if nothing is owed to it.

    Read under the partner's lock if something is to follow from it. `books` are those of
    several partners, if they were read at once.
    """
    books = books or Books([partner.pk])
    due = books.due(partner.pk)
    if due is None or due.statement is None or due.last.closing_minor <= 0:
        return None
    if due.is_mixed:
        wait = Wait.OTHER_CURRENCY
        return Owed(partner=partner, statement=due.last, minor=0, wait=wait)
    if not due.minor:
        return None
    statement = due.statement
    missing = books.missing(partner, on=on, quarter=statement.quarter)
    account = books.account(partner.pk, on)
    return Owed(
        partner=partner,
        statement=statement,
        minor=due.minor,
        account=account,
        wait=Wait.PAPERS if missing else None if account else Wait.ACCOUNT,
    )


def all_owed(*, on: date, currency: str | None = None) -> Iterator[Owed]:
    """Yield what is owed to whom on a day, those who wait included, by partner."""
    partners = list(_in_credit(currency))
    for start in range(0, len(partners), MOST):
        part = partners[start : start + MOST]
        books = Books(partner.pk for partner in part)
        for partner in part:
            if owed := owed_now(partner, on=on, books=books):
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
    partners = lock_partners(ids)
    books = Books(ids)
    for partner in partners:
        owed = owed_now(partner, on=today, books=books)
        # A statement may have closed in another currency before the lock was there.
        if (
            owed is not None
            and owed.wait is None
            and owed.statement.currency == currency
            and way in owed.ways
        ):
            found.append(owed)
        if len(found) == MOST:
            break
    if not found:
        raise PayoutError(_("Nothing can be paid this way in %s now.") % currency)
    run = PayoutRun.objects.create(
        currency=currency,
        way=way,
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
