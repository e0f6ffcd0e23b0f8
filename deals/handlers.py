"""Work of this app that the outbox runs, and the events that happen in it."""

from __future__ import annotations

from deals import services
from deals.models import DealRequest, Registration, RegistrationAppeal
from deals.services.registrations.reviewing import (
    tell_late_appeals,
    tell_late_registrations,
)
from deals.services.sharing.requesting import tell_late_requests
from outbox import clock
from outbox.registry import Lane, event, handler, when_needed
from partners.standing_sql import NO_LAST_ID

event("deals.registered", lane=Lane.POINTS)
event("deals.won", lane=Lane.MONEY)
event("deals.cancelled", lane=Lane.MONEY)
event("deals.line_added", lane=Lane.MONEY)
event("deals.line_reduced", lane=Lane.MONEY)
event("deals.proof_changed", lane=Lane.MONEY)
event("deals.motion_corrected", lane=Lane.MONEY)
event("deals.imported", lane=Lane.MONEY)


@handler("deals.proof_letter", lane=Lane.MAIL)
def proof_letter(*, request_id: int, **_future: object) -> None:
    """Send the client the link to the proof, unless it was withdrawn or answered."""
    services.send_proof_letter(request_id=request_id, at=clock.now())


def _promises_broken() -> bool:
    late = Registration.objects.late_at(clock.now())
    return late.filter(late_told_at=None).exists()


def _appeals_late() -> bool:
    late = RegistrationAppeal.objects.filter(outcome="", due_at__lte=clock.now())
    return late.filter(late_told_at=None).exists()


def _requests_late() -> bool:
    late = DealRequest.objects.late_at(clock.now())
    return late.filter(late_told_at=None).exists()


@when_needed("deals.late_registrations", needed=_promises_broken, lane=Lane.MAIL)
def late_registrations(**_future: object) -> None:
    """Say that the promised time of an answer has passed; once for each promise."""
    tell_late_registrations(at=clock.now(), first=0, last=NO_LAST_ID)


@when_needed("deals.late_appeals", needed=_appeals_late, lane=Lane.MAIL)
def late_appeals(**_future: object) -> None:
    """Say that the promised decision on an appeal is late; once for each."""
    tell_late_appeals(at=clock.now())


@when_needed("deals.late_requests", needed=_requests_late, lane=Lane.MAIL)
def late_requests(**_future: object) -> None:
    """Say that the promised answer to a request on a deal is late; once for each."""
    tell_late_requests(at=clock.now())
