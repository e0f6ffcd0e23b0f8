"""What another edition changes for one partner, from its standing: no ledger is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import RehearsalRow, Standing
from partners.receipts import words
from partners.receipts.addresses import Number, number_url
from program.rehearsal import Reason, reason
from program.rulebook import Kind, Membership, Rulebook, Tier
from program.tiers import Constraint, Gap, Totals, gaps, performing_tier
from ui import formats

CONSTRAINTS = {
    Constraint.SOLD: gettext_lazy("Sold points"),
    Constraint.MANAGED: gettext_lazy("Managed points"),
    Constraint.TOTAL: gettext_lazy("Points in total"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstraintChange:
    """One minimum of a tier under two editions."""

    label: str
    before: Gap
    after: Gap
    before_url: str
    after_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TierChangeTable:
    """The three minima of a tier under two editions."""

    tier: Tier
    rows: Sequence[ConstraintChange]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A partner under two editions.

    `target` is the tier the letter speaks of: the one that is lost, else the next above.
    `short` micro-points of `constraint` are missing for it under the later edition, 0 if
    none are.
    """

    is_provider: bool
    now: Tier
    then: Tier
    why: Reason | None
    target: Tier
    constraint: str
    short: int


def change_for(standing: Standing, *, before: Rulebook, after: Rulebook) -> Change:
    """Return what two editions make of a standing's points; needs its partner loaded."""
    totals = totals_of(standing)
    partner = standing.partner
    invited = partner.elite_invited_on
    admitted = standing.credited_tier == Tier.ELITE or (
        invited is not None and invited <= standing.as_of
    )
    now, then = (
        performing_tier(
            totals=totals,
            rulebook=rulebook,
            membership=Membership(partner.membership),
            elite_admitted=admitted,
        )
        for rulebook in (before, after)
    )
    target = now if then < now else then.next or then
    missing = [
        gap
        for gap in gaps(totals=totals, rulebook=after, tier=target)
        if gap.enforced and not gap.met
    ]
    return Change(
        is_provider=partner.membership == Membership.PROVIDER,
        now=now,
        then=then,
        why=reason(totals=totals, now=now, then=then, before=before, after=after),
        target=target,
        constraint=str(missing[0].constraint) if missing else "",
        short=missing[0].short if missing else 0,
    )


def totals_of(row: Standing | RehearsalRow) -> Totals:
    return Totals(sourced=row.sourced, assisted=row.assisted, managed=row.managed)


def tables_for(
    standing: Standing, *, change: Change, before: Rulebook, after: Rulebook
) -> Sequence[TierChangeTable]:
    """Return the minima of the tier of today and of the next one, under both editions."""
    tiers = {change.now, change.then, change.target} - {Tier.NONE}
    totals = totals_of(standing)
    return [
        TierChangeTable(
            tier=tier,
            rows=[
                ConstraintChange(
                    label=str(CONSTRAINTS[old.constraint]),
                    before=old,
                    after=new,
                    before_url=_receipt(standing, old.constraint, before),
                    after_url=_receipt(standing, new.constraint, after),
                )
                for old, new in zip(
                    gaps(totals=totals, rulebook=before, tier=tier),
                    gaps(totals=totals, rulebook=after, tier=tier),
                    strict=True,
                )
            ],
        )
        for tier in sorted(tiers, key=lambda tier: tier.rank)
    ]


def _receipt(standing: Standing, constraint: Constraint, rulebook: Rulebook) -> str:
    """Return the address of the receipt of what a minimum counts."""
    numbers = {Constraint.MANAGED: Number.MANAGED, Constraint.TOTAL: Number.TOTAL}
    sold = Number.SOLD
    if rulebook.table.sold_basis == {Kind.SOURCED}:
        sold = Number.SOURCED
    elif rulebook.table.sold_basis == {Kind.ASSISTED}:
        sold = Number.ASSISTED
    number = numbers.get(constraint, sold)
    return number_url(standing.partner, number, standing.as_of)


def why_sentence(row: RehearsalRow, *, before: Rulebook, after: Rulebook) -> str:
    """Say why a rehearsed partner rises or falls, "" if it does neither."""
    found = reason(
        totals=totals_of(row),
        now=Tier(row.tier_now),
        then=Tier(row.tier_then),
        before=before,
        after=after,
    )
    if found is None:
        return ""
    tier = words.tier_name(found.tier)
    if found.before is None or found.after is None or found.constraint is None:
        return _("The numbers of %(tier)s suffice; the invitation decides.") % {
            "tier": tier
        }
    facts = {
        "tier": tier,
        "what": str(CONSTRAINTS[found.constraint]).lower(),
        "need": formats.points(found.after.need),
        "need_before": formats.points(found.before.need),
        "have": formats.points(found.after.have),
        "have_before": formats.points(found.before.have),
    }
    if found.before.enforced != found.after.enforced:
        if found.after.enforced:
            return _("%(tier)s now asks for %(need)s %(what)s; %(have)s count.") % facts
        return _("%(tier)s no longer asks for %(what)s; %(have)s count.") % facts
    if found.before.need == found.after.need:
        return (
            _(
                "%(tier)s asks for %(need)s %(what)s; %(have)s count instead of "
                "%(have_before)s."
            )
            % facts
        )
    return (
        _(
            "%(tier)s asks for %(need)s %(what)s instead of %(need_before)s; "
            "%(have)s count."
        )
        % facts
    )
