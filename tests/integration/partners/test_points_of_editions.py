"""Sold points follow the edition of the closing day; the deal keeps its growth flag."""

from datetime import UTC, date, datetime

import pytest

from deals import services as deals
from deals.models import DealLine
from partners.models import PointsEntry
from partners.selectors import published_editions
from tests.factories import DealFactory, DealLineFactory
from tests.factories.rulebook import publish_edition
from tests.integration.pages import MICRO

pytestmark = pytest.mark.django_db

CLOSED_ON = date(2026, 3, 31)
AT = datetime(2026, 3, 31, 9, tzinfo=UTC)
LATER = datetime(2026, 6, 1, 9, tzinfo=UTC)
POLAND = (
    'PL = { en = "Poland", fr = "Pologne", region = "eastern_europe", rule = "R28" }\n'
)
HIGHER_RATE = {"\nsourced = { value = 5": "\nsourced = { value = 7"}
DEARER_UNIT = {"EUR = { value = 75": "EUR = { value = 150"}
TRIPLED = {"growth_multiplier = { value = 2": "growth_multiplier = { value = 3"}
FRANCE = 'FR = { en = "France", fr = "France", region = "asia", rule = "R28" }\n'


def line_of(country: str) -> DealLine:
    """Return a line of EUR 750 a month: 50 sourced points, 100 in a growth market."""
    deal = DealFactory.create(client__country=country)
    return DealLineFactory.create(deal=deal, mrr_minor=75_000, currency="EUR")


def win(line: DealLine) -> None:
    deals.win_deal(
        deal_id=line.deal_id, closed_on=CLOSED_ON, poi_on=CLOSED_ON, actor=None, at=AT,
        today=date(2026, 6, 1),
    )  # fmt: skip


def double(line: DealLine) -> None:
    """Correct what the line is worth, which posts the difference."""
    DealLine.objects.filter(pk=line.pk).update(mrr_minor=150_000)
    deals.settle_deals(
        deal_ids=[line.deal_id], at=LATER, editions=published_editions(), refresh=False
    )


def posted(line: DealLine) -> list[tuple[int, str]]:
    """Return the points of each entry and the edition it names."""
    entries = PointsEntry.objects.filter(source_id=line.pk).order_by("seq")
    return [
        (points // MICRO, code)
        for points, code in entries.values_list("points", "edition__code")
    ]


@pytest.mark.parametrize(
    ("country", "points", "changes"),
    [
        pytest.param("FR", 50, HIGHER_RATE, id="other rates"),
        pytest.param("FR", 50, DEARER_UNIT, id="other units"),
        pytest.param("PL", 100, {POLAND: ""}, id="no growth market any more"),
        pytest.param("FR", 50, {POLAND: FRANCE + POLAND}, id="a growth market since"),
        pytest.param("PL", 100, TRIPLED, id="another multiplier"),
    ],
)
@pytest.mark.parametrize("published", ["before the win", "after the win"])
def test_the_edition_of_the_closing_day_stays(
    country: str, points: int, changes: dict[str, str], published: str
) -> None:
    line = line_of(country)
    if published == "after the win":
        win(line)
    publish_edition(effective_on=date(2026, 4, 1), changes=changes)
    if published == "before the win":
        win(line)

    assert posted(line) == [(points, "2025-B")]
    double(line)
    assert posted(line) == [(points, "2025-B"), (points, "2025-B")]


@pytest.mark.parametrize(
    ("country", "points", "changes"),
    [
        pytest.param("FR", 70, HIGHER_RATE, id="other rates"),
        pytest.param("FR", 25, DEARER_UNIT, id="other units"),
        pytest.param("PL", 50, {POLAND: ""}, id="no growth market any more"),
        pytest.param("FR", 100, {POLAND: FRANCE + POLAND}, id="a growth market since"),
        pytest.param("PL", 150, TRIPLED, id="another multiplier"),
    ],
)
def test_a_deal_closed_on_the_first_day_of_an_edition_follows_it(
    country: str, points: int, changes: dict[str, str]
) -> None:
    publish_edition(effective_on=CLOSED_ON, changes=changes)
    line = line_of(country)

    win(line)

    assert posted(line) == [(points, "T-2026-03-31")]


@pytest.mark.parametrize(
    ("country", "points", "changes"),
    [
        pytest.param("PL", 100, {POLAND: ""}, id="taken off the list"),
        pytest.param("FR", 50, {POLAND: FRANCE + POLAND}, id="put on the list"),
    ],
)
def test_the_growth_flag_of_the_deal_wins_over_a_later_list(
    country: str, points: int, changes: dict[str, str]
) -> None:
    line = line_of(country)
    win(line)
    # A list for the closing day itself, which came after the deal was won.
    publish_edition(effective_on=date(2026, 3, 1), changes=changes)

    double(line)

    assert [worth for worth, _code in posted(line)] == [points, points]
