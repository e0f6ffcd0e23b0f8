"""On a narrow screen no table of a receipt scrolls in its box: its rows are cards."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[3] / "templates" / "partners"
TABLES = [
    pytest.param(table, id=f"{path.name}-{number}")
    for path in sorted(TEMPLATES.glob("*.html"))
    for number, table in enumerate(
        re.findall(r'<table class="sheet.*?</table>', path.read_text("utf-8"), re.DOTALL)
    )
]


@pytest.mark.parametrize("table", TABLES)
def test_each_cell_of_a_card_says_what_it_is(table: str) -> None:
    assert table.startswith('<table class="sheet sheet-cards" role="table">')
    body = table.partition("<tbody")[2].partition("</tbody>")[0]
    cells = re.findall(r"<td[^>]*>", re.sub(r"{%.*?%}", "", body))
    assert cells
    assert all('role="cell"' in cell and "data-label=" in cell for cell in cells)
    rows = re.findall(r"<tr[^>]*>", re.sub(r"{%.*?%}", "", table))
    assert all('role="row"' in row for row in rows)


def test_there_are_such_tables() -> None:
    assert len(TABLES) >= 5
