"""Warnings before a company's last certification ends (R8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from partners.models import MembershipChoice, Partner
from partners.receipts.conditions import holdings_of
from partners.services.standing.telling import settle_others, tell
from program.rulebook import Rulebook
from program.standing import covered_until, due_warning


def warn_of_certificates(
    partners: Iterable[Partner], *, today: date, at: datetime, rulebook: Rulebook
) -> None:
    """Warn partners whose last certification is about to end; once per warning.

    A warning is settled once a tighter one is said, and once it is not so any more.
    """
    rules = rulebook.certification
    if not (rules.required and rules.warning_days):
        return
    partners = list(partners)
    asked = [each for each in partners if each.membership == MembershipChoice.PARTNER]
    said = set()
    holdings = holdings_of(partner.pk for partner in asked)
    for partner in asked:
        ends_on = covered_until(on=today, holdings=holdings.get(partner.pk, ()))
        if ends_on is None:
            continue
        warning = due_warning(ends_on=ends_on, on=today, days=rules.warning_days)
        if warning is not None:
            key = f"certification:{partner.pk}:{ends_on}:{warning}"
            said.add(key)
            tell(
                "partners.certification_ends",
                key=key,
                partner=partner,
                at=at,
                due_on=ends_on,
                ends_on=ends_on.isoformat(),
            )
    settle_others(
        "partners.certification_ends",
        partner_ids=[partner.pk for partner in partners],
        keep=said,
        at=at,
    )
