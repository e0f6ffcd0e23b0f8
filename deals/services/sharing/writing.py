"""What both sides write on a shared deal: comments, and the fields that they work with.

Order in each service: lock, guard, change, record, tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import Deal, DealComment
from deals.notifications.sharing import tell_comment, tell_moved, tell_note
from deals.services.activities import (
    locked,
    note_activity,
    partner_accounts,
    touch,
    vendor_accounts,
)
from outbox.services import JSON
from partners.models import Person, User
from partners.services import audit

FIELDS: Final = (
    *("name", "pipeline", "expected_close_on", "next_step", "need", "owner"),
)
"""What people change on an open deal."""

PARTNERS_OWN: Final = frozenset({"name", "owner"})
"""What of it is the partner's alone: what the deal is called, and whose it is there."""

_TOLD: Final = 200
"""So much of a comment goes into the notification; the rest stands on the page."""


class SharingError(ValueError):
    """Something that cannot be done with a shared deal; the sentence says why."""


@transaction.atomic
def add_comment(
    *, deal_id: int, text: str, internal: bool, actor: User, at: datetime
) -> DealComment:
    """Comment on a deal; an internal comment is a note of the vendor to itself.

    The other side and whoever follows the deal are told; of an internal one only the
    vendor's people. An internal one leaves no trace that the partner sees, not even the
    day of the last activity. Raises `SharingError` for an empty text, and for an internal
    one of somebody who is not staff.
    """
    deal = locked(deal_id)
    if not text.strip():
        raise SharingError(_("Write something first."))
    refuse_internal(internal, actor)
    comment = DealComment.objects.create(
        deal=deal, author=actor, text=text, internal=internal, at=at
    )
    audit.record(
        "deals.note_written" if internal else "deals.commented",
        actor=actor,
        at=at,
        partner_id=deal.partner_id,
        of=comment,
    )
    if internal:
        tell_note(deal, comment, text=text[:_TOLD], accounts=vendor_accounts(deal), at=at)
        return comment
    touch(deal, at=at)
    tell_comment(
        deal,
        comment,
        text=text[:_TOLD],
        partner=partner_accounts(deal),
        vendor=vendor_accounts(deal),
        at=at,
    )
    return comment


def refuse_internal(internal: bool, actor: User) -> None:  # noqa: FBT001
    """Raise `SharingError` if somebody of a partner wants something to be internal."""
    if internal and not actor.is_staff:
        raise SharingError(_("Only the vendor writes internal notes."))


@transaction.atomic
def change_deal(
    *, deal_id: int, values: Mapping[str, Any], actor: User, at: datetime
) -> list[str]:
    """Change fields of an open deal; return the names of those that changed.

    `values` are of `FIELDS`; what is missing stays. Each change is a line of the
    timeline, all together one entry of the audit log. The other side is told when the
    pipeline stage has moved. Repeating it changes nothing and tells nobody.

    Raises `SharingError` if the deal is closed, for a field that is not theirs, an empty
    name, and an owner who does not work for the partner.
    """
    deal = locked(deal_id)
    if deal.stage != Deal.Stage.REGISTERED:
        raise SharingError(_("A closed deal is not changed any more."))
    _refuse_values(deal, values, actor)
    before = audit.values_of(deal, FIELDS)
    labels = {name: _shown(deal, name) for name in values}
    for name, value in values.items():
        setattr(deal, name, value)
    changes = audit.differences(before, audit.values_of(deal, FIELDS))
    if not changes:
        return []
    deal.save(update_fields=list(changes))
    for name in changes:
        _note_change(deal, name, before=labels[name], actor=actor, at=at)
    audit.record(
        "deals.changed",
        actor=actor,
        at=at,
        partner_id=deal.partner_id,
        of=deal,
        changes=changes,
    )
    if "pipeline" in changes:
        _tell_moved(deal, before=labels["pipeline"], actor=actor, at=at)
    return list(changes)


def _refuse_values(deal: Deal, values: Mapping[str, Any], actor: User) -> None:
    unknown = set(values) - set(FIELDS)
    if unknown or (actor.is_staff and PARTNERS_OWN & set(values)):
        raise SharingError(_("This field is not yours to change."))
    if not values.get("name", "-").strip():
        raise SharingError(_("A deal has a name."))
    owner: Person | None = values.get("owner")
    foreign = owner is not None and owner.partner_id != deal.partner_id
    # Whoever owned it before may have left since, and stays until somebody else is named.
    gone = owner is not None and owner.left_on is not None and owner.pk != deal.owner_id
    if foreign or gone:
        raise SharingError(_("The owner of a deal works for the partner."))
    if values.get("pipeline", deal.pipeline) not in Deal.Pipeline.values:
        raise SharingError(_("There is no such stage."))


def _note_change(
    deal: Deal, name: str, *, before: str, actor: User, at: datetime
) -> None:
    facts: dict[str, JSON] = {"field": name}
    # A long text is read on the page; the audit log keeps what it was.
    if name != "need":
        facts |= {"before": before, "after": _shown(deal, name)}
    note_activity(
        deal,
        "moved" if name == "pipeline" else "changed",
        actor=actor,
        at=at,
        facts=facts,
    )


def _shown(deal: Deal, name: str) -> str:
    """Return a field as the timeline keeps it: codes and ISO days, worded when read."""
    value = getattr(deal, name)
    return str(value) if value is not None else ""


def _tell_moved(deal: Deal, *, before: str, actor: User, at: datetime) -> None:
    """Tell the side that did not do it."""
    tell_moved(
        deal,
        # More than once a day is told more than once, but one move only once.
        key=f"deal-moved:{deal.pk}:{at.timestamp():.6f}",
        before=before,
        who=str(actor),
        partner=partner_accounts(deal) if actor.is_staff else [],
        vendor=[] if actor.is_staff else vendor_accounts(deal),
        at=at,
    )
