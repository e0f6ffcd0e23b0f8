"""What the next evaluation would decide if nothing changed until then."""

from __future__ import annotations

from datetime import date

from partners import standing_sql
from partners.models import Partner, Snapshot
from partners.selectors import Edition, edition_on
from partners.services.standings import credited_tiers
from partners.services.tiers.decisions import certified_partners
from program.rulebook import Membership, Tier
from program.tiers import Decision, Totals, evaluate, performing_tier


def rehearse_evaluation(
    *, partner: Partner, evaluation_on: date, today: date
) -> Decision | None:
    """Return the decision to expect, None for a provider.

    Its checks are the snapshots taken so far, the ledger where there is none, and on the
    day of the evaluation itself today's points without those that expire by then.
    """
    if partner.membership != Membership.PARTNER:
        return None
    edition = edition_on(evaluation_on)
    days = edition.rulebook.calendar.period(evaluation_on)
    known = dict(
        Snapshot.objects.filter(partner=partner, on__in=days).values_list(
            "on", "performing_tier"
        )
    )
    period = [
        (day, Tier(known[day]) if day in known else _performing(partner, day))
        for day in days
        if day in known or day <= today
    ]
    if evaluation_on not in known and evaluation_on > today:
        period.append((evaluation_on, _expected(partner, today, edition)))
    credited, credited_on = credited_tiers(partner_ids=[partner.pk], on=today).get(
        partner.pk, (Tier.NONE, days[0])
    )
    certified = certified_partners(on=evaluation_on, first=partner.pk, last=partner.pk)
    return evaluate(
        on=evaluation_on,
        credited=credited,
        credited_on=credited_on,
        period=period,
        certified=partner.pk in certified,
        rulebook=edition.rulebook,
    )


def _standing(partner: Partner, day: date) -> standing_sql.StandingOn:
    return next(
        standing_sql.read(
            on=day, edition=edition_on(day), first=partner.pk, last=partner.pk
        )
    )


def _performing(partner: Partner, day: date) -> Tier:
    return Tier(_standing(partner, day).performing_tier)


def _expected(partner: Partner, today: date, edition: Edition) -> Tier:
    """Return what is left of today's points, under the rules of the evaluation day."""
    standing = _standing(partner, today)
    return performing_tier(
        totals=Totals(
            sourced=standing.sourced - standing.sourced_expiring,
            assisted=standing.assisted - standing.assisted_expiring,
            managed=standing.managed,
        ),
        rulebook=edition.rulebook,
        membership=Membership.PARTNER,
        elite_admitted=standing.credited_tier == Tier.ELITE
        or partner.elite_invited_on is not None,
    )
