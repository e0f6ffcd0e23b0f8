"""Numbers of the back office that lead to their receipts."""

from __future__ import annotations

from django.utils.html import format_html_join

from partners.models import Snapshot, Standing
from partners.portfolio.display import receipt_link
from partners.receipts import addresses
from ui import formats


def number_link(row: Standing | Snapshot, number: addresses.Number, micro: int) -> str:
    """Return a number of a standing or a snapshot as a link to its receipt.

    A snapshot's is the receipt of what was known when it was taken.
    """
    if isinstance(row, Snapshot):
        day, known_at = row.on, row.taken_at
    else:
        day, known_at = row.as_of, None
    return receipt_link(
        lambda: addresses.number_url(row.partner, number, day, known_at=known_at),
        formats.points(micro),
    )


def expiring_links(standing: Standing) -> str:
    """Return what expires in 30, 60 and 90 days, each as a link to its receipt."""
    numbers = (
        (addresses.Number.EXPIRING_30, standing.expiring_30),
        (addresses.Number.EXPIRING_60, standing.expiring_60),
        (addresses.Number.EXPIRING_90, standing.expiring_90),
    )
    return format_html_join(
        ", ", "{}", ((number_link(standing, number, micro),) for number, micro in numbers)
    )
