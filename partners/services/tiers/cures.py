"""The end of the days in which an expired certification can be renewed (3.4.4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db import transaction

from partners.models import Evaluation, TierAppeal
from partners.selectors import edition_on
from partners.services.tiers.appeal_days import appeals_against, heeding, let_wait
from partners.services.tiers.decisions import (
    carry_out,
    certified_partners,
    changes_since,
    stored,
)
from program import tiers as rules
from program.rulebook import Tier

ONE_DAY = timedelta(days=1)


@transaction.atomic
def end_cures(*, on: date, at: datetime, first: int, last: int) -> int:
    """Decide the evaluations whose time to renew a certification ended before a day.

    Each is decided as of its last day to renew and takes effect on the day after it,
    however late this runs. A tier credited since the evaluation stands: what is decided
    here is older. Returns how many tiers changed; repeating it changes none.
    """
    ended = list(
        Evaluation.objects.filter(
            partner_id__gte=first,
            partner_id__lte=last,
            cure_until__lt=on,
            cure_ended_by=None,
        ).order_by("cure_until", "partner_id")
    )
    changed = 0
    for cure_until, evaluations in groupby(ended, key=lambda each: each.cure_until):
        assert cure_until  # the filter
        certified = certified_partners(on=cure_until, first=first, last=last)
        decisions, appeals = [], {}
        for each in evaluations:
            appeal = appeals_against(
                evaluation_on=each.on, partner_ids=[each.partner_id]
            ).get(each.partner_id)
            if appeal is not None:
                appeals[each.partner_id] = appeal
            decisions.append(
                _after_cure(
                    each, renewed=each.partner_id in certified, appeal=appeal, at=at
                )
            )
        changed += carry_out(decisions, on=cure_until + ONE_DAY, at=at)
        let_wait(decisions, appeals)
    return changed


def _after_cure(
    evaluation: Evaluation, *, renewed: bool, appeal: TierAppeal | None, at: datetime
) -> Evaluation:
    """Return the decision that ends a cure, not stored yet."""
    edition = edition_on(evaluation.on)
    facts = evaluation.facts
    decision = rules.after_cure(
        on=evaluation.on,
        credited=Tier(evaluation.credited_before),
        credited_on=date.fromisoformat(facts["credited_on"]),
        period=[(date.fromisoformat(day), Tier(tier)) for day, tier in facts["period"]],
        renewed=renewed,
        rulebook=edition.rulebook,
    )
    if newest := changes_since(evaluation).first():
        decision = replace(decision, tier=Tier(newest.tier), cause=rules.Cause.KEPT)
    assert evaluation.cure_until
    on = evaluation.cure_until + ONE_DAY
    credited = Tier(newest.tier if newest else evaluation.credited_before)
    decision, heeded = heeding(decision, on=on, credited=credited, appeal=appeal)
    return stored(
        partner_id=evaluation.partner_id,
        on=on,
        at=at,
        credited=credited,
        decision=decision,
        facts={**facts, "renewed": renewed, **heeded},
        edition=edition,
        ends_cure_of=evaluation,
    )
