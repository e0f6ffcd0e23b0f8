"""How everything about a deal is told: its facts, and the page it leads to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.urls import reverse

from deals.models import Deal
from outbox.services import JSON
from partners.services.notifications import notify


def tell(
    kind: str,
    deal: Deal,
    *,
    key: str,
    accounts: Iterable[int],
    at: datetime,
    due_on: date | None = None,
    but: int | None = None,
    **facts: JSON,
) -> None:
    """Tell accounts something about a deal; `but` did it and knows."""
    notify(
        kind,
        key=key,
        user_ids=[account for account in accounts if account != but],
        at=at,
        partner_id=deal.partner_id,
        facts={"deal": deal.name, "client": deal.client_label, **facts},
        path=reverse("deals:detail", args=[deal.public_id]),
        due_on=due_on,
    )
