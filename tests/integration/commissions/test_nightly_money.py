"""The clock closes what is due and recomputes everything; who pays is checked."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.conf import settings as django_settings

from commissions import handlers
from commissions.checks import check_payer
from commissions.models import Statement
from commissions.services.payouts.payer import missing_of_payer
from outbox import services as outbox
from outbox.models import Job
from outbox.registry import Lane, lane_of
from portal.settings.payer import EXAMPLE, first_quarter, payer
from tests.factories.money import AccrualFactory, FxRateFactory, ScheduleFactory

pytestmark = pytest.mark.django_db

APRIL_20 = datetime(2026, 4, 20, 9, tzinfo=UTC)


def a_quarter(currency: str) -> None:
    schedule = ScheduleFactory.create(
        line__currency=currency, first_month=date(2026, 1, 1)
    )
    for month in (1, 2, 3):
        AccrualFactory.create(schedule=schedule, month=date(2026, month, 1))


def run_close_day() -> None:
    handlers.close_partners(first=0, last=2**31)


@time_machine.travel(APRIL_20)
def test_each_day_closes_what_could_not_be_closed_before(
    caplog: pytest.LogCaptureFixture,
) -> None:
    a_quarter("USD")
    a_quarter("EUR")

    with caplog.at_level(logging.WARNING, logger="commissions"):
        run_close_day()

    assert Statement.objects.count() == 1
    assert "waits: missing_rate EUR 2026-01-31" in caplog.text
    for month, day in ((1, 31), (2, 28), (3, 31)):
        FxRateFactory.create(day=date(2026, month, day))
    run_close_day()
    run_close_day()
    assert Statement.objects.count() == 2


@time_machine.travel(APRIL_20)
def test_a_night_says_that_all_is_reproduced(caplog: pytest.LogCaptureFixture) -> None:
    a_quarter("USD")
    run_close_day()

    with caplog.at_level(logging.INFO, logger="commissions"):
        handlers.check_money()

    assert "1 statements of 1 partners, 3 lines: reproduced to the cent." in caplog.text
    # No receipt stands behind what was accrued here.
    assert "no_more_is_earned_on_than_was_received: broken 3 times" in caplog.text


def test_a_day_puts_the_closing_of_its_ranges() -> None:
    a_quarter("USD")
    day = "2026-11-27"

    outbox.put("commissions.close_day", key=f"commissions.close_day:{day}", day=day)
    outbox.run_due(lane="money")

    jobs = Job.objects.filter(kind__startswith="commissions.close_").order_by("pk")
    assert [job.kind for job in jobs] == [
        "commissions.close_day",
        "commissions.close_partners",
    ]
    assert all(job.done_at for job in jobs), [job.last_error for job in jobs]


def test_the_work_is_of_the_lane_of_money() -> None:
    for kind in ("commissions.close_day", "commissions.close_partners"):
        assert lane_of(kind) == Lane.MONEY


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, {}),
        ({"bic": "", "street": "", "postcode": ""}, {}),
        ({"name": "", "town": ""}, {"name": "is missing", "town": "is missing"}),
        ({"iban": "DE89370400440532013001"}, {"iban": "is not valid"}),
        ({"bic": "NOBIC"}, {"bic": "is not valid"}),
    ],
)
def test_what_is_wrong_with_who_pays(
    changed: dict[str, str], wrong: dict[str, str], settings: object
) -> None:
    assert missing_of_payer({**EXAMPLE, **changed}) == wrong

    settings.PAYER = {**django_settings.PAYER, **changed}  # type: ignore[attr-defined]
    assert len(check_payer(None)) == len(wrong)


def test_settings_are_read_as_people_write_them() -> None:
    given = {**EXAMPLE, "iban": "de89 3704 0044 0532 0130 00", "name": " Example SE "}

    assert payer(given)["iban"] == "DE89370400440532013000"
    assert payer(given)["name"] == "Example SE"
    assert first_quarter("") is None
    assert first_quarter("2026-04-01") == date(2026, 4, 1)
    for text in ("2026-02-01", "2026-04-02", "soon"):
        with pytest.raises(Exception, match="STATEMENTS_FROM"):
            first_quarter(text)
