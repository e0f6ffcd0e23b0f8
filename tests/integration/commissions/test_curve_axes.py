"""The picture of the months ahead: how high it is, and what is written beside it."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from commissions.models import Schedule
from commissions.receipts.curve import MONTHS, curve_of, scale_to
from program.calendar import add_months
from program.money import Money
from tests.factories import PartnerFactory
from tests.integration.commissions.money_pages import schedule_of
from tests.integration.pages import NOON, TODAY, browser_of, main_of, words

CURVE = reverse("commissions:curve")
THIS_MONTH = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("highest", "top"),
    [
        (1, 10),
        (10, 10),
        (11, 12),
        (99, 100),
        (100, 100),
        (101, 120),
        (20_000, 20_000),
        (215_858, 240_000),
        (10**12 + 1, 12 * 10**11),
    ],
)
def test_a_scale_ends_with_a_round_amount(highest: int, top: int) -> None:
    assert scale_to(highest) == top
    assert top % 2 == 0, "the line halfway up is an amount, too"


@pytest.mark.django_db
def test_bars_stand_on_the_scale() -> None:
    schedule_of(PartnerFactory.create(), mrr_minor=100_001)

    (picture,) = curve_of(Schedule.objects.all(), on=TODAY).pictures

    assert picture.scale == [Money(minor, "USD") for minor in (20_000, 10_000, 0)]
    assert picture.highest == Money(20_000, "USD")
    assert picture.bars[0].amount == Money(20_000, "USD")
    assert (picture.bars[0].y, picture.bars[0].height) == (0, 160)
    assert [bar.month for bar in picture.bars] == [
        add_months(THIS_MONTH, number) for number in range(MONTHS)
    ]


@pytest.mark.django_db
@pytest.mark.time_machine(NOON, tick=False)
def test_amounts_and_months_are_written_beside_the_picture() -> None:
    partner = PartnerFactory.create()
    schedule_of(partner)

    answer = browser_of(partner).get(CURVE)
    main, text = main_of(answer), words(answer)

    assert main.count('class="ahead-bar"') == MONTHS
    assert "<title>November 2026: US$200.00</title>" in main
    assert "US$200.00 US$100.00 US$0.00" in text
    assert "Nov 2026 May 2027 Nov 2027 May 2028 Nov 2028 May 2029" in text
    for named in ("Amounts a month, from the top", "Months, every sixth one"):
        assert f'aria-label="{named}"' in main
