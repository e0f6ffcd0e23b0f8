"""Everything the page on good standing says about a company on a day (R8 to R10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.translation import gettext as _

from partners.models import (
    BenefitSuspension,
    Certification,
    ConditionFinding,
    Escalation,
    GoldNotice,
    MembershipChange,
    MembershipChoice,
    OwnLapse,
    Partner,
    TierChange,
)
from partners.receipts import standing_words as words
from partners.receipts.benefits import suspended_words
from partners.receipts.conditions import (
    conditions_on,
    holdings_of,
    own_of,
    people_with_one_factor,
    suspension_on,
)
from partners.receipts.words import Rule, cited
from program.calendar import add_months
from program.rulebook import Membership, Rulebook, Tier
from program.standing import (
    Condition,
    ConditionState,
    OwnReason,
    Reason,
    covered_until,
    own_subscription,
    weighs_until,
)
from ui import formats

CITES = {
    Condition.POLICIES: "R10",
    Condition.PAPERWORK: "R10",
    Condition.CONDUCT: "R10",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorNote:
    """Who signs in with one factor as of now: how many, and for the owner who.

    `noted` says whether the night before had found somebody; not `checked`, the portal
    asks nobody for two factors and looks at no account.
    """

    checked: bool
    people: int
    names: Sequence[str]
    noted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionRow:
    """One condition: met or not, why, since when, what to do, by which rule."""

    label: str
    met: bool
    why: str
    since: date | None
    advice: str
    cites: str
    factors: FactorNote | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCard:
    """The own subscription; `cure_until` is set while a lapse can be put right."""

    edition: str
    monthly: str
    ends_on: date | None
    sufficient: bool
    why: str
    asked: Rule
    cure: Rule
    lapse: OwnLapse | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationRow:
    escalation: Escalation
    weighs_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingPage:
    """Everything the page shows.

    `covered_until` is the first day without a certification, if there is one; `marks` is
    how many escalations were ever marked on record.
    """

    rows: Sequence[ConditionRow]
    red: int
    own: OwnCard
    certifications: Sequence[Certification]
    covered_until: date | None
    escalations: Sequence[EscalationRow]
    escalation_rule: Rule
    marks: int
    review_above: int
    suspension: BenefitSuspension | None
    suspended: str
    notice: GoldNotice | None
    memberships: Sequence[MembershipChange]


def standing_page(
    partner: Partner, *, on: date, rulebook: Rulebook, names: bool = False
) -> StandingPage:
    """Return what the page shows of a company on a day.

    With `names`, for its owners, who of its people lacks a second factor.
    """
    rows = _condition_rows(partner, on=on, rulebook=rulebook, names=names)
    certifications = (
        Certification.objects.solutions_partner_on(on)
        .filter(person__partner=partner)
        .select_related("person")
        .order_by("expires_on", "pk")
    )
    suspension = suspension_on(partner, on)
    held = holdings_of([partner.pk]).get(partner.pk, ())
    marked = Escalation.objects.filter(partner=partner, state=Escalation.State.MARKED)
    return StandingPage(
        rows=rows,
        red=sum(not row.met for row in rows),
        own=_own_card(partner, on=on, rulebook=rulebook),
        certifications=list(certifications),
        covered_until=covered_until(on=on, holdings=held),
        escalations=_escalations(partner, on=on, rulebook=rulebook),
        escalation_rule=escalation_rule(rulebook),
        marks=marked.count(),
        review_above=rulebook.escalation.review_above_marks,
        suspension=suspension,
        suspended=suspended_words(suspension) if suspension else "",
        notice=_notice(partner, on=on),
        memberships=list(
            MembershipChange.objects.filter(partner=partner).order_by("-on", "-pk")
        ),
    )


def _notice(partner: Partner, *, on: date) -> GoldNotice | None:
    """Return the notice that runs; a tier ends it, and so does the move itself."""
    tier = TierChange.objects.filter(partner=partner, on__lte=on).order_by("-on", "-id")
    held = tier.values_list("tier", flat=True).first()
    if partner.membership != MembershipChoice.PARTNER or held not in {None, Tier.NONE}:
        return None
    running = GoldNotice.objects.filter(partner=partner, moves_on__gt=on)
    return running.order_by("-deadline_on").first()


def _condition_rows(
    partner: Partner, *, on: date, rulebook: Rulebook, names: bool
) -> list[ConditionRow]:
    findings = {
        finding.condition: finding.reason
        for finding in ConditionFinding.objects.filter(
            partner=partner, from_on__lte=on
        ).order_by("-from_on", "-pk")
        if finding.until_on is None or finding.until_on > on
    }
    cites = {
        **CITES,
        Condition.SECURITY: ", ".join(
            filter(None, ("R10", cited("escalation.second_factor_required", rulebook)))
        ),
        Condition.RELATIONS: cited("escalation.recent_months", rulebook),
        Condition.TRAINING: f"{cited('certification.kind', rulebook)}, R10",
    }
    (states,) = conditions_on([partner], on=on, rulebook=rulebook).values()
    rows = []
    for state in states:
        why = words.reason_of(state)
        if state.reason == "finding":
            why = findings.get(state.condition, why)
        rows.append(
            ConditionRow(
                label=str(words.LABELS[state.condition]),
                met=state.met,
                why=why,
                since=state.since,
                advice=words.advice_for(state),
                cites=cites[state.condition],
                factors=_factors(partner, state, rulebook=rulebook, names=names)
                if state.condition is Condition.SECURITY
                else None,
            )
        )
    return rows


def _factors(
    partner: Partner, state: ConditionState, *, rulebook: Rulebook, names: bool
) -> FactorNote | None:
    """Return who lacks a second factor now; None where there is nothing to say."""
    if not rulebook.escalation.second_factor_required:
        return None
    noted = state.reason is Reason.ONE_FACTOR
    if not settings.STAFF_MFA_REQUIRED and not noted:
        return FactorNote(checked=False, people=0, names=(), noted=False)
    found = people_with_one_factor(first=partner.pk, last=partner.pk)
    people = found.get(partner.pk, [])
    if not people and not noted:
        return None
    return FactorNote(
        checked=True,
        people=len(people),
        names=[str(person) for person in people] if names else (),
        noted=noted,
    )


def _own_card(partner: Partner, *, on: date, rulebook: Rulebook) -> OwnCard:
    own = own_of(partner)
    membership = Membership(partner.membership)
    reason = own_subscription(on=on, own=own, membership=membership, rulebook=rulebook)
    return OwnCard(
        edition=partner.get_own_edition_display() if partner.own_edition else "",
        monthly=formats.money(own.monthly.minor, own.monthly.currency)
        if own.monthly
        else "",
        ends_on=own.ends_on,
        sufficient=reason is OwnReason.SUFFICIENT,
        why=words.own_words(reason),
        asked=own_rule(membership, rulebook),
        cure=cure_rule(membership, rulebook),
        lapse=OwnLapse.objects.filter(
            partner=partner, outcome=OwnLapse.Outcome.OPEN
        ).first(),
    )


def _escalations(
    partner: Partner, *, on: date, rulebook: Rulebook
) -> list[EscalationRow]:
    """Return what is open, and what was closed within the months that weigh."""
    since = add_months(on, -rulebook.escalation.recent_months)
    found = Escalation.objects.filter(partner=partner, reported_on__lte=on)
    rows = []
    for each in found.order_by("-reported_on", "-pk"):
        if each.closed_on is not None and each.closed_on <= since:
            continue
        until = None
        if each.closed_on is not None and each.state != Escalation.State.DISMISSED:
            until = weighs_until(each.closed_on, rulebook)
        rows.append(EscalationRow(escalation=each, weighs_until=until))
    return rows


# --- The rules in sentences -----------------------------------------------------------


def own_rule(membership: Membership, rulebook: Rulebook) -> Rule:
    rules = rulebook.membership
    if membership is Membership.PROVIDER:
        return Rule(
            cited("membership.provider_edition", rulebook),
            _("A provider owns a subscription of at least %(edition)s.")
            % {"edition": rules.provider_edition.capitalize()},
        )
    minimum = rules.partner_minimum
    return Rule(
        cited("membership.partner_minimum", rulebook),
        _(
            "A partner owns a subscription of at least %(edition)s, from %(amount)s a "
            "month."
        )
        % {
            "edition": rules.partner_edition.capitalize(),
            "amount": formats.money(minimum.minor, minimum.currency),
        },
    )


def cure_rule(membership: Membership, rulebook: Rulebook) -> Rule:
    sentence = (
        _(
            "One that lapses can be put right for %(days)s days; then the benefits are "
            "suspended."
        )
        if membership is Membership.PROVIDER
        else _(
            "One that lapses can be put right for %(days)s days; then the company "
            "becomes a provider if what is left is enough for one, or its benefits are "
            "suspended."
        )
    )
    days = formats.number(rulebook.membership.subscription_cure_days)
    return Rule(
        cited("membership.subscription_cure_days", rulebook), sentence % {"days": days}
    )


def gold_rule(rulebook: Rulebook) -> Rule:
    rules = rulebook.membership
    return Rule(
        cited("membership.gold_deadline_months", rulebook),
        _(
            "A partner without a tier reaches Gold within %(months)s months of joining; "
            "otherwise it is given %(days)s days’ notice and becomes a provider. A tier "
            "that is lost later must be won back by the next evaluation."
        )
        % {
            "months": formats.number(rules.gold_deadline_months),
            "days": formats.number(rules.demotion_notice_days),
        },
    )


def escalation_rule(rulebook: Rulebook) -> Rule:
    return Rule(
        cited("escalation.recent_months", rulebook),
        _(
            "An escalation weighs while it is open and for %(months)s months after it "
            "was settled or marked; one that was dismissed does not."
        )
        % {"months": formats.number(rulebook.escalation.recent_months)},
    )
