"""Work of this app that the outbox runs."""

from __future__ import annotations

from outbox import clock
from outbox.registry import Lane, handler
from partners import services


@handler("partners.refresh_standing", lane=Lane.POINTS)
def refresh_standing(*, partner_id: int, **_future: object) -> None:
    """Bring one partner's standing to today; natural overwrite, so twice is harmless."""
    services.refresh_standings(on=clock.today(), first=partner_id, last=partner_id)


@handler("partners.refresh_standings", lane=Lane.BULK)
def refresh_standings(*, first: int, last: int, **_future: object) -> None:
    """Bring the standings of a range of partners to today; natural overwrite."""
    services.refresh_standings(on=clock.today(), first=first, last=last)
