"""The deadline for Gold: warnings, the notice, and the move to provider (3.9).

What was warned of and given notice of runs from the day it was really said (`today`), so
that a clock that stood still takes nobody's time away; the move itself happens on its
own day, however late it is made up for.

A granted tier is not an earned one: it stops neither the deadline nor the notice. But
what two members of staff granted, the calendar does not take away: the move waits for
the end of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from partners.models import (
    GoldNotice,
    MembershipChange,
    MembershipChoice,
    Partner,
    TierChange,
    TierChoice,
    TierOverride,
)
from partners.selectors import Edition
from partners.services import audit
from partners.services.standing.membership import become_provider
from partners.services.standing.telling import settle_others, tell
from partners.services.standings import credited_tiers
from program.rulebook import Rulebook, Tier
from program.standing import due_warning, gold_deadline, moves_on


def follow_gold_deadlines(
    partners: Iterable[Partner], *, on: date, today: date, at: datetime, edition: Edition
) -> None:
    """Warn of the deadline, give notice when it has passed, and move who was noticed.

    What was said is settled once it is not so any more: a tier was earned, or the edition
    knows no deadline. Who is granted a tier is not moved while it is.
    """
    rulebook = edition.rulebook
    partners = list(partners)
    deadlines = gold_deadlines(partners, on=on, rulebook=rulebook)
    notices = {
        (notice.partner_id, notice.deadline_on): notice
        for notice in GoldNotice.objects.filter(partner_id__in=list(deadlines))
    }
    due = [pk for (pk, _deadline), notice in notices.items() if notice.moves_on <= on]
    granted = _granted(due, on=on)
    said = set()
    for partner in partners:
        if partner.pk not in deadlines:
            continue
        deadline = deadlines[partner.pk]
        notice = notices.get((partner.pk, deadline))
        if notice is None and deadline <= on:
            notice = _give_notice(partner, deadline, today=today, at=at, edition=edition)
        if notice is None:
            said.add(_warn(partner, deadline, today=today, at=at, rulebook=rulebook))
        elif notice.moves_on <= on and partner.pk not in granted:
            _move(partner, on=on, at=at)
        else:
            said.add(_notice_key(notice))
    settle_others(
        "partners.gold_deadline",
        "partners.gold_missed",
        partner_ids=[partner.pk for partner in partners],
        keep=said,
        at=at,
    )


def gold_deadlines(
    partners: Iterable[Partner], *, on: date, rulebook: Rulebook
) -> dict[int, date]:
    """Return partner id → deadline, for partners without a tier on a day only."""
    joined = {
        partner.pk: partner.joined_on
        for partner in partners
        if partner.membership == MembershipChoice.PARTNER
    }
    credited = credited_tiers(partner_ids=joined, on=on)
    without = [pk for pk in joined if credited.get(pk, (Tier.NONE, on))[0] is Tier.NONE]
    since = _members_since(without, on=on)
    had_one = _tiers_held(without, on=on)
    found = {}
    for pk in without:
        member_since = since.get(pk, joined[pk])
        # What was held before it became a partner again is no loss of this membership.
        lost = pk in had_one and (pk not in since or had_one[pk] >= since[pk])
        found[pk] = gold_deadline(
            member_since=member_since,
            lost_on=credited[pk][1] if lost else None,
            rulebook=rulebook,
        )
    return {pk: deadline for pk, deadline in found.items() if deadline is not None}


def _granted(partner_ids: list[int], *, on: date) -> set[int]:
    """Return the partners that are granted a tier on a day."""
    if not partner_ids:
        return set()
    overrides = TierOverride.objects.filter(partner_id__in=partner_ids).in_force_on(on)
    granted = overrides.exclude(tier=TierChoice.NONE)
    return set(granted.values_list("partner_id", flat=True))


def _members_since(partner_ids: list[int], *, on: date) -> dict[int, date]:
    """Return partner id → the day it became a partner, if it was no partner before."""
    changes = MembershipChange.objects.filter(
        partner_id__in=partner_ids, on__lte=on, membership=MembershipChoice.PARTNER
    ).exclude(cause=MembershipChange.Cause.JOINED)
    return dict(changes.order_by("on", "id").values_list("partner_id", "on"))


def _tiers_held(partner_ids: list[int], *, on: date) -> dict[int, date]:
    """Return partner id → the day its last tier was credited, for those who had one."""
    changes = TierChange.objects.filter(partner_id__in=partner_ids, on__lte=on)
    held = changes.exclude(tier=TierChoice.NONE).order_by("on", "id")
    return dict(held.values_list("partner_id", "on"))


def _warn(
    partner: Partner, deadline: date, *, today: date, at: datetime, rulebook: Rulebook
) -> str:
    """Say the warning that is due, if one is; return its key."""
    warning = due_warning(
        ends_on=deadline, on=today, days=rulebook.membership.gold_warning_days
    )
    key = f"gold:{partner.pk}:{deadline}:{warning}"
    if warning is not None:
        tell(
            "partners.gold_deadline",
            key=key,
            partner=partner,
            at=at,
            due_on=deadline,
            deadline_on=deadline.isoformat(),
        )
    return key


def _give_notice(
    partner: Partner, deadline: date, *, today: date, at: datetime, edition: Edition
) -> GoldNotice:
    move = moves_on(deadline=deadline, noticed_on=today, rulebook=edition.rulebook)
    notice = GoldNotice.objects.create(
        partner=partner,
        deadline_on=deadline,
        noticed_on=max(today, deadline),
        moves_on=move,
        edition_id=edition.id,
        recorded_at=at,
    )
    audit.record(
        "partners.gold_notice", actor=None, at=at, partner_id=partner.pk, of=notice
    )
    tell(
        "partners.gold_missed",
        key=_notice_key(notice),
        partner=partner,
        at=at,
        due_on=move,
        deadline_on=deadline.isoformat(),
        moves_on=move.isoformat(),
    )
    return notice


def _notice_key(notice: GoldNotice) -> str:
    return f"gold-notice:{notice.pk}"


def _move(partner: Partner, *, on: date, at: datetime) -> None:
    become_provider(
        partner_id=partner.pk,
        reason="",
        on=on,
        actor=None,
        at=at,
        cause=MembershipChange.Cause.GOLD_DEADLINE,
    )
