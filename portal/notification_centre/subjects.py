"""What the kinds of notifications are about, for a page that lists them all."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SUBJECTS: Final[tuple[tuple[str | Promise, tuple[str, ...]], ...]] = (
    (_("Deals and clients"), ("deals.", "clients.")),
    (_("Money and benefits"), ("commissions.", "benefits.", "partners.benefits_")),
    (
        _("Tiers"),
        ("partners.tier_", "partners.override_", "partners.appeal_", "partners.elite_"),
    ),
    (
        _("Standing and membership"),
        (
            *("partners.condition_", "partners.escalation_", "partners.certification_"),
            *("partners.own_", "partners.membership_", "partners.gold_"),
            "partners.upgrade_",
        ),
    ),
    (_("People"), ("partners.join_", "partners.person_", "partners.role_")),
)
"""Subject → how the names of its kinds begin, as the page has them."""

REST: Final = _("The programme and the portal")
"""What nobody has said anything else of."""


def subject_of(kind: str) -> str | Promise:
    """Return what a kind of notification is about, by its name."""
    for subject, beginnings in SUBJECTS:
        if kind.startswith(beginnings):
            return subject
    return REST
