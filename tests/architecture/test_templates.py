"""Every template can be compiled, and none brings a script or a style of its own."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

FOLDER: Path = settings.BASE_DIR / "templates"
NAMES = [
    str(path.relative_to(FOLDER))
    for path in sorted(FOLDER.rglob("*"))
    if path.suffix in {".html", ".txt"}
]
# The content security policy would refuse these at run time, on the page of a partner.
INLINE = re.compile(
    r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", re.IGNORECASE
)


@pytest.mark.parametrize("name", NAMES)
def test_compiles(name: str) -> None:
    get_template(name)


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".html")])
def test_brings_nothing_inline(name: str) -> None:
    if name.startswith(("mail/", "account/email/")):
        pytest.skip("mail programs know no style sheets")

    assert INLINE.findall((FOLDER / name).read_text(encoding="utf-8")) == []
