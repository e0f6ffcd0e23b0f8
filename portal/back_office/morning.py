"""The morning list of a partner development manager: whom one can still save.

A partner is at risk if the points it has today, less what expires before the next
evaluation, do not keep its credited tier, and nothing else does: protection, or a check
of the period at which the tier was reached. What is short, spread over the days that are
left, is compared with what it earned a day in the last 90: the less it takes, the higher
it stands. Partners that wait for an answer of ours come before all others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deals.models import Deal, DealRequest, Registration
from outbox import clock
from partners.admin.users import actor_of
from partners.models import (
    Escalation,
    KindChoice,
    MembershipChoice,
    PartnerTask,
    PointsEntry,
    Standing,
    TierAppeal,
    TierOverride,
    User,
)
from partners.permissions import VIEW, staff_may
from partners.receipts.addresses import performing_tier_url
from partners.selectors import Editions, published_editions
from portal.models import Outlook
from program.rulebook import Membership, Rulebook, Tier
from program.tiers import Constraint, Gap, Totals, gaps, performing_tier
from ui import formats
from ui.columns import points_in_full

PACE_DAYS: Final = 90
SHOWN: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Something of the partner that waits for us; `url` is the list that holds it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A partner of the list. Points in micro-points; `short` is the largest gap's.

    `tier_then` is what the points give on the evaluation day if nothing is added.
    """

    standing: Standing
    tier_then: Tier
    lacks: str
    short: int
    needed_a_day: int
    pace_a_day: int
    waiting: Sequence[Waiting]

    @property
    def receipt_url(self) -> str:
        """Where tier and gap are explained."""
        return performing_tier_url(self.standing.partner, self.standing.as_of)

    @property
    def entries_url(self) -> str:
        """The list of the partner's entries, from which the pace can be added up."""
        entries = reverse("admin:partners_pointsentry_changelist")
        return f"{entries}?partner__id__exact={self.standing.partner_id}"

    @property
    def at_risk(self) -> bool:
        return self.short > 0

    @property
    def within_reach(self) -> bool:
        """Whether the pace of the last 90 days would do."""
        return self.at_risk and self.needed_a_day <= self.pace_a_day

    @property
    def order(self) -> tuple[object, ...]:
        """Return what the list is sorted by: answers we owe, then the least effort."""
        effort = self.needed_a_day / (self.pace_a_day or 1)
        return (
            not self.waiting, not self.at_risk, effort, self.standing.partner.name,
            self.standing.pk,
        )  # fmt: skip


def morning(request: HttpRequest) -> HttpResponse:
    """Show the list to whoever sees standings; the portfolio, or all partners."""
    user = actor_of(request)
    if not staff_may(user, VIEW, Standing):
        raise PermissionDenied
    today = clock.today()
    editions = published_editions()
    evaluation_on = editions.on(today).rulebook.calendar.next_evaluation(today)
    rows = sorted(
        rows_of(user, today=today, evaluation_on=evaluation_on, editions=editions),
        key=lambda row: row.order,
    )
    context = {
        **admin.site.each_context(request),
        "title": _("This morning"),
        "rows": rows[:SHOWN],
        "more": max(0, len(rows) - SHOWN),
        "at_risk": sum(row.at_risk for row in rows),
        "within_reach": sum(row.within_reach for row in rows),
        "waiting": sum(bool(row.waiting) for row in rows),
        "evaluation_on": evaluation_on,
        "days_left": (evaluation_on - today).days,
        "pace_days": PACE_DAYS,
        "today": today,
        "edition": editions.on(evaluation_on).code,
    }
    request.current_app = admin.site.name
    return TemplateResponse(request, "admin/morning.html", context)


def rows_of(
    user: User, *, today: date, evaluation_on: date, editions: Editions
) -> Iterator[Row]:
    """Yield the partners at risk and those that wait for us, in no order."""
    rulebook = editions.on(evaluation_on).rulebook
    days = max(1, (evaluation_on - today).days)
    waiting = waiting_for_us(user, today=today)
    pace = pace_of(user, today=today)
    standings = (
        Standing.objects.visible_to(user)
        .filter(partner__membership=MembershipChoice.PARTNER)
        .select_related("partner__pdm", "partner__outlook")
    )
    for standing in standings:
        credited = Tier(standing.credited_tier)
        left = Totals(
            sourced=standing.sourced - standing.sourced_expiring,
            assisted=standing.assisted - standing.assisted_expiring,
            managed=standing.managed,
        )
        then = performing_tier(
            totals=left,
            rulebook=rulebook,
            membership=Membership.PARTNER,
            elite_admitted=credited is Tier.ELITE,
        )
        missing: list[Gap] = []
        if then < credited and not _kept_anyway(standing, evaluation_on, rulebook):
            missing = [
                gap
                for gap in gaps(totals=left, rulebook=rulebook, tier=credited)
                if gap.enforced and not gap.met
            ]
        ours = waiting.get(standing.partner_id, [])
        if not missing and not ours:
            continue
        short = max((gap.short for gap in missing), default=0)
        yield Row(
            standing=standing,
            tier_then=then,
            lacks=_lacks(missing),
            short=short,
            needed_a_day=-(-short // days),
            pace_a_day=max(0, pace[standing.partner_id]) // PACE_DAYS,
            waiting=ours,
        )


def _kept_anyway(standing: Standing, evaluation_on: date, rulebook: Rulebook) -> bool:
    """Say whether the tier cannot fall at the evaluation, whatever its points then are.

    From the facts of the nightly rehearsal; without one nothing is known to keep it.
    """
    outlook: Outlook | None = getattr(standing.partner, "outlook", None)
    if outlook is None or outlook.evaluation_on != evaluation_on:
        return False
    if outlook.credited_tier != standing.credited_tier:
        return False
    until = outlook.facts["protected_until"]
    if until is not None and date.fromisoformat(until) >= evaluation_on:
        return True
    return rulebook.tiers.keep_if_met_once_in_period and any(
        Tier(tier) >= Tier(standing.credited_tier)
        for day, tier in outlook.facts["period"]
        if day != evaluation_on.isoformat()
    )


def pace_of(user: User, *, today: date) -> Counter[int]:
    """Return partner id → sold points of the last 90 days, in micro-points."""
    sums = (
        PointsEntry.objects.visible_to(user)
        .filter(
            kind__in=(KindChoice.SOURCED, KindChoice.ASSISTED),
            effective_on__gt=today - timedelta(days=PACE_DAYS),
            effective_on__lte=today,
        )
        .values_list("partner_id")
        .annotate(points=Sum("points"))
    )
    return Counter(dict(sums))


def waiting_for_us(user: User, *, today: date) -> dict[int, list[Waiting]]:
    """Return partner id → what of it waits for an answer or an act of ours."""
    found: dict[int, list[Waiting]] = {}
    waiting: Sequence[tuple[QuerySet[Any], Callable[[int], str], str]] = (
        (
            TierAppeal.objects.visible_to(user).filter(state=TierAppeal.State.OPEN),
            lambda n: ngettext("%(n)s appeal", "%(n)s appeals", n),
            "admin:partners_tierappeal_changelist",
        ),
        (
            TierOverride.objects.visible_to(user).filter(
                state=TierOverride.State.PROPOSED
            ),
            lambda n: ngettext("%(n)s override", "%(n)s overrides", n),
            "admin:partners_tieroverride_changelist",
        ),
        (
            Escalation.objects.visible_to(user).filter(state=Escalation.State.REPORTED),
            lambda n: ngettext("%(n)s open escalation", "%(n)s open escalations", n),
            "admin:partners_escalation_changelist",
        ),
        (
            PartnerTask.objects.visible_to(user).open().filter(due_on__lte=today),
            lambda n: ngettext("%(n)s task due", "%(n)s tasks due", n),
            "admin:partners_partnertask_changelist",
        ),
        (
            # Proof is added by our growth specialists (R45); nothing is earned before.
            Deal.objects.visible_to(user).filter(
                stage=Deal.Stage.WON,
                poi_on=None,
                cancelled_on=None,
                closed_on__gt=today - timedelta(days=PACE_DAYS),
            ),
            lambda n: ngettext(
                "%(n)s deal without proof", "%(n)s deals without proof", n
            ),
            "admin:deals_deal_changelist",
        ),
        (
            Registration.objects.visible_to(user).filter(
                state=Registration.State.SUBMITTED
            ),
            lambda n: ngettext(
                "%(n)s registration to review", "%(n)s registrations to review", n
            ),
            "admin:deals_registration_changelist",
        ),
        (
            Registration.objects.visible_to(user).filter(
                state=Registration.State.REFUSED, appeal__outcome=""
            ),
            lambda n: ngettext(
                "%(n)s appeal about a registration",
                "%(n)s appeals about registrations",
                n,
            ),
            "admin:deals_registration_changelist",
        ),
        (
            DealRequest.objects.visible_to(user).open(),
            lambda n: ngettext("%(n)s request on a deal", "%(n)s requests on deals", n),
            "admin:deals_dealrequest_changelist",
        ),
    )
    for queryset, words, list_url in waiting:
        if not staff_may(user, VIEW, queryset.model):
            continue  # the role has no such list to go to
        path = "deal__partner" if queryset.model is DealRequest else "partner"
        counts = queryset.values_list(f"{path}_id").annotate(rows=Count("pk"))
        for partner_id, rows in counts.order_by(f"{path}_id"):
            found.setdefault(partner_id, []).append(
                Waiting(
                    label=words(rows) % {"n": formats.number(rows)},
                    url=f"{reverse(list_url)}?{path}__id__exact={partner_id}",
                )
            )
    return found


def _lacks(missing: Sequence[Gap]) -> str:
    words = {
        Constraint.SOLD: _("%(points)s sold"),
        Constraint.MANAGED: _("%(points)s managed"),
        Constraint.TOTAL: _("%(points)s in total"),
    }
    return formats.listing(
        [words[gap.constraint] % {"points": points_in_full(gap.short)} for gap in missing]
    )
