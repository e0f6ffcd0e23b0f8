"""Second factors among the conditions (R10, 3.22): dated gaps, findings before them."""

from collections.abc import Sequence
from datetime import date

import pytest

from program.rulebook import Membership, Rulebook
from program.standing import (
    Condition,
    ConditionState,
    FactorGap,
    Finding,
    Reason,
    conditions,
)
from tests.unit.program.editions import B, edition

KEY = (
    'second_factor_required = { value = true, rule = "3.22", '
    'note = "Of everybody who can sign in" }\n'
)
GAP = FactorGap(since=date(2026, 3, 1), until=date(2026, 3, 10))


@pytest.mark.parametrize(
    ("on", "reason"),
    [
        (date(2026, 2, 28), Reason.MET),
        (date(2026, 3, 1), Reason.ONE_FACTOR),
        (date(2026, 3, 9), Reason.ONE_FACTOR),
        (date(2026, 3, 10), Reason.MET),
    ],
)
def test_a_gap_in_second_factors_counts_on_its_days(on: date, reason: Reason) -> None:
    assert security(on, gaps=[GAP]).reason is reason


def test_a_finding_of_staff_is_named_before_a_gap() -> None:
    finding = Finding(condition=Condition.SECURITY, since=date(2026, 3, 5))
    state = security(date(2026, 3, 5), gaps=[GAP], findings=[finding])
    assert (state.reason, state.since) == (Reason.FINDING, date(2026, 3, 5))


def test_an_edition_that_does_not_name_it_asks_for_one_factor() -> None:
    silent = edition((KEY, ""))
    off = edition((KEY, KEY.replace("true", "false")))
    for rulebook in (silent, off):
        state = security(date(2026, 3, 5), gaps=[GAP], rulebook=rulebook)
        assert state.reason is Reason.MET


def security(
    on: date,
    *,
    gaps: list[FactorGap],
    findings: Sequence[Finding] = (),
    rulebook: Rulebook = B,
) -> ConditionState:
    """Return the condition of a partner about its security measures."""
    states = conditions(
        on=on,
        membership=Membership.PARTNER,
        findings=findings,
        complaints=(),
        holdings=(),
        rulebook=rulebook,
        gaps=gaps,
    )
    return next(each for each in states if each.condition is Condition.SECURITY)
