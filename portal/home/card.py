"""Where a partner stands, and what the next tier, or one of its choice, takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.models import KindChoice, MembershipChoice, Partner, Standing
from partners.receipts import words
from partners.receipts.addresses import (
    Number,
    credited_tier_url,
    number_url,
    performing_tier_url,
)
from partners.receipts.tiers import Figure, sold_label
from partners.selectors import Editions
from portal.home.state import Granted
from program.calendar import add_months
from program.rulebook import Kind, Membership, Tier
from program.tiers import Constraint, Gap, Totals, gaps, performing_tier
from ui import formats
from ui.columns import points_in_full


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One minimum of the next tier; `expiring` goes before the evaluation.

    `url` and `expiring_url` lead to the receipts of what there is and of what goes.
    """

    gap: Gap
    label: str
    expiring: int
    url: str
    expiring_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TierCard:
    """Everything the card shows. `target` is the tier the bars lead to, None for none.

    `sentences` come first on the page; `granted` is the tier the programme grants above
    the credited one; `protected_until` is the last protected day. The
    bars hold against `table`, the threshold table of the evaluation to come.
    """

    is_provider: bool
    is_new: bool
    credited: Tier
    credited_on: date | None
    granted: Granted | None
    protected_until: date | None
    performing: Tier
    target: Tier | None
    sentences: Sequence[str]
    goals: Sequence[Tier]
    bars: Sequence[Bar]
    table: str
    kinds: Sequence[Figure]
    expiring: Sequence[Figure]
    window: str
    evaluation_on: date
    as_of: date
    edition: str
    credited_url: str
    performing_url: str
    short_url: str


def tier_card(
    partner: Partner,
    standing: Standing | None,
    *,
    editions: Editions,
    certified: bool,
    today: date,
    goal: Tier | None = None,
    granted: Granted | None = None,
    held: bool = False,
) -> TierCard:
    """Return the card of a partner; it reads the standing and sums nothing.

    A partner without a standing has nothing yet. Without `goal` the bars lead to the
    next tier. `held`: it is not in good standing, so it does not rise (R5).
    """
    return _Card(
        partner,
        standing or Standing(partner=partner, as_of=today),
        editions=editions,
        certified=certified,
        today=today,
        goal=goal,
        granted=granted,
        held=held,
    ).build()


class _Card:
    def __init__(
        self,
        partner: Partner,
        standing: Standing,
        *,
        editions: Editions,
        certified: bool,
        today: date,
        goal: Tier | None,
        granted: Granted | None,
        held: bool,
    ) -> None:
        self.partner, self.standing = partner, standing
        self.certified, self.today, self.granted = certified, today, granted
        self.held = held
        self.rulebook = editions.on(standing.as_of).rulebook
        self.evaluation_on = self.rulebook.calendar.next_evaluation(today)
        # What is short is so under the table that will be applied, not under today's.
        self.ahead = editions.on(self.evaluation_on).rulebook
        self.credited = Tier(standing.credited_tier)
        self.performing = Tier(standing.performing_tier)
        self.is_provider = partner.membership == MembershipChoice.PROVIDER
        self.next = self.credited.next or Tier.ELITE
        self.target = None if self.is_provider else goal or self.next
        self.totals = Totals(
            sourced=standing.sourced,
            assisted=standing.assisted,
            managed=standing.managed,
        )
        self.performing_url = performing_tier_url(partner, standing.as_of)

    def build(self) -> TierCard:
        standing = self.standing
        return TierCard(
            is_provider=self.is_provider,
            is_new=not any((standing.sourced, standing.assisted, standing.managed)),
            credited=self.credited,
            credited_on=standing.credited_on,
            granted=self.granted,
            protected_until=self._protected_until(),
            performing=self.performing,
            target=self.target,
            sentences=[] if self.is_provider else list(self._sentences()),
            goals=[tier for tier in Tier if tier is not Tier.NONE],
            bars=self._bars(),
            table=self.ahead.table.code,
            kinds=[
                Figure(
                    label=str(KindChoice(kind).label),
                    points=self.totals.of({kind}),
                    url=self._url(Number(kind.value)),
                )
                for kind in Kind
            ]
            + [
                Figure(
                    label=_("Total"),
                    points=self.totals.total,
                    url=self._url(Number.TOTAL),
                )
            ],
            expiring=[
                Figure(
                    label=_("within %(days)s days") % {"days": days},
                    points=points,
                    url=self._url(number),
                )
                for days, points, number in (
                    (30, standing.expiring_30, Number.EXPIRING_30),
                    (60, standing.expiring_60, Number.EXPIRING_60),
                    (90, standing.expiring_90, Number.EXPIRING_90),
                )
            ],
            window=words.window(self.rulebook).sentence,
            evaluation_on=self.evaluation_on,
            as_of=standing.as_of,
            edition=self.rulebook.code,
            credited_url=credited_tier_url(self.partner, standing.as_of),
            performing_url=self.performing_url,
            # The receipt compares with the table of its own day.
            short_url=self.performing_url if self.ahead is self.rulebook else "",
        )

    def _url(self, number: Number) -> str:
        return number_url(self.partner, number, self.standing.as_of)

    def _protected_until(self) -> date | None:
        """Return the last day on which the credited tier cannot fall, if it is ahead."""
        if self.credited is Tier.NONE or self.standing.credited_on is None:
            return None
        months = self.rulebook.tiers.protection_months
        last = add_months(self.standing.credited_on, months) - timedelta(days=1)
        return last if last >= self.today else None

    # --- Bars -------------------------------------------------------------------------

    def _bars(self) -> list[Bar]:
        if self.target is None:
            return []
        return [
            self._bar(gap)
            for gap in gaps(totals=self.totals, rulebook=self.ahead, tier=self.target)
        ]

    def _bar(self, gap: Gap) -> Bar:
        sourced, assisted = self._expiring()
        goes = Number.EXPIRING_EVALUATION
        if gap.constraint is Constraint.MANAGED:
            label, number, expiring = _("Managed points"), Number.MANAGED, 0
        elif gap.constraint is Constraint.TOTAL:
            label, number = _("Points in total"), Number.TOTAL
            expiring = sourced + assisted
        elif Kind.ASSISTED in self.ahead.table.sold_basis:
            label, number = sold_label(self.ahead), Number.SOLD
            expiring = sourced + assisted
        else:
            label, number = sold_label(self.ahead), Number.SOURCED
            expiring, goes = sourced, Number.SOURCED_EXPIRING_EVALUATION
        return Bar(
            gap=gap,
            label=label,
            expiring=expiring,
            url=self._url(number),
            expiring_url=self._url(goes),
        )

    def _expiring(self) -> tuple[int, int]:
        """Return the sourced and assisted points that go before the evaluation."""
        return self.standing.sourced_expiring, self.standing.assisted_expiring

    # --- Sentences --------------------------------------------------------------------

    def _sentences(self) -> list[str]:
        """Say what is short of the next tier, what to keep this one, what will expire."""
        sentences = [self._next_sentence()]
        if self.performing < self.credited:
            sentences.append(self._keep_sentence())
        sentences.append(self._forecast())
        return [sentence for sentence in sentences if sentence]

    def _next_sentence(self) -> str:
        if self.credited is Tier.ELITE:
            return ""
        short = self._short_of(self.next)
        if short:
            days = (self.evaluation_on - self.today).days
            return ngettext(
                "%(short)s short of %(tier)s; %(days)s day left until the evaluation of "
                "%(date)s.",
                "%(short)s short of %(tier)s; %(days)s days left until the evaluation of "
                "%(date)s.",
                days,
            ) % {
                "short": short,
                "tier": words.tier_name(self.next),
                "days": formats.number(days),
                "date": formats.day_long(self.evaluation_on),
            }
        if self.next is Tier.ELITE:
            return _(
                "Your points reach Elite, which is by invitation: ask your partner "
                "development manager to be assessed."
            )
        facts = {
            "tier": words.tier_name(self._reached(self.totals)),
            "date": formats.day_long(self._next_check()),
        }
        if not self.certified:
            return (
                _(
                    "Your points reach %(tier)s. It is credited at the check of %(date)s "
                    "if somebody holds a valid Solutions Partner Certification by then."
                )
                % facts
            )
        if self.held:
            return (
                _(
                    "Your points reach %(tier)s. It is credited at the check of %(date)s "
                    "if the company is in good standing by then."
                )
                % facts
            )
        return (
            _("Your points reach %(tier)s; it is credited at the check of %(date)s.")
            % facts
        )

    def _keep_sentence(self) -> str:
        facts = {
            "short": self._short_of(self.credited),
            "tier": words.tier_name(self.credited),
            "performing": words.tier_name(self.performing),
        }
        return (
            _("Today’s points give %(performing)s: %(short)s short to keep %(tier)s.")
            % facts
        )

    def _forecast(self) -> str:
        """Say which tier is left on the evaluation day if nothing is added."""
        sourced, assisted = self._expiring()
        left = Totals(
            sourced=self.totals.sourced - sourced,
            assisted=self.totals.assisted - assisted,
            managed=self.totals.managed,
        )
        then = self._reached(left)
        if then >= self._reached(self.totals):
            return ""
        return _(
            "%(points)s points expire before the evaluation; without new ones you reach "
            "%(tier)s that day."
        ) % {
            "points": points_in_full(sourced + assisted),
            "tier": words.tier_name(then),
        }

    def _reached(self, totals: Totals) -> Tier:
        """Return the tier that totals give at the evaluation."""
        return performing_tier(
            totals=totals,
            rulebook=self.ahead,
            membership=Membership(self.partner.membership),
            elite_admitted=self.performing is Tier.ELITE,
        )

    def _short_of(self, tier: Tier) -> str:
        """Return what is short of a tier's binding minima, "" if nothing is."""
        labels = {
            Constraint.SOLD: _("%(points)s sourced points")
            if self.ahead.table.sold_basis == {Kind.SOURCED}
            else _("%(points)s sold points"),
            Constraint.MANAGED: _("%(points)s managed points"),
            Constraint.TOTAL: _("%(points)s points in total"),
        }
        return formats.listing(
            [
                labels[gap.constraint] % {"points": points_in_full(gap.short)}
                for gap in gaps(totals=self.totals, rulebook=self.ahead, tier=tier)
                if gap.enforced and not gap.met
            ]
        )

    def _next_check(self) -> date:
        """Return the first check day after today."""
        tomorrow = self.today + timedelta(days=1)
        days = self.rulebook.calendar.snapshot_days(tomorrow, add_months(tomorrow, 2))
        return days[0]
