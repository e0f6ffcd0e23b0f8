"""Is a prospect free, and does a human have to look? (rulebook 3.10.1)"""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from program.protection import (
    Answer,
    Claims,
    Conflict,
    OpenDeal,
    Verdict,
    answer,
    conflicts,
)

TODAY = date(2026, 11, 23)
FEBRUARY = date(2027, 2, 1)


def registered(until: date) -> OpenDeal:
    return OpenDeal(registered_on=date(2026, 10, 1), valid_until=until)


def imported(on: date) -> OpenDeal:
    return OpenDeal(registered_on=on, valid_until=None)


def asked(claims: Claims) -> Verdict:
    return answer(claims, today=TODAY, validity_days=90)


@pytest.mark.parametrize(
    ("claims", "says", "until", "looks"),
    [
        pytest.param(Claims(), Answer.FREE, None, {}, id="F11"),
        pytest.param(Claims(own=1, clients=1), Answer.YOURS, None, {}, id="F12"),
        pytest.param(
            Claims(deals=(registered(FEBRUARY),)),
            Answer.PROTECTED,
            FEBRUARY,
            {Conflict.OPEN_DEAL: 1},
            id="F13",
        ),
        pytest.param(
            Claims(deals=(registered(FEBRUARY), registered(date(2026, 12, 1)))),
            Answer.PROTECTED,
            FEBRUARY,
            {Conflict.OPEN_DEAL: 2},
            id="F14",
        ),
        pytest.param(
            Claims(deals=(imported(date(2026, 11, 1)),)),
            Answer.PROTECTED,
            date(2027, 1, 30),
            {Conflict.OPEN_DEAL: 1},
            id="F15",
        ),
        pytest.param(
            Claims(deals=(imported(date(2026, 6, 1)),)),
            Answer.HUMAN,
            None,
            {Conflict.OPEN_DEAL: 1},
            id="F16",
        ),
        pytest.param(
            Claims(reviews=1),
            Answer.HUMAN,
            None,
            {Conflict.IN_REVIEW: 1},
            id="F17 review",
        ),
        pytest.param(
            Claims(holds=1), Answer.HUMAN, None, {Conflict.HELD: 1}, id="F17 hold"
        ),
        pytest.param(
            Claims(alike=2), Answer.HUMAN, None, {Conflict.LOOK_ALIKE: 2}, id="F17 alike"
        ),
        pytest.param(
            Claims(clients=2),
            Answer.HUMAN,
            None,
            {Conflict.SEVERAL_CLIENTS: 2},
            id="F18",
        ),
        pytest.param(
            Claims(own=1, deals=(registered(FEBRUARY),)),
            Answer.YOURS,
            None,
            {Conflict.OPEN_DEAL: 1},
            id="F19",
        ),
        pytest.param(
            Claims(own_company=True, own=1),
            Answer.HUMAN,
            None,
            {Conflict.OWN_COMPANY: 1},
            id="F20",
        ),
    ],
)
def test_what_is_known_decides(
    claims: Claims, says: Answer, until: date | None, looks: dict[Conflict, int]
) -> None:
    assert asked(claims) == Verdict(answer=says, until=until)
    assert conflicts(claims) == looks


def test_a_deal_that_ends_today_protects_no_longer() -> None:
    assert asked(Claims(deals=(registered(TODAY),))).answer == Answer.HUMAN


some = st.integers(min_value=0, max_value=3)


@given(
    st.builds(
        Claims,
        own=some,
        reviews=some,
        holds=some,
        alike=some,
        clients=some,
        own_company=st.booleans(),
    )
)
def test_free_means_accepted_at_once(claims: Claims) -> None:
    if asked(claims).answer == Answer.FREE:
        assert conflicts(claims) == {}
    if asked(claims).answer == Answer.HUMAN:
        assert conflicts(claims)
