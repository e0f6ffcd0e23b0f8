"""Who follows a deal: each side brings and takes away its own people (3.10)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from deals.models import Deal, DealTeamMember
from deals.notifications.sharing import tell_joined
from deals.services.activities import locked, note_activity
from deals.services.sharing.writing import SharingError
from partners.models import Person, Role, StaffRole, User
from partners.services import audit

FOLLOWING_STAFF = (
    *(StaffRole.PDM, StaffRole.PROGRAMME_MANAGER, StaffRole.GROWTH_SPECIALIST),
)
"""The staff who work on deals."""

MAX_TEAM = 50


def may_join(deal: Deal, *, staff: bool) -> QuerySet[User]:
    """Return the accounts of one side that may join a deal's team and are not in it.

    Of the partner whoever works there; of the vendor whoever works on deals and sees
    this one, which the service checks for the one who is chosen.
    """
    there = DealTeamMember.objects.filter(deal=deal, left_at=None).values("user_id")
    users = User.objects.filter(is_active=True).exclude(pk__in=there)
    if staff:
        found = users.filter(is_staff=True, staff_role__in=FOLLOWING_STAFF)
    else:
        people = Person.objects.active().filter(
            partner=deal.partner_id, user__isnull=False
        )
        found = users.filter(is_staff=False, pk__in=people.values("user_id"))
    return found.order_by("full_name", "email")


@transaction.atomic
def join_team(*, deal_id: int, user_id: int, actor: User, at: datetime) -> DealTeamMember:
    """Let somebody follow a deal: they hear of all that happens to it.

    Each side brings its own people. Raises `SharingError` for somebody of the other
    side, of another company, who may not see the deal, or who follows it already.
    """
    deal = locked(deal_id)
    user = may_join(deal, staff=actor.is_staff).filter(pk=user_id).first()
    if user is None or not Deal.objects.visible_to(user).filter(pk=deal.pk).exists():
        raise SharingError(_("This person cannot join the team of the deal."))
    if deal.team.filter(left_at=None).count() >= MAX_TEAM:
        raise SharingError(_("The team has no place left."))
    member = DealTeamMember.objects.create(
        deal=deal, user=user, added_by=actor, added_at=at
    )
    _record("joined", member, deal, actor=actor, at=at)
    if user != actor:
        tell_joined(deal, member, who=str(actor), at=at)
    return member


@transaction.atomic
def leave_team(*, member_id: int, actor: User, at: datetime) -> None:
    """Let somebody follow a deal no longer: oneself, or somebody of the own side.

    Raises `SharingError` for somebody of the other side, or who has left already.
    """
    deal = locked(DealTeamMember.objects.get(pk=member_id).deal_id)
    member = DealTeamMember.objects.select_related("user").get(pk=member_id)
    if member.left_at is not None:
        raise SharingError(_("They have left the team already."))
    if not may_take_away(member, actor):
        raise SharingError(_("Each side takes away its own people."))
    member.left_at = at
    member.save(update_fields=["left_at"])
    _record("left", member, deal, actor=actor, at=at)


def may_take_away(member: DealTeamMember, actor: User) -> bool:
    """Say whether an account may take somebody off a team."""
    if member.user_id == actor.pk:
        return True
    if member.user.is_staff != actor.is_staff:
        return False
    if actor.is_staff:
        return actor.staff_role in FOLLOWING_STAFF
    return actor.person is not None and actor.person.role in (Role.OWNER, Role.SALES)


def _record(
    what: str, member: DealTeamMember, deal: Deal, *, actor: User, at: datetime
) -> None:
    note_activity(
        deal,
        f"team_{what}",
        actor=actor,
        at=at,
        facts={"name": str(member.user), "oneself": member.user_id == actor.pk},
    )
    audit.record(
        f"deals.team_{what}",
        actor=actor,
        at=at,
        partner_id=deal.partner_id,
        of=member,
        changes={"user_id": (None, member.user_id)},
    )
