"""The receipts of the performing tier and of the credited tier of a partner on a day."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from partners import standing_sql
from partners.models import Evaluation, KindChoice, Partner, Snapshot, TierChange
from partners.receipts import words
from partners.receipts.addresses import Number, number_url, performing_tier_url
from partners.receipts.entries import EditionNote, edition_note
from partners.selectors import Edition, published_editions
from program.calendar import add_months
from program.money import divide_half_up
from program.rulebook import Kind, Membership, Rulebook, Tier
from program.tiers import Constraint, Gap, Totals, gaps, performing_tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One sum against one minimum; `rounded` is what was compared. Micro-points."""

    constraint: Constraint
    have: int
    rounded: int
    need: int
    met: bool
    enforced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TierTest:
    """The minima of one tier against the partner's sums."""

    tier: Tier
    cites: str
    comparisons: Sequence[Comparison]

    @property
    def passed(self) -> bool:
        return all(one.met or not one.enforced for one in self.comparisons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A sum of micro-points with the address of its own receipt."""

    label: str
    points: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformingReceipt:
    """What the sums of a day give. `problem` is loud: it says that two ways disagree."""

    tier: Tier
    by_numbers: Tier
    admitted: bool
    sums: Sequence[Figure]
    tests: Sequence[TierTest]
    table: str
    sold_label: str
    rules: Sequence[words.Rule]
    edition: EditionNote
    problem: str


def performing_receipt(
    partner: Partner, *, day: date, known_at: datetime
) -> PerformingReceipt:
    """Return the receipt of the performing tier, from the ledger.

    Raises `NoEditionError` for a day before the first edition.
    """
    editions = published_editions()
    edition = editions.on(day)
    rulebook = edition.rulebook
    standing = next(
        standing_sql.read(
            on=day, edition=edition, first=partner.pk, last=partner.pk, known_at=known_at
        )
    )
    totals = Totals(
        sourced=standing.sourced, assisted=standing.assisted, managed=standing.managed
    )
    invited = partner.elite_invited_on
    admitted = standing.credited_tier == Tier.ELITE or (
        invited is not None and invited <= day
    )
    tests = [_test(row.tier, totals, rulebook) for row in rulebook.table.rows]
    by_numbers = next((test.tier for test in tests if test.passed), Tier.NONE)
    tier = performing_tier(
        totals=totals,
        rulebook=rulebook,
        membership=Membership(partner.membership),
        elite_admitted=admitted,
    )
    problem = ""
    if tier != standing.performing_tier:
        problem = _(
            "The database says %(stored)s, the rules give %(computed)s. Please tell us."
        ) % {
            "stored": words.tier_name(standing.performing_tier),
            "computed": words.tier_name(tier),
        }
    return PerformingReceipt(
        tier=tier,
        by_numbers=by_numbers,
        admitted=admitted,
        sums=list(_sums(partner, totals, day=day, known_at=known_at)),
        tests=tests,
        table=rulebook.table.code,
        sold_label=sold_label(rulebook),
        rules=_performing_rules(partner, by_numbers, rulebook),
        edition=edition_note(edition, until=editions.ends_before(edition)),
        problem=problem,
    )


def _sums(
    partner: Partner, totals: Totals, *, day: date, known_at: datetime
) -> Iterator[Figure]:
    for kind in Kind:
        yield Figure(
            label=str(KindChoice(kind).label),
            points=totals.of({kind}),
            url=number_url(partner, Number(kind.value), day, known_at=known_at),
        )
    yield Figure(
        label=_("Total"),
        points=totals.total,
        url=number_url(partner, Number.TOTAL, day, known_at=known_at),
    )


def sold_label(rulebook: Rulebook) -> str:
    """Return what the first column of the edition's table is called."""
    if len(rulebook.table.sold_basis) > 1:
        return _("Sold points (sourced and assisted)")
    return _("Sourced points")


def _test(tier: Tier, totals: Totals, rulebook: Rulebook) -> TierTest:
    return TierTest(
        tier=tier,
        cites=rulebook.table.rows_by(tier).rule,
        comparisons=[
            _comparison(gap, rulebook)
            for gap in gaps(totals=totals, rulebook=rulebook, tier=tier)
        ],
    )


def _comparison(gap: Gap, rulebook: Rulebook) -> Comparison:
    step = rulebook.tiers.rounding_micro
    return Comparison(
        constraint=gap.constraint,
        have=gap.have,
        rounded=divide_half_up(gap.have, step) * step,
        need=gap.need,
        met=gap.met,
        enforced=gap.enforced,
    )


def _performing_rules(
    partner: Partner, by_numbers: Tier, rulebook: Rulebook
) -> list[words.Rule]:
    rules = [
        words.basis(rulebook),
        words.managed_minimum(rulebook),
        words.rounding(rulebook),
    ]
    if by_numbers is Tier.ELITE:
        rules.append(words.invitation(rulebook))
    if partner.membership == Membership.PROVIDER:
        rules.insert(0, words.no_tier_for_providers())
    return rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check day of an evaluation period and the tier its points gave.

    `url` leads to that tier's receipt, as it was known when the check was made.
    """

    on: date
    tier: Tier
    reaches: bool
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationFacts:
    """An evaluation and what it rested on; `fingerprint_holds` was computed anew."""

    evaluation: Evaluation
    checks: Sequence[Check]
    certified: bool
    credited_on: date
    fingerprint_holds: bool
    edition: EditionNote


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditedReceipt:
    """Why a partner holds the tier it is credited with.

    `change` is None where no tier was ever credited; `evaluation` is the last one, also
    if it kept the tier. `protected_until` is the last protected day.
    """

    tier: Tier
    change: TierChange | None
    snapshot: Snapshot | None
    snapshot_url: str
    protected_until: date | None
    evaluation: EvaluationFacts | None
    history: Sequence[TierChange]
    rules: Sequence[words.Rule]
    edition: EditionNote


def credited_receipt(
    partner: Partner, *, day: date, known_at: datetime
) -> CreditedReceipt:
    """Return the receipt of the credited tier: the last change and what it rests on.

    Raises `NoEditionError` for a day before the first edition.
    """
    editions = published_editions()
    edition = editions.on(day)
    rulebook = edition.rulebook
    history = list(
        TierChange.objects.filter(partner=partner, on__lte=day, recorded_at__lte=known_at)
        .select_related("snapshot")
        .order_by("-on", "-id")
    )
    change = history[0] if history else None
    evaluation = (
        Evaluation.objects.filter(partner=partner, on__lte=day, decided_at__lte=known_at)
        .order_by("-on", "-id")
        .first()
    )
    tier = Tier(change.tier) if change else Tier.NONE
    protected_until = None
    if change and tier is not Tier.NONE:
        ends = add_months(change.on, rulebook.tiers.protection_months)
        protected_until = ends - timedelta(days=1)
    facts = None
    if evaluation is not None:
        taken_under = editions.by_id(evaluation.edition_id)
        until = editions.ends_before(taken_under)
        facts = _evaluation_facts(partner, evaluation, taken_under, until=until)
    snapshot = change.snapshot if change else None
    return CreditedReceipt(
        tier=tier,
        change=change,
        snapshot=snapshot,
        snapshot_url=performing_tier_url(partner, snapshot.on, known_at=snapshot.taken_at)
        if snapshot
        else "",
        protected_until=protected_until,
        evaluation=facts,
        history=history,
        rules=[
            words.checks(rulebook),
            words.keeping(rulebook),
            words.protection(rulebook),
            words.certification(rulebook),
        ],
        edition=edition_note(edition, until=editions.ends_before(edition)),
    )


def _evaluation_facts(
    partner: Partner, evaluation: Evaluation, edition: Edition, *, until: date | None
) -> EvaluationFacts:
    facts = evaluation.facts
    before = Tier(evaluation.credited_before)
    period = [(date.fromisoformat(on), Tier(tier)) for on, tier in facts["period"]]
    taken_at = dict(
        Snapshot.objects.filter(
            partner=partner, on__in=[on for on, _tier in period]
        ).values_list("on", "taken_at")
    )
    return EvaluationFacts(
        evaluation=evaluation,
        checks=[
            Check(
                on=on,
                tier=tier,
                reaches=tier >= before,
                url=performing_tier_url(partner, on, known_at=taken_at.get(on)),
            )
            for on, tier in period
        ],
        certified=facts.get("renewed", facts["certified"]),
        credited_on=date.fromisoformat(facts["credited_on"]),
        fingerprint_holds=_fingerprint(evaluation, edition) == evaluation.sha256,
        edition=edition_note(edition, until=until),
    )


def _fingerprint(evaluation: Evaluation, edition: Edition) -> str:
    """Return the fingerprint of edition and facts, as it was made at the decision."""
    canonical = json.dumps(
        {"edition": edition.code, "partner": evaluation.partner_id, **evaluation.facts},
        sort_keys=True,
    )
    return hashlib.sha256(canonical.encode()).hexdigest()
