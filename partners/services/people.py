"""People of partner companies, and the facts of the companies that rules rest on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from outbox import clock
from partners.models import Partner, Person, User
from partners.services import audit
from partners.services.accounts import NoLongerHereError
from partners.services.calendar_feeds import revoke_feed
from partners.services.exports import expire_files
from partners.services.invitations import withdraw_invitations_by
from partners.services.tiers.admissions import record_admission


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
        revoke_feed(user_id=person.user_id, actor=actor, at=at, note="left the company")
    audit.record(
        "partners.person_left",
        actor=actor,
        at=at,
        partner_id=person.partner_id,
        of=person,
        changes={"left_on": (None, on)},
    )
    return person


def end_imported_access(
    changed: Iterable[tuple[Mapping[str, object], Person]], *, at: datetime
) -> None:
    """End what hangs on a role or on working here, in the transaction of an import.

    `changed` are the people whose rows an import changed, each with what stood there.
    """
    for old, person in changed:
        if not person.user_id:
            continue
        if old.keys() & {"left_on", "role"}:  # who left has invited nobody any more
            withdraw_invitations_by(user_id=person.user_id, actor=None, at=at)
        if "left_on" in old and person.left_on:
            revoke_feed(
                user_id=person.user_id, actor=None, at=at, note="left the company"
            )


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
        record_admission(
            partner,
            before=before.elite_invited_on,
            today=clock.program_day(at),
            at=at,
        )
