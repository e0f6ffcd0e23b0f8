"""Every kind of page of the back office can be read by everybody."""

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Visitor

PEOPLE = [
    pytest.param("manager@portal.example", "light", id="who may do most"),
    pytest.param("auditor@portal.example", "dark", id="who only reads, in the dark"),
]


MENU = "#nav-sidebar"
"""The same on every page: read on the first."""


def one_of_each(visitor: Visitor) -> Iterator[str]:
    """Open each list, the form for a new row, and the page of the first row."""
    page = visitor.page
    page.goto(f"{visitor.address}/admin/")
    lists = [
        path for path in visitor.addresses("#content-main") if not path.endswith("/add/")
    ]
    for path in lists:
        page.goto(f"{visitor.address}{path}")
        further = visitor.addresses("#result_list tbody tr:first-child th")[:1]
        further += visitor.addresses(".object-tools")
        yield path
        for each in further:
            page.goto(f"{visitor.address}{each}")
            yield each


@pytest.mark.long
@pytest.mark.parametrize(("email", "theme"), PEOPLE)
def test_can_be_read_by_everybody(visitor: Visitor, email: str, theme: str) -> None:
    visitor.page.context.add_cookies(
        [{"name": "theme", "value": theme, "url": visitor.address}]
    )
    visitor.sign_in(email)
    opened: set[str] = set()
    broken = []

    for path in one_of_each(visitor):
        visitor.shorten(*([MENU] if opened else []))
        opened.add(path)
        broken += visitor.violations()

    assert {"/admin/deals/deal/", "/admin/partners/partner/"} <= opened
    assert broken == []
