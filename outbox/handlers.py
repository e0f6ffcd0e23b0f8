"""The outbox's own work."""

from datetime import date

from outbox import services
from outbox.clock import every_day
from outbox.registry import Lane, periodic


@periodic("outbox.purge", days=every_day, lane=Lane.BULK, ordered=False)
def purge(*, day: str, **_future: object) -> None:
    """Remove old done rows. Twice removes nothing more."""
    services.purge(on=date.fromisoformat(day))
