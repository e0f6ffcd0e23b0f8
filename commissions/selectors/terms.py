"""What the lines of won deals may earn, derived from the facts and nothing else (3.6).

The same facts give the same terms, however often and in whatever order they are asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from deals.models import Deal, DealLine, LineReduction
from deals.services import tier_history
from outbox.services import JSON, iso
from partners.models import Accreditation, MembershipChange
from partners.selectors import Edition, Editions, memberships_at
from program.calendar import add_months
from program.commission import (
    NoSchedule,
    Sale,
    Schedule,
    Terms,
    demoted,
    last_month,
    month_of,
    terms_of,
    why_not_running,
)
from program.money import Money
from program.rulebook import Kind, Membership, Tier

Values = dict[str, Any]
"""The columns of a schedule and what stands in them."""


class _Line(NamedTuple):
    pk: int
    product_line: str
    mrr_minor: int
    currency: str
    added_on: date | None
    deal_id: int
    deal_ref: str
    partner_id: int
    client_id: int
    motion: str
    stage: str
    closed_on: date | None
    poi_on: date | None
    cancelled_on: date | None
    won_edition_id: int | None
    won_tier: str
    won_membership: str
    won_territory: str

    @property
    def sold_on(self) -> date | None:
        """The day on which it was sold: an upgrade has one of its own."""
        return self.added_on or self.closed_on


_COLUMNS = (
    *("pk", "product_line", "mrr_minor", "currency", "added_on", "deal_id"),
    *("deal__ref", "deal__partner_id", "deal__client_id", "deal__motion"),
    *("deal__stage", "deal__closed_on", "deal__poi_on", "deal__cancelled_on"),
    *("deal__won_edition_id", "deal__won_tier", "deal__won_membership"),
    "deal__won_territory",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a line opens: the columns of its schedule, and its rule if it may earn."""

    values: Values
    rule: Schedule | None


@dataclass(slots=True, kw_only=True)
class _About:
    """What is known about lines and their partners, by partner id."""

    reductions: Mapping[int, list[tuple[date, int]]] = field(default_factory=dict)
    """By line id."""
    accreditations: dict[int, list[tuple[str, date, date | None]]] = field(
        default_factory=dict
    )
    demotions: Mapping[int, list[date]] = field(default_factory=dict)
    tiers: Mapping[int, list[tuple[date, str]]] = field(default_factory=dict)
    memberships: Mapping[tuple[int, date], Membership] = field(default_factory=dict)

    def accredited(self, partner_id: int, name: str, on: date) -> bool:
        return any(
            held == name and granted <= on and (expires is None or on < expires)
            for held, granted, expires in self.accreditations.get(partner_id, ())
        )

    def tier(self, partner_id: int, on: date) -> str:
        tier = Tier.NONE.value
        for day, credited in self.tiers.get(partner_id, ()):
            if day <= on:
                tier = credited
        return tier


def opened_by(
    deal_ids: Collection[int], *, editions: Editions
) -> dict[int, Opened | None]:
    """Return line id → what each line of these deals opens; None if it is not won.

    A handful of queries, however many deals. A base line has the facts of the close,
    which its deal keeps; an upgrade is sold on its own day, with membership, tier and
    accreditation of that day, and rests on the same proof.
    """
    rows = DealLine.objects.filter(deal_id__any_of=deal_ids).order_by("pk")
    lines = [_Line(*row) for row in rows.values_list(*_COLUMNS)]
    won = [line for line in lines if line.stage == Deal.Stage.WON and line.closed_on]
    about = _about(won)
    of_deal: dict[int, list[_Line]] = {}
    for line in won:
        of_deal.setdefault(line.deal_id, []).append(line)
    found: dict[int, Opened | None] = dict.fromkeys(line.pk for line in lines)
    for of_one in of_deal.values():
        for line in of_one:
            found[line.pk] = _opened(line, of_one, about, editions)
    return found


def _about(lines: Collection[_Line]) -> _About:
    ids = {line.partner_id for line in lines}
    about = _About(
        demotions=demotions_of(ids),
        reductions=reductions_of([line.pk for line in lines]),
    )
    assisted = {line.partner_id for line in lines if line.motion == Kind.ASSISTED}
    if assisted:
        held = Accreditation.objects.filter(partner_id__any_of=assisted).values_list(
            "partner_id", "name", "granted_on", "expires_on"
        )
        for pk, name, granted, expires in held:
            about.accreditations.setdefault(pk, []).append((name, granted, expires))
    upgrades = {(line.partner_id, line.added_on) for line in lines if line.added_on}
    if upgrades:
        about.tiers = tier_history(partner_ids={pk for pk, _day in upgrades})
        about.memberships = memberships_at(upgrades)
    return about


def reductions_of(line_ids: Iterable[int]) -> dict[int, list[tuple[date, int]]]:
    """Return line id → its downgrades as (day, what is left in minor units)."""
    found: dict[int, list[tuple[date, int]]] = {}
    rows = LineReduction.objects.filter(line_id__any_of=line_ids).order_by("on")
    for pk, on, left in rows.values_list("line_id", "on", "mrr_minor"):
        found.setdefault(pk, []).append((on, left))
    return found


def demotions_of(partner_ids: Collection[int]) -> dict[int, list[date]]:
    """Return partner id → the days on which it became a provider, oldest first."""
    changes = MembershipChange.objects.filter(partner_id__any_of=partner_ids)
    found: dict[int, list[date]] = {}
    before: dict[int, str] = {}
    for pk, on, membership in changes.order_by("on", "id").values_list(
        "partner_id", "on", "membership"
    ):
        if membership == Membership.PROVIDER and before.get(pk) == Membership.PARTNER:
            found.setdefault(pk, []).append(on)
        before[pk] = membership
    return found


def _opened(
    line: _Line, of_deal: Iterable[_Line], about: _About, editions: Editions
) -> Opened:
    reductions = about.reductions.get(line.pk, ())
    sold_on = line.sold_on
    assert sold_on  # of a won deal
    edition = _edition(line, editions)
    sale = _sale(line, of_deal, about, edition)
    terms = terms_of(sale, rulebook=edition.rulebook)
    facts: dict[str, JSON] = {
        "motion": line.motion,
        "closed_on": iso(line.closed_on),
        "sold_on": iso(sold_on),
        "poi_on": iso(line.poi_on),
        "membership": str(sale.membership),
        "tier": str(sale.tier),
        "accredited": sale.accredited,
        "territory": line.won_territory,
        # What the minimum of an upmarket referral looks at (R38).
        "mrr": [[amount.minor, amount.currency] for amount in sale.mrr],
        "cancelled_on": iso(line.cancelled_on),
        "demoted_on": None,
        "reductions": [[on.isoformat(), left] for on, left in reductions],
    }
    values: Values = {
        "deal_id": line.deal_id,
        "partner_id": line.partner_id,
        "client_id": line.client_id,
        "product_line": line.product_line,
        "closed_on": sold_on,
        "deal_ref": line.deal_ref,
        "begins_on": sold_on,
        "mrr_minor": line.mrr_minor,
        "currency": line.currency,
        "edition_id": edition.id,
    }
    if isinstance(terms, NoSchedule):
        return Opened(values=values | _refused(terms, sold_on, facts), rule=None)
    rule = Schedule(
        order=(sold_on, line.deal_ref),
        plan=terms.plan,
        rate_bps=terms.rate_bps,
        months=terms.months,
        mrr=Money(line.mrr_minor, line.currency),
        begins_on=sold_on,
        cancelled_on=line.cancelled_on,
        reductions=tuple(reductions),
    )
    provider_months = edition.rulebook.commission.term_months[Membership.PROVIDER]
    for on in about.demotions.get(line.partner_id, ()):
        if on > sold_on:
            rule = demoted(
                rule, on=on, provider_months=provider_months, closed_on=sold_on
            )
            facts["demoted_on"] = facts["demoted_on"] or iso(on)
    return Opened(values=values | running(rule, terms) | {"facts": facts}, rule=rule)


def _edition(line: _Line, editions: Editions) -> Edition:
    """Return the edition that holds for a sale: the one its win keeps (design 3).

    Before the first edition there were the same terms: commissions are older.
    """
    if line.added_on is None and line.won_edition_id is not None:
        return editions.by_id(line.won_edition_id)
    assert line.sold_on
    return editions.on(max(line.sold_on, editions.first_day))


def _sale(line: _Line, of_deal: Iterable[_Line], about: _About, edition: Edition) -> Sale:
    assert line.closed_on  # of a won deal
    sold_on = line.added_on or line.closed_on
    membership, tier = line.won_membership, line.won_tier
    if line.added_on is not None:
        membership = about.memberships[line.partner_id, line.added_on]
        tier = about.tier(line.partner_id, line.added_on)
    is_assisted = line.motion == Kind.ASSISTED
    name = edition.rulebook.upmarket.accreditation
    return Sale(
        motion=Kind(line.motion),
        closed_on=line.closed_on,
        poi_on=line.poi_on,
        membership=Membership(membership),
        tier=Tier(tier or Tier.NONE),
        # Only an assisted sale asks for these; a sourced one keeps no facts of its
        # neighbours, and does not change with them.
        accredited=is_assisted and about.accredited(line.partner_id, name, sold_on),
        territory=line.won_territory,
        mrr=[
            Money(other.mrr_minor, other.currency)
            for other in of_deal
            if is_assisted and other.sold_on and other.sold_on <= sold_on
        ],
    )


def _refused(why: NoSchedule, sold_on: date, facts: dict[str, JSON]) -> Values:
    return {
        "plan": "",
        "refused": why.value,
        "rate_bps": 0,
        "months": 0,
        "first_month": month_of(sold_on),
        "last_month": add_months(month_of(sold_on), -1),
        "ended": "",
        "facts": facts,
    }


def running(rule: Schedule, terms: Terms) -> Values:
    """Return the columns of a schedule under its terms, with what has cut it since."""
    first = month_of(rule.begins_on)
    # A month before the first one says enough of a schedule that never earns.
    last = max(last_month(rule), add_months(first, -1))
    why = why_not_running(rule, month=add_months(last, 1))
    whole = last == add_months(first, terms.months - 1)
    return {
        "plan": terms.plan.value,
        "refused": "",
        "rate_bps": terms.rate_bps,
        "months": terms.months,
        "first_month": first,
        "last_month": last,
        "ended": "" if whole or why is None else why.value,
    }
