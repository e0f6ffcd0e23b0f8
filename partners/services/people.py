"""People of partner companies, and the facts of the companies that rules rest on."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

import outbox.services as outbox
from partners.models import Partner, Person, User
from partners.services import audit
from partners.services.accounts import NoLongerHereError
from partners.services.exports import expire_files
from partners.services.invitations import withdraw_invitations_by


class LeavingDayError(ValueError):
    """Nobody leaves in the future: access ends when the day is written down."""


@transaction.atomic
def leave_company(
    *, person_id: int, on: date, today: date, actor: User | None, at: datetime
) -> Person:
    """Record that a person left; access to the company ends with it.

    Raises `NoLongerHereError` for somebody who left before, `LeavingDayError` for a day
    after `today`.
    """
    person = Person.objects.select_for_update(of=("self",)).get(pk=person_id)
    if person.left_on is not None:
        raise NoLongerHereError(_("This person left the company already."))
    if on > today:
        raise LeavingDayError(_("The day lies in the future."))
    person.left_on = on
    person.save(update_fields=["left_on"])
    if person.user_id:
        withdraw_invitations_by(user_id=person.user_id, actor=actor, at=at)
    audit.record(
        "partners.person_left",
        actor=actor,
        at=at,
        partner_id=person.partner_id,
        of=person,
        changes={"left_on": (None, on)},
    )
    return person


@transaction.atomic
def store_partner(
    *, partner: Partner, changed: frozenset[str], actor: User | None, at: datetime
) -> None:
    """Store a partner's edited fields; its standing follows if it rests on one of them.

    `changed` are the names of the fields to store.
    """
    before = Partner.objects.select_for_update(of=("self",)).get(pk=partner.pk)
    partner.save(update_fields=sorted(changed))
    audit.record(
        "partners.edited",
        actor=actor,
        at=at,
        partner_id=partner.pk,
        of=partner,
        changes=audit.differences(
            audit.values_of(before, changed), audit.values_of(partner, changed)
        ),
    )
    if "pdm" in changed:
        expire_files(user_ids=[before.pdm_id], at=at)
    if "elite_invited_on" in changed:
        outbox.put(
            "partners.refresh_standing",
            key=f"standing:{partner.pk}:edited:{at.isoformat()}",
            partner_id=partner.pk,
        )
