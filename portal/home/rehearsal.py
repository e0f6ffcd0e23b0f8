"""The rehearsed evaluation in words: what would happen, and because of what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outbox.services import day_of
from partners.models import Evaluation, Partner
from partners.receipts import words
from partners.receipts.addresses import Number, number_url, performing_tier_url
from partners.receipts.tiers import Check, sold_label
from partners.selectors import Editions
from portal.models import Outlook
from program.rulebook import Rulebook, Tier
from program.tiers import Constraint, Gap, Totals, gaps
from ui import formats
from ui.columns import points_in_full

Cause = Evaluation.Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What the evaluation would decide, compared with the tier that is held.

    `left_alone` is the lower tier it would decide if nothing came until then, None where
    that is not near or not lower.
    """

    evaluation_on: date
    as_of: date
    credited: Tier
    tier: Tier
    verdict: str
    reason: str
    url: str
    left_alone: Tier | None = None

    @property
    def at_risk(self) -> bool:
        return self.falls or self.left_alone is not None

    @property
    def falls(self) -> bool:
        return self.tier < self.credited

    @property
    def rises(self) -> bool:
        return self.tier > self.credited


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One minimum as the receipt prints it; micro-points."""

    label: str
    gap: Gap


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalReceipt:
    """Everything the rehearsal rests on: facts, arithmetic, rules.

    `compared` is the tier whose minima are printed: the one that is held, or the next.
    `expiring_url` leads to the points that go before the evaluation.
    """

    rehearsal: Rehearsal
    performing: Tier
    best: Tier
    certified: bool
    credited_on: date | None
    compared: Tier
    comparisons: Sequence[Comparison]
    expiring_url: str
    checks: Sequence[Check]
    rules: Sequence[words.Rule]


def rehearsal_url(partner: Partner) -> str:
    return reverse("portal:rehearsal", args=[partner.public_id])


def rehearsal_of(partner: Partner, outlook: Outlook, *, editions: Editions) -> Rehearsal:
    """Return the stored rehearsal in words."""
    rulebook = editions.by_id(outlook.edition_id).rulebook
    left_alone = outlook.facts.get("left_alone")
    return Rehearsal(
        evaluation_on=outlook.evaluation_on,
        as_of=outlook.as_of,
        credited=Tier(outlook.credited_tier),
        tier=Tier(outlook.tier),
        verdict=_verdict(outlook),
        reason=f"{_reason(outlook, rulebook)} {_left_alone(left_alone)}".strip(),
        url=rehearsal_url(partner),
        left_alone=Tier(left_alone) if left_alone else None,
    )


def rehearsal_receipt(
    partner: Partner, outlook: Outlook, *, editions: Editions
) -> RehearsalReceipt:
    """Return what the rehearsal rests on."""
    rulebook = editions.by_id(outlook.edition_id).rulebook
    facts, credited = outlook.facts, Tier(outlook.credited_tier)
    compared = _compared(outlook)
    known = {day: datetime.fromisoformat(moment) for day, _sum, moment in outlook.curve}
    return RehearsalReceipt(
        rehearsal=rehearsal_of(partner, outlook, editions=editions),
        performing=Tier(outlook.performing_tier),
        best=Tier(facts["best"]),
        certified=facts["certified"],
        credited_on=day_of(facts["credited_on"]),
        compared=compared,
        comparisons=[
            Comparison(label=_label(gap, rulebook), gap=gap)
            for gap in gaps(totals=_totals(outlook), rulebook=rulebook, tier=compared)
        ],
        expiring_url=number_url(partner, Number.EXPIRING_EVALUATION, outlook.as_of),
        checks=[
            Check(
                on=on,
                tier=Tier(tier),
                reaches=Tier(tier) >= credited,
                # The evaluation's own check is stood for by the points of today.
                url=performing_tier_url(
                    partner,
                    min(on, outlook.as_of),
                    known_at=known.get(on.isoformat(), outlook.computed_at),
                ),
            )
            for on, tier in _period(outlook)
        ],
        rules=[
            words.checks(rulebook),
            words.keeping(rulebook),
            words.protection(rulebook),
            words.certification(rulebook),
            words.basis(rulebook),
            words.managed_minimum(rulebook),
            words.rounding(rulebook),
        ],
    )


def _verdict(outlook: Outlook) -> str:
    before, after = words.tier_name(outlook.credited_tier), words.tier_name(outlook.tier)
    facts = {"day": formats.day_long(outlook.evaluation_on), "from": before, "to": after}
    if outlook.tier == outlook.credited_tier:
        return _("If today were %(day)s: %(to)s stays.") % facts
    return _("If today were %(day)s: %(from)s → %(to)s.") % facts


def _left_alone(tier: str | None) -> str:
    """Say what becomes of the tier if nothing comes, "" if that is not lower."""
    if tier is None:
        return ""
    return _("If no points come until then, %(tier)s is what is left on the day.") % {
        "tier": words.tier_name(tier)
    }


def _reason(outlook: Outlook, rulebook: Rulebook) -> str:
    """Say in one sentence why."""
    facts = outlook.facts
    if "held" in facts:
        return _(
            "Today’s points meet every minimum of %(tier)s, but the company is not in "
            "good standing: it would not rise."
        ) % {"tier": words.tier_name(facts["reached"])}
    if outlook.cause == Cause.CERTIFICATION_EXPIRED:
        return _(
            "But nobody holds a valid Solutions Partner Certification: it must be "
            "renewed by %(day)s, or the tier is lost."
        ) % {"day": formats.day_long(date.fromisoformat(facts["cure_until"]))}
    short = _short(outlook, _compared(outlook), rulebook)
    if not short:
        return _("Because today’s points meet every minimum of %(tier)s.") % {
            "tier": words.tier_name(outlook.tier)
        }
    sentence = _BY_CAUSE.get(outlook.cause)
    if sentence is None:
        return _kept(outlook, short)
    return str(sentence) % {
        "short": short,
        "best": words.tier_name(facts["best"]),
        "day": _long(facts["protected_until"]),
    }


_BY_CAUSE = {
    Cause.DOWNGRADED.value: gettext_lazy(
        "Because %(short)s; the best check of the period gives %(best)s."
    ),
    Cause.PROTECTED.value: gettext_lazy(
        "It is protected until %(day)s, although %(short)s."
    ),
    Cause.APPEALED.value: gettext_lazy(
        "Your appeal is not decided yet: until then the tier stays, although %(short)s."
    ),
    Cause.APPEAL_UPHELD.value: gettext_lazy(
        "Your appeal was upheld: the tier stays, although %(short)s."
    ),
}


def _kept(outlook: Outlook, short: str) -> str:
    """Say why a tier stays although something is short of it."""
    credited = Tier(outlook.credited_tier)
    reached = [on for on, tier in _period(outlook) if Tier(tier) >= credited]
    if credited is Tier.NONE or not reached:
        return _("Today’s points: %(short)s.") % {"short": short}
    return _("Although %(short)s: it was reached at the check of %(day)s.") % {
        "short": short,
        "day": formats.day_long(reached[-1]),
    }


def _compared(outlook: Outlook) -> Tier:
    """Return the tier whose minima decide: the new one, the one held, or the first."""
    if outlook.cause == Cause.UPGRADED:
        return Tier(outlook.tier)
    credited = Tier(outlook.credited_tier)
    return credited if credited is not Tier.NONE else Tier.GOLD


def _short(outlook: Outlook, tier: Tier, rulebook: Rulebook) -> str:
    """Return the minima of a tier that are missed: sourced points 298 < 325."""
    return formats.listing(
        [
            f"{_label(gap, rulebook)[:1].lower()}{_label(gap, rulebook)[1:]} "
            f"{points_in_full(gap.have)} < {formats.points_exact(gap.need)}"
            for gap in gaps(totals=_totals(outlook), rulebook=rulebook, tier=tier)
            if gap.enforced and not gap.met
        ]
    )


def _label(gap: Gap, rulebook: Rulebook) -> str:
    if gap.constraint is Constraint.SOLD:
        return sold_label(rulebook)
    if gap.constraint is Constraint.MANAGED:
        return _("Managed points")
    return _("Points in total")


def _totals(outlook: Outlook) -> Totals:
    facts = outlook.facts
    return Totals(
        sourced=facts["sourced"], assisted=facts["assisted"], managed=facts["managed"]
    )


def _period(outlook: Outlook) -> list[tuple[date, str]]:
    return [(date.fromisoformat(on), tier) for on, tier in outlook.facts["period"]]


def _long(text: str | None) -> str:
    return formats.day_long(date.fromisoformat(text)) if text else ""
