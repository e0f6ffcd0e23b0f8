"""What the simulator rests on, read once: deals, renewals, and the checks to come.

The checks are those of `partners.services.tiers.rehearsal`: what lies behind counts as it
was taken, what lies ahead as the ledger has it for its day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db.models import F, Q, Sum

from clients.models import Client, Relationship, Subscription
from clients.postings import ServedClient
from clients.services import served_clients
from deals.models import Deal
from deals.postings import SoldLine
from deals.selectors import sold_lines
from partners import standing_sql
from partners.models import Partner, PointsEntry, User
from partners.receipts import sources
from partners.receipts.conditions import conditions_on, holdings_of
from partners.selectors import Edition, Editions
from partners.services.standings import credited_tiers
from partners.services.tiers.rehearsal import Standpoint, rehearse_partners
from program.money import Money
from program.points import managed_points, managed_share
from program.rulebook import Membership, Tier
from program.simulator import Position
from program.tiers import Totals

MAX_DEALS: Final = 1_000
"""Open deals that a simulation looks at: those that are expected first."""

MAX_RENEWALS: Final = 100
"""Subscriptions that may be set to end: those that renew first."""

MAX_EXPIRING: Final = 50
"""Sources of points that expire, named one by one: those that go first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDeal:
    """An open deal of the partner; `expected_on` is None where nobody said."""

    id: UUID
    ref: str
    name: str
    client: str
    territory: str
    motion: str
    motion_state: str
    registered_on: date
    expected_on: date | None
    valid_until: date | None
    poi_on: date | None
    lines: Sequence[SoldLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """A subscription the partner's managed points rest on, which renews before the day.

    `worth` is what the client's subscription is worth, before the split between those
    who serve the client; `alone` what the partner loses if it alone ends.
    """

    ref: str
    client_id: int
    client: str
    client_ref: str
    product_line: str
    mrr: Money
    renews_on: date
    worth: int
    alone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How a client's managed points are split: `part` of `parts` of the `whole`."""

    whole: int
    parts: int
    part: int

    def without(self, worth: int) -> int:
        """Return what the partner loses when subscriptions of this worth end."""
        left = managed_share(whole=self.whole - worth, parts=self.parts, part=self.part)
        return managed_share(whole=self.whole, parts=self.parts, part=self.part) - left


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingCheck:
    """A check to come, as the ledger has it for its day."""

    on: date
    totals: Totals
    certified: bool
    edition: Edition


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiring:
    """Sold points of one source that expire before the evaluation; `source_*` name it."""

    source_kind: str
    source_id: int
    source_ref: str
    expires_on: date
    points: int
    name: sources.SourceName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything a simulation of a partner rests on, as of a day.

    `checks` are those to come, the evaluation last. Of the points of today (`now`), those
    of `going` expire by then. `unmet` are the conditions of good standing not met.
    `deals_left_out` and `renewals_left_out` say how many were beyond what is looked at.
    """

    partner: Partner
    today: date
    editions: Editions
    now: Totals
    going: Totals
    position: Position
    unmet: Sequence[str]
    checks: Sequence[ComingCheck]
    deals: Sequence[OpenDeal]
    deals_left_out: int
    renewals: Sequence[Renewal]
    renewals_left_out: int
    shares: Mapping[int, Share]
    expiring: Sequence[Expiring]

    @property
    def evaluation_on(self) -> date:
        return self.checks[-1].on


def read_facts(
    partner: Partner, *, user: User, today: date, at: datetime, editions: Editions
) -> Facts:
    """Read a partner's facts as far as an account may see them.

    The number of queries does not depend on how many deals and clients there are.
    """
    calendar = editions.on(today).rulebook.calendar
    evaluation_on = calendar.next_evaluation(today)
    (now,) = standing_sql.read(
        on=today, edition=editions.on(today), first=partner.pk, last=partner.pk
    )
    totals = Totals(sourced=now.sourced, assisted=now.assisted, managed=now.managed)
    position, unmet = _position(partner, totals, today=today, at=at, editions=editions)
    deals, deals_left_out = _open_deals(partner, user=user)
    renewals, shares, renewals_left_out = _renewals(
        partner, user=user, today=today, until=evaluation_on, editions=editions
    )
    return Facts(
        partner=partner,
        today=today,
        editions=editions,
        now=totals,
        going=Totals(sourced=now.sourced_expiring, assisted=now.assisted_expiring),
        position=position,
        unmet=unmet,
        checks=_coming(
            partner, today=today, evaluation_on=evaluation_on, editions=editions
        ),
        deals=deals,
        deals_left_out=deals_left_out,
        renewals=renewals,
        renewals_left_out=renewals_left_out,
        shares=shares,
        expiring=_expiring(partner, user=user, today=today, until=evaluation_on),
    )


def _position(
    partner: Partner, totals: Totals, *, today: date, at: datetime, editions: Editions
) -> tuple[Position, Sequence[str]]:
    """Return what the partner brings along, and which conditions are not met (R5)."""
    credited, credited_on = credited_tiers(partner_ids=[partner.pk], on=today).get(
        partner.pk, (Tier.NONE, None)
    )
    standpoint = Standpoint(
        partner=partner, credited=credited, credited_on=credited_on, totals=totals
    )
    (rehearsed,) = rehearse_partners([standpoint], on=today, at=at, editions=editions)
    states = conditions_on([partner], on=today, rulebook=editions.on(today).rulebook)[
        partner.pk
    ]
    unmet = [str(state.condition) for state in states if not state.met]
    position = Position(
        credited=credited,
        credited_on=credited_on,
        membership=Membership(partner.membership),
        invited_on=partner.elite_invited_on,
        held=bool(unmet),
        # The rehearsal's last check is today's points in place of those of the day.
        behind=rehearsed.period[:-1],
    )
    return position, unmet


def _coming(
    partner: Partner, *, today: date, evaluation_on: date, editions: Editions
) -> list[ComingCheck]:
    """Return the checks from today to the evaluation, read from the ledger."""
    calendar = editions.on(evaluation_on).rulebook.calendar
    holdings = holdings_of([partner.pk]).get(partner.pk, ())
    found = []
    for day in calendar.period(evaluation_on):
        if day < today:
            continue
        edition = editions.on(day)
        (row,) = standing_sql.read(
            on=day, edition=edition, first=partner.pk, last=partner.pk
        )
        found.append(
            ComingCheck(
                on=day,
                totals=Totals(
                    sourced=row.sourced, assisted=row.assisted, managed=row.managed
                ),
                certified=any(holding.covers(day) for holding in holdings),
                edition=edition,
            )
        )
    return found


def _open_deals(partner: Partner, *, user: User) -> tuple[list[OpenDeal], int]:
    """Return the open deals, those expected first, and how many were left out."""
    mine = Deal.objects.visible_to(user).filter(
        partner=partner, stage=Deal.Stage.REGISTERED
    )
    found = mine.order_by(F("expected_close_on").asc(nulls_last=True), "pk").values_list(
        "pk", "public_id", "ref", "name", "client_name", "client__name",
        "client__country", "motion", "motion_state", "registered_on",
        "expected_close_on", "valid_until", "poi_on",
    )  # fmt: skip
    rows = list(found[: MAX_DEALS + 1])
    left_out = max(0, mine.count() - MAX_DEALS) if len(rows) > MAX_DEALS else 0
    rows = rows[:MAX_DEALS]
    lines: dict[str, list[SoldLine]] = defaultdict(list)
    for _pk, line in sold_lines(deal_id__in=[row[0] for row in rows]):
        lines[line.deal_ref].append(line)
    deals = [
        OpenDeal(
            id=public_id, ref=ref, name=name, client=typed or client,
            territory=territory, motion=motion, motion_state=motion_state,
            registered_on=registered_on, expected_on=expected_on, valid_until=valid_until,
            poi_on=poi_on, lines=lines[ref],
        )
        for _pk, public_id, ref, name, typed, client, territory, motion, motion_state,
        registered_on, expected_on, valid_until, poi_on in rows
    ]  # fmt: skip
    return deals, left_out


def _renewals(
    partner: Partner, *, user: User, today: date, until: date, editions: Editions
) -> tuple[list[Renewal], dict[int, Share], int]:
    """Return what renews by the evaluation at managed clients, and their shares."""
    served = Relationship.objects.visible_to(user).managed().running_on(today)
    renewing = (
        Subscription.objects.running_on(today)
        .filter(
            Q(until_on=None) | Q(until_on__gt=F("renews_on")),
            client__in=served.filter(partner=partner).values("client_id"),
            renews_on__gt=today,
            renews_on__lte=until,
        )
        .order_by("renews_on", "pk")
    )
    found = renewing.values_list(
        "ref", "client_id", "client__name", "client__ref", "product_line",
        "mrr_minor", "currency", "renews_on",
    )  # fmt: skip
    rows = list(found[: MAX_RENEWALS + 1])
    left_out = max(0, renewing.count() - MAX_RENEWALS) if len(rows) > MAX_RENEWALS else 0
    rows = rows[:MAX_RENEWALS]
    edition = editions.on(today)
    ids = {client_id for _ref, client_id, *_row in rows}
    clients = {pk: ref for _ref, pk, _name, ref, *_row in rows}
    by_ref = {
        client.ref: client
        for client in served_clients(Client.objects.visible_to(user).filter(pk__in=ids))
    }
    shares: dict[int, Share] = {}
    worths: dict[str, int] = {}
    for pk, ref in clients.items():
        shares[pk], of_client = _share(by_ref[ref], partner, today, edition)
        worths |= of_client
    renewals = [
        Renewal(
            ref=ref, client_id=pk, client=name, client_ref=client_ref,
            product_line=product_line, mrr=Money(minor, currency), renews_on=renews_on,
            worth=worths[ref], alone=shares[pk].without(worths[ref]),
        )
        for ref, pk, name, client_ref, product_line, minor, currency, renews_on in rows
        if renews_on is not None
    ]  # fmt: skip
    return renewals, shares, left_out


def _share(
    client: ServedClient, partner: Partner, today: date, edition: Edition
) -> tuple[Share, dict[str, int]]:
    """Return the split of a client's points today, and subscription → its worth.

    As `clients.postings` does it: a currency that is not on the scale earns nothing yet.
    """
    worths = {
        line.ref: managed_points(
            mrr=Money(line.mrr_minor, line.currency),
            territory=client.territory,
            parts=1,
            part=0,
            rulebook=edition.rulebook,
        ).points
        if line.currency in edition.rulebook.points.units
        else 0
        for line in client.subscriptions
        if line.covers(today)
    }
    serving = sorted(
        (service for service in client.services if service.covers(today)),
        key=lambda service: service.partner_ref,
    )
    part = [service.partner_id for service in serving].index(partner.pk)
    return Share(whole=sum(worths.values()), parts=len(serving), part=part), worths


def _expiring(
    partner: Partner, *, user: User, today: date, until: date
) -> list[Expiring]:
    """Return the sold points that expire by the evaluation, source by source."""
    rows = (
        PointsEntry.objects.visible_to(user)
        .filter(partner=partner)
        .expiring(today, until)
        .values_list("source_kind", "source_id", "source_ref", "expires_on")
        .annotate(sum=Sum("points"))
        .exclude(sum=0)
        .order_by("expires_on", "source_ref")[:MAX_EXPIRING]
    )
    found = [
        Expiring(
            source_kind=kind, source_id=pk, source_ref=ref, expires_on=on, points=points
        )
        for kind, pk, ref, on, points in rows
    ]
    names = sources.names_of(found, user=user)
    return [
        Expiring(
            source_kind=each.source_kind,
            source_id=each.source_id,
            source_ref=each.source_ref,
            expires_on=each.expires_on,
            points=each.points,
            name=names.get((each.source_kind, each.source_id)),
        )
        for each in found
    ]
