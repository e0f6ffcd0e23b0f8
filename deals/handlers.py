"""Work of this app that the outbox runs, and the events that happen in it."""

from __future__ import annotations

from deals import services
from deals.models import Registration
from deals.services.reviewing import tell_late_registrations
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


@handler("deals.proof_letter", lane=Lane.MAIL)
def proof_letter(*, request_id: int, **_future: object) -> None:
    """Send the client the link to the proof, unless it was withdrawn or answered."""
    services.send_proof_letter(request_id=request_id, at=clock.now())


def _promises_broken() -> bool:
    late = Registration.objects.late_at(clock.now())
    return late.filter(late_told_at=None).exists()


@when_needed("deals.late_registrations", needed=_promises_broken, lane=Lane.MAIL)
def late_registrations(**_future: object) -> None:
    """Say that the promised time of an answer has passed; once for each promise."""
    tell_late_registrations(at=clock.now(), first=0, last=NO_LAST_ID)
