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
    team = DealTeamMember.objects.filter(
        deal=deal,
        left_at=None,
        user__is_staff=False,
        user__people__partner=deal.partner_id,
        user__people__left_on=None,
    ).values_list("user_id", flat=True)
    return sorted({*company, *team})


def vendor_accounts(deal: Deal) -> list[int]:
    """Return the accounts of the vendor that hear of a deal.

    The specialists assigned to it and who joined its team; without any of them the
    partner's manager, so that nothing is told to nobody.
    """
    running = Assignment.objects.running().filter(
        deal=deal, specialist__user__is_active=True
    )
    assigned = running.values_list("specialist__user_id", flat=True)
    team = DealTeamMember.objects.filter(
        deal=deal, left_at=None, user__is_staff=True
    ).values_list("user_id", flat=True)
    found = {user_id for user_id in (*assigned, *team) if user_id}
    if not found and deal.partner.pdm_id:
        found = {deal.partner.pdm_id}
    return sorted(found)
