"""Where the keys of a document stand (the line in every complaint)."""

import tomllib
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from program.rulebook.lines import Path, key_lines
from tests.unit.program.editions import DOCUMENT_A, DOCUMENT_B


def paths(data: Any, path: Path = ()) -> set[Path]:
    """Return every path of a parsed document, except its own."""
    found = {path} if path else set()
    if isinstance(data, dict):
        children: list[tuple[str | int, Any]] = list(data.items())
    else:
        children = list(enumerate(data)) if isinstance(data, list) else []
    return found.union(*(paths(value, (*path, key)) for key, value in children))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param("", {}, id="empty"),
        pytest.param("# a = 1", {}, id="a comment without an end"),
        pytest.param("a = 1", {("a",): 1}, id="no line end"),
        pytest.param("\n\n a=1 # b = 2\n\nc=3\n", {("a",): 3, ("c",): 5}, id="blanks"),
        pytest.param("a = 1\r\nb = 2\r\n", {("a",): 1, ("b",): 2}, id="windows"),
        pytest.param(
            "a.b = 1\na.c = 2", {("a",): 1, ("a", "b"): 1, ("a", "c"): 2}, id="dotted"
        ),
        pytest.param(
            "[a]\nb = 1\n[a.c]\nd = 2",
            {("a",): 1, ("a", "b"): 2, ("a", "c"): 3, ("a", "c", "d"): 4},
            id="tables",
        ),
        pytest.param(
            "[ a . b ]\nc = 1",
            {("a",): 1, ("a", "b"): 1, ("a", "b", "c"): 2},
            id="blanks in a header",
        ),
        pytest.param(
            "[a.b]\n[a]\nc = 1",
            {("a",): 1, ("a", "b"): 1, ("a", "c"): 3},
            id="a table after its part",
        ),
        pytest.param(
            '"x.y" = 1\n\'"\' = 2\n"\\u0041\\"" = 3',
            {("x.y",): 1, ('"',): 2, ('A"',): 3},
            id="quoted keys",
        ),
        pytest.param(
            '["x]"."y # z"]\nb = 1',
            {("x]",): 1, ("x]", "y # z"): 1, ("x]", "y # z", "b"): 2},
            id="quoted header",
        ),
        pytest.param(
            'a = "] # \\" }"\nb = \'\\\'\nc = ""\nd = \'\'\n e = 5',
            {("a",): 1, ("b",): 2, ("c",): 3, ("d",): 4, ("e",): 5},
            id="strings",
        ),
        pytest.param(
            'a = """\nb = 1\n\\""" # """\n'
            "c = '''\nd = 1\n[x]''''\n"
            'e = """"""\nf = 6',
            {("a",): 1, ("c",): 4, ("e",): 7, ("f",): 8},
            id="strings of several lines",
        ),
        pytest.param(
            "a = [\n 1, # ]\n [2,\n  3], \n]\nb = []\n",
            {
                ("a",): 1,
                ("a", 0): 2,
                ("a", 1): 3,
                ("a", 1, 0): 3,
                ("a", 1, 1): 4,
                ("b",): 6,
            },
            id="arrays",
        ),
        pytest.param(
            "a = { b = 1, c.d = [\n2,\n{ e = 3 }], f = {} }",
            {
                ("a",): 1,
                ("a", "b"): 1,
                ("a", "c"): 1,
                ("a", "c", "d"): 1,
                ("a", "c", "d", 0): 2,
                ("a", "c", "d", 1): 3,
                ("a", "c", "d", 1, "e"): 3,
                ("a", "f"): 3,
            },
            id="inline tables",
        ),
        pytest.param(
            "[[a]]\nb = 1\n[[a]]\n[a.c]\nd = 1\n[[a.e]]\n[[a.e]]\nf = 1\n[[a]]\n[[a.e]]",
            {
                ("a",): 1,
                ("a", 0): 1,
                ("a", 0, "b"): 2,
                ("a", 1): 3,
                ("a", 1, "c"): 4,
                ("a", 1, "c", "d"): 5,
                ("a", 1, "e"): 6,
                ("a", 1, "e", 0): 6,
                ("a", 1, "e", 1): 7,
                ("a", 1, "e", 1, "f"): 8,
                ("a", 2): 9,
                ("a", 2, "e"): 10,
                ("a", 2, "e", 0): 10,
            },
            id="arrays of tables",
        ),
        pytest.param(
            "a = 2025-07-16 12:00:00 # b\nb = -1.5e3\nc = true",
            {("a",): 1, ("b",): 2, ("c",): 3},
            id="days and numbers",
        ),
    ],
)
def test_keys_have_the_line_they_stand_on(
    document: str, expected: dict[Path, int]
) -> None:
    assert paths(tomllib.loads(document)) == expected.keys()
    assert key_lines(document) == expected


@pytest.mark.parametrize("document", [DOCUMENT_A, DOCUMENT_B], ids=["2025-A", "2025-B"])
def test_every_key_of_the_shipped_editions_is_on_its_line(document: str) -> None:
    text = dict(enumerate(document.splitlines(), start=1))

    lines = key_lines(document)

    assert lines.keys() == paths(tomllib.loads(document))
    for path, line in lines.items():
        if isinstance(path[-1], str):
            assert path[-1] in text[line]


keys = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,5}", fullmatch=True),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=5).map(
        lambda text: text.replace("\\", "").replace('"', "")
    ),
)
scalars = st.sampled_from(
    [
        "1",
        "-0.5",
        "true",
        "2025-07-16",
        '"a ] } # = b"',
        "'[ \" \\'",
        '"""\nx = 1\n[y]\n\\"" """',
        "'''\n# ' '' {\n'''",
    ]
)


def quoted(key: str) -> str:
    return f'"{key}"'


def array(elements: list[str]) -> str:
    return "[ # a list, [\n" + "".join(f"  {element},\n" for element in elements) + "]"


def inline(pairs: dict[str, str]) -> str:
    return "{ " + ", ".join(f"{quoted(k)} = {v}" for k, v in pairs.items()) + " }"


values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(array),
        st.dictionaries(keys, inner, max_size=3).map(inline),
    ),
    max_leaves=6,
)


@settings(max_examples=50)
@given(
    tables=st.dictionaries(
        keys, st.dictionaries(keys, values, max_size=3), min_size=1, max_size=3
    ),
    rows=st.booleans(),
)
def test_no_value_hides_the_keys_after_it(
    tables: dict[str, dict[str, str]], rows: bool
) -> None:
    lines, expected = ["# [not.a.table]"], {}
    for table, pairs in tables.items():
        header = f"[[{quoted(table)}]]" if rows else f"[{quoted(table)}]"
        lines.append(header)
        for key, value in pairs.items():
            start = sum(line.count("\n") + 1 for line in lines) + 1
            path: Path = (table, 0, key) if rows else (table, key)
            expected[path] = start
            lines.append(f"{quoted(key)} = {value}")
    document = "\n".join(lines)
    every_path = paths(tomllib.loads(document))

    found = key_lines(document)

    assert found.keys() == every_path
    assert {path: found[path] for path in expected} == expected


def test_a_key_written_in_parts_has_its_first_line() -> None:
    document = dedent(
        """
        [points]
        first = 1

        [points.rates]
        second = 2
        """
    )

    assert key_lines(document)["points",] == 2
