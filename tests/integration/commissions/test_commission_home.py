"""The home of commissions: what is lost and when, what is held back, what is listed."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from commissions.models import Schedule
from partners.models import Partner
from tests.factories import PartnerFactory
from tests.factories.money import PaymentFactory, ScheduleFactory
from tests.integration.commissions.money_pages import FIRST, earn, schedule_of, stated
from tests.integration.pages import (
    PAGE_MARKS,
    browser_of,
    main_of,
    words,
)

pytestmark = PAGE_MARKS

HOME = "/commissions/"


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(name="Aurora")


def test_the_day_on_which_something_is_lost_stands_at_the_top(partner: Partner) -> None:
    schedule: Schedule = ScheduleFactory.create(
        line__deal__partner=partner, line__deal__closed_on=date(2026, 6, 5)
    )
    earn(schedule, date(2026, 6, 1))
    ScheduleFactory.create(
        line__deal__partner=partner, line__deal__closed_on=date(2026, 10, 5)
    )

    text = words(browser_of(partner).get(HOME))

    assert "What you lose, and when" in text
    assert "5 Dec 2026 (in 12 days) · US$200.00 what 1 deal has accrued so far" in text
    assert "5 Apr 2027 (in 4 months)" in text
    assert text.index("What you lose") < text.index("What keeps the payment back")


def test_money_that_is_held_back_does_not_look_payable(partner: Partner) -> None:
    stated(schedule_of(partner, months=1), FIRST, withheld=True)

    text = words(browser_of(partner).get(HOME))

    assert "Held back until the papers are there: US$200.00" in text
    assert "Next payment" not in text


def test_lines_that_never_earn_are_counted_and_not_listed(partner: Partner) -> None:
    schedule_of(partner, months=1, deal__name="Nordlicht")
    ScheduleFactory.create(
        line__deal__partner=partner, line__deal__name="Castellan", without_proof=True
    )
    browser = browser_of(partner)

    text = words(browser.get(HOME))
    assert "Castellan" not in text
    assert "1 line of a won deal earns nothing and is not listed." in text
    for state in ("never", "all"):
        text = words(browser.get(HOME, {"state": state}))
        assert "Castellan" in text
        assert "is not listed" not in text
        assert ("Nordlicht" in text) is (state == "all")


def test_what_waits_is_summed_as_it_is_written(partner: Partner) -> None:
    schedule = schedule_of(partner)
    for currency, minor in (("USD", 100_000), ("EUR", 5_000)):
        one = schedule if currency == "USD" else schedule_of(partner, currency="EUR")
        earn(one, FIRST, minor)

    main = main_of(browser_of(partner).get(reverse("commissions:waiting")))

    assert "€10.00<br>US$200.00" in main
    assert "USD" not in main


def test_payments_stand_in_a_table_with_their_days(partner: Partner) -> None:
    PaymentFactory.create(
        statement=stated(schedule_of(partner, months=1), FIRST),
        rejected=True,
        run__execute_on=date(2026, 5, 14),
    )

    main = main_of(browser_of(partner).get(reverse("commissions:statements")))

    row = main.partition('id="payments"')[2].partition("<tbody")[2].partition("</tr>")[0]
    assert "14 May 2026" in row
    assert "AC04 Account closed" in row
    assert '<td role="cell" class="num" data-label="Amount">US$200.00</td>' in row
