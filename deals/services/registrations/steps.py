"""What every step of a registration's life does: lock, guard, write down (3.10, R8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from deals.models import Registration, RegistrationStep
from outbox.services import JSON
from partners.models import User
from partners.services import audit
from program.deal_life import REGISTRATION_STEPS
from program.rulebook import Rulebook
from program.steps import Actor, IllegalStepError, step


class RegistrationError(ValueError):
    """Something that cannot be done with a registration as it stands."""


def locked_registration(registration_id: int) -> Registration:
    """Return a registration with its company and its answers, its row locked."""
    return (
        Registration.objects.select_for_update(of=("self",))
        .select_related("partner", "client", "owner", "decided_by", "created_by")
        .get(pk=registration_id)
    )


def take_step(
    registration: Registration,
    event: str,
    *,
    by: Actor,
    actor: User | None,
    at: datetime,
    note: str = "",
    facts: Mapping[str, JSON] | None = None,
    changes: audit.Changes | None = None,
) -> None:
    """Move a locked registration, save it whole, and write the step down twice.

    In its history and in the audit log. Raises `RegistrationError` for a step that is not
    in the table.
    """
    before = registration.state
    try:
        registration.state = step(REGISTRATION_STEPS, before, event, by=by)
    except IllegalStepError as error:
        raise RegistrationError(
            _("That cannot be done with a registration that is: %(state)s.")
            % {"state": registration.get_state_display()}
        ) from error
    registration.save()
    RegistrationStep.objects.create(
        registration=registration,
        event=event,
        from_state=before,
        to_state=registration.state,
        note=note,
        facts=dict(facts or {}),
        actor=actor,
        at=at,
    )
    audit.record(
        f"deals.registration_{event}",
        actor=actor,
        at=at,
        partner_id=registration.partner_id,
        of=registration,
        changes={**(changes or {}), "state": (before, registration.state)},
        note=note,
    )


def promise(at: datetime, rulebook: Rulebook) -> datetime:
    """Return the moment by which the vendor answers what was submitted at a moment."""
    return at + timedelta(hours=rulebook.deal.review_sla_hours)
