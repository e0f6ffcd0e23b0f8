"""Query parameters with types: nothing unknown reaches the ORM (R11)."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from program.rulebook import Kind
from ui.query import BadQueryError, Query


def query(text: str) -> Query:
    return Query(QueryDict(text), known={"q", "n", "on", "kind", "all"})


def test_reads_each_type() -> None:
    asked = query("q=+Acme+&n=7&on=2025-06-30&kind=sourced&all=1")

    assert asked.text("q") == "Acme"
    assert asked.integer("n") == 7
    assert asked.day("on") == date(2025, 6, 30)
    assert asked.choice("kind", Kind) is Kind.SOURCED
    assert asked.choices("kind", Kind) == {Kind.SOURCED}
    assert asked.flag("all") is True


@pytest.mark.parametrize("text", ["", "q=&n=&on=&kind=&all="], ids=["absent", "empty"])
def test_has_a_default_for_what_is_not_there(text: str) -> None:
    asked = query(text)

    assert asked.text("q") == ""
    assert asked.integer("n") is None
    assert asked.integer("n", default=25) == 25
    assert asked.day("on") is None
    assert asked.choice("kind", Kind) is None
    assert asked.choices("kind", Kind) == frozenset()
    assert asked.flag("all") is False


def test_refuses_a_parameter_it_does_not_know() -> None:
    with pytest.raises(BadQueryError, match="pgae"):
        query("pgae=2")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("q=%00", lambda asked: asked.text("q")),
        ("q=%E2%80%AE", lambda asked: asked.text("q")),
        ("q=" + "x" * 201, lambda asked: asked.text("q")),
        ("n=1e9", lambda asked: asked.integer("n")),
        ("n=-1", lambda asked: asked.integer("n")),
        ("n=1_0", lambda asked: asked.integer("n")),
        ("n=%D9%A1", lambda asked: asked.integer("n")),
        ("n=" + "9" * 31, lambda asked: asked.integer("n")),
        ("n=11", lambda asked: asked.integer("n", high=10)),
        ("n=1&n=2", lambda asked: asked.integer("n")),
        ("on=2025-02-30", lambda asked: asked.day("on")),
        ("on=20250630", lambda asked: asked.day("on")),
        ("on=0000-01-01", lambda asked: asked.day("on")),
        ("on=9999-12-31", lambda asked: asked.day("on")),
        ("kind=other", lambda asked: asked.choice("kind", Kind)),
        ("kind=sourced&kind=x", lambda asked: asked.choices("kind", Kind)),
        ("all=yes", lambda asked: asked.flag("all")),
    ],
)
def test_refuses_a_value_of_another_type(
    text: str, read: Callable[[Query], object]
) -> None:
    with pytest.raises(BadQueryError):
        read(query(text))


@given(st.text())
def test_whatever_stands_there_is_read_or_refused(value: str) -> None:
    params = QueryDict(mutable=True)
    params["n"] = params["on"] = params["q"] = params["kind"] = value
    asked = Query(params, known=set(params))
    reads: list[Callable[[], object]] = [
        lambda: asked.integer("n"),
        lambda: asked.day("on"),
        lambda: asked.text("q"),
        lambda: asked.choice("kind", Kind),
    ]

    for read in reads:
        with suppress(BadQueryError):
            read()
