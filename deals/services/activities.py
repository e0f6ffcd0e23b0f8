"""Writing down what happens to a deal, and who hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from deals.models import Assignment, Deal, DealActivity, DealTeamMember
from outbox import clock
from outbox.services import JSON
from partners.models import Role, User
from partners.services.notifications import accounts_of


def locked(deal_id: int) -> Deal:
    """Return a deal with partner and client, its row locked."""
    return (
        Deal.objects.select_for_update(of=("self",))
        .select_related("partner", "client")
        .get(pk=deal_id)
    )


def note_activity(
    deal: Deal,
    kind: str,
    *,
    actor: User | None,
    at: datetime,
    facts: Mapping[str, JSON] | None = None,
    internal: bool = False,
) -> None:
    """Add a line to the timeline of a deal the caller has locked.

    What somebody does moves the deal; what the clock or an import does, does not. Nor
    does what is internal: by the day of the last activity the partner would know of it.
    """
    DealActivity.objects.create(
        deal=deal,
        kind=kind,
        facts=dict(facts or {}),
        internal=internal,
        actor=actor,
        at=at,
    )
    if actor is not None and not internal:
        touch(deal, at=at)


def touch(deal: Deal, *, at: datetime) -> None:
    """Say of a deal the caller has locked that somebody worked on it today."""
    deal.active_on = clock.program_day(at)
    Deal.objects.filter(pk=deal.pk).update(active_on=deal.active_on)


def partner_accounts(deal: Deal) -> list[int]:
    """Return the accounts of the partner that hear of a deal: owners, sales, the team."""
    company = accounts_of(partner_id=deal.partner_id, roles={Role.SALES})
    return sorted({*company, *partner_team(deal)})


def partner_team(deal: Deal) -> list[int]:
    """Return the people on the team who still work for the partner."""
    members = DealTeamMember.objects.filter(
        deal=deal,
        left_at=None,
        user__is_staff=False,
        user__people__partner=deal.partner_id,
        user__people__left_on=None,
    )
    return list(members.values_list("user_id", flat=True))


def staff_team(deal: Deal) -> list[int]:
    """Return the staff on the team who still see the deal: territories are moved."""
    members = DealTeamMember.objects.filter(
        deal=deal, left_at=None, user__is_staff=True, user__is_active=True
    ).select_related("user")
    return [
        each.user_id
        for each in members
        if Deal.objects.visible_to(each.user).filter(pk=deal.pk).exists()
    ]


def vendor_accounts(deal: Deal) -> list[int]:
    """Return the accounts of the vendor that hear of a deal.

    The specialists assigned to it and who joined its team; without any of them the
    partner's manager, so that nothing is told to nobody.
    """
    running = Assignment.objects.running().filter(
        deal=deal, specialist__user__is_active=True
    )
    assigned = running.values_list("specialist__user_id", flat=True)
    found = {user_id for user_id in (*assigned, *staff_team(deal)) if user_id}
    if not found and deal.partner.pdm_id:
        found = {deal.partner.pdm_id}
    return sorted(found)
