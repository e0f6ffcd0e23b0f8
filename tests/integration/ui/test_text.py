"""The one rule for text from outside (R11)."""

import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from ui.text import BIDI_OVERRIDES, clean_text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        pytest.param("  Acme ", "Acme", id="spaces around"),
        pytest.param("Cafe\u0301", "Caf\u00e9", id="NFC"),
        pytest.param("", "", id="nothing"),
        pytest.param("عربي", "عربي", id="right to left"),
        pytest.param("👩\u200d🔧", "👩\u200d🔧", id="joined emoji"),
        pytest.param("=1+1", "=1+1", id="formulas are the export's business"),
    ],
)
def test_keeps_what_people_write(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("a\x00b", "null", id="NUL"),
        pytest.param("a\x1bb", "character", id="escape"),
        pytest.param("a\x85b", "character", id="C1 control"),
        pytest.param("a\ud800b", "character", id="lone surrogate"),
        pytest.param("invoice\u202efdp.exe", "character", id="override"),
        pytest.param("a\u2066b", "character", id="isolate"),
        pytest.param("a\ufffeb", "character", id="noncharacter"),
        pytest.param("a\U0010ffffb", "character", id="the last noncharacter"),
        pytest.param("a\ufdd0b", "character", id="noncharacter in the middle"),
        pytest.param("a\nb", "line_break", id="line break in one line"),
        pytest.param("a\tb", "line_break", id="tab in one line"),
        pytest.param("x" * 201, "max_length", id="too long"),
    ],
)
def test_refuses_what_would_hurt_later(text: str, code: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        clean_text(text)

    assert refusal.value.code == code


def test_names_the_character_it_refuses() -> None:
    with pytest.raises(ValidationError, match=r"U\+202E"):
        clean_text("a\u202eb")


def test_keeps_line_breaks_where_they_belong() -> None:
    assert clean_text(" one\r\ntwo\tthree\n", multiline=True) == "one\ntwo\tthree"


def test_measures_what_it_returns() -> None:
    assert clean_text("e\u0301" * 3, max_length=3) == "é" * 3


@given(st.text(), st.booleans())
def test_what_passes_is_clean_and_passes_again(text: str, multiline: bool) -> None:
    try:
        clean = clean_text(text, max_length=1000, multiline=multiline)
    except ValidationError:
        return

    assert clean == clean_text(clean, max_length=1000, multiline=multiline)
    assert unicodedata.is_normalized("NFC", clean)
    assert not BIDI_OVERRIDES & set(clean)
    clean.encode()
