"""What clients paid, written down; and increases that nobody sold (3.6).

Receipts are only added to. One that was wrong is taken back by a row that names it, and
stated anew: the sum of a reference's rows is what it says now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

import outbox.services as outbox
from clients.models import Client
from commissions.models import MAX_MINOR, Receipt, Schedule, TouchlessIncrease
from commissions.services.accruing import accrue_clients, lock_clients
from commissions.services.schedules import Settled, settle_increases
from deals.models import Deal
from interchange.bulk import build, insert
from outbox import clock
from partners.models import User
from partners.selectors import published_editions
from partners.services import audit
from program.commission import month_of
from program.money import InvalidMoneyError, exponent

STATED: Final = ("client_id", "product_line", "month", "amount_minor", "currency")
"""What a receipt says; the rest is who said it, and when."""


class ReceiptError(ValueError):
    """What was entered is no receipt, or not one that may be taken back."""


class IncreaseError(ValueError):
    """What was entered is no increase that anybody could earn from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a reference says: an amount in minor units, negative for a refund."""

    ref: str
    client_id: int
    product_line: str
    month: date
    amount_minor: int
    currency: str


@dataclass(slots=True, kw_only=True)
class Recorded:
    """How many references were new, changed, unchanged, and whose months they touch."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    touched: set[tuple[int, date]] = field(default_factory=set)
    """Client id and first day of the month, of all that was added."""


@dataclass(slots=True)
class _Known:
    """The rows of a reference: how many, and the one that holds now, if any does."""

    entries: int
    holds: Receipt | None


@transaction.atomic
def record_receipts(
    stated: Iterable[Stated], *, source: str, actor: User | None, at: datetime
) -> Recorded:
    """Write down what references say; only what differs from what they said before.

    A new reference is a row; a changed one takes its row back and states it anew; an
    unchanged one adds nothing. Each reference at most once. What the months concerned
    earn is for the caller to accrue. Database errors propagate.
    """
    wanted = list(stated)
    known = _known(each.ref for each in wanted)
    recorded = Recorded()
    rows: list[Receipt] = []
    says = attrgetter(*STATED)
    for each in wanted:
        before = known.get(each.ref)
        held = before.holds if before else None
        if held is not None and says(held) == says(each):
            recorded.unchanged += 1
            continue
        entry = before.entries if before else 0
        if held is not None:
            rows.append(_taking_back(held, entry, source=source, actor=actor, at=at))
            recorded.touched.add((held.client_id, held.month))
            entry += 1
        rows.append(
            build(
                Receipt,
                {
                    "ref": each.ref,
                    "entry": entry,
                    **{name: getattr(each, name) for name in STATED},
                    "source": source,
                    "actor_id": actor.pk if actor else None,
                    "recorded_at": at,
                },
            )
        )
        recorded.touched.add((each.client_id, each.month))
        if before:
            recorded.changed += 1
        else:
            recorded.new += 1
    insert(rows)
    return recorded


def taken_back_by_people(refs: Iterable[str]) -> dict[str, datetime]:
    """Return ref → when somebody took it back in the portal, of those that say nothing.

    Whoever sends such a reference again does not know of that.
    """
    rows = Receipt.objects.filter(ref__any_of=refs).order_by("ref", "entry")
    last = {row.ref: row for row in rows}
    return {
        ref: row.recorded_at
        for ref, row in last.items()
        if row.takes_back_id is not None and row.source == Receipt.Source.STAFF
    }


def _known(refs: Iterable[str]) -> dict[str, _Known]:
    found: dict[str, _Known] = {}
    # The newest row of a reference holds, unless it takes one back.
    for row in Receipt.objects.filter(ref__any_of=refs).order_by("ref", "entry"):
        holds = row if row.takes_back_id is None else None
        found[row.ref] = _Known(entries=row.entry + 1, holds=holds)
    return found


def _taking_back(
    held: Receipt,
    entry: int,
    *,
    source: str,
    actor: User | None,
    at: datetime,
    note: str = "",
) -> Receipt:
    values: dict[str, Any] = {name: getattr(held, name) for name in STATED}
    return build(
        Receipt,
        values
        | {
            "ref": held.ref,
            "entry": entry,
            "amount_minor": -held.amount_minor,
            "takes_back_id": held.pk,
            "source": source,
            "note": note,
            "actor_id": actor.pk if actor else None,
            "recorded_at": at,
        },
    )


@transaction.atomic
def enter_receipt(stated: Stated, *, note: str, actor: User, at: datetime) -> Receipt:
    """Write a receipt down by hand, and have the month accrued if it is over.

    Raises `ReceiptError` for a reference that is taken, an amount of nothing or too
    large, an unknown currency, product line or client, a day that is no first of a month,
    and a month that has not begun.
    """
    _refuse_nonsense(stated, at=at)
    if Receipt.objects.filter(ref=stated.ref).exists():
        raise ReceiptError(_("There is a receipt with this reference already."))
    receipt = build(
        Receipt,
        {
            "ref": stated.ref,
            **{name: getattr(stated, name) for name in STATED},
            "source": Receipt.Source.STAFF.value,
            "note": note,
            "actor_id": actor.pk,
            "recorded_at": at,
        },
    )
    try:
        with transaction.atomic():
            insert([receipt])
    except IntegrityError as error:
        raise ReceiptError(_("This receipt cannot be stored.")) from error
    _say("commissions.receipt_entered", receipt, note=note, actor=actor, at=at)
    return receipt


@transaction.atomic
def take_back_receipt(
    *, receipt_id: int, reason: str, actor: User, at: datetime
) -> Receipt:
    """Take a receipt back by a row that names it, and have its month accrued anew.

    Raises `ReceiptError` without a reason, for one that was taken back already, and for
    one that takes another back.
    """
    held = Receipt.objects.select_for_update(of=("self",)).get(pk=receipt_id)
    if not reason.strip():
        raise ReceiptError(_("Say why the receipt is taken back."))
    if held.takes_back_id is not None:
        raise ReceiptError(_("This row takes a receipt back; it is none itself."))
    known = _known([held.ref])[held.ref]
    if known.holds is None or known.holds.pk != held.pk:
        raise ReceiptError(_("This receipt was taken back already."))
    row = _taking_back(
        held,
        known.entries,
        source=Receipt.Source.STAFF.value,
        actor=actor,
        at=at,
        note=reason.strip(),
    )
    insert([row])
    _say("commissions.receipt_taken_back", row, note=reason, actor=actor, at=at)
    return row


def _refuse_nonsense(stated: Stated, *, at: datetime) -> None:
    if not stated.ref.strip():
        raise ReceiptError(_("A receipt has a reference."))
    _refuse_amount(stated.amount_minor, stated.currency, ReceiptError)
    if stated.month != month_of(stated.month):
        raise ReceiptError(_("A receipt is for a month: its first day."))
    if stated.month > clock.program_day(at):
        raise ReceiptError(_("This month has not begun yet."))
    _refuse_unknown(stated.client_id, stated.product_line, ReceiptError, at=at)


def _refuse_amount(minor: int, currency: str, error: type[ValueError]) -> None:
    if not minor:
        raise error(_("Nothing was received."))
    if abs(minor) > MAX_MINOR:
        raise error(_("This amount is larger than the portal holds."))
    try:
        exponent(currency)
    except InvalidMoneyError:
        raise error(_("This is no currency in use.")) from None


def _refuse_unknown(
    client_id: int, product_line: str, error: type[ValueError], *, at: datetime
) -> None:
    rulebook = published_editions().on(clock.program_day(at)).rulebook
    if product_line not in rulebook.products:
        raise error(_("The rulebook knows no such product line."))
    if not Client.objects.filter(pk=client_id).exists():
        raise error(_("There is no such client."))


def _say(action: str, receipt: Receipt, *, note: str, actor: User, at: datetime) -> None:
    """Record what was done by hand, and have it accrued."""
    audit.record(
        action,
        actor=actor,
        at=at,
        partner_id=None,
        of=receipt,
        changes={
            "month": (None, receipt.month),
            "product_line": (None, receipt.product_line),
            "amount_minor": (None, receipt.amount_minor),
            "currency": (None, receipt.currency),
        },
        note=note,
    )
    queue_accrual({(receipt.client_id, receipt.month)}, key=f"receipt:{receipt.pk}")


CLIENTS_AT_ONCE: Final = 500
"""Clients per job of `queue_accrual`: a job takes about a second."""


def queue_accrual(touched: Collection[tuple[int, date]], *, key: str) -> None:
    """Queue the accrual of months of clients, in the transaction that touched them.

    `key` names what happened. A month that is not over waits for the monthly run.
    """
    by_month: dict[date, list[int]] = {}
    for client_id, month in sorted(touched):
        by_month.setdefault(month, []).append(client_id)
    outbox.put_many(
        outbox.Work(
            "commissions.accrue",
            key=f"accrue:{key}:{month.isoformat()}:{start}",
            facts={
                "client_ids": ids[start : start + CLIENTS_AT_ONCE],  # type: ignore[dict-item]
                "months": [month.isoformat()],
            },
        )
        for month, ids in sorted(by_month.items())
        for start in range(0, len(ids), CLIENTS_AT_ONCE)
    )


@transaction.atomic
def record_increase(
    *,
    client_id: int,
    product_line: str,
    on: date,
    mrr_minor: int,
    currency: str,
    note: str,
    actor: User,
    at: datetime,
) -> Schedule:
    """Record that a client bought more without a seller, and open its schedule (3.6).

    `mrr_minor` is what came on top per month. Raises `IncreaseError` for a day in the
    future, an amount that is none, an unknown client, product line or currency, a second
    one of the day, and an increase that nobody earns from: no sale of the product line
    before it, or the window after the first one is over.
    """
    if mrr_minor <= 0:
        raise IncreaseError(_("An increase is more than nothing."))
    _refuse_amount(mrr_minor, currency, IncreaseError)
    if on > clock.program_day(at):
        raise IncreaseError(_("An increase cannot lie in the future."))
    _refuse_unknown(client_id, product_line, IncreaseError, at=at)
    # Whoever settles one of these deals meanwhile finds the increase afterwards.
    deals = Deal.objects.select_for_update(of=("self",), no_key=True)
    list(deals.filter(client_id=client_id).order_by("pk").values_list("pk"))
    lock_clients([client_id])
    alike = TouchlessIncrease.objects.filter(
        client_id=client_id, product_line=product_line, on=on
    )
    if alike.exists():
        raise IncreaseError(_("There is an increase of this day already."))
    increase = TouchlessIncrease.objects.create(
        client_id=client_id, product_line=product_line, on=on, mrr_minor=mrr_minor,
        currency=currency, note=note, actor=actor, at=at,
    )  # fmt: skip
    settled = Settled()
    settle_increases([client_id], published_editions(), settled, at=at)
    schedule = Schedule.objects.filter(increase=increase).first()
    if schedule is None:
        raise IncreaseError(
            _("Nobody earns from this increase: no sale of the product line runs on that "
              "day, or the first one is too long ago.")
        )  # fmt: skip
    audit.record(
        "commissions.increase_recorded",
        actor=actor,
        at=at,
        partner_id=schedule.partner_id,
        of=increase,
        changes=_changes_of(increase),
        note=note,
    )
    accrue_clients(client_ids=[client_id], since=on, at=at)
    return schedule


def _changes_of(increase: TouchlessIncrease) -> Mapping[str, tuple[Any, Any]]:
    return {
        "product_line": (None, increase.product_line),
        "on": (None, increase.on),
        "mrr_minor": (None, increase.mrr_minor),
        "currency": (None, increase.currency),
    }
