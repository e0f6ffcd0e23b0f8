"""The rows of the simulator: deals to win, subscriptions to lose, points that expire."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from deals.models import Deal
from deals.pages.what_if_state import Tokens
from deals.services.what_if.facts import Renewal
from deals.services.what_if.simulating import Prospect, WhatIf
from partners.receipts.addresses import Number, number_url
from ui import formats

ROWS: Final = 50
"""Deals on a page: the days of all its rows stand in the address of the form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DealRow:
    """An open deal with its box and its day; `key` names it in the form."""

    key: str
    name: str
    detail: str
    url: str
    chosen: bool
    on: date
    points: int
    notes: Sequence[str]

    @property
    def iso(self) -> str:
        """The day as a date field has it."""
        return self.on.isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalRow:
    """A subscription that renews, with its box; `points` go if it alone ends."""

    ref: str
    client: str
    detail: str
    url: str
    chosen: bool
    renews_on: date
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiringRow:
    """Points of one source that expire on a day."""

    on: date
    name: str
    url: str
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A page of deals, and what else can be chosen or will happen anyhow.

    `kept_won` and `kept_at` carry the choices of deals on other pages through the form.
    """

    deals: Sequence[DealRow]
    count: int
    page: int
    pages: int
    kept_won: str
    kept_at: str
    renewals: Sequence[RenewalRow]
    expiring: Sequence[ExpiringRow]
    expiring_sum: int
    expiring_url: str

    @property
    def previous(self) -> int | None:
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        return self.page + 1 if self.page < self.pages else None


def rows_of(found: WhatIf, *, tokens: Tokens, page: int, chosen_only: bool) -> Rows:
    """Return the rows of a page; `chosen_only` leaves out what was not chosen."""
    facts, choices = found.facts, found.choices
    prospects = [one for one in found.prospects if one.chosen or not chosen_only]
    pages = max(1, -(-len(prospects) // ROWS))
    page = min(page, pages)
    shown = prospects[(page - 1) * ROWS : page * ROWS]
    here = {one.deal.id for one in shown}
    elsewhere = {pk: day for pk, day in choices.days.items() if pk not in here}
    return Rows(
        deals=[_deal_row(one, found, tokens) for one in shown],
        count=len(prospects),
        page=page,
        pages=pages,
        kept_won=tokens.joined(choices.won - here),
        kept_at=tokens.dated(elsewhere),
        renewals=[
            _renewal_row(each, found)
            for each in facts.renewals
            if not chosen_only or each.ref in choices.lost
        ],
        expiring=[
            ExpiringRow(
                on=each.expires_on,
                name=each.name.title if each.name else each.source_ref,
                url=each.name.url if each.name else "",
                points=each.points,
            )
            for each in facts.expiring
        ],
        expiring_sum=facts.going.total,
        expiring_url=number_url(facts.partner, Number.EXPIRING_EVALUATION, facts.today),
    )


def _deal_row(one: Prospect, found: WhatIf, tokens: Tokens) -> DealRow:
    deal = one.deal
    motion = str(Deal.Motion(deal.motion).label)
    return DealRow(
        key=tokens.name(deal.id),
        name=deal.name,
        detail=f"{deal.client} · {motion} · {deal.ref}",
        url=reverse("deals:detail", args=[deal.id]),
        chosen=one.chosen,
        on=one.on,
        points=one.points,
        notes=list(_notes(one, found)),
    )


def _notes(one: Prospect, found: WhatIf) -> Iterator[str]:
    """Yield what somebody should know before counting on a deal."""
    deal, evaluation_on = one.deal, found.facts.evaluation_on
    if one.on > evaluation_on:
        yield _("after the evaluation")
    if deal.expected_on is None and one.expected:
        yield _("no expected close yet")
    if one.waits:
        yield _("currency not on the scale: pending")
    elif not deal.lines:
        yield _("no product line yet")
    if not one.proven:
        yield _("proof of involvement missing")
    if one.outlives and deal.valid_until is not None:
        yield _("registration ends %(day)s") % {"day": formats.day(deal.valid_until)}
    if deal.motion_state == Deal.MotionState.PROPOSED:
        yield _("motion not confirmed")
    elif deal.motion_state == Deal.MotionState.CONTESTED:
        yield _("motion contested")


def _renewal_row(each: Renewal, found: WhatIf) -> RenewalRow:
    products = found.facts.editions.on(found.facts.today).rulebook.products
    product = products.get(each.product_line)
    name = product.name if product else each.product_line
    return RenewalRow(
        ref=each.ref,
        client=each.client,
        detail=f"{name} · {formats.money(each.mrr.minor, each.mrr.currency)}",
        url=f"{reverse('clients:list')}?{urlencode({'q': each.client_ref})}",
        chosen=each.ref in found.choices.lost,
        renews_on=each.renews_on,
        points=each.alone,
    )
