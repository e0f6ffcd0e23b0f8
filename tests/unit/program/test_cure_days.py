"""The end of a cure comes before the next evaluation, whatever the calendar says."""

import pytest

from tests.unit.program.editions import changed, edition, refused

QUARTERS = (
    "evaluation_months = { value = [1, 7]",
    "evaluation_months = { value = [1, 4, 7, 10]",
)
CHECKS = ("period_checks = { value = 6", "period_checks = { value = 3")


def cure(days: int) -> tuple[str, str]:
    return "\ncure_days = { value = 30", f"\ncure_days = {{ value = {days}"


@pytest.mark.parametrize("days", [0, 150])
def test_half_yearly_evaluations_leave_a_hundred_and_fifty_days(days: int) -> None:
    assert edition(cure(days)).certification.cure_days == days


def test_quarterly_evaluations_leave_less() -> None:
    # 90 days from 15 January to 15 April: 88 days end on 13 April, decided on the 14th.
    assert edition(QUARTERS, CHECKS, cure(88)).certification.cure_days == 88

    document = changed(*cure(89))
    for change in (QUARTERS, CHECKS):
        document = changed(*change, document=document)
    error = refused(document)

    assert error.key == "certification.cure_days.value"
    assert "reaches the next evaluation" in error.reason
