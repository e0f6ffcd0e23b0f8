"""The receipts of the performing tier and of the credited tier of a partner on a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from partners import standing_sql
from partners.models import (
    Evaluation,
    KindChoice,
    Partner,
    Snapshot,
    TierChange,
    TierOverride,
    UpgradeHeld,
)
from partners.receipts import standing_words, words
from partners.receipts.addresses import Number, number_url, performing_tier_url
from partners.receipts.entries import EditionNote, edition_note
from partners.receipts.fingerprints import fingerprint_of
from partners.selectors import Edition, membership_on, override_on, published_editions
from program.money import divide_half_up
from program.rulebook import Kind, Membership, Rulebook, Tier
from program.tiers import (
    Constraint,
    Gap,
    Totals,
    gaps,
    last_protected_day,
    performing_tier,
    since,
)


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
    membership: Membership
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
    admitted = standing.credited_tier == Tier.ELITE or partner.elite_admissions.holds_on(
        day, known_at=known_at
    )
    membership = membership_on(partner, day, known_at=known_at)
    tests = [tier_test(row.tier, totals, rulebook) for row in rulebook.table.rows]
    by_numbers = next((test.tier for test in tests if test.passed), Tier.NONE)
    tier = performing_tier(
        totals=totals,
        rulebook=rulebook,
        membership=membership,
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
        membership=membership,
        admitted=admitted,
        sums=list(_sums(partner, totals, day=day, known_at=known_at)),
        tests=tests,
        table=rulebook.table.code,
        sold_label=sold_label(rulebook),
        rules=_performing_rules(membership, by_numbers, rulebook),
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


def tier_test(tier: Tier, totals: Totals, rulebook: Rulebook) -> TierTest:
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
    membership: Membership, by_numbers: Tier, rulebook: Rulebook
) -> list[words.Rule]:
    rules = [
        words.basis(rulebook),
        words.managed_minimum(rulebook),
        words.rounding(rulebook),
    ]
    if by_numbers is Tier.ELITE:
        rules.append(words.invitation(rulebook))
    if membership is Membership.PROVIDER:
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
    if it kept the tier. `override` grants another tier that day. `protected_until` is the
    last protected day. `held` is a higher tier that a later check reached and did not
    credit: `held_conditions` were not met.
    """

    tier: Tier
    change: TierChange | None
    held: UpgradeHeld | None
    held_conditions: str
    override: TierOverride | None
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
    held_since = day
    if history:
        _tier, held_since = since([(Tier(c.tier), c.on) for c in reversed(history)])
    protected_until = None
    if change and tier is not Tier.NONE:
        protected_until = last_protected_day(credited_on=held_since, rulebook=rulebook)
    facts = None
    if evaluation is not None:
        taken_under = editions.by_id(evaluation.edition_id)
        until = editions.ends_before(taken_under)
        facts = evaluation_facts(partner, evaluation, taken_under, until=until)
    snapshot = change.snapshot if change else None
    held = _held_since(partner, change, day=day, known_at=known_at)
    return CreditedReceipt(
        tier=tier,
        change=change,
        held=held,
        override=override_on(partner.pk, day, known_at=known_at),
        held_conditions=standing_words.labels_of(held.conditions) if held else "",
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


def _held_since(
    partner: Partner, change: TierChange | None, *, day: date, known_at: datetime
) -> UpgradeHeld | None:
    """Return the last upgrade that was held back since the tier changed (R5)."""
    held = UpgradeHeld.objects.filter(
        partner=partner, on__lte=day, recorded_at__lte=known_at
    )
    if change is not None:
        held = held.filter(on__gt=change.on)
    return held.order_by("-on", "-id").first()


def evaluation_facts(
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
        fingerprint_holds=evaluation.sha256
        == fingerprint_of(
            edition=edition.code, partner_id=partner.pk, facts=evaluation.facts
        ),
        edition=edition_note(edition, until=until),
    )
