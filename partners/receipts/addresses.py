"""The permanent addresses of receipts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from urllib.parse import quote, urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from partners.models import Partner


class Number(StrEnum):
    """A number of a partner that has a receipt; its value stands in the address."""

    SOURCED = "sourced"
    ASSISTED = "assisted"
    MANAGED = "managed"
    SOLD = "sold"
    TOTAL = "total"
    EXPIRING_30 = "expiring-30"
    EXPIRING_60 = "expiring-60"
    EXPIRING_90 = "expiring-90"
    EXPIRING_EVALUATION = "expiring-evaluation"
    SOURCED_EXPIRING_EVALUATION = "sourced-expiring-evaluation"


def entry_url(public_id: UUID) -> str:
    """Return the address of the receipt of one entry of the ledger."""
    return reverse("partners:receipt_entry", args=[public_id])


def number_url(
    partner: Partner, number: Number, day: date, *, known_at: datetime | None = None
) -> str:
    """Return the address of a number's receipt.

    Without `known_at` the page fills in the moment it is opened, and is permanent then.
    """
    url = reverse("partners:receipt_number", args=[partner.public_id, number, day])
    return with_moment(url, known_at)


def performing_tier_url(
    partner: Partner, day: date, *, known_at: datetime | None = None
) -> str:
    url = reverse("partners:receipt_performing_tier", args=[partner.public_id, day])
    return with_moment(url, known_at)


def credited_tier_url(
    partner: Partner, day: date, *, known_at: datetime | None = None
) -> str:
    url = reverse("partners:receipt_credited_tier", args=[partner.public_id, day])
    return with_moment(url, known_at)


def snapshot_url(public_id: UUID) -> str:
    return reverse("partners:receipt_snapshot", args=[public_id])


def evaluation_url(public_id: UUID) -> str:
    return reverse("partners:receipt_evaluation", args=[public_id])


def override_url(public_id: UUID) -> str:
    return reverse("partners:receipt_override", args=[public_id])


def appeal_url(public_id: UUID) -> str:
    return reverse("partners:receipt_appeal", args=[public_id])


def elite_url(public_id: UUID) -> str:
    return reverse("partners:receipt_elite", args=[public_id])


def with_moment(url: str, known_at: datetime | None) -> str:
    """Return an address that says what was known when; `ui.query` reads the moment."""
    if known_at is None:
        return url
    text = known_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return f"{url}?{urlencode({'known': text}, safe=':')}"


def objection_url(partner: Partner, *, page: str, address: str) -> str:
    """Return a `mailto:` to the partner's development manager about a page.

    Without a manager the letter has no recipient yet; the person knows whom to ask.
    """
    recipient = partner.pdm.email if partner.pdm else ""
    subject = _("%(partner)s: is this right? %(page)s") % {
        "partner": partner.name,
        "page": page,
    }
    body = _("The page says:\n%(address)s\n\nWhat I expect instead, and why:\n") % {
        "address": address
    }
    words = urlencode({"subject": subject, "body": body}, quote_via=quote)
    return f"mailto:{quote(recipient, safe='@')}?{words}"
