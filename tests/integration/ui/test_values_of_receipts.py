"""What receipts and lists of several currencies need of `ui`."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.http import QueryDict
from django.utils import translation
from django.utils.safestring import SafeString

from ui import formats
from ui.columns import MISSING, AmountsColumn, amounts
from ui.converters import DayConverter
from ui.html import joined
from ui.query import BadQueryError, Query


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("micro", "text"),
    [
        (0, "0.000000"),
        (1, "0.000001"),
        (-1, "−0.000001"),
        (431_738_667, "431.738667"),
        (1_234_500_000_000, "1,234,500.000000"),
    ],
)
def test_points_with_all_six_decimals(micro: int, text: str) -> None:
    assert formats.points_six(micro) == text


def test_a_listing_follows_the_language() -> None:
    assert formats.listing(["a", "b", "c"]) == "a, b and c"
    with translation.override("fr"):
        assert formats.listing(["a", "b"]) == "a et b"
    assert formats.listing([]) == ""


def test_a_territory_has_a_name_in_each_language() -> None:
    assert formats.territory("DE") == "Germany"
    assert formats.territory("??") == "??"
    with translation.override("fr"):
        assert formats.territory("RE") == "La Réunion"


def test_amounts_of_several_currencies_stand_below_each_other() -> None:
    column = AmountsColumn("MRR")

    assert amounts({"USD": 100, "EUR": 250}) == "€2.50<br>US$1.00"
    assert isinstance(amounts({"EUR": 1}), SafeString)
    assert column.text({"JPY": 12}) == "JP¥12"


def test_no_amount_at_all_is_missing() -> None:
    column = AmountsColumn("MRR", value=lambda record: record)

    assert column.cell({}) == MISSING


def test_joined_parts_are_escaped_and_their_gaps_are_not() -> None:
    assert joined(["<", ">"], between=SafeString("<br>")) == "&lt;<br>&gt;"
    assert joined(["a", "b"], between="&") == "a&amp;b"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T09:30:00Z", datetime(2026, 11, 23, 9, 30, tzinfo=UTC)),
        ("2026-11-23T09:30:00.5Z", datetime(2026, 11, 23, 9, 30, 0, 500_000, tzinfo=UTC)),
        ("", None),
    ],
)
def test_reads_a_moment(text: str, moment: datetime | None) -> None:
    query = Query(QueryDict(f"known={text}"), known={"known"})

    assert query.moment("known") == moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23", "2026-11-23T09:30:00", "2026-11-23T09:30:00%2B01:00", "now", "0",
        "2026-02-30T00:00:00Z", "2026-11-23T24:00:01Z", "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z", "%00", "2026-11-23T09:30:00.1234567Z",
    ],
)  # fmt: skip
def test_refuses_what_is_no_moment(text: str) -> None:
    with pytest.raises(BadQueryError):
        Query(QueryDict(f"known={text}"), known={"known"}).moment("known")


def test_a_day_in_an_address() -> None:
    converter = DayConverter()

    assert converter.to_python("2026-11-23") == date(2026, 11, 23)
    assert converter.to_url(date(2026, 11, 23)) == "2026-11-23"


@pytest.mark.parametrize("text", ["2026-02-30", "0000-01-01", "1969-12-31", "2200-01-01"])
def test_what_is_no_day_of_the_programme_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"day|month|year|programme"):
        DayConverter().to_python(text)
