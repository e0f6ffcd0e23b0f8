"""The decision of an evaluation day for each partner (3.4.3)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from partners.models import Evaluation, MembershipChoice, Partner, Snapshot
from partners.selectors import Edition
from partners.services.standings import credited_tiers
from partners.services.tiers.appeal_days import appeals_against, heeding, let_wait
from partners.services.tiers.decisions import (
    carry_out,
    certified_partners,
    decided_after,
    stored,
)
from program import tiers as rules
from program.rulebook import Tier


def evaluate_partners(
    *, on: date, at: datetime, first: int, last: int, edition: Edition
) -> tuple[int, int]:
    """Decide for each partner that has no evaluation of the day yet; not providers.

    Returns how many were evaluated, and how many tiers changed.
    """
    decided = decided_after(on=on, first=first, last=last)
    decided |= set(
        Evaluation.objects.filter(
            on=on, partner_id__gte=first, partner_id__lte=last
        ).values_list("partner_id", flat=True)
    )
    partner_ids = [
        pk
        for pk in Partner.objects.filter(
            pk__range=(first, last), membership=MembershipChoice.PARTNER
        )
        .order_by("pk")
        .values_list("pk", flat=True)
        if pk not in decided
    ]
    period_days = edition.rulebook.calendar.period(on)
    reached: dict[int, list[tuple[date, Tier]]] = defaultdict(list)
    for pk, day, tier in (
        Snapshot.objects.filter(
            partner_id__gte=first, partner_id__lte=last, on__in=period_days
        )
        .order_by("on")
        .values_list("partner_id", "on", "performing_tier")
    ):
        reached[pk].append((day, Tier(tier)))
    credited = credited_tiers(partner_ids=partner_ids, on=on)
    certified = certified_partners(on=on, first=first, last=last)
    appeals = appeals_against(evaluation_on=on, partner_ids=partner_ids)
    evaluations = []
    for pk in partner_ids:
        tier, credited_on = credited.get(pk, (Tier.NONE, period_days[0]))
        decision = rules.evaluate(
            on=on,
            credited=Tier(tier),
            credited_on=credited_on,
            period=reached[pk],
            certified=pk in certified,
            rulebook=edition.rulebook,
        )
        decision, appeal = heeding(
            decision, on=on, credited=Tier(tier), appeal=appeals.get(pk)
        )
        facts = {
            "credited_on": credited_on.isoformat(),
            "period": [[day.isoformat(), str(best)] for day, best in reached[pk]],
            "certified": pk in certified,
            **appeal,
        }
        evaluations.append(
            stored(
                partner_id=pk, on=on, at=at, credited=Tier(tier), decision=decision,
                facts=facts, edition=edition,
            )
        )  # fmt: skip
    downgraded = carry_out(evaluations, on=on, at=at)
    let_wait(evaluations, appeals)
    return len(evaluations), downgraded
