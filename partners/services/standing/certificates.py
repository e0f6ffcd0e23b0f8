"""Warnings before a company's last certification ends (R8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from partners.models import MembershipChoice, Partner
from partners.receipts.conditions import holdings_of
from partners.services.standing.telling import tell
from program.rulebook import Rulebook
from program.standing import covered_until, due_warning


def warn_of_certificates(
    partners: Iterable[Partner], *, today: date, at: datetime, rulebook: Rulebook
) -> None:
    """Warn partners whose last certification is about to end; once per warning."""
    rules = rulebook.certification
    if not (rules.required and rules.warning_days):
        return
    asked = [each for each in partners if each.membership == MembershipChoice.PARTNER]
    holdings = holdings_of(partner.pk for partner in asked)
    for partner in asked:
        ends_on = covered_until(on=today, holdings=holdings.get(partner.pk, ()))
        if ends_on is None:
            continue
        warning = due_warning(ends_on=ends_on, on=today, days=rules.warning_days)
        if warning is not None:
            tell(
                "partners.certification_ends",
                key=f"certification:{partner.pk}:{ends_on}:{warning}",
                partner=partner,
                at=at,
                due_on=ends_on,
                ends_on=ends_on.isoformat(),
            )
