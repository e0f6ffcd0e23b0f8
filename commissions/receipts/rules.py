"""The wording of the clauses that a schedule rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from commissions.models import Schedule
from partners.receipts.words import Rule, in_language
from program.rulebook import Kind, Rulebook

CLAUSES: Final[Mapping[str, tuple[str, ...]]] = {
    Schedule.PlanChoice.DEAL: ("R33", "3.6"),
    Schedule.PlanChoice.UPMARKET: ("R37", "3.11"),
}


def clauses_of(schedule: Schedule, rulebook: Rulebook, *more: str) -> list[Rule]:
    """Return the clauses of a schedule, and `more` of them, in the reader's language.

    One that earns nothing has no plan: it was asked for under that of its motion.
    """
    texts = rulebook.rule_texts
    assisted = schedule.facts.get("motion") == Kind.ASSISTED
    asked = Schedule.PlanChoice.UPMARKET if assisted else Schedule.PlanChoice.DEAL
    wanted = (*CLAUSES[schedule.plan or asked], *more)
    return [
        Rule(clause, in_language(texts[clause]))
        for clause in dict.fromkeys(wanted)
        if clause in texts
    ]
