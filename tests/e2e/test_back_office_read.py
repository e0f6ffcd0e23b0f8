"""Every kind of page of the back office can be read by everybody."""

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import COLOURS, Visitor

MENU = "#nav-sidebar"
"""The same on every page: read on the first."""


def lists_of(visitor: Visitor) -> list[str]:
    visitor.page.goto(f"{visitor.address}/admin/")
    found = visitor.addresses("#content-main")
    return [path for path in found if not path.endswith("/add/")]


def one_of_each(visitor: Visitor) -> Iterator[str]:
    """Open each list, the form for a new row, and the page of the first row."""
    page = visitor.page
    for path in lists_of(visitor):
        page.goto(f"{visitor.address}{path}")
        further = visitor.addresses("#result_list tbody tr:first-child th")[:1]
        further += visitor.addresses(".object-tools")
        yield path
        for each in further:
            page.goto(f"{visitor.address}{each}")
            yield each


@pytest.mark.long
def test_can_be_read_by_everybody(visitor: Visitor) -> None:
    """Each page by every rule; the colours of lists and their states in the dark, too."""
    visitor.sign_in("manager@portal.example")
    lists = {*lists_of(visitor)}
    opened: set[str] = set()
    broken = []

    for path in one_of_each(visitor):
        visitor.shorten(*([MENU] if opened else []))
        opened.add(path)
        broken += visitor.violations()
        if path in lists:
            visitor.repaint("dark")
            broken += visitor.violations(COLOURS)

    assert {"/admin/deals/deal/", "/admin/partners/auditentry/"} <= lists <= opened
    assert broken == []
