"""The tables of steps: every state with every event (reliability R8)."""

from __future__ import annotations

from itertools import product

import pytest

from program.deal_life import (
    DEAL_STEPS,
    REGISTRATION_STEPS,
    DealEvent,
    DealStage,
    RegistrationEvent,
    RegistrationState,
)
from program.steps import Actor, IllegalStepError, Table, events_for, pairs, step

MACHINES: list[tuple[Table, list[str], list[str]]] = [
    (REGISTRATION_STEPS, list(RegistrationState), list(RegistrationEvent)),
    (DEAL_STEPS, list(DealStage), list(DealEvent)),
]
CASES = [
    (table, state, event, actor)
    for table, states, events in MACHINES
    for state, event, actor in product(states, events, Actor)
]


@pytest.mark.parametrize(("table", "state", "event", "actor"), CASES)
def test_what_is_in_no_table_cannot_be_done(
    table: Table, state: str, event: str, actor: Actor
) -> None:
    found = table.get((state, event))
    if found is not None and actor in found.by:
        assert step(table, state, event, by=actor) == found.to
        assert event in events_for(table, state, by=actor)
    else:
        with pytest.raises(IllegalStepError):
            step(table, state, event, by=actor)
        assert event not in events_for(table, state, by=actor)


def test_ends_have_no_exits() -> None:
    ends = {DealStage.WON, DealStage.LOST, DealStage.EXPIRED, DealStage.WITHDRAWN}
    assert not {state for state, _event in DEAL_STEPS} & ends
    left = {state for state, _event in REGISTRATION_STEPS}
    assert not left & {RegistrationState.ACCEPTED, RegistrationState.WITHDRAWN}


def test_every_state_is_reached() -> None:
    for table, states, _events in MACHINES:
        assert {after for _before, after in pairs(table)} | {states[0]} == set(states)
