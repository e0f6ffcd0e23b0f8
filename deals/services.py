"""What happens to deals. A win, a cancellation, a downgrade post their points at once.

Order in each service: lock, guard, change, record, post, enqueue.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import (
    Deal,
    DealLine,
    DealTransition,
    InvalidTransitionError,
    LineReduction,
)
from deals.notifications import tell_cancelled, tell_won
from deals.postings import line_postings
from deals.selectors import sold_lines
from partners.models import PointsEntry, TierChange, TierChoice, User
from partners.selectors import (
    Editions,
    NoEditionError,
    membership_on,
    published_editions,
)
from partners.services import audit, queue_refresh, settle

DEALS_AT_ONCE = 500

AUDITED = (
    *("stage", "closed_on", "poi_on", "cancelled_on", "won_edition_id", "won_tier"),
    *("won_membership", "won_territory", "won_growth"),
)
"""The fields of a deal whose changes the audit log keeps."""


class InvalidDayError(ValueError):
    """A day a deal cannot have: in the future, or before what it follows."""


class InvalidAmountError(ValueError):
    """A downgrade that does not leave less than before."""


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
    closing day. Without a valid proof of involvement it is won and earns nothing (3.10).
    Raises `InvalidTransitionError` unless the deal is registered, `InvalidDayError` for a
    day in the future or before the registration. Of two simultaneous calls one wins the
    deal, the other raises.
    """
    deal = _locked(deal_id)
    _refuse_impossible_win(deal, closed_on=closed_on, poi_on=poi_on, today=today)
    before, said = deal.stage, _state(deal)
    deal.move_to(Deal.Stage.WON)
    deal.closed_on, deal.poi_on = closed_on, poi_on
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
    deal.save()
    _record(deal, before=before, on=closed_on, note="", actor=actor, at=at)
    _tell_audit("deals.won", deal, before=said, note="", actor=actor, at=at)
    settle_deals(deal_ids=[deal.pk], at=at, editions=editions, refresh=True)
    tell_won(deal, at=at, editions=editions)
    return deal


def _refuse_impossible_win(
    deal: Deal, *, closed_on: date, poi_on: date | None, today: date
) -> None:
    if closed_on > today:
        raise InvalidDayError(_("A deal cannot be won in the future."))
    if closed_on < deal.registered_on:
        raise InvalidDayError(_("A deal cannot be won before it was registered."))
    if poi_on is not None:
        _refuse_future_proof(poi_on, today=today)


def _refuse_future_proof(poi_on: date, *, today: date) -> None:
    """Refuse a proof that nobody can have seen yet; it would earn points at once."""
    if poi_on > today:
        raise InvalidDayError(_("A proof of involvement cannot lie in the future."))


@transaction.atomic
def record_proof(
    *, deal_id: int, poi_on: date, actor: User | None, at: datetime, today: date
) -> Deal:
    """Record or correct the proof of a won deal; its points follow (3.10).

    A proof may come after the win, within the days of grace. One that is out of time is
    recorded all the same and earns nothing. A cancelled deal may still be proven: until
    its end it counts. Raises `InvalidTransitionError` unless the deal is won and the
    proof is news, `InvalidDayError` for a day in the future.
    """
    deal = _locked(deal_id)
    if deal.stage != Deal.Stage.WON:
        raise InvalidTransitionError(_("Only a won deal can be proven."))
    if deal.poi_on == poi_on:
        raise InvalidTransitionError(_("This proof is recorded already."))
    _refuse_future_proof(poi_on, today=today)
    said, deal.poi_on = _state(deal), poi_on
    deal.save(update_fields=["poi_on"])
    # From no stage: a won deal that stays won is what readers know as its end.
    _record(
        deal, before="", on=poi_on, note=_("Proof of involvement"), actor=actor, at=at
    )
    _tell_audit("deals.proof_recorded", deal, before=said, note="", actor=actor, at=at)
    settle_deals(deal_ids=[deal.pk], at=at, editions=published_editions(), refresh=True)
    return deal


@transaction.atomic
def lose_deal(
    *, deal_id: int, closed_on: date, note: str, actor: User | None, at: datetime
) -> Deal:
    """Lose a registered deal; it earns nothing. Raises `InvalidTransitionError`."""
    deal = _locked(deal_id)
    before, said = deal.stage, _state(deal)
    deal.move_to(Deal.Stage.LOST)
    deal.closed_on = closed_on
    deal.save(update_fields=["stage", "closed_on"])
    _record(deal, before=before, on=closed_on, note=note, actor=actor, at=at)
    _tell_audit("deals.lost", deal, before=said, note=note, actor=actor, at=at)
    return deal


@transaction.atomic
def cancel_deal(
    *, deal_id: int, on: date, note: str, actor: User | None, at: datetime
) -> Deal:
    """End a won deal: from `on` its remaining points are taken back (3.2).

    For cancellation and for non-payment alike. Raises `InvalidTransitionError` unless the
    deal is won and running, `InvalidDayError` for a day before it was won.
    """
    deal = _locked(deal_id)
    if deal.stage != Deal.Stage.WON or deal.cancelled_on is not None:
        raise InvalidTransitionError(_("Only a running won deal can be cancelled."))
    assert deal.closed_on  # the constraint deal_closed_on_iff_closed
    if on < deal.closed_on:
        raise InvalidDayError(_("A deal cannot end before it was won."))
    said, deal.cancelled_on = _state(deal), on
    deal.save(update_fields=["cancelled_on"])
    _record(deal, before=deal.stage, on=on, note=note, actor=actor, at=at)
    _tell_audit("deals.cancelled", deal, before=said, note=note, actor=actor, at=at)
    settle_deals(deal_ids=[deal.pk], at=at, editions=published_editions(), refresh=True)
    tell_cancelled(deal, at=at)
    return deal


@transaction.atomic
def downgrade_line(
    *, line_id: int, mrr_minor: int, on: date, actor: User | None, at: datetime
) -> LineReduction:
    """Reduce what a won line is worth from a day on; points follow in proportion (3.2).

    `mrr_minor` is what remains, in minor units of the line's currency. Raises
    `InvalidAmountError` unless that is less than before, `InvalidDayError` for a day
    before the win or the last downgrade, `InvalidTransitionError` unless the deal runs.
    """
    line = DealLine.objects.select_related("deal").get(pk=line_id)
    deal = _locked(line.deal_id)
    if deal.stage != Deal.Stage.WON or deal.cancelled_on is not None:
        raise InvalidTransitionError(_("Only a running won deal can be downgraded."))
    assert deal.closed_on  # the constraint deal_closed_on_iff_closed
    last = line.reductions.order_by("-on").first()
    if on < deal.closed_on or (last is not None and on <= last.on):
        raise InvalidDayError(_("A downgrade follows the win and the last downgrade."))
    worth = last.mrr_minor if last else line.mrr_minor
    if not 0 <= mrr_minor < worth:
        raise InvalidAmountError(_("A downgrade leaves less than before."))
    reduction = LineReduction.objects.create(
        line=line, on=on, mrr_minor=mrr_minor, actor=actor, at=at
    )
    audit.record(
        "deals.line_downgraded",
        actor=actor,
        at=at,
        partner_id=deal.partner_id,
        of=line,
        changes={
            "mrr_minor": (worth, mrr_minor),
            "currency": (line.currency, line.currency),
            "on": (None, on),
        },
    )
    settle_deals(deal_ids=[deal.pk], at=at, editions=published_editions(), refresh=True)
    return reduction


def settle_deals(
    *, deal_ids: Iterable[int], at: datetime, editions: Editions, refresh: bool
) -> list[PointsEntry]:
    """Post what the ledger lacks for the lines of deals the caller has locked.

    With `refresh` the standings concerned are queued for refresh; an import refreshes
    all of them at its end instead.
    """
    wanted = {
        line_id: line_postings(line, editions)
        for line_id, line in sold_lines(deal_id__any_of=deal_ids)
    }
    entries = settle(source_kind=PointsEntry.Source.DEAL_LINE, wanted=wanted, at=at)
    if refresh:
        queue_refresh(entries)
    return entries


def settle_converted(
    *, on: date, at: datetime, first_partner: int, last_partner: int
) -> int:
    """Post the points that waited for a currency the edition of a day adds (3.23).

    For the won deals of a range of partners, in batches. Returns the number of new
    entries; repeating it adds nothing.
    """
    editions = published_editions()
    waiting = Deal.objects.filter(
        stage=Deal.Stage.WON,
        partner_id__gte=first_partner,
        partner_id__lte=last_partner,
        lines__currency__in=editions.currencies_added_on(on),
    )
    ids = list(waiting.order_by("pk").values_list("pk", flat=True).distinct())
    new = 0
    for start in range(0, len(ids), DEALS_AT_ONCE):
        with transaction.atomic():
            locked = Deal.objects.select_for_update(of=("self",)).order_by("pk")
            batch = ids[start : start + DEALS_AT_ONCE]
            deal_ids = [deal.pk for deal in locked.filter(pk__in=batch)]
            new += len(
                settle_deals(deal_ids=deal_ids, at=at, editions=editions, refresh=True)
            )
    return new


def won_facts(
    *,
    closed_on: date,
    membership: str,
    territory: str,
    history: Iterable[tuple[date, str]],
    editions: Editions,
) -> dict[str, object]:
    """Return the fields a deal keeps from the day it was won.

    `history` is the partner's tier changes, oldest first. Before the first edition there
    is no edition to name and no growth list to read.
    """
    tier = TierChoice.NONE.value
    for credited_on, credited in history:
        if credited_on <= closed_on:
            tier = credited
    try:
        edition = editions.on(closed_on)
    except NoEditionError:
        edition = None
    return {
        "won_edition_id": edition.id if edition else None,
        "won_tier": tier,
        "won_membership": membership,
        "won_territory": territory,
        "won_growth": bool(edition and edition.rulebook.is_growth(territory)),
    }


def tier_history(*, partner_ids: Iterable[int]) -> dict[int, list[tuple[date, str]]]:
    """Return partner id → its tier changes as (day, tier), oldest first."""
    history: dict[int, list[tuple[date, str]]] = {}
    for partner_id, on, tier in (
        TierChange.objects.filter(partner_id__any_of=partner_ids)
        .order_by("on", "id")
        .values_list("partner_id", "on", "tier")
    ):
        history.setdefault(partner_id, []).append((on, tier))
    return history


def _locked(deal_id: int) -> Deal:
    return (
        Deal.objects.select_for_update(of=("self",))
        .select_related("partner", "client")
        .get(pk=deal_id)
    )


def _record(
    deal: Deal, *, before: str, on: date, note: str, actor: User | None, at: datetime
) -> None:
    DealTransition.objects.create(
        deal=deal, from_stage=before, to_stage=deal.stage, on=on, note=note, actor=actor,
        at=at,
    )  # fmt: skip


def _state(deal: Deal) -> dict[str, object]:
    return audit.values_of(deal, AUDITED)


def _tell_audit(
    action: str,
    deal: Deal,
    *,
    before: dict[str, object],
    note: str,
    actor: User | None,
    at: datetime,
) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        partner_id=deal.partner_id,
        of=deal,
        changes=audit.differences(before, _state(deal)),
        note=note,
    )
