"""The receipts of one snapshot and of one evaluation: rows, facts, rule, arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from partners import standing_sql
from partners.models import Evaluation, KindChoice, Partner, Snapshot, TierAppeal
from partners.receipts import words
from partners.receipts.addresses import Number, number_url
from partners.receipts.entries import EditionNote, edition_note
from partners.receipts.tiers import (
    EvaluationFacts,
    Figure,
    TierTest,
    evaluation_facts,
    sold_label,
    tier_test,
)
from partners.selectors import published_editions
from program.rulebook import Kind, Tier
from program.tiers import Appeal, Decision, Totals, after_cure, evaluate, heed_appeal


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotReceipt:
    """A check day's totals against every minimum.

    `agrees`: the ledger, as it was known when the snapshot was taken, adds up to it.
    """

    snapshot: Snapshot
    sums: Sequence[Figure]
    tests: Sequence[TierTest]
    by_numbers: Tier
    sold_label: str
    agrees: bool
    rules: Sequence[words.Rule]
    edition: EditionNote


def snapshot_receipt(snapshot: Snapshot) -> SnapshotReceipt:
    editions = published_editions()
    edition = editions.by_id(snapshot.edition_id)
    rulebook = edition.rulebook
    totals = Totals(
        sourced=snapshot.sourced, assisted=snapshot.assisted, managed=snapshot.managed
    )
    tests = [tier_test(row.tier, totals, rulebook) for row in rulebook.table.rows]
    fresh = next(
        standing_sql.read(
            on=snapshot.on,
            edition=edition,
            first=snapshot.partner_id,
            last=snapshot.partner_id,
            known_at=snapshot.taken_at,
        )
    )
    return SnapshotReceipt(
        snapshot=snapshot,
        sums=_sums(snapshot.partner, totals, snapshot),
        tests=tests,
        by_numbers=next((test.tier for test in tests if test.passed), Tier.NONE),
        sold_label=sold_label(rulebook),
        agrees=(fresh.sourced, fresh.assisted, fresh.managed)
        == (snapshot.sourced, snapshot.assisted, snapshot.managed),
        rules=[
            words.checks(rulebook),
            words.basis(rulebook),
            words.managed_minimum(rulebook),
            words.rounding(rulebook),
            words.invitation(rulebook),
            words.certification(rulebook),
        ],
        edition=edition_note(edition, until=editions.ends_before(edition)),
    )


def _sums(partner: Partner, totals: Totals, snapshot: Snapshot) -> list[Figure]:
    numbers = [
        (str(KindChoice(kind).label), totals.of({kind}), Number(kind.value))
        for kind in Kind
    ]
    numbers.append((str(words.total_label()), totals.total, Number.TOTAL))
    return [
        Figure(
            label=label,
            points=points,
            url=number_url(partner, number, snapshot.on, known_at=snapshot.taken_at),
        )
        for label, points, number in numbers
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationReceipt:
    """An evaluation with what it rested on.

    `repeats`: decided again from the stored facts it comes out the same; None where
    something that happened in between was heeded too.
    """

    facts: EvaluationFacts
    appeal: TierAppeal | None
    waiting_for: str
    ended: Evaluation | None
    repeats: bool | None
    rules: Sequence[words.Rule]


def evaluation_receipt(evaluation: Evaluation) -> EvaluationReceipt:
    editions = published_editions()
    edition = editions.by_id(evaluation.edition_id)
    rulebook = edition.rulebook
    until = editions.ends_before(edition)
    heeded = evaluation.facts.get("appeal")
    return EvaluationReceipt(
        facts=evaluation_facts(evaluation.partner, evaluation, edition, until=until),
        appeal=_appeal_of(evaluation),
        waiting_for=heeded["tier"] if heeded else "",
        ended=evaluation.ends_cure_of,
        repeats=_repeats(evaluation),
        rules=[
            words.keeping(rulebook),
            words.protection(rulebook),
            words.certification(rulebook),
            *([words.appeals(rulebook)] if heeded else ()),
        ],
    )


def _appeal_of(evaluation: Evaluation) -> TierAppeal | None:
    heeded = evaluation.facts.get("appeal")
    if not heeded:
        return None
    return TierAppeal.objects.filter(
        Q(partner_id=evaluation.partner_id), public_id=heeded["id"]
    ).first()


def _repeats(evaluation: Evaluation) -> bool | None:
    decision = _again(evaluation)
    if decision is None:
        return None
    return (decision.tier, decision.cause) == (evaluation.tier, evaluation.cause)


def _again(evaluation: Evaluation) -> Decision | None:
    """Decide again from the stored facts; None where a younger change was heeded."""
    cured = evaluation.ends_cure_of
    if cured is not None and evaluation.credited_before != cured.credited_before:
        return None
    facts = evaluation.facts
    rulebook = published_editions().by_id(evaluation.edition_id).rulebook
    on = cured.on if cured else evaluation.on
    credited = Tier(evaluation.credited_before)
    credited_on = date.fromisoformat(facts["credited_on"])
    period = [(date.fromisoformat(day), Tier(tier)) for day, tier in facts["period"]]
    if cured:
        decision = after_cure(
            on=on,
            credited=credited,
            credited_on=credited_on,
            period=period,
            renewed=facts["renewed"],
            rulebook=rulebook,
        )
    else:
        decision = evaluate(
            on=on,
            credited=credited,
            credited_on=credited_on,
            period=period,
            certified=facts["certified"],
            rulebook=rulebook,
        )
    heeded = facts.get("appeal")
    if heeded:
        state = Appeal(heeded["state"])
        decision = heed_appeal(decision, credited=credited, appeal=state)
    return decision
