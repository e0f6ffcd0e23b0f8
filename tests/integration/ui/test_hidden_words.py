"""Words for screen readers in a box that scrolls do not make the page scroll."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

STATIC = Path(__file__).parents[3] / "static"
SHEETS = ("vendor/tabler.min.css", "css/base.css", "css/matrix.css")


def test_hidden_words_of_a_wide_matrix_leave_the_page_as_wide_as_a_phone(
    page: Page,
) -> None:
    style = "".join((STATIC / name).read_text(encoding="utf-8") for name in SHEETS)
    hidden = '<span class="visually-hidden">Not at this level</span>'
    cells = f'<td><div style="width: 12rem">–</div>{hidden}</td>' * 6
    page.set_viewport_size({"width": 320, "height": 640})

    page.set_content(
        f'<style>{style}</style><div class="matrix-box">'
        f'<table class="matrix"><tr>{cells}</tr></table></div>'
    )

    assert page.evaluate("document.documentElement.scrollWidth") == 320
