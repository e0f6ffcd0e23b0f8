"""The people of a company, as its owners manage them: roles, and who leaves."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from partners.models import Partner, Person, Role, User
from partners.services import audit
from partners.services.invitations import withdraw_invitations_by
from partners.services.notifications import notify
from partners.services.people import leave_company


class TeamError(ValueError):
    """A change that nobody may make, or that would leave a company without an owner."""


@transaction.atomic
def change_role(*, person_id: int, role: Role, actor: User, at: datetime) -> Person:
    """Give a person another role; it counts from the next request on.

    Raises `TeamError` for oneself, for somebody who left, for the role somebody has, and
    for the last owner.
    """
    person = _locked(person_id, actor)
    if person.role == role:
        raise TeamError(_("This person has the role already."))
    if person.role == Role.OWNER:
        _refuse_last_owner(person)
    before, person.role = person.role, role
    person.save(update_fields=["role"])
    if person.user_id and role != Role.OWNER:
        withdraw_invitations_by(user_id=person.user_id, actor=actor, at=at)
    audit.record(
        "partners.role_changed",
        actor=actor,
        at=at,
        partner_id=person.partner_id,
        of=person,
        changes={"role": (before, role)},
    )
    if person.user_id:
        notify(
            "partners.role_changed",
            key=f"role:{person.pk}:{at.isoformat()}",
            user_ids=[person.user_id],
            at=at,
            partner_id=person.partner_id,
            facts={"role": role},
            path=reverse("company:people"),
        )
    return person


@transaction.atomic
def remove_person(*, person_id: int, actor: User, at: datetime, today: date) -> Person:
    """Record that a person left today; access ends with the next request.

    Raises `TeamError` for oneself, for somebody who left before, and for the last owner.
    """
    person = _locked(person_id, actor)
    if person.role == Role.OWNER:
        _refuse_last_owner(person)
    return leave_company(person_id=person.pk, on=today, today=today, actor=actor, at=at)


def _locked(person_id: int, actor: User) -> Person:
    """Lock the company, so that two owners do not remove each other, then the person."""
    partner_id = Person.objects.values_list("partner_id", flat=True).get(pk=person_id)
    Partner.objects.select_for_update(of=("self",)).get(pk=partner_id)
    person = Person.objects.select_for_update(of=("self",)).get(pk=person_id)
    acting = Person.objects.active().filter(
        partner_id=partner_id, user=actor, role=Role.OWNER
    )
    if not acting.exists():
        raise TeamError(_("Only an owner of the company does this."))
    if person.user_id == actor.pk:
        raise TeamError(_("Nobody does this to themselves; another owner can."))
    if person.left_on is not None:
        raise TeamError(_("This person left the company already."))
    return person


def _refuse_last_owner(person: Person) -> None:
    others = Person.objects.active().filter(
        partner_id=person.partner_id, role=Role.OWNER, user__is_active=True
    )
    if not others.exclude(pk=person.pk).exists():
        raise TeamError(_("A company keeps an owner: name another one first."))
