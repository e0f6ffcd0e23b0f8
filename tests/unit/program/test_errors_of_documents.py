"""Text that is no edition, or a damaged one (rulebook 1.8)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from program.rulebook import Rulebook, RulebookError, parse_rulebook
from tests.unit.program.editions import DOCUMENT_B, changed, refused


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("1", "a whole number"),
        ("1.5", "a number with a floating point"),
        ('"x"', "text"),
        ("[1]", "a list"),
        ("{ a = 1 }", "a table"),
        ("2025-07-16T12:00:00", "a moment"),
        ("2025-07-16", "a day"),
        ("12:00:00", "a time"),
    ],
)
def test_says_what_was_found_instead_of_a_flag(written: str, found: str) -> None:
    document = changed(
        "managed_minimum_enforced = { value = true",
        f"managed_minimum_enforced = {{ value = {written}",
    )

    assert refused(document).reason == f"must be true or false, not {found}"


@pytest.mark.parametrize(
    ("document", "line", "reason"),
    [
        pytest.param("", None, "edition: is missing", id="empty"),
        pytest.param("a = 1\nb =", 2, "is not TOML: Invalid value", id="cut off"),
        pytest.param(
            'a = 1\nb = """\n\n', 2, "is not TOML: Unterminated", id="open text"
        ),
        pytest.param("a = 1\n\nb c = 2", 3, "is not TOML", id="two words"),
        pytest.param("a = 1\nb = '\x00'", 2, "invalid character", id="NUL"),
        pytest.param("a = 1\nb = '\ud800'", 2, "half a character", id="half a character"),
        pytest.param("a = " + "9" * 5_000, None, "is not TOML that can be", id="digits"),
        pytest.param("a = " + "[" * 5_000, None, "is not TOML that can be", id="deep"),
        pytest.param("a = " + "[" * 400 + "]" * 400, None, "more than 10", id="nested"),
        pytest.param(".".join("a" * 3_000) + " = 1", None, "more than 10", id="dots"),
        pytest.param("PK\x03\x04\x14", 1, "is not TOML", id="a spreadsheet"),
        pytest.param("<html>", 1, "is not TOML", id="a web page"),
    ],
)
def test_text_that_is_no_edition(document: str, line: int | None, reason: str) -> None:
    error = refused(document)

    assert error.line == line
    assert reason in str(error)


def test_a_missing_section_has_no_line_of_its_own() -> None:
    start = DOCUMENT_B.index("[renewal]")
    end = DOCUMENT_B.index("[access]")

    error = refused(DOCUMENT_B[:start] + DOCUMENT_B[end:])

    assert (error.key, error.line) == ("renewal", None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("managed = 38,", "managed = 150,", id="minimum of the tier below"),
        pytest.param("high_from = { value = 70", "high_from = { value = 40", id="bands"),
        pytest.param(
            '{ value = 45, rule = "3.17"', '{ value = 120, rule = "3.17"', id="days"
        ),
        pytest.param(
            'match = { value = "50 %"', 'match = { value = "100 %"', id="the whole"
        ),
        pytest.param(
            "snapshot_day = { value = 15", "snapshot_day = { value = 28", id="28th"
        ),
        pytest.param("assisted = { value = 3", "assisted = { value = 1000", id="rate"),
        pytest.param("until_on = 2025-07-01", "until_on = 2025-01-02", id="one day"),
    ],
)
def test_limits_are_still_inside(old: str, new: str) -> None:
    assert parse_rulebook(changed(old, new)).code == "2025-B"


def test_an_unknown_key_of_control_characters_is_shown_as_written() -> None:
    document = changed("[renewal]", '["a\\u0000b"]\n[renewal]')

    error = refused(document)

    assert (error.key, error.reason) == ("'a\\x00b'", "is not a key of the rulebook")


def test_french_spacing_is_welcome() -> None:
    document = changed(
        'proximity = { value = "90 %"', 'proximity = { value = "90\u202f%"'
    )
    document = changed('name = "Sales Hub"', 'name = "Sales\u00a0Hub"', document=document)

    rulebook = parse_rulebook(document)

    assert rulebook.elite.proximity_bps == 9_000
    assert rulebook.products["sales_hub"].name == "Sales\u00a0Hub"


def build(document: str) -> Rulebook | RulebookError:
    try:
        return parse_rulebook(document)
    except RulebookError as error:
        return error


@settings(max_examples=30)
@given(start=st.integers(0, len(DOCUMENT_B)), length=st.integers(1, 200))
def test_a_damaged_edition_is_refused_with_a_reason_or_still_whole(
    start: int, length: int
) -> None:
    """Whatever is cut out, nothing but a Rulebook or a RulebookError comes out."""
    document = DOCUMENT_B[:start] + DOCUMENT_B[start + length :]

    outcome = build(document)

    if isinstance(outcome, RulebookError) and outcome.line is not None:
        assert 1 <= outcome.line <= document.count("\n") + 1
