"""Deals and renewals in a few lines: counted from the rows, and kept for a minute.

The sums go over all deals and subscriptions of a company, which for the largest is too
much for each look. What is shown says when it was counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Min, Q, Sum
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.models import Subscription
from deals.models import Deal, Registration
from interchange.models import ImportRun
from outbox.selectors import live_days
from outbox.services import day_of, iso
from partners.models import Certification, Partner, User
from partners.receipts import sources
from partners.selectors import Editions
from portal.home.state import State
from portal.models import Glance
from program.money import Money
from program.rulebook import Rulebook
from ui import formats

CLOSED_DAYS = 90
RENEWALS_SHOWN = 5
CLOSING_DAYS = 30


FRESH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageLine:
    """The deals of one stage and currency; `url` is the list that adds up to them."""

    label: str
    count: int
    amount: Money | None
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """What renews, when, and whether it can still be stopped, in words."""

    client: str
    product: str
    amount: str
    note: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewals:
    """The next renewals; `to_decide` can still be stopped, first of them by a day."""

    shown: Sequence[Renewal]
    count: int
    horizon_days: int
    to_decide: int
    decide_by: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unproven:
    """Won deals whose proof can still be dated in time; `first_on` closed first."""

    count: int
    first_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWork:
    """What open deals wait for.

    Motions to confirm, drafts that were never submitted, and deals expected to close
    soon without a proof of involvement, the first of them by a day.
    """

    to_confirm: int = 0
    drafts: int = 0
    closing: int = 0
    closes_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AtAGlance:
    """The deals and renewals of a company, and what waits, as counted at a moment.

    `certified_until` is the first day without a valid Solutions Partner Certification,
    None if there is none today or one that does not expire. `imported_at` and `refused`
    are of the last transfer of data, `live_on` the day the portal went live.
    """

    deals: Sequence[StageLine]
    renewals: Renewals
    unproven: Unproven
    work: OpenWork
    pending: int
    certified: bool
    certified_until: date | None
    imported_at: datetime | None
    refused: int
    live_on: date | None
    counted_at: datetime


STAGES = {
    Deal.Stage.REGISTERED: _("Registered"),
    Deal.Stage.WON: _("Won in the last 90 days"),
    Deal.Stage.LOST: _("Lost in the last 90 days"),
}


def at_a_glance(
    state: State, *, user: User, today: date, now: datetime, editions: Editions
) -> AtAGlance:
    """Return what is kept while it is fresh, else count anew and keep that."""
    rulebook = editions.on(today).rulebook
    total = state.standing.total if state.standing else 0
    kept = state.glance
    fresh = (
        kept is not None
        and (kept.on, kept.total) == (today, total)
        and timedelta() <= now - kept.computed_at < FRESH
    )
    if not fresh:
        kept = Glance(
            partner_id=state.partner.pk,
            on=today,
            total=total,
            facts=_count(state.partner, user=user, today=today, editions=editions),
            computed_at=now,
        )
        Glance.objects.bulk_create(
            [kept],
            update_conflicts=True,
            unique_fields=["partner"],
            update_fields=["on", "total", "facts", "computed_at"],
        )
    assert kept is not None
    facts = kept.facts
    since = today - timedelta(days=CLOSED_DAYS)
    return AtAGlance(
        deals=[
            StageLine(
                label=str(STAGES[Deal.Stage(stage)]),
                count=count,
                amount=Money(minor, currency) if currency else None,
                url=_deals_url(stage, since),
            )
            for stage, currency, count, minor in facts["deals"]
        ],
        renewals=_renewals(facts["renewals"], today=today, rulebook=rulebook),
        unproven=Unproven(
            count=facts["unproven"][0],
            first_on=day_of(facts["unproven"][1]),
        ),
        work=_work(facts.get("work")),
        pending=facts["pending"],
        certified=facts["certified"],
        certified_until=day_of(facts["certified_until"]),
        imported_at=datetime.fromisoformat(facts["imported_at"])
        if facts["imported_at"]
        else None,
        refused=facts["refused"],
        live_on=day_of(facts["live_on"]),
        counted_at=kept.computed_at,
    )


def _count(
    partner: Partner, *, user: User, today: date, editions: Editions
) -> dict[str, Any]:
    """Return the facts as they are stored."""
    rulebook = editions.on(today).rulebook
    held = Certification.objects.solutions_partner_on(today)
    until = list(
        held.filter(person__partner=partner)
        .order_by(F("expires_on").desc(nulls_first=True))
        .values_list("expires_on", flat=True)[:1]
    )
    imported = (
        ImportRun.objects.filter(finished_at__isnull=False)
        .order_by("-started_at")
        .values_list("finished_at", "refused_count")
        .first()
    )
    return {
        "certified": bool(until),
        "certified_until": iso(until[0]) if until else None,
        "imported_at": iso(imported[0]) if imported else None,
        "refused": imported[1] if imported else 0,
        "live_on": iso(live_days().first()),
        "deals": _deals(user, today=today),
        "renewals": _renewing(user, today=today, rulebook=rulebook),
        "unproven": _unproven(user, today=today, rulebook=rulebook),
        "work": _open_work(user, today=today),
        "pending": sources.pending_count(user=user, on=today, editions=editions),
    }


def _deals(user: User, *, today: date) -> list[list[Any]]:
    """Return stage, currency, deals and minor units: what is open or closed lately."""
    since = today - timedelta(days=CLOSED_DAYS)
    rows = (
        Deal.objects.visible_to(user)
        .filter(
            Q(stage=Deal.Stage.REGISTERED)
            | Q(stage__in=(Deal.Stage.WON, Deal.Stage.LOST), closed_on__gte=since)
        )
        .order_by()
        .values_list("stage", "lines__currency")
        .annotate(count=Count("pk", distinct=True), minor=Sum("lines__mrr_minor"))
    )
    order = list(STAGES)
    return sorted(
        ([stage, currency or "", count, minor] for stage, currency, count, minor in rows),
        key=lambda row: (order.index(row[0]), row[1]),
    )


def _deals_url(stage: str, since: date) -> str:
    params = {"stage": stage}
    if stage != Deal.Stage.REGISTERED:
        params["closed_since"] = since.isoformat()
    return f"{reverse('deals:list')}?{urlencode(params)}"


def _unproven(user: User, *, today: date, rulebook: Rulebook) -> list[Any]:
    deals = Deal.objects.visible_to(user).filter(
        stage=Deal.Stage.WON,
        closed_on__gte=today - timedelta(days=rulebook.proof.grace_days),
        poi_on=None,
        cancelled_on=None,
    )
    found = deals.aggregate(count=Count("pk"), first=Min("closed_on"))
    return [found["count"], iso(found["first"])]


def _open_work(user: User, *, today: date) -> list[Any]:
    """Return the numbers of `OpenWork` as they are stored. Two queries."""
    ends = today + timedelta(days=CLOSING_DAYS)
    closing = Q(poi_on=None, expected_close_on__gte=today, expected_close_on__lte=ends)
    found = (
        Deal.objects.visible_to(user)
        .filter(stage=Deal.Stage.REGISTERED)
        .aggregate(
            to_confirm=Count("pk", filter=Q(motion_state=Deal.MotionState.PROPOSED)),
            closing=Count("pk", filter=closing),
            first=Min("expected_close_on", filter=closing),
        )
    )
    drafts = Registration.objects.visible_to(user).filter(state=Registration.State.DRAFT)
    return [found["to_confirm"], drafts.count(), found["closing"], iso(found["first"])]


def _work(facts: list[Any] | None) -> OpenWork:
    if facts is None:  # kept by an older release
        return OpenWork()
    to_confirm, drafts, closing, first = facts
    return OpenWork(
        to_confirm=to_confirm, drafts=drafts, closing=closing, closes_on=day_of(first)
    )


def _renewing(user: User, *, today: date, rulebook: Rulebook) -> dict[str, Any]:
    """Return the running subscriptions that renew soon, soonest first (3.17)."""
    rules = rulebook.renewal
    ends = today + timedelta(days=rules.horizon_days)
    can_be_stopped = Q(renews_on__gte=today + timedelta(days=rules.deadline_days))
    renewing = Subscription.objects.running_for(user, on=today).filter(
        renews_on__gte=today, renews_on__lte=ends
    )
    sums = renewing.aggregate(
        count=Count("pk"),
        to_decide=Count("pk", filter=can_be_stopped),
        first=Min("renews_on", filter=can_be_stopped),
    )
    rows = renewing.order_by("renews_on", "pk").values_list(
        "client__name", "client__ref", "product_line", "mrr_minor", "currency",
        "renews_on",
    )[:RENEWALS_SHOWN]  # fmt: skip
    return {
        "count": sums["count"],
        "to_decide": sums["to_decide"],
        "first": iso(sums["first"]),
        "shown": [[*row[:-1], iso(row[-1])] for row in rows],
    }


def _renewals(facts: dict[str, Any], *, today: date, rulebook: Rulebook) -> Renewals:
    notice = timedelta(days=rulebook.renewal.deadline_days)
    first = day_of(facts["first"])
    return Renewals(
        shown=[
            Renewal(
                client=name,
                product=_product(line, rulebook),
                amount=formats.money(minor, currency),
                note=_renewal_note(date.fromisoformat(day), notice, today),
                url=f"{reverse('clients:list')}?{urlencode({'q': ref})}",
            )
            for name, ref, line, minor, currency, day in facts["shown"]
        ],
        count=facts["count"],
        horizon_days=rulebook.renewal.horizon_days,
        to_decide=facts["to_decide"],
        decide_by=first - notice if first else None,
    )


def _renewal_note(renews_on: date, notice: timedelta, today: date) -> str:
    words = {"renews": formats.day(renews_on), "day": formats.day(renews_on - notice)}
    if renews_on - notice < today:
        return gettext("%(renews)s · renews as it stands") % words
    return gettext("%(renews)s · can be stopped until %(day)s") % words


def _product(line: str, rulebook: Rulebook) -> str:
    product = rulebook.products.get(line)
    return product.name if product else line
