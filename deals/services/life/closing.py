"""The end of an open deal: won, lost, withdrawn, expired (3.10).

Order in each service: lock, guard, change, record, post, enqueue.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

import outbox.services as outbox
from deals.models import Deal
from deals.notifications import tell_won
from deals.notifications.life import tell_ended
from deals.notifications.proofs import tell_proof
from deals.services.activities import locked, partner_accounts, vendor_accounts
from deals.services.life.motions import refuse_contested
from deals.services.life.settling import settle_deals, tier_history, won_facts
from deals.services.life.steps import (
    AUDITED,
    InvalidDayError,
    record_step,
    state_of,
)
from outbox import clock
from partners.models import User
from partners.selectors import Editions, membership_on, published_editions
from partners.services import refreshes
from program.deal_life import DealEvent
from program.points import proof_is_valid
from program.steps import Actor


@transaction.atomic
def win_deal(
    *,
    deal_id: int,
    closed_on: date,
    poi_on: date | None,
    actor: User | None,
    at: datetime,
    today: date,
) -> Deal:
    """Win a registered deal and post its points in the same transaction.

    The deal keeps edition, credited tier, membership, territory and growth flag of the
    closing day. `poi_on` None keeps the proof that is recorded already; without a valid
    one the deal is won, earns nothing, and both sides are told (3.10). Whoever stands
    above is told by the event `deals.won`.

    Raises `InvalidTransitionError` unless the deal is registered and its motion settled,
    `InvalidDayError` for a day in the future or before the registration. Of two
    simultaneous calls one wins the deal, the other raises.
    """
    deal = locked(deal_id)
    proof_on = poi_on or deal.poi_on
    _refuse_impossible_win(deal, closed_on=closed_on, poi_on=proof_on, today=today)
    before, said = deal.stage, state_of(deal)
    deal.move(DealEvent.WIN, by=Actor.STAFF)
    deal.closed_on, deal.poi_on = closed_on, proof_on
    if actor is not None:
        deal.active_on = clock.program_day(at)  # here, it takes no statement of its own
    editions = published_editions()
    tiers = tier_history(partner_ids=[deal.partner_id])
    for name, value in won_facts(
        closed_on=closed_on,
        membership=membership_on(deal.partner, closed_on),
        territory=deal.client.country,
        history=tiers.get(deal.partner_id, ()),
        editions=editions,
    ).items():
        setattr(deal, name, value)
    deal.save(update_fields=[*AUDITED, "active_on"])
    record_step(
        "deals.won", deal, before=before, said=said, on=closed_on, actor=actor, at=at
    )
    entries = settle_deals(deal_ids=[deal.pk], at=at, editions=editions, refresh=False)
    won = outbox.Work("deals.won", key=f"deal-won:{deal.pk}", facts={"deal_id": deal.pk})
    outbox.put_many([*refreshes(entries), won])
    tell_won(deal, at=at, editions=editions)
    _tell_of_missing_proof(deal, editions, at=at)
    return deal


def _refuse_impossible_win(
    deal: Deal, *, closed_on: date, poi_on: date | None, today: date
) -> None:
    refuse_contested(deal)
    if closed_on > today:
        raise InvalidDayError(_("A deal cannot be won in the future."))
    if closed_on < deal.registered_on:
        raise InvalidDayError(_("A deal cannot be won before it was registered."))
    if poi_on is not None and poi_on > today:
        # Nobody can have seen it yet, and it would earn points at once.
        raise InvalidDayError(_("A proof of involvement cannot lie in the future."))


def _tell_of_missing_proof(deal: Deal, editions: Editions, *, at: datetime) -> None:
    """Say loudly that a won deal earns nothing, and until when a proof may come."""
    if deal.won_edition_id is None or deal.closed_on is None:
        return
    rulebook = editions.by_id(deal.won_edition_id).rulebook
    if proof_is_valid(closed_on=deal.closed_on, poi_on=deal.poi_on, rulebook=rulebook):
        return
    tell_proof(
        "deals.proof_missing",
        deal,
        key=f"proof-missing:{deal.pk}",
        accounts=partner_accounts(deal),
        at=at,
        day=deal.closed_on + timedelta(days=rulebook.proof.grace_days),
    )


@transaction.atomic
def lose_deal(
    *,
    deal_id: int,
    closed_on: date,
    reason: str,
    note: str,
    actor: User | None,
    at: datetime,
    by: Actor = Actor.STAFF,
) -> Deal:
    """Lose a registered deal, with one of `Deal.LostReason`; it earns nothing.

    Raises `InvalidTransitionError` unless it is registered, `InvalidDayError` for a day
    before the registration.
    """
    deal = locked(deal_id)
    if closed_on < deal.registered_on:
        raise InvalidDayError(_("A deal cannot be lost before it was registered."))
    if closed_on > clock.program_day(at):
        raise InvalidDayError(_("A deal cannot be lost in the future."))
    return _end(
        deal, DealEvent.LOSE, by=by, on=closed_on, reason=reason, note=note, actor=actor,
        at=at,
    )  # fmt: skip


@transaction.atomic
def withdraw_deal(
    *, deal_id: int, on: date, note: str, actor: User, at: datetime
) -> Deal:
    """Give a registered deal up for the partner; the prospect is free for others.

    Raises `InvalidTransitionError` unless it is registered.
    """
    return _end(
        locked(deal_id), DealEvent.WITHDRAW, by=Actor.PARTNER, on=on, note=note,
        actor=actor, at=at,
    )  # fmt: skip


@transaction.atomic
def expire_deal(*, deal_id: int, on: date, at: datetime) -> bool:
    """End a registered deal whose validity is over on a day; say whether it was (3.10).

    By the clock. Repeating it does nothing.
    """
    deal = locked(deal_id)
    over = deal.valid_until is not None and deal.valid_until <= on
    if deal.stage != Deal.Stage.REGISTERED or not over:
        return False
    assert deal.valid_until is not None
    _end(
        deal, DealEvent.EXPIRE, by=Actor.CLOCK, on=deal.valid_until, note="", actor=None,
        at=at,
    )  # fmt: skip
    return True


def _end(
    deal: Deal,
    event: DealEvent,
    *,
    by: Actor,
    on: date,
    note: str,
    actor: User | None,
    at: datetime,
    reason: str = "",
) -> Deal:
    """End a deal without a win, and tell the other side."""
    before, said = deal.stage, state_of(deal)
    deal.move(event, by=by)
    deal.closed_on, deal.lost_reason = on, reason
    deal.save(update_fields=["stage", "closed_on", "lost_reason"])
    record_step(
        f"deals.{deal.stage}",
        deal,
        before=before,
        said=said,
        on=on,
        note=note,
        actor=actor,
        at=at,
    )
    partner = partner_accounts(deal) if by != Actor.PARTNER else []
    vendor = vendor_accounts(deal) if by != Actor.STAFF else []
    tell_ended(deal, partner=partner, vendor=vendor, at=at)
    return deal
