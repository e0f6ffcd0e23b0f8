"""The pages of the programme outside of the portal (R129)."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_lazy as _

LINK_LABELS = {
    "client_dashboard": _("Client management dashboard"),
    "resources": _("Partner resource portal"),
    "chat": _("Partner chat"),
    "sales_rules": _("Sales rules overview"),
    "policies": _("Programme policies"),
    "code_of_conduct": _("Code of conduct"),
    "commissions": _("Commissions overview"),
    "deal_registration": _("Deal registration overview"),
}
"""What the programme promises to link (R129); the addresses stand in the settings."""


@dataclass(frozen=True, slots=True)
class Link:
    """A page of the programme outside of the portal."""

    label: str
    url: str


def programme_links() -> list[Link]:
    """Return the links of R129 that have an address, in the guide's order."""
    urls = settings.PROGRAM_LINKS
    return [
        Link(str(label), urls[name])
        for name, label in LINK_LABELS.items()
        if name in urls
    ]
