"""The simulator's result in words: the verdict, the sums, what holds back, the ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deals.pages.what_if_state import Tokens
from deals.services.what_if.facts import Facts
from deals.services.what_if.simulating import Prospect, WhatIf
from partners.models import KindChoice
from partners.receipts import words
from partners.receipts.addresses import Number, credited_tier_url, number_url
from partners.receipts.tiers import sold_label
from program.rulebook import Kind, Rulebook, Tier
from program.simulator import MAX_BRANCHING, Outcome
from program.tiers import Cause, Constraint, Gap
from ui import formats
from ui.columns import points_in_full


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One minimum of the goal against the simulated sum."""

    gap: Gap
    label: str
    binds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SumRow:
    """How the points of one kind come about: today, what changes by itself, choices.

    Micro-points. A receipt stands behind what there is today, and behind what expires.
    """

    label: str
    now: int
    now_url: str
    change: int
    change_url: str
    added: int
    lost: int
    then: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WayDeal:
    """A deal on a way."""

    name: str
    url: str
    points: int
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class WayLine:
    """A set of deals that is enough; `query` is the address with them chosen."""

    deals: Sequence[WayDeal]
    points: int
    on: date
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The result as the page shows it; `lead` is the tier the evaluation leaves."""

    evaluation_on: date
    tier: Tier
    credited: Tier
    credited_url: str
    before: Tier
    verdict: str
    reason: str
    cautions: Sequence[str]
    goal: Tier
    table: str
    bars: Sequence[Bar]
    sums: Sequence[SumRow]
    chosen: int
    reached: bool
    binding: str
    ways: Sequence[WayLine]
    managed: str
    no_way: str
    one_of_many: bool


def told(found: WhatIf, *, tokens: Tokens, scenario: UUID | None) -> Told:
    """Return a result in words, in the active language."""
    facts, after = found.facts, found.after
    rulebook = facts.checks[-1].edition.rulebook
    chosen = sum(one.chosen for one in found.prospects)
    return Told(
        evaluation_on=facts.evaluation_on,
        tier=after.decision.tier,
        credited=facts.position.credited,
        credited_url=credited_tier_url(facts.partner, facts.today),
        before=found.before.decision.tier,
        verdict=_verdict(found),
        reason=_reason(after, facts),
        cautions=list(_cautions(found)),
        goal=found.goal,
        table=rulebook.table.code,
        bars=[
            Bar(gap=gap, label=_label(gap, rulebook), binds=gap is found.binding)
            for gap in found.gaps
        ],
        sums=_sums(found),
        chosen=chosen,
        reached=found.lack.nothing,
        binding=_binding(found, rulebook),
        ways=_ways(found, tokens=tokens, scenario=scenario),
        managed=_managed(found),
        no_way=_no_way(found),
        one_of_many=bool(found.ways) and len(found.ways[0].deals) > MAX_BRANCHING,
    )


def _verdict(found: WhatIf) -> str:
    """Say which tier the evaluation leaves, and what it would be without the choices."""
    after, before = found.after.decision.tier, found.before.decision.tier
    named = {
        "day": formats.day_long(found.facts.evaluation_on),
        "tier": words.tier_name(after),
        "before": words.tier_name(before),
    }
    if not found.choices.won and not found.choices.lost:
        return (
            _("If nothing is won until then, %(day)s leaves you with %(tier)s.") % named
        )
    if after == before:
        return (
            _("%(day)s leaves you with %(tier)s, as it would without these choices.")
            % named
        )
    return (
        _(
            "%(day)s leaves you with %(tier)s; without these choices it would be "
            "%(before)s."
        )
        % named
    )


def _reason(after: Outcome, facts: Facts) -> str:
    """Say why in one sentence: the cause of the decision."""
    decision = after.decision
    if after.rises:
        day, tier = after.rises[-1]
        return _("%(tier)s is credited at the check of %(day)s.") % {
            "tier": words.tier_name(tier),
            "day": formats.day_long(day),
        }
    named = {
        "tier": words.tier_name(decision.tier),
        "performing": words.tier_name(after.performing),
        "until": _long(decision.protected_until or decision.cure_until),
    }
    if decision.cause is Cause.CERTIFICATION_EXPIRED:
        return (
            _(
                "Nobody holds a valid Solutions Partner Certification that day: the tier "
                "is lost unless it is renewed by %(until)s."
            )
            % named
        )
    if decision.cause is Cause.PROTECTED:
        return (
            _(
                "The points of the day give %(performing)s; the tier is protected until "
                "%(until)s."
            )
            % named
        )
    if decision.cause is Cause.DOWNGRADED:
        return _("%(tier)s is the best that any check of the period reaches.") % named
    if after.performing < facts.position.credited:
        return (
            _(
                "The points of the day give %(performing)s; the tier is kept because an "
                "earlier check of the period reached it."
            )
            % named
        )
    return _("The points of the day give %(performing)s.") % named


def _cautions(found: WhatIf) -> Iterator[str]:
    """Yield what the result takes for granted, or leaves out."""
    facts, after = found.facts, found.after
    if facts.unmet and after.performing > after.decision.tier:
        yield _(
            "The company is not in good standing: whatever is won, it does not rise "
            "before that is settled."
        )
    chosen = [one for one in found.prospects if one.chosen]
    late = sum(one.on > facts.evaluation_on for one in chosen)
    if late:
        yield ngettext(
            "%(number)s chosen deal is won after the evaluation and does not count.",
            "%(number)s chosen deals are won after the evaluation and do not count.",
            late,
        ) % {"number": formats.number(late)}
    unproven = sum(not one.proven and one.points > 0 for one in chosen)
    if unproven:
        yield ngettext(
            "%(number)s chosen deal has no proof of involvement that is in time: without "
            "it, it earns nothing.",
            "%(number)s chosen deals have no proof of involvement that is in time: "
            "without it, they earn nothing.",
            unproven,
        ) % {"number": formats.number(unproven)}
    if found.goal is Tier.ELITE and facts.position.credited is not Tier.ELITE:
        yield _("Elite is by invitation, after a review, beside its points.")


def _label(gap: Gap, rulebook: Rulebook) -> str:
    if gap.constraint is Constraint.SOLD:
        return sold_label(rulebook)
    if gap.constraint is Constraint.MANAGED:
        return _("Managed points")
    return _("Points in total")


def _binding(found: WhatIf, rulebook: Rulebook) -> str:
    gap = found.binding
    if gap is None:
        return ""
    label = _label(gap, rulebook)
    return _("What holds %(tier)s back most: %(label)s, %(short)s short of %(need)s.") % {
        "tier": words.tier_name(found.goal),
        "label": f"{label[:1].lower()}{label[1:]}",
        "short": points_in_full(gap.short),
        "need": formats.points_exact(gap.need),
    }


def _sums(found: WhatIf) -> list[SumRow]:
    facts = found.facts
    expires = {
        Kind.SOURCED: (facts.going.sourced, Number.SOURCED_EXPIRING_EVALUATION),
        Kind.ASSISTED: (facts.going.assisted, None),
        Kind.MANAGED: (0, None),
    }
    rows = []
    for kind in Kind:
        going, number = expires[kind]
        change = found.left.of({kind}) - facts.now.of({kind})
        rows.append(
            SumRow(
                label=str(KindChoice(kind).label),
                now=facts.now.of({kind}),
                now_url=number_url(facts.partner, Number(kind.value), facts.today),
                change=change,
                change_url=_expiring_url(facts, number) if change == -going else "",
                added=found.added.of({kind}),
                lost=found.lost if kind is Kind.MANAGED else 0,
                then=found.totals.of({kind}),
            )
        )
    change = found.left.total - facts.now.total
    expected = change == -facts.going.total
    rows.append(
        SumRow(
            label=_("Total"),
            now=facts.now.total,
            now_url=number_url(facts.partner, Number.TOTAL, facts.today),
            change=change,
            change_url=_expiring_url(
                facts, Number.EXPIRING_EVALUATION if expected else None
            ),
            added=found.added.total,
            lost=found.lost,
            then=found.totals.total,
        )
    )
    return rows


def _expiring_url(facts: Facts, number: Number | None) -> str:
    return number_url(facts.partner, number, facts.today) if number else ""


def _ways(found: WhatIf, *, tokens: Tokens, scenario: UUID | None) -> list[WayLine]:
    names = {str(one.deal.id): one for one in found.prospects}
    lines = []
    for way in found.ways:
        deals = [names[each.key] for each in way.deals]
        deals.sort(key=lambda one: (one.on, one.deal.name))
        choices = found.choices.on_a_way((one.deal.id for one in deals), goal=found.goal)
        lines.append(
            WayLine(
                deals=[_way_deal(one) for one in deals],
                points=way.points,
                on=way.on,
                query=tokens.query(choices, scenario=scenario),
            )
        )
    return lines


def _way_deal(one: Prospect) -> WayDeal:
    return WayDeal(
        name=one.deal.name,
        url=reverse("deals:detail", args=[one.deal.id]),
        points=one.points,
        on=one.on,
    )


def _managed(found: WhatIf) -> str:
    """Say what no deal can bring, "" if nothing of it is missing."""
    if not found.lack.managed:
        return ""
    # As the bar says it, rounded.
    short = sum(gap.short for gap in found.gaps if gap.constraint is Constraint.MANAGED)
    named = {"tier": words.tier_name(found.goal), "points": points_in_full(short)}
    if found.ways:
        return (
            _(
                "%(points)s managed points are missing for %(tier)s: no deal brings "
                "those, only clients that you serve. These ways bring the rest:"
            )
            % named
        )
    return (
        _(
            "%(points)s managed points are missing for %(tier)s: no deal brings "
            "those, only clients that you serve."
        )
        % named
    )


def _no_way(found: WhatIf) -> str:
    """Say why no deals lead to the goal, "" if some do or none have to."""
    if found.ways or found.lack.by_deals.nothing:
        return ""
    if not any(one.points and not one.chosen for one in found.prospects):
        return _("No other open deal brings points by that day.")
    return _(
        "All your other open deals together do not bring the sold points and the total "
        "of %(tier)s by that day."
    ) % {"tier": words.tier_name(found.goal)}


def _long(day: date | None) -> str:
    return formats.day_long(day) if day else ""
