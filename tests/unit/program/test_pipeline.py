"""What may close when, and what stands still."""

from __future__ import annotations

from datetime import date

import pytest

from program.motion import Evidence, propose
from program.pipeline import OpenDeal, forecast, is_stalled

ON = date(2026, 3, 10)


def deal(day: date | None, pipeline: str = "qualified", **amounts: int) -> OpenDeal:
    return OpenDeal(pipeline=pipeline, expected_close_on=day, amounts=amounts)


def test_months_in_order_what_is_late_counts_now_and_undated_last() -> None:
    months = forecast(
        [
            deal(None, USD=1_000),
            deal(date(2026, 4, 1), USD=2_000),
            deal(date(2026, 1, 31), EUR=500),
            deal(date(2026, 3, 9), USD=300),
            deal(date(2026, 3, 10), USD=100),
        ],
        on=ON,
    )

    assert [month.begins_on for month in months] == [
        date(2026, 3, 1),
        date(2026, 4, 1),
        None,
    ]
    assert [(month.deals, month.late) for month in months] == [(3, 2), (1, 0), (1, 0)]
    assert dict(months[0].whole) == {"EUR": 500, "USD": 400}


def test_deals_that_were_added_up_already_count_as_many() -> None:
    many = OpenDeal(
        pipeline="qualified",
        expected_close_on=date(2026, 3, 9),
        amounts={"USD": 700},
        deals=7,
    )
    [month] = forecast([many, deal(ON, USD=100)], on=ON)
    assert (month.deals, month.late, dict(month.whole)) == (8, 7, {"USD": 800})


def test_weights_are_applied_to_the_sum_and_rounded_once() -> None:
    [month] = forecast(
        [deal(ON, USD=1), deal(ON, USD=1), deal(ON, "contract", USD=100)], on=ON
    )
    # 25 % of 2 and 85 % of 100: 0.5 + 85 = 85.5, half up.
    assert dict(month.weighted) == {"USD": 86}


@pytest.mark.parametrize(
    ("active_on", "stalled"),
    [(date(2026, 2, 17), True), (date(2026, 2, 18), False), (None, True)],
)
def test_stands_still_after_21_days(active_on: date | None, stalled: bool) -> None:
    assert (
        is_stalled(active_on=active_on, registered_on=date(2026, 1, 1), on=ON) is stalled
    )


@pytest.mark.parametrize(
    ("evidence", "motion"),
    [
        (Evidence(registered_on=ON), "sourced"),
        (Evidence(registered_on=ON, introduced_by_vendor=True), "assisted"),
        (Evidence(registered_on=ON, introduced_on=date(2026, 3, 1)), "assisted"),
        (Evidence(registered_on=ON, vendor_works_since=date(2026, 1, 1)), "sourced"),
    ],
)
def test_the_motion_the_evidence_speaks_for(evidence: Evidence, motion: str) -> None:
    assert propose(evidence).motion.value == motion
