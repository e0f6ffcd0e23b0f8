"""Every template can be compiled, and none brings a script or a style of its own."""

import re
from pathlib import Path

from django.conf import settings
from django.template import TemplateSyntaxError
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


def test_each_compiles() -> None:
    for name in NAMES:
        try:
            get_template(name)
        except TemplateSyntaxError as error:
            error.add_note(name)
            raise


def test_brings_nothing_inline() -> None:
    found = [
        f"{name}: {inline}"
        for name in NAMES
        # Mail programs know no style sheets.
        if name.endswith(".html") and not name.startswith(("mail/", "account/email/"))
        for inline in INLINE.findall((FOLDER / name).read_text(encoding="utf-8"))
    ]

    assert found == []
